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
constexpr std::size_t kMaxValueBytes = 1024;      // as long as a dimension's value may be
constexpr std::size_t kMaxTextBytes = 16U << 20;  // of all texts that a pattern changed

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

// Puts a text in wherever a pattern matches. A few bytes of a body could become gigabytes: what
// would grow too large stays as it is, and is remembered.
class PatternWriter {
 public:
  PatternWriter(const RE2& pattern, const std::string& rewrite)
      : pattern_(pattern), rewrite_(rewrite) {}

  [[nodiscard]] Tree write(const Tree& value) {
    if (value.is_text()) {
      return write_text(value.text());
    }
    if (value.is_list()) {
      Tree list = Tree::list();
      for (const Tree& item : value.items()) {
        list.push(write(item));
      }
      return list;
    }
    if (!value.is_map()) {
      return value;
    }
    Tree map = Tree::map();
    for (const auto& [name, member] : value.members()) {
      map.append(name, write(member));
    }
    return map;
  }
  [[nodiscard]] bool is_too_large() const { return is_too_large_; }

 private:
  Tree write_text(std::string text) {
    is_too_large_ = is_too_large_ || (text.size() + 1) * rewrite_.size() > kMaxTextBytes;
    if (!is_too_large_) {
      RE2::GlobalReplace(&text, pattern_, rewrite_);
      num_bytes_ += text.size();
      is_too_large_ = num_bytes_ > kMaxTextBytes;
    }
    return text;
  }

  const RE2& pattern_;
  const std::string& rewrite_;
  std::size_t num_bytes_ = 0;
  bool is_too_large_ = false;
};

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
    if (text.size() > kMaxValueBytes) {
      return fail(ErrorCode::kLimit, fmt::format("a variable's value has at most {} bytes; that of "
                                                 "{} has {}",
                                                 kMaxValueBytes, ids.back(), text.size()));
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
    const std::string rewrite = rewrite_of(text);
    PatternWriter writer(pattern, rewrite);
    widgets = writer.write(widgets);
    if (writer.is_too_large()) {
      return fail(ErrorCode::kLimit,
                  fmt::format("with this value of the variable {} the dashboard's texts would pass "
                              "16 MiB",
                              ids.back()));
    }
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
