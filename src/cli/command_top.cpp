#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/session.h"

namespace weir::cli {
namespace {

using column::Batch;
using column::Type;
using column::Value;

constexpr std::size_t kNumMeasures = 5;  // bytes, packets, flows, first, last

// "srcaddr, dstport" or "ipScope(srcaddr), dstport" into its parts.
std::vector<std::string> split_fields(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && depth == 0) {
      parts.emplace_back();
    } else if (c != ' ' || depth > 0) {
      parts.back() += c;
    }
  }
  std::erase(parts, "");
  return parts;
}

// A plain name is quoted, so that pkt-srcaddr is no subtraction; anything else is an expression.
// Back quotes: double ones may be a text that somebody meant, and the error would say so.
std::string as_sql(const std::string& field) {
  const bool is_name = std::all_of(field.begin(), field.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '@';
  });
  return is_name ? fmt::format("`{}`", field) : field;
}

// Takes every group, keeps the largest by one measure and the total of all.
class TopSink final : public query::RowSink {
 public:
  TopSink(std::size_t limit, std::size_t measure_column)
      : limit_(limit), measure_column_(measure_column) {}

  Result<void> start(const column::Schema& schema) override {
    schema_ = schema;
    return {};
  }

  Result<bool> write(const Batch& batch) override {
    const column::Column& measures = batch.columns[measure_column_];
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      const double measure = measure_at(measures, row);
      total_ += measure;
      // Groups come in the order of their keys: of equal ones the first stays.
      if (rows_.size() == limit_ && measure <= rows_.front().measure) {
        continue;
      }
      Row kept{measure, next_place_++, {}};
      for (const column::Column& column : batch.columns) {
        kept.cells.push_back(column.value_at(row));
      }
      if (rows_.size() == limit_) {
        std::pop_heap(rows_.begin(), rows_.end(), is_larger);
        rows_.pop_back();
      }
      rows_.push_back(std::move(kept));
      std::push_heap(rows_.begin(), rows_.end(), is_larger);
    }
    num_groups_ += batch.num_rows;
    return true;
  }

  // The kept rows, largest first, with the share of the total behind the measures.
  Result<bool> give(RowWriter& writer) {
    std::sort(rows_.begin(), rows_.end(), is_larger);
    const std::size_t num_keys = schema_.size() - kNumMeasures;
    column::Schema schema(schema_.begin(), schema_.begin() + static_cast<std::ptrdiff_t>(num_keys));
    schema.push_back(schema_[measure_column_]);
    schema.push_back({"share_percent", Type::kDouble});
    std::vector<std::size_t> others;
    for (std::size_t i = num_keys; i < schema_.size(); ++i) {
      if (i != measure_column_) {
        others.push_back(i);
        schema.push_back(schema_[i]);
      }
    }
    WEIR_RETURN_IF_ERROR(writer.start(schema));
    for (const Row& row : rows_) {
      Batch batch;
      batch.num_rows = 1;
      const auto add = [&](const Value& value, Type type) {
        column::Column& column = batch.columns.emplace_back(type);
        column.reset_constant(value, 1);
      };
      for (std::size_t i = 0; i < num_keys; ++i) {
        add(row.cells[i], schema_[i].type);
      }
      add(row.cells[measure_column_], schema_[measure_column_].type);
      const double share = total_ > 0 ? row.measure / total_ : 0;
      add(Value::of_double(std::round(share * 10'000) / 100), Type::kDouble);
      for (const std::size_t i : others) {
        add(row.cells[i], schema_[i].type);
      }
      WEIR_ASSIGN_OR_RETURN(const bool is_open, writer.write(batch));
      if (!is_open) {
        break;
      }
    }
    return writer.finish();
  }

  [[nodiscard]] std::size_t num_groups() const { return num_groups_; }

 private:
  struct Row {
    double measure;
    std::size_t place;
    std::vector<Value> cells;
  };
  static bool is_larger(const Row& a, const Row& b) {
    return a.measure != b.measure ? a.measure > b.measure : a.place < b.place;
  }
  static double measure_at(const column::Column& column, std::size_t row) {
    if (column.is_null(row)) {
      return 0;
    }
    const std::size_t i = column.is_constant() ? 0 : row;
    return column.type() == Type::kDouble ? column.data<double>()[i]
                                          : static_cast<double>(column.data<std::int64_t>()[i]);
  }

  std::size_t limit_;
  std::size_t measure_column_;
  column::Schema schema_;
  std::vector<Row> rows_;  // a heap whose front is the smallest
  std::size_t next_place_ = 0;
  std::size_t num_groups_ = 0;
  double total_ = 0;
};

Result<int> show_top(const Arguments& arguments, Environment& environment) {
  const auto fields = split_fields(arguments.value("by", "srcaddr,dstaddr"));
  if (fields.empty()) {
    return fail(ErrorCode::kUsage, "--by needs at least one field, as in --by srcaddr,dstport");
  }
  WEIR_ASSIGN_OR_RETURN(const auto limit, arguments.number("number", 10));
  const std::string_view metric = arguments.value("metric", "bytes");

  WEIR_ASSIGN_OR_RETURN(const auto session,
                        Session::open(arguments, arguments.positionals(), environment));
  const std::string times = session->sample() > 1 ? fmt::format(" * {}", session->sample()) : "";
  QueryText text;
  text.add("SELECT ");
  for (const std::string& field : fields) {
    text.add_option("--by", as_sql(field), field);
    text.add(fmt::format(" AS `{}`, ", field));
  }
  text.add(fmt::format(
      "SUM(bytes){0} AS bytes, SUM(packets){0} AS packets, COUNT(*){0} AS flows, MIN(`start`) AS "
      "first, MAX(`end`) AS last FROM flows WHERE ",
      times));
  std::string group;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    text.add(i > 0 ? " AND " : "");
    text.add_option("--by", as_sql(fields[i]), fields[i]);
    text.add(" IS NOT NULL");
    group += fmt::format("{}{}", i > 0 ? ", " : "", i + 1);
  }
  if (arguments.has("where")) {
    text.add(" AND (");
    text.add_option("--where", arguments.value("where"), arguments.value("where"));
    text.add(")");
  }
  text.add(" GROUP BY " + group);

  WEIR_ASSIGN_OR_RETURN(const auto statements, session->prepare(text, query::Language::kSql));
  const std::size_t measure = fields.size() + (metric == "packets" ? 1U
                                               : metric == "flows" ? 2U
                                                                   : 0U);
  TopSink sink(static_cast<std::size_t>(limit), measure);
  WEIR_RETURN_IF_ERROR(session->run(statements.front(), text, sink));
  const auto writer = session->make_writer(query::Language::kSql);
  WEIR_RETURN_IF_ERROR(sink.give(*writer));
  return session->close();
}

}  // namespace

int run_top(const Arguments& arguments, Environment& environment) {
  const auto done = show_top(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
