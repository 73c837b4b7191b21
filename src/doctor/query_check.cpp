#include "doctor/query_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "flow/enrichment.h"
#include "flowlog/file_table.h"
#include "io/file_system.h"
#include "query/query.h"

namespace weir::doctor {
namespace {

class OneTable final : public query::Catalog {
 public:
  explicit OneTable(std::shared_ptr<column::Table> table) : table_(std::move(table)) {}
  Result<std::shared_ptr<column::Table>> find_table(std::string_view /*name*/,
                                                    TextSpan /*span*/) override {
    return table_;
  }

 private:
  std::shared_ptr<column::Table> table_;
};

// Any flow log's columns, no rows.
Result<std::shared_ptr<column::Table>> empty_flows(io::FileSystem& files) {
  flowlog::FileTableOptions options;
  options.paths = {"-"};
  options.standard_input = io::make_memory_source("");
  WEIR_ASSIGN_OR_RETURN(auto table, flowlog::open_files(files, options));
  return std::shared_ptr<column::Table>(std::move(table));
}

bool is_of_flow_logs(std::string_view text) {
  const std::size_t source = text.find("SOURCE");
  return source == std::string_view::npos || text.find("flow", source) != std::string_view::npos;
}

std::string place_of(const LogQuery& query, const std::optional<TextSpan>& span) {
  if (!span) {
    return query.place;
  }
  const std::string shown = query::point_at(query.text, *span);
  return query.place + ", " + shown.substr(0, shown.find('\n'));
}

}  // namespace

void check_query(const LogQuery& query, std::shared_ptr<column::Table> table,
                 std::vector<Finding>& findings) {
  OneTable catalog(std::move(table));
  const auto files = io::make_local_file_system();
  auto enrichment = flow::load_enrichment(*files, {});
  if (!enrichment) {
    return;
  }
  query::QueryEnvironment environment;
  environment.enrichment = std::move(*enrichment);
  query::PrepareOptions options;
  const auto prepared = query::prepare(query.text, options, catalog, environment);
  if (!prepared) {
    findings.push_back({Severity::kError, "query_fails", place_of(query, prepared.error().span),
                        query.subject, prepared.error().message,
                        "weir query runs it, and points at the place"});
    return;
  }
  for (const query::PreparedQuery& statement : *prepared) {
    for (const query::Warning& warning : statement.warnings) {
      if (warning.code == "constant_predicate") {
        findings.push_back({Severity::kError, "constant_condition", place_of(query, warning.span),
                            query.subject,
                            warning.message.substr(0, warning.message.find("; read as")),
                            "leave it out, and choose the time range where the query is run"});
      }
    }
  }
}

void check_queries(const std::vector<LogQuery>& queries, std::vector<Finding>& findings) {
  const bool has_any = std::any_of(queries.begin(), queries.end(), [](const LogQuery& query) {
    return is_of_flow_logs(query.text);
  });
  if (!has_any) {
    return;
  }
  const auto files = io::make_local_file_system();
  const auto table = empty_flows(*files);
  if (!table) {
    return;
  }
  for (const LogQuery& query : queries) {
    if (is_of_flow_logs(query.text)) {
      check_query(query, *table, findings);
    }
  }
}

}  // namespace weir::doctor
