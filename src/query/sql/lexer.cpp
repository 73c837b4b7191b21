#include "query/sql/lexer.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::query::sql {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_quote(char c) { return c == '\'' || c == '"' || c == '`'; }

// Signs of more than one character, longest first.
constexpr std::string_view kLongSymbols[] = {"<<=", "<=>", "!~*", "<=", ">=", "<>", "!=", "==",
                                             "||",  "<<",  "::",  "&&", "!~", "~*", "=~", "->"};
constexpr std::string_view kShortSymbols = "(),.+-*/%^=<>[];~!?:{}|&";

std::size_t symbol_length(std::string_view rest) {
  for (const std::string_view symbol : kLongSymbols) {
    if (rest.starts_with(symbol)) {
      return symbol.size();
    }
  }
  return kShortSymbols.find(rest.front()) != std::string_view::npos ? 1 : 0;
}

// Digits, a fraction, an exponent.
std::size_t skip_number(std::string_view text, std::size_t place) {
  const auto skip_digits = [&] {
    while (place < text.size() && is_digit(text[place])) {
      ++place;
    }
  };
  skip_digits();
  if (place < text.size() && text[place] == '.') {
    ++place;
    skip_digits();
  }
  if (place + 1 < text.size() && (text[place] == 'e' || text[place] == 'E')) {
    const bool is_signed = text[place + 1] == '+' || text[place + 1] == '-';
    const std::size_t digits = place + (is_signed ? 2 : 1);
    if (digits < text.size() && is_digit(text[digits])) {
      place = digits;
      skip_digits();
    }
  }
  return place;
}

std::string printable(char c) {
  return c >= ' ' && c <= '~' ? fmt::format("'{}'", c)
                              : fmt::format("byte 0x{:02x}", static_cast<unsigned char>(c));
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  return out;
}

std::string Token::unquoted() const {
  if (kind != Kind::kString && kind != Kind::kQuotedName) {
    return std::string(text);
  }
  const char quote = text.front();
  std::string out;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    out += text[i];
    i += text[i] == quote ? 1U : 0U;
  }
  return out;
}

bool Token::is_word(std::string_view lower_case) const {
  return kind == Kind::kWord &&
         std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

std::size_t skip_space(std::string_view text, std::size_t place) {
  while (place < text.size()) {
    const std::string_view rest = text.substr(place);
    if (is_space(rest.front())) {
      ++place;
    } else if (rest.starts_with("--") || rest.front() == '#') {
      const auto end = rest.find('\n');
      place = end == std::string_view::npos ? text.size() : place + end + 1;
    } else if (rest.starts_with("/*")) {
      const auto end = rest.find("*/", 2);
      if (end == std::string_view::npos) {
        return place;  // does not end: an error to report, not space
      }
      place += end + 2;
    } else {
      break;
    }
  }
  return place;
}

std::size_t skip_quoted(std::string_view text, std::size_t place) {
  const char quote = text[place];
  while (true) {
    place = text.find(quote, place + 1);
    if (place == std::string_view::npos) {
      return place;
    }
    if (place + 1 >= text.size() || text[place + 1] != quote) {
      return place + 1;
    }
    ++place;
  }
}

Result<std::vector<Token>> tokenize(std::string_view text, std::size_t offset) {
  std::vector<Token> tokens;
  std::size_t place = skip_space(text, 0);
  while (place < text.size()) {
    const char first = text[place];
    const TextSpan here{offset + place, offset + place + 1};
    Token token;
    std::size_t end = place;
    if (is_quote(first)) {
      token.kind = first == '\'' ? Token::Kind::kString : Token::Kind::kQuotedName;
      end = skip_quoted(text, place);
      if (end == std::string_view::npos) {
        return fail(ErrorCode::kUsage,
                    fmt::format("the {} that begins here has no closing {} (a quote inside is "
                                "written twice)",
                                first == '\'' ? "text" : "name", first),
                    here);
      }
      if (first != '\'' && end - place == 2) {
        return fail(ErrorCode::kUsage, "a name cannot be empty; a text stands in single quotes: ''",
                    TextSpan{offset + place, offset + end});
      }
    } else if (is_digit(first) ||
               (first == '.' && place + 1 < text.size() && is_digit(text[place + 1]))) {
      token.kind = Token::Kind::kNumber;
      end = skip_number(text, place);
      if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
        while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) {
          ++end;
        }
        return fail(ErrorCode::kUsage,
                    fmt::format("an address stands in single quotes: '{}'",
                                text.substr(place, std::min<std::size_t>(end - place, 40))),
                    TextSpan{offset + place, offset + end});
      }
      while (end < text.size() && is_name_part(text[end])) {
        token.kind = Token::Kind::kPeriod;
        ++end;
      }
    } else if (is_name_start(first)) {
      token.kind = Token::Kind::kWord;
      while (end < text.size() && is_name_part(text[end])) {
        ++end;
      }
    } else if (text.substr(place).starts_with("/*")) {
      return fail(ErrorCode::kUsage, "the comment that begins here has no closing */",
                  TextSpan{offset + place, offset + place + 2});
    } else {
      token.kind = Token::Kind::kSymbol;
      end = place + symbol_length(text.substr(place));
      if (end == place) {
        return fail(ErrorCode::kUsage,
                    fmt::format("{} means nothing in SQL here", printable(first)), here);
      }
    }
    token.text = text.substr(place, end - place);
    token.span = {offset + place, offset + end};
    tokens.push_back(token);
    place = skip_space(text, end);
  }
  Token end;
  end.text = text.substr(text.size());
  end.span = {offset + text.size(), offset + text.size()};
  tokens.push_back(end);
  return tokens;
}

}  // namespace weir::query::sql
