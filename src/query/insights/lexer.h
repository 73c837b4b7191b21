#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time_text.h"
#include "column/value.h"

namespace weir::query::insights {

struct Token {
  enum class Kind : std::uint8_t {
    kEnd,
    kName,        // text: as written; keywords are names too
    kQuotedName,  // text: without the backquotes
    kString,      // text: unescaped
    kNumber,      // number
    kPeriod,      // period: 5m, 1h
    kRegex,       // text: the pattern in RE2's spelling
    kSymbol,      // text: one operator or punctuation mark
  };
  Kind kind = Kind::kEnd;
  std::string text;
  column::Value number;
  Period period;
  TextSpan span;  // in the whole text

  [[nodiscard]] bool is_symbol(std::string_view symbol) const {
    return kind == Kind::kSymbol && text == symbol;
  }
  // Keywords are the same in any case.
  [[nodiscard]] bool is_word(std::string_view lower_case) const;
};

// Cuts a Logs Insights query into tokens, one at a time: what a '/' or a '-' means depends on where
// the parser is. Copies are cheap and go on from the same place. Hardened against untrusted input.
class Lexer {
 public:
  // `offset` is where `text` begins in the whole text, for spans.
  Lexer(std::string_view text, std::size_t offset) : text_(text), offset_(offset) {}

  [[nodiscard]] Result<Token> next();
  // Reads /.../ from the slash at `begin`. `\/` is a slash, and so is one in a class [/].
  [[nodiscard]] Result<Token> read_regex(std::size_t begin);
  // The longest name written with hyphens that begins with the name ending at `end`, as its end:
  // `pkt-srcaddr` from `pkt`. `end` itself where no hyphen follows at once.
  [[nodiscard]] std::size_t end_of_hyphenated(std::size_t end) const;
  // The end of the places, and members behind them, that follow a name ending at `end`: [0].b[1]
  [[nodiscard]] std::size_t end_of_subscripts(std::size_t end) const;
  // Goes on from `position`. Positions count as spans do.
  void go_to(std::size_t position) { place_ = position - offset_; }
  [[nodiscard]] std::string_view slice(TextSpan span) const {
    return text_.substr(span.begin - offset_, span.end - span.begin);
  }

 private:
  void skip_blanks();
  [[nodiscard]] TextSpan span_from(std::size_t begin) const {
    return {begin + offset_, place_ + offset_};
  }
  [[nodiscard]] char at(std::size_t place) const {
    return place < text_.size() ? text_[place] : '\0';
  }
  [[nodiscard]] Result<Token> read_quoted(char quote);
  [[nodiscard]] Result<Token> read_number();

  std::string_view text_;
  std::size_t offset_;
  std::size_t place_ = 0;
};

[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace weir::query::insights
