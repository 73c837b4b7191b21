#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::metric::math {

// A metric math expression as a tree. Precedence from weak to strong: OR ||, AND &&, comparisons,
// + -, * /, unary -, ^ (which binds to the right).
struct Expression {
  enum class Kind : std::uint8_t { kNumber, kText, kName, kNegation, kBinary, kCall, kArray };
  enum class Operator : std::uint8_t {
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kPower,
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kAnd,
    kOr,
  };
  Kind kind = Kind::kNumber;
  double number = 0;
  std::string
      text;  // of kText; the name of kName (an id, or a word like REPEAT) and kCall (upper case)
  Operator op = Operator::kAdd;
  std::vector<Expression> parts;  // operands, arguments, elements
  TextSpan span;                  // in the expression's text
};

inline constexpr int kMaxDepth = 64;

// An error's span points into `text`, and its message says at which character. Hardened against
// untrusted input: depth and size are bounded.
[[nodiscard]] Result<Expression> parse_expression(std::string_view text);

}  // namespace weir::metric::math
