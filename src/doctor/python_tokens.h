#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir::doctor {

struct PythonToken {
  enum class Kind : std::uint8_t { kName, kString, kNumber, kOperator } kind = Kind::kName;
  std::string text;           // of a string: its value, escapes left as they are
  bool is_formatted = false;  // f"...": what stands in braces shows only when it runs
  std::size_t line = 0;       // from 1
  std::size_t indent = 0;     // columns before the line's first token
  bool begins_line = false;   // of a logical line
  [[nodiscard]] bool is(std::string_view operator_or_name) const {
    return (kind == Kind::kOperator || kind == Kind::kName) && text == operator_or_name;
  }
  [[nodiscard]] bool is_string() const { return kind == Kind::kString; }
};

// Takes Python's text apart; comments and line ends left out. Hardened against untrusted input.
[[nodiscard]] std::vector<PythonToken> read_python_tokens(std::string_view text);

}  // namespace weir::doctor
