#include "console/field_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "console/answer_tree.h"
#include "flowlog/field.h"
#include "flowlog/meta_column.h"
#include "query/aggregate.h"
#include "query/derived.h"
#include "query/function.h"

namespace weir::console {
namespace {

using format::Tree;

constexpr std::string_view kInsightsWords[] = {
    "fields", "display", "filter",    "stats", "sort", "limit",   "dedup",  "parse",
    "unnest", "lookup",  "addtotals", "join",  "diff", "pattern", "SOURCE", "by",
    "as",     "and",     "or",        "not",   "in",   "like",    "asc",    "desc"};
constexpr std::string_view kSqlWords[] = {
    "SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "ORDER BY",  "LIMIT",    "OFFSET",
    "WITH",   "AS",   "AND",   "OR",       "NOT",    "IN",        "LIKE",     "BETWEEN",
    "IS",     "NULL", "JOIN",  "LEFT",     "ON",     "UNION ALL", "DISTINCT", "CASE",
    "WHEN",   "THEN", "ELSE",  "END",      "CAST",   "ASC",       "DESC",     "INTERVAL"};

Tree languages_tree(std::uint8_t bits) {
  Tree list = Tree::list();
  if ((bits & static_cast<std::uint8_t>(query::Language::kInsights)) != 0) {
    list.push("insights");
  }
  if ((bits & static_cast<std::uint8_t>(query::Language::kSql)) != 0) {
    list.push("sql");
  }
  return list;
}

Tree field_tree(std::string_view name, const std::vector<std::string>& aliases,
                std::string_view type, std::string_view summary, bool is_derived, bool is_present) {
  return Tree::map({{"name", name},
                    {"aliases", Tree::list_of(aliases)},
                    {"type", type},
                    {"summary", summary},
                    {"isDerived", is_derived},
                    {"isPresent", is_present}});
}

std::string_view derived_type(const query::DerivedColumn& column) {
  return column.name == "duration" || column.name.ends_with("_asn") ? "integer" : "text";
}

Tree functions_tree() {
  Tree list = Tree::list();
  for (const query::AggregateFunction& function : query::all_aggregate_functions()) {
    list.push(Tree::map({{"name", function.name},
                         {"signature", function.signature},
                         {"summary", function.summary},
                         {"languages", languages_tree(function.languages)}}));
  }
  for (const query::Function* function : query::all_functions()) {
    list.push(Tree::map({{"name", function->name},
                         {"signature", function->signature},
                         {"summary", function->summary},
                         {"languages", languages_tree(function->languages)}}));
  }
  return list;
}

}  // namespace

Result<Tree> field_list(const FlowRoom& room) {
  WEIR_ASSIGN_OR_RETURN(const auto table, room.flows());
  Tree fields = Tree::list();
  std::set<std::string, std::less<>> known;
  for (const flowlog::FieldInfo& field : flowlog::all_fields()) {
    std::vector<std::string> aliases;
    for (const std::string_view name : {field.token, flowlog::insights_name(field.id)}) {
      if (!name.empty() && name != field.canonical &&
          std::find(aliases.begin(), aliases.end(), name) == aliases.end()) {
        aliases.emplace_back(name);
      }
    }
    WEIR_ASSIGN_OR_RETURN(const bool is_present, table->carries(field.canonical));
    fields.push(field_tree(field.canonical, aliases, cell_type(field.type), field.summary, false,
                           is_present));
    known.emplace(field.canonical);
  }
  for (const flowlog::MetaColumnInfo& meta : flowlog::all_meta_columns()) {
    if (meta.id != flowlog::MetaColumn::kLayout) {
      WEIR_ASSIGN_OR_RETURN(const bool is_present, table->carries(meta.name));
      fields.push(field_tree(meta.name, {}, cell_type(meta.type), "", false, is_present));
      known.emplace(meta.name);
    }
  }
  WEIR_ASSIGN_OR_RETURN(const column::Schema columns, table->columns());
  for (const column::Field& column : columns) {
    if (known.insert(column.name).second) {
      fields.push(field_tree(column.name, {}, cell_type(column.type),
                             "A field of these records beside AWS's", false, true));
    }
  }
  for (const query::DerivedColumn& column : query::all_derived_columns()) {
    const bool has_geo =
        room.enrichment->has_geo() || column.summary.find("--geo") == std::string_view::npos;
    const bool has_ranges = room.enrichment->has_aws_ranges() ||
                            column.summary.find("--aws-ranges") == std::string_view::npos;
    fields.push(field_tree(column.name, {}, derived_type(column), column.summary, true,
                           has_geo && has_ranges));
  }
  Tree insights = Tree::list_of(kInsightsWords);
  Tree sql = Tree::list_of(kSqlWords);
  return Tree::map(
      {{"fields", std::move(fields)},
       {"functions", functions_tree()},
       {"keywords", Tree::map({{"insights", std::move(insights)}, {"sql", std::move(sql)}})}});
}

Result<Tree> field_values(const FlowRoom& room, const FieldValuesRequest& request) {
  WEIR_ASSIGN_OR_RETURN(const std::string field, field_text(request.field));
  std::string text;
  if (!request.prefix.empty()) {
    const auto prefix = literal_text(column::Value::of_string(request.prefix));
    if (!prefix) {
      return fail(ErrorCode::kUsage, "prefix is a text without control characters");
    }
    text = fmt::format("filter substr(concat({}, \"\"), 0, {}) = {} | ", field,
                       request.prefix.size(), *prefix);
  }
  text += fmt::format("stats count(*) as records by {} as value | sort records desc | limit {}",
                      field, request.limit + 1);
  Question question;
  question.text = std::move(text);
  question.range = {request.span.since, request.span.until};
  WEIR_ASSIGN_OR_RETURN(const Answer answer, ask(room, question, 2));
  Tree values = Tree::list();
  for (const auto& row : answer.rows) {
    const std::size_t records = answer.schema[0].name == "records" ? 0 : 1;
    if (!row[1 - records].is_null() && values.items().size() < request.limit) {
      values.push(Tree::map({{"value", cell_tree(row[1 - records])},
                             {"records", number_tree(row[records].integer)}}));
    }
  }
  return Tree::map({{"values", std::move(values)}});
}

}  // namespace weir::console
