#include "logs/filter_pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

namespace weir::logs {
namespace {

constexpr std::string_view kBlanks = " \t\n\r";

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Cut at spaces; "texts in quotes" and [in brackets] are one field, without them.
std::vector<std::string_view> cut_fields(std::string_view message) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at < message.size();) {
    const char c = message[at];
    if (kBlanks.find(c) != std::string_view::npos) {
      ++at;
      continue;
    }
    const char closing = c == '"' ? '"' : c == '[' ? ']' : '\0';
    const std::size_t close =
        closing != '\0' ? message.find(closing, at + 1) : std::string_view::npos;
    if (close != std::string_view::npos) {
      fields.push_back(message.substr(at + 1, close - at - 1));
      at = close + 1;
      continue;
    }
    const std::size_t end = std::min(message.find_first_of(kBlanks, at), message.size());
    fields.push_back(message.substr(at, end - at));
    at = end;
  }
  return fields;
}

// Each field once, in the order of the pattern.
void append_fields(const FilterCondition& condition, std::vector<std::string>& fields) {
  if (!condition.field.empty() &&
      std::find(fields.begin(), fields.end(), condition.field) == fields.end()) {
    fields.push_back(condition.field);
  }
  for (const FilterCondition& child : condition.children) {
    append_fields(child, fields);
  }
}

// Documents alone have members: a message such as 42 or "x" has none.
std::optional<format::Tree> read_document(std::string_view message) {
  const std::string_view text = without_blanks(message);
  if (text.empty() || (text[0] != '{' && text[0] != '[')) {
    return std::nullopt;
  }
  auto tree = format::read_json(text);
  return tree ? std::optional(std::move(*tree)) : std::nullopt;
}

}  // namespace

bool FilterPattern::Term::is_in(std::string_view message) const {
  return regex != nullptr
             ? RE2::PartialMatch(re2::StringPiece(message.data(), message.size()), *regex)
             : message.find(text) != std::string_view::npos;
}

Result<FilterPattern> FilterPattern::parse(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return fail(ErrorCode::kInput,
                fmt::format("a filter pattern has at most {} characters", kMaxBytes));
  }
  text = without_blanks(text);
  FilterPattern pattern;
  if (text.starts_with('{') || text.starts_with('[')) {
    const bool is_json = text[0] == '{';
    if (text.size() < 2 || text.back() != (is_json ? '}' : ']')) {
      return fail(ErrorCode::kInput,
                  fmt::format("a filter pattern that begins with {} ends with {}", text[0],
                              is_json ? '}' : ']'));
    }
    const std::string_view inside = text.substr(1, text.size() - 2);
    if (is_json) {
      pattern.form_ = Form::kJson;
      WEIR_ASSIGN_OR_RETURN(pattern.condition_, FilterConditionParser(inside).parse_json());
    } else {
      WEIR_RETURN_IF_ERROR(pattern.parse_columns(inside));
    }
    return pattern;
  }
  WEIR_RETURN_IF_ERROR(pattern.parse_words(text));
  return pattern;
}

Result<void> FilterPattern::parse_words(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (kBlanks.find(text[at]) != std::string_view::npos) {
      ++at;
      continue;
    }
    std::vector<Term>* target = &all_;
    if (text[at] == '-' || text[at] == '?') {
      target = text[at] == '-' ? &none_ : &any_;
      ++at;
    }
    Term term;
    const char mark = at < text.size() ? text[at] : ' ';
    const std::size_t close =
        mark == '"' || mark == '%' ? text.find(mark, at + 1) : std::string_view::npos;
    if (mark == '"' && close == std::string_view::npos) {
      return fail(ErrorCode::kInput, "a phrase in the filter pattern has no closing quote");
    }
    if (mark == '%' && close == std::string_view::npos) {
      return fail(ErrorCode::kInput, "a regular expression in the filter pattern has no closing %");
    }
    if (close != std::string_view::npos) {
      term.text = text.substr(at + 1, close - at - 1);
      at = close + 1;
      if (mark == '%' && !term.text.empty()) {
        WEIR_ASSIGN_OR_RETURN(term.regex, compile_filter_regex(term.text));
      }
    } else {
      const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
      term.text = text.substr(at, end - at);
      at = end;
    }
    if (term.text.empty()) {
      return fail(ErrorCode::kInput, "the filter pattern has an empty term");
    }
    target->push_back(std::move(term));
  }
  return {};
}

Result<void> FilterPattern::parse_columns(std::string_view text) {
  form_ = Form::kColumns;
  bool has_ellipsis = false;
  for (std::size_t begin = 0; begin <= text.size();) {
    // A comma within quotes or a regular expression belongs to it.
    std::size_t end = begin;
    for (char quote = '\0'; end < text.size() && (quote != '\0' || text[end] != ','); ++end) {
      const char c = text[end];
      if (quote != '\0' ? c == quote : c == '"' || c == '%') {
        quote = quote != '\0' ? '\0' : c;
      }
    }
    const std::string_view part = without_blanks(text.substr(begin, end - begin));
    FilterColumn column;
    if (part == "...") {
      if (std::exchange(has_ellipsis, true)) {
        return fail(ErrorCode::kInput, "... stands once in a filter pattern");
      }
      column.is_ellipsis = true;
    } else {
      WEIR_ASSIGN_OR_RETURN(column.condition,
                            FilterConditionParser(part).parse_column(column.name));
    }
    columns_.push_back(std::move(column));
    begin = end + 1;
  }
  return {};
}

std::vector<std::string_view> FilterPattern::fields_of(std::string_view message) const {
  std::vector<std::string_view> fields = cut_fields(message);
  const auto ellipsis = std::find_if(columns_.begin(), columns_.end(),
                                     [](const FilterColumn& column) { return column.is_ellipsis; });
  if (ellipsis == columns_.end()) {
    return fields.size() == columns_.size() ? fields : std::vector<std::string_view>();
  }
  const std::size_t num_named = columns_.size() - 1;
  if (fields.size() < num_named) {
    return {};
  }
  const auto first = fields.begin() + (ellipsis - columns_.begin());
  fields.erase(first, first + static_cast<std::ptrdiff_t>(fields.size() - num_named));
  return fields;
}

bool FilterPattern::matches(std::string_view message) const {
  if (form_ == Form::kJson) {
    const auto document = read_document(message);
    return document && holds_for(condition_, *document);
  }
  if (form_ == Form::kColumns) {
    const auto fields = fields_of(message);
    std::size_t at = 0;
    for (const FilterColumn& column : columns_) {
      if (column.is_ellipsis) {
        continue;
      }
      if (at >= fields.size() || !holds_for(column.condition, fields[at])) {
        return false;
      }
      ++at;
    }
    return true;
  }
  const auto is_in = [&](const Term& term) { return term.is_in(message); };
  return std::all_of(all_.begin(), all_.end(), is_in) &&
         std::none_of(none_.begin(), none_.end(), is_in) &&
         (any_.empty() || std::any_of(any_.begin(), any_.end(), is_in));
}

std::optional<std::string> FilterPattern::value_of(std::string_view selector,
                                                   std::string_view message) const {
  if (!selector.starts_with('$')) {
    return std::nullopt;
  }
  selector.remove_prefix(1);
  if (form_ == Form::kJson) {
    // Read by the pattern's own rules, so that what is no selector selects nothing.
    const auto document = read_document(message);
    const format::Tree* member =
        document && !selector.empty() && (selector[0] == '.' || selector[0] == '[')
            ? select_member(*document, selector)
            : nullptr;
    return member == nullptr || member->is_null() ? std::nullopt
                                                  : std::optional(text_of_member(*member));
  }
  if (form_ == Form::kColumns) {
    const auto fields = fields_of(message);
    std::size_t at = 0;
    for (const FilterColumn& column : columns_) {
      if (column.is_ellipsis) {
        continue;
      }
      if (at < fields.size() && column.name == selector) {
        return std::string(fields[at]);
      }
      ++at;
    }
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> FilterPattern::extracted(
    std::string_view message) const {
  std::vector<std::string> selectors;
  if (form_ == Form::kJson) {
    append_fields(condition_, selectors);
  } else {
    for (const FilterColumn& column : columns_) {
      if (!column.is_ellipsis) {
        selectors.push_back(column.name);
      }
    }
  }
  std::vector<std::pair<std::string, std::string>> values;
  for (const std::string& selector : selectors) {
    std::string name = "$" + selector;
    if (auto value = value_of(name, message)) {
      values.emplace_back(std::move(name), std::move(*value));
    }
  }
  return values;
}

}  // namespace weir::logs
