#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/insights/command.h"
#include "query/insights/lexer.h"
#include "query/warning.h"

namespace weir::query::insights {

// Whether a name means something where the parser is.
using IsKnownName = std::function<bool(std::string_view)>;

// Parses a query a command at a time, because what `pkt-srcaddr` or `bytes-packets` is depends on
// the names that the commands before it leave: written without spaces, the longest part that is a
// known name is a name; else, where the first part is one, the hyphen subtracts; else the whole is
// a name that nobody knows. With spaces around it a hyphen always subtracts. Backquotes make a name
// of anything.
//
// Hardened against untrusted input: length, depth and the number of commands are bounded.
class Parser {
 public:
  Parser(std::string_view text, std::size_t offset, Dialect dialect, IsKnownName is_known);

  // The next command, or nullopt at the end.
  [[nodiscard]] Result<std::optional<Command>> next_command();
  // What was read otherwise than CloudWatch would, since the last call.
  [[nodiscard]] std::vector<Warning> take_warnings();

 private:
  struct Operand {
    Syntax syntax;
    int depth = 1;  // of the tree, which binding and destruction descend
  };

  [[nodiscard]] Result<void> advance();
  [[nodiscard]] bool is_at_end() const { return token_.kind == Token::Kind::kEnd; }
  [[nodiscard]] bool is_keyword(const Token& token) const;
  [[nodiscard]] tl::unexpected<Error> unexpected(std::string_view expected) const;
  [[nodiscard]] Result<void> expect_symbol(std::string_view symbol);
  [[nodiscard]] Result<void> refuse_in_cloudwatch(std::string code, std::string message,
                                                  TextSpan span);

  [[nodiscard]] Result<Command> parse_command();
  [[nodiscard]] Result<void> parse_source(Command& command);
  [[nodiscard]] Result<void> parse_items(std::vector<NamedItem>& items, bool names_alone);
  [[nodiscard]] Result<NamedItem> parse_item();
  [[nodiscard]] Result<std::string> parse_alias();
  [[nodiscard]] Result<void> parse_stats(Command& command);
  [[nodiscard]] Result<void> parse_sort(Command& command);
  [[nodiscard]] Result<void> parse_limit(Command& command);
  [[nodiscard]] Result<void> parse_parse(Command& command);
  [[nodiscard]] Result<void> parse_glob(const Syntax& subject, Command& command);
  [[nodiscard]] Result<void> parse_groups(const Syntax& subject, Command& command);

  [[nodiscard]] Result<Syntax> parse_expression();
  [[nodiscard]] Result<Operand> parse_connective(bool is_or);
  [[nodiscard]] Result<Operand> parse_not();
  [[nodiscard]] Result<Operand> parse_comparison();
  [[nodiscard]] Result<Operand> parse_like(Operand left, bool is_like_word);
  [[nodiscard]] Result<Operand> parse_in(Operand left);
  [[nodiscard]] Result<Operand> parse_sum();
  [[nodiscard]] Result<Operand> parse_product();
  [[nodiscard]] Result<Operand> parse_power();
  [[nodiscard]] Result<Operand> parse_primary();
  [[nodiscard]] Result<Operand> parse_name_or_call();
  [[nodiscard]] Result<Operand> parse_call(std::string name, std::size_t begin);
  [[nodiscard]] Result<void> read_spaced_period(Syntax& argument);
  [[nodiscard]] Result<Operand> parse_bin_offset(Operand bin);
  [[nodiscard]] Result<Operand> make(std::string function, std::vector<Operand> children,
                                     TextSpan span) const;
  [[nodiscard]] Result<Operand> make_balanced(std::string_view function,
                                              std::vector<Operand> operands) const;
  // Joins the hyphenated parts behind the current name token where they belong to the name.
  void join_hyphenated(bool is_always);
  [[nodiscard]] std::string text_of(TextSpan span) const;

  std::string_view text_;
  std::size_t offset_;
  Lexer lexer_;
  Dialect dialect_;
  IsKnownName is_known_;
  Token token_;
  std::size_t previous_end_ = 0;  // of the token before token_
  bool is_started_ = false;
  bool is_past_source_ = false;
  std::size_t num_commands_ = 0;
  int nesting_ = 0;
  std::vector<std::string> new_names_;  // that the command being parsed gives
  std::vector<Warning> warnings_;
};

}  // namespace weir::query::insights
