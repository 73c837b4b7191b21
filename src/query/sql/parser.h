#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/sql/lexer.h"
#include "query/sql/statement.h"

namespace weir::query::sql {

// Reads one SELECT statement by recursive descent, expressions by precedence climbing. Used once.
//
// No word is taken from the columns: a word is a keyword only where the grammar has one at that
// place, so `end`, `start`, `type` are columns wherever an operand can stand. Hardened against
// untrusted input: nesting, the number of operators in a row and the size of the tree are bounded.
class Parser {
 public:
  // `text` is the statement that `tokens` came from, `offset` where it begins in the whole text.
  Parser(std::string_view text, std::size_t offset, std::vector<Token> tokens)
      : text_(text), offset_(offset), tokens_(std::move(tokens)) {}

  [[nodiscard]] Result<Query> parse_statement();

 private:
  // A tree with its measures: recursion over it must end, copies of it must stay few.
  struct Node {
    Syntax syntax;
    std::size_t depth = 1;
    std::size_t size = 1;
  };

  // parser.cpp: clauses.
  [[nodiscard]] Result<void> refuse_other_statements() const;
  [[nodiscard]] Result<Query> parse_query();
  [[nodiscard]] Result<void> parse_with(Query& query);
  [[nodiscard]] Result<Term> parse_term();
  [[nodiscard]] Result<Select> parse_select();
  [[nodiscard]] Result<SelectItem> parse_item();
  [[nodiscard]] Result<Source> parse_source();
  [[nodiscard]] Result<void> parse_from(Select& select);
  [[nodiscard]] Result<bool> parse_join(Select& select);
  [[nodiscard]] Result<void> parse_group_by(Select& select);
  [[nodiscard]] Result<void> parse_order_by(Query& query);
  [[nodiscard]] Result<void> parse_limit(Query& query);
  [[nodiscard]] Result<std::uint64_t> parse_count(std::string_view what);
  [[nodiscard]] Result<std::string> parse_name(std::string_view what);
  [[nodiscard]] Result<std::vector<std::string>> parse_name_list();
  [[nodiscard]] bool is_alias() const;
  [[nodiscard]] bool is_query_start(std::size_t ahead) const;

  // expression_parser.cpp: operators and operands.
  [[nodiscard]] Result<Syntax> parse_whole_expression();
  [[nodiscard]] Result<Node> parse_expression(int least);
  [[nodiscard]] Result<Node> parse_prefix();
  [[nodiscard]] Result<Node> parse_connective(Node first, bool is_and);
  [[nodiscard]] Result<bool> parse_predicate(Node& left);
  [[nodiscard]] Result<Node> make_same(std::vector<Node> sides, TextSpan span);
  [[nodiscard]] Result<Node> parse_is(Node left);
  [[nodiscard]] Result<Node> parse_in(Node left);
  [[nodiscard]] Result<Node> parse_postfix();
  [[nodiscard]] Result<Node> parse_operand();
  [[nodiscard]] Result<Node> parse_number();
  [[nodiscard]] Result<Node> parse_name_or_call();
  [[nodiscard]] Result<Node> parse_case();

  // call_parser.cpp: calls and what is written like one.
  [[nodiscard]] Result<std::optional<Node>> parse_special(const Token& word);
  [[nodiscard]] Result<Node> parse_call(std::string name, TextSpan begin);
  [[nodiscard]] Result<Node> parse_call_suffix(Node call);
  [[nodiscard]] Result<Node> parse_cast();
  [[nodiscard]] Result<std::string> parse_type();
  [[nodiscard]] Result<Node> parse_extract();
  [[nodiscard]] Result<Node> parse_substring();
  [[nodiscard]] Result<Node> parse_position();
  [[nodiscard]] Result<Node> parse_trim();
  [[nodiscard]] Result<Node> parse_interval();
  [[nodiscard]] Result<Node> parse_time_literal();

  [[nodiscard]] Result<Node> make_call(std::string name, std::vector<Node> arguments,
                                       TextSpan span);
  [[nodiscard]] Result<Node> finish(Syntax syntax, std::vector<Node> children);
  [[nodiscard]] Result<Node> copy_of(const Node& node);
  [[nodiscard]] static Node literal(column::Value value, TextSpan span);

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const;
  const Token& take();
  bool accept_word(std::string_view word);
  bool accept_symbol(std::string_view symbol);
  [[nodiscard]] Result<void> expect_word(std::string_view word, std::string_view where);
  [[nodiscard]] Result<void> expect_symbol(std::string_view symbol, std::string_view where);
  [[nodiscard]] tl::unexpected<Error> unexpected_token(std::string_view wanted) const;
  [[nodiscard]] TextSpan span_since(TextSpan begin) const;
  // What was written in a range of the whole text, runs of space and comments as one space.
  [[nodiscard]] std::string written(TextSpan span) const;
  [[nodiscard]] Result<void> check_depth(std::size_t depth, TextSpan span) const;

  std::string_view text_;
  std::size_t offset_;
  std::vector<Token> tokens_;
  std::size_t place_ = 0;
  std::size_t nesting_ = 0;
  std::size_t num_nodes_ = 0;
  std::size_t num_connectives_ = 0;
};

}  // namespace weir::query::sql
