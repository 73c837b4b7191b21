#pragma once

// A small table of flow records for the tests of the Insights front end.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/number.h"
#include "base/time_text.h"
#include "column/memory_table.h"
#include "flow/enrichment.h"
#include "flowlog/field.h"
#include "io/file_system.h"
#include "query/execute.h"
#include "query/execution/other_tables.h"
#include "query/insights/insights.h"
#include "query/plan.h"

namespace weir::query::insights {

// 2026-03-01T12:00:00Z; the records lie in the hour before it, but for one the day before.
inline constexpr TimeMs kFixtureNow = 1'772'366'400'000;

// Finds columns by any spelling of a flow-log field, as files do.
class FlowTable final : public column::Table {
 public:
  explicit FlowTable(std::unique_ptr<column::Table> rows) : rows_(std::move(rows)) {}
  Result<std::optional<column::Field>> find(std::string_view name) override {
    const auto field = flowlog::find_field(name);
    return rows_->find(field ? flowlog::info(*field).canonical : name);
  }
  Result<column::Schema> columns() override { return rows_->columns(); }
  std::vector<std::string> known_names() override { return rows_->known_names(); }
  Result<bool> carries(std::string_view name) override { return rows_->carries(name); }
  Result<std::unique_ptr<column::Scan>> scan(const column::ScanRequest& request,
                                             const column::ScanContext& context) override {
    return rows_->scan(request, context);
  }

 private:
  std::unique_ptr<column::Table> rows_;
};

inline std::shared_ptr<column::Table> flow_table() {
  using column::Type;
  using column::Value;
  const column::Schema schema = {
      {"srcaddr", Type::kAddress}, {"dstaddr", Type::kAddress},    {"srcport", Type::kInt64},
      {"dstport", Type::kInt64},   {"protocol", Type::kInt64},     {"packets", Type::kInt64},
      {"bytes", Type::kInt64},     {"start", Type::kTime},         {"end", Type::kTime},
      {"action", Type::kString},   {"log_status", Type::kString},  {"tcp_flags", Type::kInt64},
      {"@message", Type::kString}, {"pkt_srcaddr", Type::kAddress}};
  struct Record {
    std::string_view source, destination;
    int source_port, destination_port, protocol, packets, bytes, minutes_ago;
    std::string_view action;
  };
  static constexpr Record kRecords[] = {
      {"10.0.0.1", "10.0.1.9", 40001, 443, 6, 10, 1000, 50, "ACCEPT"},
      {"10.0.0.1", "10.0.1.9", 40002, 443, 6, 20, 3000, 48, "ACCEPT"},
      {"203.0.113.7", "10.0.0.1", 55555, 22, 6, 1, 40, 40, "REJECT"},
      {"203.0.113.7", "10.0.0.2", 55556, 22, 6, 1, 40, 39, "REJECT"},
      {"203.0.113.7", "10.0.0.3", 55557, 23, 6, 1, 40, 10, "REJECT"},
      {"198.51.100.4", "10.0.0.1", 1000, 53, 17, 2, 200, 5, "REJECT"},
      {"2001:db8::1", "2001:db8::2", 5000, 443, 6, 4, 800, 4, "ACCEPT"},
      {"10.0.0.2", "10.0.1.9", 40003, 5432, 6, 7, 700, 1440, "ACCEPT"},
  };
  std::vector<std::vector<Value>> rows;
  for (const Record& record : kRecords) {
    const TimeMs start = kFixtureNow - record.minutes_ago * TimeMs{60'000};
    rows.push_back(
        {Value::of_address(*parse_ip(record.source)),
         Value::of_address(*parse_ip(record.destination)), Value::of_int(record.source_port),
         Value::of_int(record.destination_port), Value::of_int(record.protocol),
         Value::of_int(record.packets), Value::of_int(record.bytes), Value::of_time(start),
         Value::of_time(start + 30'000), Value::of_string(std::string(record.action)),
         Value::of_string("OK"), Value::of_int(2),
         Value::of_string(fmt::format(
             "2 1 eni-1 {} {} {} {} {} {} {} {} {} {} OK", record.source, record.destination,
             record.source_port, record.destination_port, record.protocol, record.packets,
             record.bytes, start / 1000, start / 1000 + 30, record.action)),
         Value::of_address(*parse_ip(record.source))});
  }
  std::vector<Value> silent(schema.size());  // NODATA: nothing but the window and the status
  silent[7] = Value::of_time(kFixtureNow - 120'000);
  silent[8] = Value::of_time(kFixtureNow - 60'000);
  silent[10] = Value::of_string("NODATA");
  rows.push_back(std::move(silent));
  return std::make_shared<FlowTable>(column::MemoryTable::from_rows(schema, rows, 3));
}

class FlowCatalog final : public Catalog {
 public:
  explicit FlowCatalog(std::shared_ptr<column::Table> table = flow_table())
      : table_(std::move(table)) {}
  Result<std::shared_ptr<column::Table>> find_table(std::string_view, TextSpan) override {
    return table_;
  }

 private:
  std::shared_ptr<column::Table> table_;
};

inline QueryEnvironment flow_environment(Dialect dialect) {
  QueryEnvironment environment;
  environment.now_ms = kFixtureNow;
  environment.dialect = dialect;
  const auto files = io::make_local_file_system();
  environment.enrichment = *flow::load_enrichment(*files, {});
  return environment;
}

inline std::string cell_text(const column::Value& value) {
  switch (value.type) {
    case column::Type::kNull:
      return "-";
    case column::Type::kBool:
      return value.integer != 0 ? "true" : "false";
    case column::Type::kTime:
      return to_time_text(value.integer, TimeStyle::kIso);
    case column::Type::kDouble:
      return format_double(value.number);
    case column::Type::kAddress:
      return to_string(value.address);
    case column::Type::kString:
      return value.text;
    default:
      return std::to_string(value.integer);
  }
}

// What a query gives: lines of cells, the column names first, and the codes of its warnings; or the
// message of its error.
struct Answer {
  std::vector<std::string> lines;
  std::vector<Warning> warnings;
  std::optional<Error> error;
  std::string plan;

  [[nodiscard]] std::vector<std::string> codes() const {
    std::vector<std::string> out;
    for (const Warning& warning : warnings) {
      out.push_back(warning.code);
    }
    return out;
  }
};

inline Answer ask_of(std::shared_ptr<column::Table> table, std::string_view text, Dialect dialect,
                     std::size_t offset) {
  Answer answer;
  FlowCatalog catalog(std::move(table));
  const QueryEnvironment environment = flow_environment(dialect);
  auto prepared = prepare(text, offset, {}, catalog, environment);
  if (!prepared) {
    answer.error = std::move(prepared).error();
    answer.lines = {"error: " + answer.error->message};
    return answer;
  }
  answer.warnings = prepared->warnings;
  RowCollector rows;
  const PlanPtr plan = optimise(prepared->plan);
  answer.plan = to_text(*plan);
  const auto done = execute(plan, {}, rows);
  if (!done) {
    answer.error = done.error();
    return answer;
  }
  std::string line;
  for (const column::Field& field : rows.schema()) {
    line += (line.empty() ? "" : " | ") + field.name;
  }
  answer.lines.push_back(line);
  for (const column::Batch& batch : rows.batches()) {
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      line.clear();
      for (std::size_t c = 0; c < batch.columns.size(); ++c) {
        line += (c == 0 ? "" : " | ") + cell_text(batch.columns[c].value_at(row));
      }
      answer.lines.push_back(line);
    }
  }
  return answer;
}

// All tables that deliver the same rows must give the same.
inline Answer ask(std::string_view text, Dialect dialect = Dialect::kHelpful,
                  std::size_t offset = 0) {
  Answer answer = ask_of(flow_table(), text, dialect, offset);
  for (const auto& [name, make] : fixture::other_tables()) {
    EXPECT_EQ(ask_of(make(flow_table()), text, dialect, offset).lines, answer.lines)
        << name << ": " << text;
  }
  return answer;
}

}  // namespace weir::query::insights
