// Rows a second through grouping alone: tables in memory, no parsing; columns stored, and the same
// coded, as a store with a dictionary of tuples delivers them. Prints the best of several runs by
// cpu time of the whole process, so that other work on the machine hardly shows.
//
//   aggregate_bench [rows in millions = 10] [threads = 1] [part of a case's name] [pairs = 209000]

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "column/memory_table.h"
#include "query/execute.h"
#include "query/function.h"
#include "query/plan.h"

namespace {

using namespace weir;          // NOLINT
using namespace weir::column;  // NOLINT
using namespace weir::query;   // NOLINT

constexpr std::size_t kBatchesKept = 512;  // repeated until there are as many rows as asked for

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

const Schema kSchema{{"srcaddr", Type::kAddress}, {"dstaddr", Type::kAddress},
                     {"dstport", Type::kInt64},   {"protocol", Type::kInt64},
                     {"packets", Type::kInt64},   {"bytes", Type::kInt64},
                     {"action", Type::kString},   {"interface_id", Type::kString}};

// Batches handed over without a copy, round after round: a scan that costs nothing.
class RepeatedTable final : public Table {
 public:
  RepeatedTable(std::size_t num_rounds, std::size_t num_pairs, bool is_coded)
      : num_rounds_(num_rounds), num_pairs_(num_pairs) {
    fill();
    if (is_coded) {
      code();
    }
  }

  Result<std::optional<Field>> find(std::string_view name) override {
    for (const Field& field : kSchema) {
      if (field.name == name) {
        return field;
      }
    }
    return std::nullopt;
  }
  Result<Schema> columns() override { return kSchema; }
  std::vector<std::string> known_names() override { return {}; }
  Result<bool> carries(std::string_view) override { return true; }
  Result<std::unique_ptr<Scan>> scan(const ScanRequest& request, const ScanContext&) override {
    std::vector<std::size_t> places;
    for (const std::string& name : request.columns) {
      for (std::size_t c = 0; c < kSchema.size(); ++c) {
        if (kSchema[c].name == name) {
          places.push_back(c);
        }
      }
    }
    return std::make_unique<RepeatedScan>(*this, std::move(places), request.conjuncts.size());
  }
  [[nodiscard]] std::size_t num_rows() const { return num_rounds_ * batches_.size() * kBatchRows; }

 private:
  class RepeatedScan final : public Scan {
   public:
    RepeatedScan(RepeatedTable& table, std::vector<std::size_t> places, std::size_t num_conjuncts)
        : table_(table), places_(std::move(places)), num_conjuncts_(num_conjuncts) {}
    Result<std::unique_ptr<ScanStream>> open_stream() override {
      return std::make_unique<Stream>(*this);
    }
    [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
      return std::vector<bool>(num_conjuncts_, false);
    }
    [[nodiscard]] Completeness completeness() const override { return {}; }

   private:
    friend class Stream;
    class Stream final : public ScanStream {
     public:
      explicit Stream(RepeatedScan& scan) : scan_(scan) {}
      Result<bool> next(Batch& batch) override {
        auto& batches = scan_.table_.batches_;
        const std::size_t i = scan_.next_.fetch_add(1, std::memory_order_relaxed);
        if (i >= batches.size() * scan_.table_.num_rounds_) {
          return false;
        }
        Batch& source = batches[i % batches.size()];
        batch.num_rows = source.num_rows;
        batch.sequence = i;
        batch.columns.resize(scan_.places_.size());
        rows_.resize(source.num_rows);
        for (std::size_t row = 0; row < rows_.size(); ++row) {
          rows_[row] = static_cast<std::uint32_t>(row);
        }
        for (std::size_t c = 0; c < scan_.places_.size(); ++c) {
          const Column& column = source.columns[scan_.places_[c]];
          if (column.is_coded()) {
            batch.columns[c].reset_coded(column.code_table(), column.codes(), source.num_rows);
          } else {
            batch.columns[c].gather(column, rows_);
          }
        }
        return true;
      }

     private:
      RepeatedScan& scan_;
      std::vector<std::uint32_t> rows_;
    };
    RepeatedTable& table_;
    std::vector<std::size_t> places_;
    std::size_t num_conjuncts_;
    std::atomic<std::size_t> next_{0};
  };

  // Pairs of addresses whose popularity falls as 1 / rank, as talkers' does.
  void fill() {
    Random random(7);
    std::vector<double> shares(num_pairs_);
    double sum = 0;
    for (std::size_t i = 0; i < num_pairs_; ++i) {
      sum += 1 / std::pow(static_cast<double>(i + 1), 0.8);
      shares[i] = sum;
    }
    std::vector<std::pair<IpAddress, IpAddress>> pairs(num_pairs_);
    for (auto& [source, target] : pairs) {
      source = IpAddress::from_v4(0x0a000000U + static_cast<std::uint32_t>(random.below(4096)));
      target = IpAddress::from_v4(random.chance(0.5)
                                      ? 0x0a000000U + static_cast<std::uint32_t>(random.below(4096))
                                      : static_cast<std::uint32_t>(random.next()));
    }
    for (std::size_t b = 0; b < kBatchesKept; ++b) {
      Batch& batch = batches_.emplace_back();
      batch.num_rows = kBatchRows;
      for (const Field& field : kSchema) {
        batch.columns.emplace_back().reset(field.type, kBatchRows);
      }
      for (std::size_t row = 0; row < kBatchRows; ++row) {
        const double place = random.uniform() * sum;
        const auto rank = static_cast<std::size_t>(
            std::upper_bound(shares.begin(), shares.end(), place) - shares.begin());
        const std::size_t pair = std::min(rank, num_pairs_ - 1);
        const auto& [source, target] = pairs[pair];
        pair_of_row_.push_back(static_cast<std::uint32_t>(pair));
        batch.columns[0].data<IpAddress>()[row] = source;
        batch.columns[1].data<IpAddress>()[row] = target;
        static constexpr std::int64_t kPorts[] = {443, 80, 22, 53, 3306, 5432, 6379, 9200};
        batch.columns[2].data<std::int64_t>()[row] =
            random.chance(0.7) ? kPorts[random.below(8)]
                               : static_cast<std::int64_t>(1024 + random.below(64'000));
        batch.columns[3].data<std::int64_t>()[row] = pair % 5 != 0 ? 6 : 17;
        batch.columns[4].data<std::int64_t>()[row] = static_cast<std::int64_t>(random.below(1000));
        batch.columns[5].data<std::int64_t>()[row] =
            static_cast<std::int64_t>(random.below(1'000'000));
        batch.columns[6].data<std::string_view>()[row] = pair % 7 == 0 ? "REJECT" : "ACCEPT";
        batch.columns[7].data<std::string_view>()[row] = kInterfaces[pair % kInterfaces.size()];
      }
    }
  }

  // One code a pair of addresses stands for all that follows from the pair.
  void code() {
    auto space = std::make_shared<CodeSpace>();
    space->size = static_cast<std::uint32_t>(num_pairs_);
    for (const std::size_t c : {0, 1, 3, 6, 7}) {
      auto table = std::make_shared<CodeTable>();
      table->space = space;
      table->values.reset(kSchema[c].type, num_pairs_);
      for (std::size_t i = 0; i < pair_of_row_.size(); ++i) {
        table->values.put(pair_of_row_[i],
                          batches_[i / kBatchRows].columns[c].value_at(i % kBatchRows));
      }
      for (std::size_t b = 0; b < batches_.size(); ++b) {
        batches_[b].columns[c].reset_coded(table, pair_of_row_.data() + b * kBatchRows, kBatchRows);
      }
    }
  }

  const std::vector<std::string> kInterfaces = [] {
    std::vector<std::string> names;
    for (int i = 0; i < 600; ++i) {
      names.push_back(fmt::format("eni-0{:016x}", 0x9e3779b97f4a7c15ULL * (i + 1)));
    }
    return names;
  }();
  std::size_t num_rounds_;
  std::size_t num_pairs_;
  std::vector<Batch> batches_;
  std::vector<std::uint32_t> pair_of_row_;
};

std::shared_ptr<Plan> scan_of(const std::shared_ptr<Table>& table) {
  auto plan = std::make_shared<Plan>();
  plan->kind = Plan::Kind::kScan;
  plan->table = table;
  plan->schema = kSchema;
  for (const Field& field : kSchema) {
    plan->scan_columns.push_back(field.name);
  }
  return plan;
}

ExpressionPtr column_of(std::string_view name) {
  for (std::size_t c = 0; c < kSchema.size(); ++c) {
    if (kSchema[c].name == name) {
      return make_column(c, kSchema[c].type);
    }
  }
  std::abort();
}

// The top 20 of the groups of `input` by the first aggregate.
PlanPtr top_of(PlanPtr input, const std::vector<std::string_view>& keys,
               const std::vector<std::string_view>& sums, AggregateKind kind) {
  auto aggregate = std::make_shared<Plan>();
  aggregate->kind = Plan::Kind::kAggregate;
  aggregate->inputs = {std::move(input)};
  for (const auto& key : keys) {
    aggregate->expressions.push_back(column_of(key));
    aggregate->schema.push_back({std::string(key), aggregate->expressions.back()->type});
  }
  for (const auto& name : sums) {
    Aggregate sum;
    if (name != "*") {
      sum.kind = kind;
      const bool is_integer = kind == AggregateKind::kSum || kind == AggregateKind::kMax ||
                              kind == AggregateKind::kCountDistinct;
      sum.type = is_integer ? Type::kInt64 : Type::kDouble;
      sum.argument = column_of(name);
    }
    aggregate->aggregates.push_back(sum);
    aggregate->schema.push_back({fmt::format("sum({})", name), sum.type});
  }
  auto sort = std::make_shared<Plan>();
  sort->kind = Plan::Kind::kSort;
  sort->schema = aggregate->schema;
  sort->sort_keys.push_back(
      {make_column(keys.size(), sort->schema[keys.size()].type), true, false});
  sort->inputs = {aggregate};
  auto limit = std::make_shared<Plan>();
  limit->kind = Plan::Kind::kLimit;
  limit->schema = sort->schema;
  limit->limit = 20;
  limit->inputs = {sort};
  return optimise(limit);
}

PlanPtr rejected(PlanPtr input) {
  const QueryEnvironment environment;
  auto filter = std::make_shared<Plan>();
  filter->kind = Plan::Kind::kFilter;
  filter->schema = input->schema;
  filter->inputs = {std::move(input)};
  filter->predicate =
      *make_call(*find_function("=", Language::kSql),
                 {column_of("action"), make_literal(Value::of_string("REJECT"))}, environment);
  return filter;
}

class Discard final : public RowSink {
 public:
  Result<void> start(const Schema&) override { return {}; }
  Result<bool> write(const Batch&) override { return true; }
};

double best_seconds(const PlanPtr& plan, const ExecuteOptions& options, std::string* paths) {
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    Discard sink;
    const double begin = cpu_seconds();
    const auto statistics = execute(plan, options, sink);
    best = std::min(best, cpu_seconds() - begin);
    if (!statistics) {
      fmt::print("{}\n", statistics.error().message);
      std::exit(1);
    }
    if (paths != nullptr) {
      *paths = statistics->paths.empty() ? "" : statistics->paths.front();
    }
  }
  return best;
}

// What the scan alone costs.
double scan_seconds(Table& table, std::vector<std::string_view> columns) {
  std::erase(columns, "*");
  ScanRequest request;
  request.columns.assign(columns.begin(), columns.end());
  double best = 1e9;
  for (int run = 0; run < 5; ++run) {
    const double begin = cpu_seconds();
    const auto scan = *table.scan(request, {});
    const auto stream = *scan->open_stream();
    Batch batch;
    while (*stream->next(batch)) {
    }
    best = std::min(best, cpu_seconds() - begin);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const double millions = argc > 1 ? std::atof(argv[1]) : 10;
  ExecuteOptions options;
  options.num_threads = argc > 2 ? static_cast<std::size_t>(std::atoi(argv[2])) : 1;
  const auto rounds =
      static_cast<std::size_t>(std::ceil(millions * 1e6 / (kBatchesKept * kBatchRows)));
  const std::size_t num_pairs = argc > 4 ? static_cast<std::size_t>(std::atoi(argv[4])) : 209'000;
  const auto stored =
      std::make_shared<RepeatedTable>(std::max<std::size_t>(rounds, 1), num_pairs, false);
  const auto coded =
      std::make_shared<RepeatedTable>(std::max<std::size_t>(rounds, 1), num_pairs, true);
  const auto rows = static_cast<double>(stored->num_rows());

  struct Case {
    std::string_view name;
    std::vector<std::string_view> keys;
    std::vector<std::string_view> sums;
    bool is_filtered = false;
    AggregateKind kind = AggregateKind::kSum;
  };
  const Case cases[] = {
      {"pair of addresses, sum", {"srcaddr", "dstaddr"}, {"bytes"}},
      {"pair of addresses, 3 aggregates", {"srcaddr", "dstaddr"}, {"bytes", "packets", "*"}},
      {"one address, sum", {"srcaddr"}, {"bytes"}},
      {"action, sum", {"action"}, {"bytes"}},
      {"interface, sum", {"interface_id"}, {"bytes"}},
      {"port, 3 aggregates", {"dstport"}, {"bytes", "packets", "*"}},
      {"pair of addresses, sum and count", {"srcaddr", "dstaddr"}, {"bytes", "*"}},
      {"one address, mean", {"srcaddr"}, {"bytes"}, false, AggregateKind::kAverage},
      {"one address, deviation", {"srcaddr"}, {"bytes"}, false, AggregateKind::kStddevSample},
      {"one address, maximum", {"srcaddr"}, {"bytes"}, false, AggregateKind::kMax},
      {"one address, distinct", {"srcaddr"}, {"dstaddr"}, false, AggregateKind::kCountDistinct},
      {"nothing, 3 aggregates", {}, {"bytes", "packets", "*"}},
      {"four keys, filtered", {"srcaddr", "dstaddr", "dstport", "protocol"}, {"*", "bytes"}, true},
      {"four keys, all rows", {"srcaddr", "dstaddr", "dstport", "protocol"}, {"*", "bytes"}},
  };
  fmt::print("{:.1f} M rows, {} thread(s), cpu time\n", rows / 1e6, options.num_threads);
  fmt::print("{:40} {:>10} {:>9} {:>9}\n", "group by", "M rows/s", "ns/row", "of scan");
  const std::string_view wanted = argc > 3 ? argv[3] : "";
  for (const Case& one : cases) {
    for (const bool is_coded : {false, true}) {
      const std::string name = fmt::format("{}{}", one.name, is_coded ? ", coded" : "");
      if (name.find(wanted) == std::string::npos) {
        continue;
      }
      PlanPtr input = scan_of(is_coded ? coded : stored);
      std::vector<std::string_view> columns = one.keys;
      columns.insert(columns.end(), one.sums.begin(), one.sums.end());
      const double scan = scan_seconds(is_coded ? *coded : *stored, columns);
      if (one.is_filtered) {
        input = rejected(input);
      }
      std::string path;
      const double all = best_seconds(top_of(input, one.keys, one.sums, one.kind), options, &path);
      const double own = std::max(all - scan, 1e-9);
      fmt::print("{:40} {:10.1f} {:9.2f} {:9.2f}  {}\n", name, rows / own / 1e6, own / rows * 1e9,
                 scan / rows * 1e9, path);
    }
  }
  return 0;
}
