#include "store/stored_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/int128.h"
#include "column/memory_table.h"
#include "io/faulty_file_system.h"
#include "store/store.h"

namespace weir::store {
namespace {

using column::Type;
using column::Value;
using Row = std::vector<Value>;

TableSpec flow_like_spec() {
  TableSpec spec;
  spec.name = "flows";
  spec.columns = {{"src", Type::kAddress, 1, false},   {"dst", Type::kAddress, 1, false},
                  {"action", Type::kString, 1, false}, {"log_status", Type::kString, 1, false},
                  {"srcport", Type::kInt64, 0, false}, {"dstport", Type::kInt64, 0, false},
                  {"bytes", Type::kInt64, 0, true},    {"start", Type::kTime, 0, false},
                  {"end", Type::kTime, 0, false},      {"ptr", Type::kString, 0, false}};
  spec.time_column = "start";
  spec.partition_ms = 3'600'000;
  spec.properties = {{"difference.end", "start"}, {"pair.srcport", "dstport"},
                     {"totals", "bytes"},         {"minutes", "action log_status"},
                     {"silent", "log_status"},    {"until", "end"}};
  return spec;
}

// Rows of some hours, out of order by minutes, with nulls everywhere and silent ones.
std::vector<Row> random_rows(std::mt19937_64& random, std::size_t count) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const TimeMs start = 1'767'571'200'000 + static_cast<TimeMs>(i * 9000 / (count / 1000 + 1)) +
                         static_cast<TimeMs>(random() % 300) * 1000;
    const bool is_silent = random() % 50 == 0;
    const auto maybe = [&](Value value) {
      return is_silent || random() % 40 == 0 ? Value::null() : std::move(value);
    };
    const auto number = [&](std::uint64_t n) {
      return Value::of_int(static_cast<std::int64_t>(n));
    };
    rows.push_back(
        {maybe(Value::of_address(
             IpAddress::from_v4(0x0a000000U + static_cast<std::uint32_t>(random() % 90)))),
         maybe(Value::of_address({random() % 3, random() % 7})),
         maybe(Value::of_string(random() % 9 == 0 ? "REJECT" : "ACCEPT")),
         Value::of_string(is_silent ? (random() % 2 == 0 ? "NODATA" : "SKIPDATA") : "OK"),
         maybe(number(random() % 65'536)), maybe(number(random() % 4 == 0 ? 443 : 53)),
         maybe(number(random() % 97 == 0 ? random() >> 30 : random() % 1500)),
         random() % 60 == 0 ? Value::null() : Value::of_time(start),
         random() % 60 == 0 ? Value::null()
                            : Value::of_time(start + static_cast<TimeMs>(random() % 60)),
         random() % 3 == 0 ? Value::null() : Value::of_string(std::to_string(random()))});
  }
  return rows;
}

column::Schema schema_of(const TableSpec& spec) {
  column::Schema schema;
  for (const ColumnSpec& column : spec.columns) {
    schema.push_back({column.name, column.type});
  }
  return schema;
}

std::string text_of(const Value& value) {
  switch (value.type) {
    case Type::kNull:
      return "-";
    case Type::kAddress:
      return to_string(value.address);
    case Type::kString:
      return value.text;
    default:
      return std::to_string(value.integer);
  }
}

std::vector<std::string> read_rows(column::Table& table, const column::ScanRequest& request) {
  const auto scan = table.scan(request, {});
  EXPECT_TRUE(scan) << (scan ? "" : scan.error().message);
  const auto applied = (*scan)->applied_conjuncts();
  EXPECT_TRUE(std::all_of(applied.begin(), applied.end(), [](bool is) { return is; }));
  std::vector<std::pair<std::uint64_t, std::vector<std::string>>> batches;
  for (std::size_t s = 0; s < request.num_streams; ++s) {
    const auto stream = (*scan)->open_stream();
    column::Batch batch;
    while (true) {
      const auto more = (*stream)->next(batch);
      EXPECT_TRUE(more) << (more ? "" : more.error().message);
      if (!more || !*more) {
        break;
      }
      auto& [sequence, lines] = batches.emplace_back();
      sequence = batch.sequence;
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        std::string line;
        for (const column::Column& column : batch.columns) {
          line += text_of(column.value_at(row)) + "|";
        }
        lines.push_back(line);
      }
    }
  }
  std::stable_sort(batches.begin(), batches.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> rows;
  for (const auto& [sequence, lines] : batches) {
    rows.insert(rows.end(), lines.begin(), lines.end());
  }
  return rows;
}

class StoredTableTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = Store::open(files_, clock_, "/data", options());
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    ASSERT_TRUE(store_->put_table(spec_));
    for (const ColumnSpec& column : spec_.columns) {
      names_.push_back(column.name);
    }
  }
  static StoreOptions options() {
    StoreOptions options;
    options.reserve_bytes = 0;
    return options;
  }
  // Loads rows in batches, the last of them through the write-ahead log.
  void load(const std::vector<Row>& rows) {
    const std::size_t in_tail = rows.size() / 20;
    const std::span<const Row> loaded(rows.data(), rows.size() - in_tail);
    auto load = store_->start_load("flows");
    ASSERT_TRUE(load) << load.error().message;
    for (std::size_t begin = 0; begin < loaded.size(); begin += 1500) {
      const auto part = loaded.subspan(begin, std::min<std::size_t>(1500, loaded.size() - begin));
      const std::uint64_t ordinal = store_->take_ordinals(part.size());
      with_batch(part, [&](const column::Batch& batch) {
        const auto done = (*load)->append(batch, names_, ordinal);
        ASSERT_TRUE(done) << done.error().message;
      });
      if (begin / 1500 % 7 == 6) {
        ASSERT_TRUE((*load)->commit({}));
      }
    }
    ASSERT_TRUE((*load)->commit({}));
    with_batch(std::span(rows).subspan(loaded.size()),
               [&](const column::Batch& batch) { ASSERT_TRUE(store_->append("flows", batch)); });
    all_.insert(all_.end(), rows.begin(), rows.end());
  }
  void with_batch(std::span<const Row> rows, const std::function<void(const column::Batch&)>& f) {
    const auto table = column::MemoryTable::from_rows(schema_of(spec_), rows, 1 << 20);
    column::ScanRequest request;
    request.columns = names_;
    const auto scan = table->scan(request, {});
    const auto stream = (*scan)->open_stream();
    column::Batch batch;
    while (*(*stream)->next(batch)) {
      f(batch);
    }
  }
  // Every question gives what the naive table gives, in its order.
  void expect_same(const std::string& what) {
    const auto snapshot = store_->snapshot("flows");
    ASSERT_TRUE(snapshot) << snapshot.error().message;
    StoredTable stored(*snapshot);
    for (const bool is_silent_too : {true, false}) {
      for (int question = 0; question < 9; ++question) {
        column::ScanRequest request;
        request.columns = names_;
        request.include_silent = is_silent_too;
        column::Predicate predicate;
        if (question == 1) {
          predicate = {0, column::Comparison::kInPrefix, {Value::of_string("10.0.0.0/28")}};
        } else if (question == 2) {
          predicate = {5, column::Comparison::kEqual, {Value::of_int(443)}};
        } else if (question == 3) {
          predicate = {6, column::Comparison::kGreater, {Value::of_int(1490)}};
        } else if (question == 4) {
          predicate = {4, column::Comparison::kIsNull, {}};
        } else if (question == 5) {
          predicate = {2, column::Comparison::kNotEqual, {Value::of_string("ACCEPT")}};
        } else if (question == 6) {
          predicate = {8, column::Comparison::kLess, {Value::of_time(1'767'578'000'000)}};
        }
        const auto matches = [&](const Row& row) {
          if (!is_silent_too && row[3].text != "OK") {
            return false;
          }
          const Value& value = question == 0 || question > 6 ? row[0] : row[predicate.column];
          switch (question) {
            case 1:
              return !value.is_null() && parse_prefix("10.0.0.0/28")->contains(value.address);
            case 2:
              return !value.is_null() && value.integer == 443;
            case 3:
              return !value.is_null() && value.integer > 1490;
            case 4:
              return value.is_null();
            case 5:
              return !value.is_null() && value.text != "ACCEPT";
            case 6:
              return !value.is_null() && value.integer < 1'767'578'000'000;
            case 7:
              return !row[7].is_null() && row[7].integer >= 1'767'575'000'000 &&
                     row[7].integer < 1'767'576'000'000;
            default:
              return true;
          }
        };
        if (question >= 1 && question <= 6) {
          request.conjuncts = {predicate};
        }
        if (question == 7) {
          request.range = {1'767'575'000'000, 1'767'576'000'000};
        }
        std::vector<std::string> expected;
        for (const Row& row : all_) {
          if (matches(row)) {
            std::string line;
            for (const Value& value : row) {
              line += text_of(value) + "|";
            }
            expected.push_back(line);
          }
        }
        for (const std::size_t num_streams : {1, 3}) {
          request.num_streams = num_streams;
          ASSERT_EQ(read_rows(stored, request), expected)
              << what << ", question " << question << ", " << num_streams << " streams";
        }
      }
    }
    expect_same_groups(stored, what);
  }
  void expect_same_groups(StoredTable& stored, const std::string& what) {
    using Kind = column::GroupRequest::Measure::Kind;
    for (int question = 0; question < 5; ++question) {
      for (const bool may_use_rollups : {true, false}) {
        column::GroupRequest request;
        request.may_use_rollups = may_use_rollups;
        request.measures = {{Kind::kCountRows, ""},
                            {Kind::kSum, "bytes"},
                            {Kind::kCount, "bytes"},
                            {Kind::kSquaresLow, "bytes"},
                            {Kind::kSquaresHigh, "bytes"}};
        if (question < 3) {
          request.measures.resize(3);  // what roll-ups have
        }
        if (question == 0 || question == 3) {
          request.keys = {"src", "dst"};
        } else {
          request.keys = {"action"};
        }
        if (question == 2) {
          request.bin = column::GroupRequest::Bin{"start", 300'000, 0};
        }
        if (question == 3) {
          request.conjunct_columns = {"action"};
          request.conjuncts = {{0, column::Comparison::kEqual, {Value::of_string("REJECT")}}};
        }
        const Value& address = all_.empty() ? Value::null() : all_[all_.size() / 2][0];
        if (question == 4 && !address.is_null()) {
          request.conjunct_columns = {"src", "dst"};
          request.disjunctions = {{{0, column::Comparison::kEqual, {address}},
                                   {1, column::Comparison::kEqual, {address}}}};
        }
        std::map<std::string, std::array<Int128, 4>> expected;
        for (const Row& row : all_) {
          if (question == 3 && row[2].text != "REJECT") {
            continue;
          }
          if (question == 4 && !address.is_null() && text_of(row[0]) != text_of(address) &&
              text_of(row[1]) != text_of(address)) {
            continue;
          }
          std::string key = question == 0 || question == 3 ? text_of(row[0]) + "|" + text_of(row[1])
                                                           : text_of(row[2]);
          if (question == 2) {
            key +=
                "|" + (row[7].is_null() ? "-" : std::to_string(row[7].integer / 300'000 * 300'000));
          }
          auto& sums = expected[key];
          ++sums[0];
          sums[1] += row[6].is_null() ? 0 : row[6].integer;
          sums[2] += row[6].is_null() ? 0 : 1;
          if (question >= 3 && !row[6].is_null()) {
            sums[3] += static_cast<Int128>(row[6].integer) * row[6].integer;
          }
        }
        std::map<std::string, std::array<Int128, 4>> found;
        const auto scan = stored.scan_groups(request, {});
        ASSERT_TRUE(scan) << scan.error().message;
        ASSERT_NE(*scan, nullptr);
        const auto stream = (*scan)->open_stream();
        column::Batch batch;
        while (true) {
          const auto more = (*stream)->next(batch);
          ASSERT_TRUE(more) << more.error().message;
          if (!*more) {
            break;
          }
          const std::size_t num_keys = batch.columns.size() - request.measures.size();
          for (std::size_t row = 0; row < batch.num_rows; ++row) {
            std::string key;
            for (std::size_t k = 0; k < num_keys; ++k) {
              key += (k > 0 ? "|" : "") + text_of(batch.columns[k].value_at(row));
            }
            for (std::size_t m = 0; m < 3; ++m) {
              found[key][m] += batch.columns[num_keys + m].value_at(row).integer;
            }
            if (question >= 3) {
              const auto half = [&](std::size_t m) {
                return static_cast<std::uint64_t>(
                    batch.columns[num_keys + m].value_at(row).integer);
              };
              found[key][3] += static_cast<Int128>(static_cast<UInt128>(half(4)) << 64 | half(3));
            }
          }
        }
        ASSERT_TRUE(found == expected)
            << what << ", groups " << question << ", roll-ups " << may_use_rollups;
      }
    }
  }

  io::FaultyFileSystem files_;
  ManualClock clock_{1'767'700'000'000};
  TableSpec spec_ = flow_like_spec();
  std::unique_ptr<Store> store_;
  std::vector<std::string> names_;
  std::vector<Row> all_;
};

TEST_F(StoredTableTest, AnswersAsTheRowsDoBeforeAndAfterSealingCompactionAndReopening) {
  const std::uint64_t seed = 20260105;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  load(random_rows(random, 300));
  expect_same("small");
  load(random_rows(random, 40'000));
  expect_same("loaded");
  ASSERT_TRUE(store_->seal());
  expect_same("sealed");
  const auto report = store_->compact("flows", nullptr);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GT(report->segments_before, report->segments_after);
  expect_same("compacted");
  store_.reset();
  auto again = Store::open(files_, clock_, "/data", options());
  ASSERT_TRUE(again) << again.error().message;
  store_ = std::move(*again);
  expect_same("reopened");
}

// All rows, and sums by pair of addresses from the totals; nothing where an error came.
std::optional<std::vector<std::string>> answers_of(io::FileSystem& files,
                                                   const std::vector<std::string>& names) {
  using Kind = column::GroupRequest::Measure::Kind;
  auto view = StoreView::open(files, "/data");
  const auto snapshot = view ? (*view)->snapshot("flows") : fail(ErrorCode::kInput, "no view");
  if (!snapshot) {
    return std::nullopt;
  }
  StoredTable table(*snapshot);
  column::ScanRequest rows;
  rows.columns = names;
  column::GroupRequest groups;
  groups.keys = {"src", "dst"};
  groups.measures = {{Kind::kCountRows, ""}, {Kind::kSum, "bytes"}};
  column::ScanRequest rare = rows;
  rare.conjuncts = {
      {0, column::Comparison::kEqual, {Value::of_address(IpAddress::from_v4(0x0a000001U))}}};
  std::vector<std::string> lines;
  for (int question = 0; question < 3; ++question) {
    auto scan =
        question == 1 ? table.scan_groups(groups, {}) : table.scan(question == 0 ? rows : rare, {});
    const auto stream = scan ? (*scan)->open_stream() : tl::unexpected<Error>(scan.error());
    if (!stream) {
      return std::nullopt;
    }
    column::Batch batch;
    while (true) {
      const auto more = (*stream)->next(batch);
      if (!more) {
        return std::nullopt;
      }
      if (!*more) {
        break;
      }
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        std::string& line = lines.emplace_back(std::to_string(question));
        for (const column::Column& column : batch.columns) {
          line += '|' + text_of(column.value_at(row));
        }
      }
    }
  }
  return lines;
}

TEST_F(StoredTableTest, EveryFlippedBitOfASegmentIsAnErrorOrChangesNothing) {
  std::mt19937_64 random(7);
  load(random_rows(random, 300));
  ASSERT_TRUE(store_->seal());
  const auto good = answers_of(files_, names_);
  ASSERT_TRUE(good);
  std::vector<std::string> paths;
  for (const std::string& path : files_.paths()) {
    if (path.ends_with(".segment")) {
      paths.push_back(path);
    }
  }
  ASSERT_FALSE(paths.empty());
  int num_found = 0;
  constexpr int kFlips = 2000;
  for (int flip = 0; flip < kFlips; ++flip) {
    const std::string& path = paths[random() % paths.size()];
    const std::string before = files_.contents(path);
    std::string damaged = before;
    const std::size_t at = random() % damaged.size();
    damaged[at] ^= static_cast<char>(1U << (random() % 8));
    files_.set_contents(path, damaged);
    const auto found = answers_of(files_, names_);
    EXPECT_TRUE(!found || *found == *good) << path << " at " << at;
    num_found += found ? 0 : 1;
    files_.set_contents(path, before);
  }
  // The rest fell where none of these questions looks: the sums by minute.
  EXPECT_GT(num_found, kFlips * 8 / 10);
}

}  // namespace
}  // namespace weir::store
