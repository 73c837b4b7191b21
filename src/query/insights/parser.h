#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/insights/command.h"
#include "query/insights/lexer.h"
#include "query/warning.h"

namespace weir::query::insights {

// What a parser asks of who plans what it reads.
class ParserHost {
 public:
  virtual ~ParserHost() = default;
  // Whether a name means something where the parser is.
  [[nodiscard]] virtual bool knows(std::string_view name) = 0;
  struct Subquery {
    std::size_t id = 0;
    std::size_t end = 0;  // where the bracket stands that closes it
  };
  // Reads and plans the commands from `begin`, behind an opening bracket, up to the closing one.
  [[nodiscard]] virtual Result<Subquery> plan_subquery(std::size_t begin) = 0;
};

// Parses a query a command at a time, because what `pkt-srcaddr` or `bytes-packets` is depends on
// the names that the commands before it leave: written without spaces, the longest part that is a
// known name is a name; else, where the first part is one, the hyphen subtracts; else the whole is
// a name that nobody knows. With spaces around it a hyphen always subtracts. Backquotes make a name
// of anything.
//
// Hardened against untrusted input: length, depth and the number of commands are bounded.
class Parser {
 public:
  // `host` outlives it. A nested parser ends at the bracket that closes its commands.
  Parser(std::string_view text, std::size_t offset, Dialect dialect, ParserHost& host,
         bool is_nested = false);

  // The next command, or nullopt at the end.
  [[nodiscard]] Result<std::optional<Command>> next_command();
  // What was read otherwise than CloudWatch would, since the last call.
  [[nodiscard]] std::vector<Warning> take_warnings();
  // Where the token stands that comes next.
  [[nodiscard]] std::size_t position() const { return token_.span.begin; }

 private:
  struct Operand {
    Syntax syntax;
    int depth = 1;  // of the tree, which binding and destruction descend
  };

  [[nodiscard]] Result<void> advance();
  [[nodiscard]] bool is_at_end() const {
    return token_.kind == Token::Kind::kEnd || (is_nested_ && token_.is_symbol(")"));
  }
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
  [[nodiscard]] Result<void> parse_diff(Command& command);
  [[nodiscard]] Result<void> parse_unnest(Command& command);
  [[nodiscard]] Result<void> parse_lookup(Command& command);
  [[nodiscard]] Result<void> parse_join(Command& command);
  [[nodiscard]] Result<void> parse_join_keys(Command& command);
  [[nodiscard]] Result<void> parse_totals(Command& command);
  // A name without what may follow it: no call, no operator.
  [[nodiscard]] Result<Syntax> parse_plain_name(std::string_view expected);
  // Whether the next token is `word` and the one behind it `=`; reads both then.
  [[nodiscard]] Result<bool> take_option(std::string_view word);
  [[nodiscard]] Result<bool> parse_truth();
  // Between brackets; the opening one is the token.
  [[nodiscard]] Result<std::size_t> parse_subquery();
  [[nodiscard]] bool begins_subquery() const;

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
  [[nodiscard]] Result<Operand> make_rate(std::vector<Operand> arguments, TextSpan span) const;
  [[nodiscard]] Result<Operand> make(std::string function, std::vector<Operand> children,
                                     TextSpan span) const;
  [[nodiscard]] Result<Operand> make_balanced(std::string_view function,
                                              std::vector<Operand> operands) const;
  // Joins the hyphenated parts behind the current name token where they belong to the name.
  void join_hyphenated(bool is_always);
  // The same for places and members behind them: a[0].b
  void join_subscripts();
  [[nodiscard]] std::string text_of(TextSpan span) const;

  std::string_view text_;
  std::size_t offset_;
  Lexer lexer_;
  Dialect dialect_;
  ParserHost& host_;
  bool is_nested_;
  bool may_have_subquery_ = false;  // within filter
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
