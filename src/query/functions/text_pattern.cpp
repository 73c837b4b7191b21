#include "query/functions/text_pattern.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

constexpr std::size_t kLongestRead = 4096;  // bytes of a text that make its pattern

bool is_decimal(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_decimal(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_between_words(char c) {
  return static_cast<unsigned char>(c) <= ' ' ||
         std::string_view("=,;()[]{}\"'|<>/?&!#").find(c) != std::string_view::npos;
}

// A colon belongs to the word within times and addresses: 12:30:05, 2001:db8::1.
bool is_colon_of_word(std::string_view text, std::size_t begin, std::size_t at) {
  const auto is_of_address = [](char c) { return is_hex(c) || c == ':' || c == '.'; };
  return at > begin && at + 1 < text.size() && is_of_address(text[at - 1]) &&
         is_of_address(text[at + 1]) &&
         std::any_of(text.begin() + static_cast<std::ptrdiff_t>(begin),
                     text.begin() + static_cast<std::ptrdiff_t>(at), is_decimal);
}

std::size_t end_of_pattern_word(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (end < text.size() && !is_between_words(text[end]) &&
         (text[end] != ':' || is_colon_of_word(text, begin, end))) {
    ++end;
  }
  return end;
}

// Numbers with their units, dates, addresses and ids: at least a third of the letters are digits,
// or it is long and has some.
bool is_variable_word(std::string_view word) {
  const auto num_digits =
      static_cast<std::size_t>(std::count_if(word.begin(), word.end(), is_decimal));
  constexpr std::size_t kLongWord = 12;
  return num_digits > 0 && (num_digits * 3 >= word.size() || word.size() >= kLongWord);
}

bool equals_word(std::string_view a, std::string_view lower) {
  return std::equal(a.begin(), a.end(), lower.begin(), lower.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; });
}

}  // namespace

std::string pattern_of(std::string_view text) {
  text = text.substr(0, kLongestRead);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') {
    text.remove_suffix(1);
  }
  std::string pattern;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(kVariable)) {  // of a text that is a pattern already
      pattern += kVariable;
      at += kVariable.size();
      continue;
    }
    const std::size_t end = end_of_pattern_word(text, at);
    if (end == at) {
      pattern += text[at++];
      continue;
    }
    // A full stop, a percent sign behind a word are none of its letters.
    std::size_t word_end = end;
    while (word_end > at &&
           std::string_view(".%:").find(text[word_end - 1]) != std::string_view::npos) {
      --word_end;
    }
    const std::string_view word = text.substr(at, word_end - at);
    pattern += is_variable_word(word) ? kVariable : word;
    pattern += text.substr(word_end, end - word_end);
    at = end;
  }
  return pattern;
}

std::vector<std::string_view> parts_of_pattern(std::string_view pattern) {
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  while (at < pattern.size()) {
    const std::size_t word_end = pattern.substr(at).starts_with(kVariable)
                                     ? at + kVariable.size()
                                     : end_of_pattern_word(pattern, at);
    std::size_t end = word_end;
    while (end < pattern.size() && !pattern.substr(end).starts_with(kVariable) &&
           end_of_pattern_word(pattern, end) == end) {
      ++end;
    }
    parts.push_back(pattern.substr(at, word_end - at));
    parts.push_back(pattern.substr(word_end, end - word_end));
    at = end;
  }
  return parts;
}

std::string_view severity_of(std::string_view text) {
  struct Level {
    std::string_view word;
    std::string_view label;
  };
  static constexpr Level kLevels[] = {
      {"fatal", "Error"},     {"critical", "Error"},  {"error", "Error"},  {"err", "Error"},
      {"exception", "Error"}, {"warning", "Warning"}, {"warn", "Warning"}, {"info", "Info"},
      {"notice", "Info"},     {"debug", "Debug"},     {"trace", "Debug"}};
  for (const std::string_view part : parts_of_pattern(text)) {
    for (const Level& level : kLevels) {
      if (equals_word(part, level.word)) {
        return level.label;
      }
    }
  }
  return {};
}

namespace {

Result<BoundCall> bind_text_pattern(BindArguments& arguments, const QueryEnvironment& environment,
                                    TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "pattern_of(text)", span));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kString, environment));
  return BoundCall{Type::kString, nullptr};
}

Result<void> evaluate_text_pattern(const Expression&, Arguments arguments, std::size_t rows,
                                   Column& out) {
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    const std::string pattern = pattern_of(ColumnView<std::string_view>(*arguments[0])[row]);
    char* bytes = out.arena().allocate(pattern.size());
    std::copy(pattern.begin(), pattern.end(), bytes);
    out.data<std::string_view>()[row] = {bytes, pattern.size()};
  });
  return {};
}

constexpr Function kTextPatterns[] = {
    {"pattern_of", "", kBothLanguages, "pattern_of(text)",
     "The text with <*> for numbers, ids, addresses and times", bind_text_pattern,
     evaluate_text_pattern},
};

}  // namespace

std::span<const Function> text_pattern_functions() { return kTextPatterns; }

}  // namespace weir::query
