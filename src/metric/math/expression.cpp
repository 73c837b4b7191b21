#include "metric/math/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/number.h"

namespace weir::metric::math {
namespace {

using Kind = Expression::Kind;
using Operator = Expression::Operator;

constexpr std::size_t kMaxExpressionText = 10'240;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

struct Spelling {
  std::string_view text;
  Operator op;
  int level;  // weak to strong
};
// Longer spellings before those they begin with.
constexpr Spelling kOperators[] = {
    {"||", Operator::kOr, 0},          {"&&", Operator::kAnd, 1},
    {"==", Operator::kEqual, 2},       {"!=", Operator::kNotEqual, 2},
    {"<=", Operator::kLessOrEqual, 2}, {">=", Operator::kGreaterOrEqual, 2},
    {"<", Operator::kLess, 2},         {">", Operator::kGreater, 2},
    {"+", Operator::kAdd, 3},          {"-", Operator::kSubtract, 3},
    {"*", Operator::kMultiply, 4},     {"/", Operator::kDivide, 4}};
constexpr int kNumLevels = 5;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Expression> parse() {
    if (text_.size() > kMaxExpressionText) {
      return fail(ErrorCode::kLimit,
                  fmt::format("an expression may have {} characters", kMaxExpressionText));
    }
    WEIR_ASSIGN_OR_RETURN(Expression whole, parse_level(0, 0));
    skip_space();
    if (at_ < text_.size()) {
      return error("expected an operator or the end");
    }
    return whole;
  }

 private:
  [[nodiscard]] tl::unexpected<Error> error(std::string_view what) const {
    const std::size_t end = std::min(text_.size(), at_ + 1);
    const std::string found =
        at_ < text_.size() ? fmt::format(" instead of '{}'", text_.substr(at_, 1)) : "";
    return fail(ErrorCode::kInput, fmt::format("at character {}: {}{}", at_ + 1, what, found),
                TextSpan{std::min(at_, text_.size()), end});
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
      ++at_;
    }
  }
  bool take(char c) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }

  std::optional<Operator> take_operator(int level) {
    skip_space();
    const std::string_view rest = text_.substr(at_);
    if (level <= 1) {
      const std::string_view word = level == 0 ? "OR" : "AND";
      const auto has_word = [&](std::string_view wanted) {
        if (rest.size() < wanted.size()) {
          return false;
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
          if (std::toupper(static_cast<unsigned char>(rest[i])) != wanted[i]) {
            return false;
          }
        }
        return rest.size() == wanted.size() ||
               (!is_letter(rest[wanted.size()]) && !is_digit(rest[wanted.size()]));
      };
      if (has_word(word)) {
        at_ += word.size();
        return level == 0 ? Operator::kOr : Operator::kAnd;
      }
    }
    for (const Spelling& spelling : kOperators) {
      if (rest.starts_with(spelling.text)) {
        if (spelling.level != level) {
          return std::nullopt;
        }
        at_ += spelling.text.size();
        return spelling.op;
      }
    }
    return std::nullopt;
  }

  static Expression binary(Operator op, Expression left, Expression right) {
    Expression node;
    node.kind = Kind::kBinary;
    node.op = op;
    node.span = {left.span.begin, right.span.end};
    node.parts.push_back(std::move(left));
    node.parts.push_back(std::move(right));
    return node;
  }

  // A long chain would be a deep tree, so operators are counted too.
  Result<Expression> parse_level(int level, int depth) {
    if (depth > kMaxDepth) {
      return error(fmt::format("nested deeper than {}", kMaxDepth));
    }
    if (level == kNumLevels) {
      return parse_unary(depth);
    }
    WEIR_ASSIGN_OR_RETURN(Expression left, parse_level(level + 1, depth));
    while (const auto op = take_operator(level)) {
      if (++num_operators_ > kMaxOperators) {
        return error(fmt::format("more than {} operators", kMaxOperators));
      }
      WEIR_ASSIGN_OR_RETURN(Expression right, parse_level(level + 1, depth));
      left = binary(*op, std::move(left), std::move(right));
    }
    return left;
  }

  Result<Expression> parse_unary(int depth) {
    skip_space();
    const std::size_t begin = at_;
    if (depth > kMaxDepth) {
      return error(fmt::format("nested deeper than {}", kMaxDepth));
    }
    if (take('-')) {
      WEIR_ASSIGN_OR_RETURN(Expression operand, parse_unary(depth + 1));
      Expression node;
      node.kind = Kind::kNegation;
      node.span = {begin, operand.span.end};
      node.parts.push_back(std::move(operand));
      return node;
    }
    WEIR_ASSIGN_OR_RETURN(Expression base, parse_primary(depth));
    if (take('^')) {
      WEIR_ASSIGN_OR_RETURN(Expression exponent, parse_unary(depth + 1));
      return binary(Operator::kPower, std::move(base), std::move(exponent));
    }
    return base;
  }

  Result<std::vector<Expression>> parse_list(char end, int depth) {
    std::vector<Expression> parts;
    if (take(end)) {
      return parts;
    }
    do {
      WEIR_ASSIGN_OR_RETURN(Expression part, parse_level(0, depth + 1));
      parts.push_back(std::move(part));
    } while (take(','));
    if (!take(end)) {
      return error(fmt::format("expected , or {}", end));
    }
    return parts;
  }

  Result<Expression> parse_primary(int depth) {
    skip_space();
    Expression node;
    const std::size_t begin = at_;
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (take('(')) {
      WEIR_ASSIGN_OR_RETURN(node, parse_level(0, depth + 1));
      if (!take(')')) {
        return error("expected )");
      }
    } else if (take('[')) {
      node.kind = Kind::kArray;
      WEIR_ASSIGN_OR_RETURN(node.parts, parse_list(']', depth));
    } else if (c == '\'' || c == '"') {
      node.kind = Kind::kText;
      ++at_;
      while (at_ < text_.size() && text_[at_] != c) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
          ++at_;
        }
        node.text += text_[at_++];
      }
      if (at_ == text_.size()) {
        at_ = begin;
        return error("the quote is not closed");
      }
      ++at_;
    } else if (is_digit(c) || c == '.') {
      WEIR_RETURN_IF_ERROR(parse_number(node));
    } else if (is_letter(c)) {
      while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) {
        node.text += text_[at_++];
      }
      node.kind = Kind::kName;
      if (take('(')) {
        node.kind = Kind::kCall;
        std::transform(node.text.begin(), node.text.end(), node.text.begin(),
                       [](unsigned char l) { return static_cast<char>(std::toupper(l)); });
        WEIR_ASSIGN_OR_RETURN(node.parts, parse_list(')', depth));
      }
    } else {
      return error("expected a number, an id, a function, ( or [");
    }
    node.span = {begin, at_};
    return node;
  }

  Result<void> parse_number(Expression& node) {
    const std::size_t begin = at_;
    const auto digits = [&] {
      while (at_ < text_.size() && is_digit(text_[at_])) {
        ++at_;
      }
    };
    digits();
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      digits();
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      const std::size_t before = at_++;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) {
        ++at_;
      }
      if (at_ < text_.size() && is_digit(text_[at_])) {
        digits();
      } else {
        at_ = before;
      }
    }
    const auto number = parse_double(text_.substr(begin, at_ - begin));
    if (!number) {
      at_ = begin;
      return error("expected a number");
    }
    node.number = *number;
    return {};
  }

  static constexpr int kMaxOperators = 500;

  std::string_view text_;
  std::size_t at_ = 0;
  int num_operators_ = 0;
};

}  // namespace

Result<Expression> parse_expression(std::string_view text) { return Parser(text).parse(); }

}  // namespace weir::metric::math
