#include "query/insights/lexer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.h"
#include "query/insights/named_groups.h"

namespace weir::query::insights {
namespace {

bool is_digit_byte(char c) { return c >= '0' && c <= '9'; }

bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool continues_name(char c) { return begins_name(c) || is_digit_byte(c); }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// A name with its dots: `a.b`, but not a dot at the end.
std::size_t end_of_plain_name(std::string_view text, std::size_t place) {
  while (place < text.size() &&
         (continues_name(text[place]) ||
          (text[place] == '.' && place + 1 < text.size() && continues_name(text[place + 1])))) {
    ++place;
  }
  return place;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return out;
}

bool Token::is_word(std::string_view wanted) const {
  return kind == Kind::kName &&
         std::equal(text.begin(), text.end(), wanted.begin(), wanted.end(), [](char a, char b) {
           return static_cast<char>(a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
         });
}

void Lexer::skip_blanks() {
  while (place_ < text_.size()) {
    if (is_blank(text_[place_])) {
      ++place_;
    } else if (text_[place_] == '#') {
      place_ = std::min(text_.find('\n', place_), text_.size());
    } else {
      break;
    }
  }
}

Result<Token> Lexer::next() {
  skip_blanks();
  Token token;
  const std::size_t begin = place_;
  if (place_ >= text_.size()) {
    token.span = span_from(begin);
    return token;
  }
  const char c = text_[place_];
  if (begins_name(c)) {
    place_ = end_of_plain_name(text_, place_ + 1);
    token.kind = Token::Kind::kName;
    token.text = text_.substr(begin, place_ - begin);
    token.span = span_from(begin);
    return token;
  }
  if (is_digit_byte(c) || (c == '.' && is_digit_byte(at(place_ + 1)))) {
    return read_number();
  }
  if (c == '"' || c == '\'' || c == '`') {
    return read_quoted(c);
  }
  static constexpr std::string_view kTwoLetters[] = {
      "!=", "<=", ">=", "=~", "==", "<>", "&&", "||", "<<"};
  static constexpr std::string_view kOneLetter = "()[]{},|=<>+-*/%^!&:;.?~\\";
  token.kind = Token::Kind::kSymbol;
  const std::string_view two = text_.substr(place_, 2);
  if (std::find(std::begin(kTwoLetters), std::end(kTwoLetters), two) != std::end(kTwoLetters)) {
    place_ += 2;
  } else if (kOneLetter.find(c) != std::string_view::npos) {
    place_ += 1;
  } else {
    ++place_;
    return fail(ErrorCode::kUsage,
                fmt::format("a byte 0x{:02x} cannot stand here", static_cast<unsigned char>(c)),
                span_from(begin));
  }
  token.text = text_.substr(begin, place_ - begin);
  token.span = span_from(begin);
  return token;
}

// Backslash escapes the quote, itself, n, r and t; before any other letter it stays, so that
// patterns may be written in quotes ("\d+").
Result<Token> Lexer::read_quoted(char quote) {
  const std::size_t begin = place_++;
  Token token;
  token.kind = quote == '`' ? Token::Kind::kQuotedName : Token::Kind::kString;
  while (place_ < text_.size() && text_[place_] != quote) {
    const char c = text_[place_++];
    const char escaped = at(place_);
    if (c != '\\' || quote == '`' || place_ >= text_.size()) {
      token.text += c;
      continue;
    }
    ++place_;
    switch (escaped) {
      case 'n':
        token.text += '\n';
        break;
      case 'r':
        token.text += '\r';
        break;
      case 't':
        token.text += '\t';
        break;
      case '\\':
      case '"':
      case '\'':
        token.text += escaped;
        break;
      default:
        token.text += '\\';
        token.text += escaped;
        break;
    }
  }
  if (place_ >= text_.size()) {
    return fail(ErrorCode::kUsage, fmt::format("the text that {} begins here never ends", quote),
                TextSpan{begin + offset_, begin + offset_ + 1});
  }
  ++place_;
  token.span = span_from(begin);
  if (token.kind == Token::Kind::kQuotedName && token.text.empty()) {
    return fail(ErrorCode::kUsage, "a name cannot be empty", token.span);
  }
  return token;
}

Result<Token> Lexer::read_number() {
  const std::size_t begin = place_;
  const auto skip_digits = [&] {
    while (is_digit_byte(at(place_))) {
      ++place_;
    }
  };
  skip_digits();
  bool is_whole = true;
  if (at(place_) == '.' && is_digit_byte(at(place_ + 1))) {
    is_whole = false;
    ++place_;
    skip_digits();
  }
  const bool is_exponent =
      (at(place_) | 0x20) == 'e' &&
      (is_digit_byte(at(place_ + 1)) ||
       ((at(place_ + 1) == '-' || at(place_ + 1) == '+') && is_digit_byte(at(place_ + 2))));
  if (is_exponent) {
    is_whole = false;
    place_ += 2;
    skip_digits();
  }
  const std::string_view digits = text_.substr(begin, place_ - begin);
  const std::size_t unit_begin = place_;
  while (continues_name(at(place_)) && place_ < text_.size()) {
    ++place_;
  }
  const std::string_view unit_text = text_.substr(unit_begin, place_ - unit_begin);
  Token token;
  token.span = span_from(begin);
  if (at(place_) == '.' || (at(place_) == ':' && !unit_text.empty())) {
    return fail(ErrorCode::kUsage, "addresses and times stand in quotes: \"10.0.0.1\"", token.span);
  }
  if (!unit_text.empty()) {
    const auto unit = parse_period_unit(unit_text);
    const auto count = parse_int64(digits);
    if (!unit || !is_whole || !count) {
      return fail(ErrorCode::kUsage,
                  fmt::format("'{}{}' is neither a number nor a period such as 5m, 1h or 7d",
                              digits, unit_text),
                  token.span);
    }
    token.kind = Token::Kind::kPeriod;
    token.period = {*count, *unit};
    return token;
  }
  token.kind = Token::Kind::kNumber;
  if (const auto integer = is_whole ? parse_int64(digits) : std::nullopt) {
    token.number = column::Value::of_int(*integer);
  } else if (const auto number = parse_double(digits)) {
    token.number = column::Value::of_double(*number);
  } else {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no number", digits), token.span);
  }
  return token;
}

std::size_t Lexer::end_of_hyphenated(std::size_t end) const {
  std::size_t place = end - offset_;
  while (at(place) == '-' && place + 1 < text_.size() && continues_name(text_[place + 1])) {
    place = end_of_plain_name(text_, place + 1);
  }
  return place + offset_;
}

std::size_t Lexer::end_of_subscripts(std::size_t end) const {
  std::size_t place = end - offset_;
  while (at(place) == '[') {
    std::size_t close = place + 1;
    while (is_digit_byte(at(close))) {
      ++close;
    }
    if (close == place + 1 || at(close) != ']') {
      break;
    }
    place = close + 1;
    if (at(place) == '.' && place + 1 < text_.size() && continues_name(text_[place + 1])) {
      place = end_of_plain_name(text_, place + 1);
    }
  }
  return place + offset_;
}

Result<Token> Lexer::read_regex(std::size_t begin) {
  place_ = begin - offset_ + 1;
  std::string pattern;
  bool is_in_class = false;
  while (place_ < text_.size() && (text_[place_] != '/' || is_in_class)) {
    const char c = text_[place_++];
    if (c == '\\' && place_ < text_.size()) {
      if (text_[place_] != '/') {
        pattern += c;
      }
      pattern += text_[place_++];
      continue;
    }
    is_in_class = is_in_class ? c != ']' : c == '[';
    pattern += c;
  }
  if (place_ >= text_.size()) {
    return fail(ErrorCode::kUsage,
                "the regular expression that begins here never ends: close it "
                "with /, and write a slash in it as \\/",
                TextSpan{begin, begin + 1});
  }
  ++place_;
  Token token;
  token.kind = Token::Kind::kRegex;
  token.text = to_re2_spelling(pattern);
  token.span = {begin, place_ + offset_};
  if (place_ < text_.size() && continues_name(text_[place_])) {
    return fail(ErrorCode::kUsage,
                "nothing may follow the closing /; ignore case with (?i) inside: /(?i)pattern/",
                TextSpan{place_ + offset_, place_ + offset_ + 1});
  }
  if (pattern.empty()) {
    return fail(ErrorCode::kUsage, "the regular expression is empty", token.span);
  }
  return token;
}

}  // namespace weir::query::insights
