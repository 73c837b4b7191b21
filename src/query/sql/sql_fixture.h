#pragma once

// What the tests of the SQL front end share: a small table of flow records and a way to ask it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/number.h"
#include "base/time_text.h"
#include "column/memory_table.h"
#include "flow/enrichment.h"
#include "query/execute.h"
#include "query/execution/other_tables.h"
#include "query/sql/sql.h"

namespace weir::query::sql {

// Knows nothing: every address is public.
class BlankEnrichment final : public flow::Enrichment {
 public:
  [[nodiscard]] flow::Scope scope(const IpAddress&) const override { return flow::Scope::kPublic; }
  [[nodiscard]] flow::GeoPlace place(const IpAddress&) const override { return {}; }
  [[nodiscard]] std::optional<flow::AwsRange> aws_range(const IpAddress&) const override {
    return std::nullopt;
  }
  [[nodiscard]] bool has_geo() const override { return false; }
  [[nodiscard]] bool has_aws_ranges() const override { return false; }
};

// Knows one table under both names that the front end documents.
class FlowCatalog final : public Catalog {
 public:
  explicit FlowCatalog(std::shared_ptr<column::Table> table) : table_(std::move(table)) {}
  Result<std::shared_ptr<column::Table>> find_table(std::string_view name, TextSpan span) override {
    if (name.empty() || name == "flows" || name == "vpc_flow_logs") {
      return table_;
    }
    return fail(ErrorCode::kNotFound, fmt::format("there is no table '{}'", name), span);
  }

 private:
  std::shared_ptr<column::Table> table_;
};

inline std::string cell_text(const column::Value& value) {
  switch (value.type) {
    case column::Type::kNull:
      return "null";
    case column::Type::kBool:
      return value.integer != 0 ? "true" : "false";
    case column::Type::kInt64:
      return std::to_string(value.integer);
    case column::Type::kDouble:
      return format_double(value.number);
    case column::Type::kTime:
      return to_time_text(value.integer);
    case column::Type::kInterval:
      return fmt::format("{}ms", value.integer);
    case column::Type::kAddress:
      return to_string(value.address);
    case column::Type::kString:
      return value.text;
  }
  return "";
}

class SqlTest : public testing::Test {
 protected:
  using Value = column::Value;
  using Type = column::Type;

  // 2026-03-01T12:00:00Z
  static constexpr TimeMs kNow = 1'772'366'400'000;

  SqlTest() {
    environment_.now_ms = kNow;
    environment_.enrichment = std::make_shared<BlankEnrichment>();
    set_rows({
        {"eni-1", "10.0.0.1", "10.0.0.2", 40000, 443, 6, 10, 1000, -60, "ACCEPT"},
        {"eni-1", "10.0.0.1", "10.0.0.2", 40001, 443, 6, 20, 3000, -120, "ACCEPT"},
        {"eni-1", "10.0.0.1", "8.8.8.8", 40002, 53, 17, 1, 80, -180, "ACCEPT"},
        {"eni-2", "10.0.0.2", "10.0.0.1", 443, 40000, 6, 12, 2000, -30, "ACCEPT"},
        {"eni-2", "198.51.100.7", "10.0.0.2", 55555, 22, 6, 1, 40, -240, "REJECT"},
        {"eni-2", "198.51.100.7", "10.0.0.2", 55556, 22, 6, 1, 40, -300, "REJECT"},
        {"eni-3", "2001:db8::1", "2001:db8::2", 1234, 80, 6, 5, 500, -7200, "ACCEPT"},
        {"eni-3", "", "", -1, -1, -1, -1, -1, -90, ""},
    });
  }

  struct Record {
    const char* interface_id;
    const char* srcaddr;  // "": no traffic
    const char* dstaddr;
    int srcport, dstport, protocol;
    std::int64_t packets, bytes;  // -1: null
    int start_s;                  // from now
    const char* action;
  };

  void set_rows(const std::vector<Record>& records) {
    const column::Schema schema = {{"interface_id", Type::kString}, {"srcaddr", Type::kAddress},
                                   {"dstaddr", Type::kAddress},     {"srcport", Type::kInt64},
                                   {"dstport", Type::kInt64},       {"protocol", Type::kInt64},
                                   {"packets", Type::kInt64},       {"bytes", Type::kInt64},
                                   {"start", Type::kTime},          {"end", Type::kTime},
                                   {"action", Type::kString},       {"log_status", Type::kString},
                                   {"pkt_srcaddr", Type::kAddress}, {"type", Type::kString},
                                   {"region", Type::kString}};
    const auto integer = [](std::int64_t v) { return v < 0 ? Value::null() : Value::of_int(v); };
    const auto address = [](std::string_view text) {
      return text.empty() ? Value::null() : Value::of_address(*parse_ip(text));
    };
    std::vector<std::vector<Value>> rows;
    for (const Record& record : records) {
      const std::string_view source = record.srcaddr;
      const bool is_silent = source.empty();
      const TimeMs start = kNow + record.start_s * TimeMs{1000};
      rows.push_back({Value::of_string(record.interface_id), address(source),
                      address(record.dstaddr), integer(record.srcport), integer(record.dstport),
                      integer(record.protocol), integer(record.packets), integer(record.bytes),
                      Value::of_time(start), Value::of_time(start + 30'000),
                      is_silent ? Value::null() : Value::of_string(record.action),
                      Value::of_string(is_silent ? "NODATA" : "OK"), address(source),
                      is_silent
                          ? Value::null()
                          : Value::of_string(source.find(':') == source.npos ? "IPv4" : "IPv6"),
                      Value::of_string("eu-west-1")});
    }
    table_ = column::MemoryTable::from_rows(schema, rows, 3);
  }

  Result<PreparedQuery> prepare_text(std::string_view text) {
    FlowCatalog catalog(table_);
    return prepare(text, 0, options_, catalog, environment_);
  }

  // Rows as lines, cells between '|'. The optimised and the plain plan must agree, and all
  // tables that deliver the same rows must give the same.
  std::string ask(std::string_view text) {
    const auto prepared = prepare_text(text);
    if (!prepared) {
      return "error: " + prepared.error().message;
    }
    warnings_ = prepared->warnings;
    const std::string plain = run(prepared->plan);
    const std::string optimised = run(optimise(prepared->plan));
    EXPECT_EQ(plain, optimised) << text << "\n" << to_text(*prepared->plan);
    for (const auto& [name, make] : fixture::other_tables()) {
      const auto stored = std::exchange(table_, make(table_));
      const auto other = prepare_text(text);
      table_ = stored;
      EXPECT_EQ(run(optimise(other->plan)), optimised) << name << ": " << text;
    }
    return optimised;
  }

  std::string run(const PlanPtr& plan) {
    RowCollector rows;
    ExecuteOptions options;
    const auto done = execute(plan, options, rows);
    if (!done) {
      return "error: " + done.error().message;
    }
    names_.clear();
    for (const column::Field& field : rows.schema()) {
      names_ += (names_.empty() ? "" : "|") + field.name;
    }
    std::string text;
    for (const column::Batch& batch : rows.batches()) {
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        text += text.empty() ? "" : "\n";
        for (std::size_t i = 0; i < batch.columns.size(); ++i) {
          text += (i > 0 ? "|" : "") + cell_text(batch.columns[i].value_at(row));
        }
      }
    }
    return text;
  }

  // The error's message and what it points at: "message @ srcadr".
  std::string refusal(std::string_view text) {
    const auto prepared = prepare_text(text);
    if (prepared) {
      return "no error";
    }
    const Error& error = prepared.error();
    std::string at = "nowhere";
    if (error.span && error.span->begin <= error.span->end && error.span->end <= text.size()) {
      at = text.substr(error.span->begin, error.span->end - error.span->begin);
    }
    return error.message + " @ " + at;
  }

  QueryEnvironment environment_;
  PrepareOptions options_;
  std::shared_ptr<column::Table> table_;
  std::string names_;  // of the columns of the last answer
  std::vector<Warning> warnings_;
};

}  // namespace weir::query::sql
