#include "dashboard/variables.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <vector>

#include "base/nearest_name.h"
#include "base/number.h"
#include "dashboard/metric_rows.h"

namespace weir::dashboard {
namespace {

using format::Tree;

constexpr std::string_view kFirstFound = "__FIRST";

Tree with_property(const Tree& value, const std::string& property, const std::string& text);

// Rows are written out before a dimension changes, since those below may lean on it.
Tree rows_with_property(const Tree& metrics, const std::string& property, const std::string& text) {
  Tree rows = Tree::list();
  for (const MetricRow& row : expand_rows(metrics)) {
    Tree written = Tree::list();
    if (row.is_metric()) {
      written.push(row.name_space);
      written.push(row.metric);
      for (const auto& [name, value] : row.dimensions) {
        written.push(name);
        written.push(name == property ? text : value);
      }
    }
    if (row.options.is_map()) {
      written.push(with_property(row.options, property, text));
    }
    rows.push(std::move(written));
  }
  return rows;
}

Tree with_property(const Tree& value, const std::string& property, const std::string& text) {
  if (value.is_list()) {
    Tree list = Tree::list();
    for (const Tree& item : value.items()) {
      list.push(with_property(item, property, text));
    }
    return list;
  }
  if (!value.is_map()) {
    return value;
  }
  Tree map = Tree::map();
  for (const auto& [name, member] : value.members()) {
    const bool is_scalar = !member.is_list() && !member.is_map();
    const auto& items = member.items();
    if (name == property && is_scalar) {
      const bool is_number = member.is_integer() || member.is_double();
      const auto whole = is_number ? parse_int64(text) : std::nullopt;
      const auto number = is_number ? parse_double(text) : std::nullopt;
      map.append(name, whole ? Tree(*whole) : number ? Tree(*number) : Tree(text));
    } else if (name == "metrics" && std::any_of(items.begin(), items.end(),
                                                [](const Tree& item) { return item.is_list(); })) {
      map.append(name, rows_with_property(member, property, text));
    } else {
      map.append(name, with_property(member, property, text));
    }
  }
  return map;
}

Tree with_pattern(const Tree& value, const RE2& pattern, const std::string& rewrite) {
  if (value.is_text()) {
    std::string text = value.text();
    RE2::GlobalReplace(&text, pattern, rewrite);
    return text;
  }
  if (value.is_list()) {
    Tree list = Tree::list();
    for (const Tree& item : value.items()) {
      list.push(with_pattern(item, pattern, rewrite));
    }
    return list;
  }
  if (!value.is_map()) {
    return value;
  }
  Tree map = Tree::map();
  for (const auto& [name, member] : value.members()) {
    map.append(name, with_pattern(member, pattern, rewrite));
  }
  return map;
}

// A text that RE2 puts in as it is.
std::string rewrite_of(const std::string& text) {
  std::string rewrite;
  for (const char c : text) {
    rewrite += c == '\\' ? "\\\\" : std::string(1, c);
  }
  return rewrite;
}

std::string scalar_text(const Tree& value) {
  return value.is_text() || value.is_null() || value.is_list() || value.is_map()
             ? value.text()
             : format::write_json(value);
}

}  // namespace

Result<Tree> with_variables(const Tree& body, const VariableValues& values) {
  Tree widgets = body["widgets"];
  std::vector<std::string> ids;
  for (const Tree& variable : body["variables"].items()) {
    if (!variable.is_map()) {
      continue;
    }
    ids.push_back(variable["id"].is_text() ? variable["id"].text()
                                           : fmt::format("variable{}", ids.size() + 1));
    const auto chosen = values.find(ids.back());
    const std::string text =
        chosen == values.end() ? scalar_text(variable["defaultValue"]) : chosen->second;
    const bool is_pattern = variable["type"].text() == "pattern";
    const std::string& target = variable[is_pattern ? "pattern" : "property"].text();
    if (text.empty() || text == kFirstFound || target.empty()) {
      continue;
    }
    if (!is_pattern) {
      widgets = with_property(widgets, target, text);
      continue;
    }
    const RE2 pattern(target, RE2::Quiet);
    if (!pattern.ok()) {
      return fail(ErrorCode::kInput, fmt::format("the pattern of the variable {} is none: {}",
                                                 ids.back(), pattern.error()));
    }
    widgets = with_pattern(widgets, pattern, rewrite_of(text));
  }
  for (const auto& [id, text] : values) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
      return fail(ErrorCode::kUsage, fmt::format("the dashboard has no variable {};{} it has: {}",
                                                 id, did_you_mean(id, ids), fmt::join(ids, ", ")));
    }
  }
  Tree shown = body;
  shown.set("widgets", std::move(widgets));
  return shown;
}

}  // namespace weir::dashboard
