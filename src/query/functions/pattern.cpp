// like, ilike, regular expressions and the glob and regex forms of `parse`. Regular expressions are
// RE2's: linear in the text, compiled once at bind time.

#include <fmt/format.h>
#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

constexpr std::size_t kMaxPattern = 4'096;

// Never null, so that an empty match is told from none.
re2::StringPiece piece(std::string_view text) {
  return text.empty() ? re2::StringPiece("", 0) : re2::StringPiece(text.data(), text.size());
}

Result<std::shared_ptr<const RE2>> compile(const std::string& pattern, bool ignores_case,
                                           TextSpan span) {
  if (pattern.size() > kMaxPattern) {
    return fail(ErrorCode::kLimit, fmt::format("a pattern has at most {} characters", kMaxPattern),
                span);
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!ignores_case);
  options.set_dot_nl(true);
  options.set_max_mem(8 << 20);
  auto regex = std::make_shared<const RE2>(pattern, options);
  if (!regex->ok()) {
    return fail(
        ErrorCode::kUsage,
        fmt::format("the regular expression is wrong: {} (RE2 syntax; no backreferences, no "
                    "look-around)",
                    regex->error()),
        span);
  }
  return regex;
}

// The regular expression of a SQL pattern: % any text, _ one character, backslash escapes.
std::string regex_of_like(std::string_view pattern, char escape) {
  std::string regex = "^";
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == escape && i + 1 < pattern.size()) {
      regex += RE2::QuoteMeta(piece(pattern.substr(++i, 1)));
    } else if (c == '%') {
      regex += ".*";
    } else if (c == '_') {
      regex += '.';
    } else {
      regex += RE2::QuoteMeta(piece(pattern.substr(i, 1)));
    }
  }
  return regex + "$";
}

// A like pattern, kept in the cheapest form that decides it.
struct LikePattern {
  enum class Form { kExact, kPrefix, kSuffix, kPart, kRegex } form = Form::kRegex;
  std::string text;
  std::shared_ptr<const RE2> regex;

  [[nodiscard]] bool matches(std::string_view value) const {
    switch (form) {
      case Form::kExact:
        return value == text;
      case Form::kPrefix:
        return value.starts_with(text);
      case Form::kSuffix:
        return value.ends_with(text);
      case Form::kPart:
        return value.find(text) != std::string_view::npos;
      case Form::kRegex:
        break;
    }
    return RE2::PartialMatch(piece(value), *regex);
  }
};

template <bool kIgnoresCase>
Result<BoundCall> bind_like(BindArguments& arguments, const QueryEnvironment& environment,
                            TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 3, "text like 'pattern'", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  WEIR_ASSIGN_OR_RETURN(const std::string pattern,
                        literal_string(arguments[1], "the pattern of like"));
  char escape = '\\';
  if (arguments.size() == 3) {
    WEIR_ASSIGN_OR_RETURN(const std::string letter, literal_string(arguments[2], "escape"));
    if (letter.size() != 1) {
      return fail(ErrorCode::kUsage, "escape takes one character", arguments[2]->span);
    }
    escape = letter[0];
  }
  auto like = std::make_shared<LikePattern>();
  std::string_view inner = pattern;
  const bool begins_open = inner.starts_with('%');
  const bool ends_open = inner.ends_with('%');
  if (begins_open) {
    inner.remove_prefix(1);
  }
  if (ends_open && !inner.empty()) {
    inner.remove_suffix(1);
  }
  const bool is_plain = inner.find_first_of("%_") == std::string_view::npos &&
                        inner.find(escape) == std::string_view::npos && !kIgnoresCase;
  if (is_plain) {
    using Form = LikePattern::Form;
    like->form = begins_open ? (ends_open ? Form::kPart : Form::kSuffix)
                             : (ends_open ? Form::kPrefix : Form::kExact);
    like->text = inner;
  } else {
    WEIR_ASSIGN_OR_RETURN(
        like->regex, compile(regex_of_like(pattern, escape), kIgnoresCase, arguments[1]->span));
  }
  return BoundCall{Type::kBool, std::move(like)};
}

Result<void> evaluate_like(const Expression& call, Arguments arguments, std::size_t rows,
                           Column& out) {
  const auto& like = *static_cast<const LikePattern*>(call.state.get());
  const Arguments subject = arguments.first(1);
  const std::size_t count = prepare_strict(subject, Type::kBool, rows, out);
  for (std::size_t i = 0; i < count; ++i) {
    out.data<std::uint8_t>()[i] = like.matches(subject[0]->data<std::string_view>()[i]) ? 1 : 0;
  }
  return {};
}

Result<BoundCall> bind_matches(BindArguments& arguments, const QueryEnvironment& environment,
                               TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "text =~ /regex/", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  WEIR_ASSIGN_OR_RETURN(const std::string pattern,
                        literal_string(arguments[1], "a regular expression"));
  WEIR_ASSIGN_OR_RETURN(auto regex, compile(pattern, false, arguments[1]->span));
  return BoundCall{Type::kBool, std::move(regex)};
}

Result<void> evaluate_matches(const Expression& call, Arguments arguments, std::size_t rows,
                              Column& out) {
  const auto& regex = *static_cast<const RE2*>(call.state.get());
  const Arguments subject = arguments.first(1);
  const std::size_t count = prepare_strict(subject, Type::kBool, rows, out);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view text =
        out.is_null(i) ? std::string_view{} : subject[0]->data<std::string_view>()[i];
    out.data<std::uint8_t>()[i] = RE2::PartialMatch(piece(text), regex) ? 1 : 0;
  }
  return {};
}

// A capture group of a regular expression in a text.
struct Extraction {
  std::shared_ptr<const RE2> regex;
  int group = 0;
  bool is_null_without_match = true;
};

// regexp_extract(text, regex [, group]): "" without a match, as DuckDB does.
Result<BoundCall> bind_extract(BindArguments& arguments, const QueryEnvironment& environment,
                               TextSpan span) {
  WEIR_RETURN_IF_ERROR(
      expect_count(arguments, 2, 3, "regexp_extract(text, regex [, group])", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  WEIR_ASSIGN_OR_RETURN(const std::string pattern,
                        literal_string(arguments[1], "a regular expression"));
  auto extraction = std::make_shared<Extraction>();
  extraction->is_null_without_match = false;
  WEIR_ASSIGN_OR_RETURN(extraction->regex, compile(pattern, false, arguments[1]->span));
  if (arguments.size() == 3) {
    const column::Value& group = arguments[2]->literal;
    const int groups = extraction->regex->NumberOfCapturingGroups();
    if (!is_literal(arguments[2]) || group.type != Type::kInt64 || group.integer < 0 ||
        group.integer > groups) {
      return fail(ErrorCode::kUsage, fmt::format("the group is a number from 0 to {}", groups),
                  arguments[2]->span);
    }
    extraction->group = static_cast<int>(group.integer);
  }
  return BoundCall{Type::kString, std::move(extraction)};
}

// parse_regex(text, regex, group number) and parse_glob(text, glob, place): what the `parse`
// command becomes, one call a name. Null without a match.
template <bool kGlob>
Result<BoundCall> bind_parse(BindArguments& arguments, const QueryEnvironment& environment,
                             TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 3, 3, "parse text \"* glob *\" as a, b", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  WEIR_ASSIGN_OR_RETURN(std::string pattern, literal_string(arguments[1], "the pattern of parse"));
  if constexpr (kGlob) {
    std::string regex;
    const bool begins_with_star = pattern.starts_with('*');
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '*') {
        // A star takes as little as it can; the last one takes the rest.
        regex += i + 1 == pattern.size() ? "(.*)" : "(.*?)";
      } else {
        regex += RE2::QuoteMeta(piece(std::string_view(pattern).substr(i, 1)));
      }
    }
    pattern = begins_with_star ? "^" + regex : regex;
  }
  auto extraction = std::make_shared<Extraction>();
  WEIR_ASSIGN_OR_RETURN(extraction->regex, compile(pattern, false, arguments[1]->span));
  extraction->group = static_cast<int>(arguments[2]->literal.integer);
  if (extraction->group < 1 || extraction->group > extraction->regex->NumberOfCapturingGroups()) {
    return fail(ErrorCode::kUsage, "parse names more fields than its pattern has stars or groups",
                span);
  }
  return BoundCall{Type::kString, std::move(extraction)};
}

Result<void> evaluate_extract(const Expression& call, Arguments arguments, std::size_t rows,
                              Column& out) {
  const auto& extraction = *static_cast<const Extraction*>(call.state.get());
  const Arguments subject = arguments.first(1);
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(extraction.group) + 1);
  map_rows(subject, Type::kString, rows, out, [&](std::size_t row) {
    const std::string_view text = ColumnView<std::string_view>(*subject[0])[row];
    const bool is_match = extraction.regex->Match(piece(text), 0, text.size(), RE2::UNANCHORED,
                                                  groups.data(), extraction.group + 1);
    const re2::StringPiece& group = groups[static_cast<std::size_t>(extraction.group)];
    if (is_match && group.data() != nullptr) {
      out.data<std::string_view>()[row] = {group.data(), group.size()};
    } else if (extraction.is_null_without_match) {
      out.set_null(row);
    } else {
      out.data<std::string_view>()[row] = {};
    }
  });
  return {};
}

constexpr auto kSqlPattern = static_cast<std::uint8_t>(Language::kSql);

constexpr Function kPatterns[] = {
    {"like", "", kBothLanguages, "text like 'pat%tern'", "% is any text, _ one character",
     bind_like<false>, evaluate_like},
    {"ilike", "", kSqlPattern, "text ilike 'pat%tern'", "like, whatever the case", bind_like<true>,
     evaluate_like},
    {"matches", "regexp_matches regexp_like regexp", kBothLanguages, "matches(text, 'regex')",
     "A regular expression matches somewhere", bind_matches, evaluate_matches},
    {"regexp_extract", "", kSqlPattern, "regexp_extract(text, 'regex' [, group])",
     "What a regular expression, or a group of it, matched", bind_extract, evaluate_extract},
    {"parse_glob", "", static_cast<std::uint8_t>(Language::kInsights),
     "parse text \"* glob *\" as a, b", "One star's text", bind_parse<true>, evaluate_extract},
    {"parse_regex", "", static_cast<std::uint8_t>(Language::kInsights), "parse text /(?<a>regex)/",
     "One group's text", bind_parse<false>, evaluate_extract},
};

}  // namespace

std::span<const Function> pattern_functions() { return kPatterns; }

}  // namespace weir::query
