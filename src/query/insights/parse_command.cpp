// The commands that bring other rows or columns in: diff, unnest, lookup, join, addtotals.

#include <fmt/format.h>

#include <utility>

#include "query/insights/parser.h"

namespace weir::query::insights {

Result<Syntax> Parser::parse_plain_name(std::string_view expected) {
  Syntax name;
  name.kind = Syntax::Kind::kName;
  if (token_.kind == Token::Kind::kName) {
    join_hyphenated(false);
    join_subscripts();
  } else if (token_.kind != Token::Kind::kQuotedName) {
    return unexpected(expected);
  }
  name.text = token_.text;
  name.span = token_.span;
  WEIR_RETURN_IF_ERROR(advance());
  return name;
}

Result<bool> Parser::take_option(std::string_view word) {
  if (!token_.is_word(word)) {
    return false;
  }
  Lexer ahead = lexer_;
  const auto next = ahead.next();
  if (!next || !next->is_symbol("=")) {
    return false;
  }
  WEIR_RETURN_IF_ERROR(advance());
  WEIR_RETURN_IF_ERROR(advance());
  return true;
}

Result<bool> Parser::parse_truth() {
  const bool is_true = token_.is_word("true");
  if (!is_true && !token_.is_word("false")) {
    return unexpected("true or false");
  }
  WEIR_RETURN_IF_ERROR(advance());
  return is_true;
}

// diff [previousDay | previousWeek | previousMonth]
Result<void> Parser::parse_diff(Command& command) {
  struct Named {
    std::string_view word;
    Period period;
  };
  static constexpr Named kPeriods[] = {{"previousday", {1, Period::Unit::kDay}},
                                       {"previousweek", {1, Period::Unit::kWeek}},
                                       {"previousmonth", {1, Period::Unit::kMonth}}};
  for (const auto& [word, period] : kPeriods) {
    if (token_.is_word(word)) {
      command.period = period;
      return advance();
    }
  }
  if (!is_at_end() && !token_.is_symbol("|")) {
    return unexpected("previousDay, previousWeek, previousMonth or nothing");
  }
  return {};
}

// unnest list into element
Result<void> Parser::parse_unnest(Command& command) {
  NamedItem item;
  WEIR_ASSIGN_OR_RETURN(Operand list, parse_primary());
  item.expression = std::move(list.syntax);
  if (!token_.is_word("into")) {
    return unexpected("into and a name for each element");
  }
  WEIR_RETURN_IF_ERROR(advance());
  WEIR_ASSIGN_OR_RETURN(item.name, parse_alias());
  command.items.push_back(std::move(item));
  return {};
}

// lookup TABLE column [as field], ... OUTPUT column [as name], ...     (or OUTPUTNEW)
Result<void> Parser::parse_lookup(Command& command) {
  if (token_.kind == Token::Kind::kString) {
    command.name = token_.text;
    WEIR_RETURN_IF_ERROR(advance());
  } else {
    WEIR_ASSIGN_OR_RETURN(command.name, parse_alias());
  }
  for (bool is_first = true; is_first || token_.is_symbol(","); is_first = false) {
    if (!is_first) {
      WEIR_RETURN_IF_ERROR(advance());
    }
    Command::LookupKey key;
    WEIR_ASSIGN_OR_RETURN(key.field, parse_plain_name("a column of the lookup table"));
    key.column = key.field.text;
    if (token_.is_word("as")) {
      WEIR_RETURN_IF_ERROR(advance());
      WEIR_ASSIGN_OR_RETURN(key.field, parse_plain_name("the field to look up"));
    }
    command.lookup_keys.push_back(std::move(key));
  }
  command.keeps_present = token_.is_word("outputnew");
  if (!command.keeps_present && !token_.is_word("output")) {
    return unexpected("OUTPUT and columns of the lookup table");
  }
  do {
    WEIR_RETURN_IF_ERROR(advance());
    Command::Output output;
    output.span = token_.span;
    WEIR_ASSIGN_OR_RETURN(output.column, parse_alias());
    output.name = output.column;
    if (token_.is_word("as")) {
      WEIR_RETURN_IF_ERROR(advance());
      WEIR_ASSIGN_OR_RETURN(output.name, parse_alias());
    }
    new_names_.push_back(output.name);
    command.outputs.push_back(std::move(output));
  } while (token_.is_symbol(","));
  return {};
}

// join [type=inner|left] left=a right=b where a.x = b.y [and ...] (SOURCE ... [| ...])
Result<void> Parser::parse_join(Command& command) {
  Command::Join& join = command.join;
  for (;;) {
    WEIR_ASSIGN_OR_RETURN(const bool is_type, take_option("type"));
    if (is_type) {
      if (!token_.is_word("inner") && !token_.is_word("left")) {
        return unexpected("inner or left");
      }
      join.kind = token_.is_word("left") ? JoinKind::kLeft : JoinKind::kInner;
      WEIR_RETURN_IF_ERROR(advance());
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const bool is_left, take_option("left"));
    if (is_left) {
      WEIR_ASSIGN_OR_RETURN(join.left_name, parse_alias());
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const bool is_right, take_option("right"));
    if (!is_right) {
      break;
    }
    WEIR_ASSIGN_OR_RETURN(join.right_name, parse_alias());
  }
  if (join.left_name.empty() || join.right_name.empty()) {
    return unexpected("left=NAME right=NAME");
  }
  if (join.left_name == join.right_name) {
    return fail(ErrorCode::kUsage, "both sides of the join have one name", command.span);
  }
  WEIR_RETURN_IF_ERROR(parse_join_keys(command));
  if (!token_.is_symbol("(")) {
    return unexpected("'(SOURCE ...)'");
  }
  join.right_span = token_.span;
  WEIR_ASSIGN_OR_RETURN(join.subquery, parse_subquery());
  join.right_span.end = previous_end_;
  return {};
}

Result<void> Parser::parse_join_keys(Command& command) {
  if (!token_.is_word("where") && !token_.is_word("on")) {
    return unexpected("where and the fields that must be equal");
  }
  do {
    WEIR_RETURN_IF_ERROR(advance());
    const std::string expected =
        fmt::format("a field such as {}.requestId", command.join.left_name);
    WEIR_ASSIGN_OR_RETURN(Syntax left, parse_plain_name(expected));
    if (!token_.is_symbol("=")) {
      return unexpected("'=' (a join is by fields that are equal)");
    }
    WEIR_RETURN_IF_ERROR(advance());
    WEIR_ASSIGN_OR_RETURN(Syntax right, parse_plain_name(expected));
    command.join.keys.emplace_back(std::move(left), std::move(right));
  } while (token_.is_word("and"));
  return {};
}

// addtotals [fieldname=NAME] [row=true] [col=false] [a, b]
Result<void> Parser::parse_totals(Command& command) {
  for (;;) {
    WEIR_ASSIGN_OR_RETURN(const bool is_name, take_option("fieldname"));
    if (is_name) {
      if (token_.kind == Token::Kind::kString) {
        command.totals.name = token_.text;
        WEIR_RETURN_IF_ERROR(advance());
      } else {
        WEIR_ASSIGN_OR_RETURN(command.totals.name, parse_alias());
      }
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const bool is_row, take_option("row"));
    if (is_row) {
      WEIR_ASSIGN_OR_RETURN(command.totals.has_row_total, parse_truth());
      continue;
    }
    WEIR_ASSIGN_OR_RETURN(const bool is_column, take_option("col"));
    if (!is_column) {
      break;
    }
    WEIR_ASSIGN_OR_RETURN(command.totals.has_column_totals, parse_truth());
  }
  if (!command.totals.has_row_total && !command.totals.has_column_totals) {
    return fail(ErrorCode::kUsage, "addtotals with row=false and without col=true adds nothing",
                command.span);
  }
  return is_at_end() || token_.is_symbol("|") ? Result<void>() : parse_items(command.items, true);
}

}  // namespace weir::query::insights
