#include "doctor/python_tokens.h"

#include <algorithm>
#include <cctype>

namespace weir::doctor {
namespace {

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

class PythonLexer {
 public:
  explicit PythonLexer(std::string_view text) : text_(text) {}

  std::vector<PythonToken> read() {
    while (at_ < text_.size()) {
      step();
    }
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  PythonToken& add(PythonToken::Kind kind, std::string text) {
    PythonToken token;
    token.kind = kind;
    token.text = std::move(text);
    token.line = line_;
    token.indent = indent_;
    token.begins_line = is_at_begin_;
    is_at_begin_ = false;
    return tokens_.emplace_back(std::move(token));
  }

  void step() {
    const char c = peek();
    if (c == '\n') {
      ++line_;
      ++at_;
      if (depth_ == 0) {
        begin_line();
      }
    } else if (c == '\\' && peek(1) == '\n') {
      ++line_;
      at_ += 2;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
      indent_ += is_at_begin_ ? 1 : 0;
      ++at_;
    } else if (c == '"' || c == '\'') {
      take_string(false);
    } else if (is_letter(c)) {
      take_name();
    } else if (is_digit(c)) {
      std::string number;
      while (is_digit(peek()) || is_letter(peek()) || peek() == '.') {
        number += peek();
        ++at_;
      }
      add(PythonToken::Kind::kNumber, std::move(number));
    } else {
      depth_ += c == '(' || c == '[' || c == '{' ? 1 : 0;
      depth_ -= (c == ')' || c == ']' || c == '}') && depth_ > 0 ? 1 : 0;
      add(PythonToken::Kind::kOperator, std::string(1, c));
      ++at_;
    }
  }

  void begin_line() {
    is_at_begin_ = true;
    indent_ = 0;
  }

  void take_name() {
    std::string name;
    while (is_letter(peek()) || is_digit(peek())) {
      name += peek();
      ++at_;
    }
    const bool is_prefix =
        name.size() <= 2 && name.find_first_not_of("rRbBfFuU") == std::string::npos;
    if (is_prefix && (peek() == '"' || peek() == '\'')) {
      take_string(name.find_first_of("fF") != std::string::npos);
    } else {
      add(PythonToken::Kind::kName, std::move(name));
    }
  }

  void take_string(bool is_formatted) {
    const char quote = peek();
    const bool is_long = peek(1) == quote && peek(2) == quote;
    const std::string end(is_long ? 3 : 1, quote);
    PythonToken& token = add(PythonToken::Kind::kString, "");
    token.is_formatted = is_formatted;
    at_ += end.size();
    while (at_ < text_.size() && text_.substr(at_, end.size()) != end) {
      if (peek() == '\n' && !is_long) {
        return;  // not closed
      }
      if (peek() == '\\' && at_ + 1 < text_.size()) {
        token.text += peek();
        ++at_;
      }
      line_ += peek() == '\n' ? 1 : 0;
      token.text += peek();
      ++at_;
    }
    at_ = std::min(at_ + end.size(), text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t indent_ = 0;
  int depth_ = 0;  // of brackets: a line goes on within them
  bool is_at_begin_ = true;
  std::vector<PythonToken> tokens_;
};

}  // namespace

std::vector<PythonToken> read_python_tokens(std::string_view text) {
  return PythonLexer(text).read();
}

}  // namespace weir::doctor
