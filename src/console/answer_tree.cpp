#include "console/answer_tree.h"

#include <algorithm>

#include "base/nearest_name.h"
#include "query/aggregate.h"
#include "query/derived.h"
#include "query/function.h"

namespace weir::console {
namespace {

using column::Type;
using format::Tree;

constexpr std::int64_t kLargestExact = std::int64_t{1} << 53;

}  // namespace

Tree number_tree(std::int64_t value) {
  return value > kLargestExact || value < -kLargestExact ? Tree(std::to_string(value))
                                                         : Tree(value);
}

Tree cell_tree(const column::Value& value) {
  switch (value.type) {
    case Type::kNull:
      return {};
    case Type::kBool:
      return value.integer != 0;
    case Type::kInt64:
    case Type::kTime:
    case Type::kInterval:
      return number_tree(value.integer);
    case Type::kDouble:
      return value.number;
    case Type::kAddress:
      return to_string(value.address);
    case Type::kString:
      return value.text;
  }
  return {};
}

std::string_view cell_type(Type type) {
  switch (type) {
    case Type::kBool:
      return "boolean";
    case Type::kInt64:
    case Type::kInterval:
      return "integer";
    case Type::kDouble:
      return "number";
    case Type::kTime:
      return "time";
    case Type::kAddress:
      return "address";
    case Type::kNull:
    case Type::kString:
      return "text";
  }
  return "text";
}

Tree time_tree(std::optional<TimeMs> time) { return time ? Tree(*time) : Tree(); }

Tree text_or_null(std::string_view text) { return text.empty() ? Tree() : Tree(text); }

Tree position_tree(std::string_view text, TextSpan span) {
  const std::size_t offset = std::min(span.begin, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return Tree::map({{"offset", static_cast<std::int64_t>(offset)},
                    {"line", static_cast<std::int64_t>(line)},
                    {"column", static_cast<std::int64_t>(offset - line_begin + 1)},
                    {"length", static_cast<std::int64_t>(
                                   std::max(std::min(span.end, text.size()), offset) - offset)}});
}

Tree warnings_tree(const std::vector<query::Warning>& warnings, std::string_view text) {
  Tree list = Tree::list();
  for (const query::Warning& warning : warnings) {
    list.push(
        Tree::map({{"code", warning.code},
                   {"message", warning.message},
                   {"position", warning.span ? position_tree(text, *warning.span) : Tree()}}));
  }
  return list;
}

Tree report_tree(const query::AnswerReport& report) {
  return format::read_json(query::report_json({report})).value_or(Tree());
}

std::vector<std::string> suggestions_for(std::string_view text, const Error& error,
                                         column::Table& table, query::Language language) {
  if (!error.span || error.span->begin >= text.size()) {
    return {};
  }
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '@' || c == '-';
  };
  std::size_t end = error.span->begin;
  while (end < text.size() && is_letter(text[end])) {
    ++end;
  }
  const std::string_view word = text.substr(error.span->begin, end - error.span->begin);
  if (word.empty()) {
    return {};
  }
  std::vector<std::string> names = table.known_names();
  const std::size_t num_columns = names.size();
  for (const query::DerivedColumn& column : query::all_derived_columns()) {
    names.emplace_back(column.name);
  }
  for (const query::Function* function : query::all_functions()) {
    if ((function->languages & static_cast<std::uint8_t>(language)) != 0) {
      names.emplace_back(function->name);
    }
  }
  for (const query::AggregateFunction& function : query::all_aggregate_functions()) {
    if ((function.languages & static_cast<std::uint8_t>(language)) != 0) {
      names.emplace_back(function.name);
    }
  }
  for (const std::string_view command :
       {"fields", "filter", "stats", "sort", "limit", "dedup", "parse", "display"}) {
    names.emplace_back(command);
  }
  // What is there as it is written is no mistake of spelling.
  if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(num_columns), word) !=
      names.begin() + static_cast<std::ptrdiff_t>(num_columns)) {
    return {};
  }
  return nearest_names(word, names);
}

Tree problem_members(std::string_view text, const Error& error, const FlowRoom& room,
                     query::Language language) {
  Tree members = Tree::map();
  if (error.span) {
    members.set("position", position_tree(text, *error.span));
  }
  std::vector<std::string> suggestions;
  if (const auto table = room.flows()) {
    suggestions = suggestions_for(text, error, **table, language);
  }
  members.set("suggestions", Tree::list_of(suggestions));
  return members;
}

}  // namespace weir::console
