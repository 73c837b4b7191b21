#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::query::sql {

// One word, name, number, text or sign of a statement.
struct Token {
  enum class Kind : std::uint8_t {
    kWord,        // srcaddr, SELECT, @timestamp: a name or a keyword, as the parser needs it
    kQuotedName,  // "end", `pkt-srcaddr`
    kString,      // 'REJECT'
    kNumber,      // 10, 1.5e3
    kPeriod,      // 5m
    kSymbol,      // <=, (, ::
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string_view text;  // as written, quotes included; a view of the statement
  TextSpan span;          // in the whole text

  // Without quotes, doubled quotes undone.
  [[nodiscard]] std::string unquoted() const;
  [[nodiscard]] bool is_word(std::string_view lower_case) const;
  [[nodiscard]] bool is_symbol(std::string_view symbol) const {
    return kind == Kind::kSymbol && text == symbol;
  }
};

// Splits a statement into tokens, the last one kEnd. `offset` is where `text` begins in the whole
// text. Comments (--, #, /* */) count as space.
[[nodiscard]] Result<std::vector<Token>> tokenize(std::string_view text, std::size_t offset);

// Place behind the space and comments at `place`.
[[nodiscard]] std::size_t skip_space(std::string_view text, std::size_t place);
// Place behind the quoted text that begins at `place`; npos where it does not end.
[[nodiscard]] std::size_t skip_quoted(std::string_view text, std::size_t place);

[[nodiscard]] std::string to_lower(std::string_view text);

}  // namespace weir::query::sql
