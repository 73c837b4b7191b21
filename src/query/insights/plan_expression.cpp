// The half of Planner that sees to single expressions.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/time_text.h"
#include "query/function.h"
#include "query/insights/lexer.h"
#include "query/insights/planner.h"

namespace weir::query::insights {
namespace {

constexpr std::size_t kMaxPatterns = 128;  // each is compiled, and may take some megabytes

bool is_call(const Syntax& syntax, std::string_view name) {
  return syntax.kind == Syntax::Kind::kCall && syntax.text == name;
}

bool is_same_name(const Syntax& a, const Syntax& b) {
  return a.kind == Syntax::Kind::kName && b.kind == Syntax::Kind::kName && a.text == b.text;
}

bool compiles_pattern(std::string_view called) {
  static constexpr std::string_view kCompiling[] = {"matches", "like", "parse_glob", "parse_regex"};
  const Function* function = find_function(called, Language::kInsights);
  return function != nullptr && std::find(std::begin(kCompiling), std::end(kCompiling),
                                          function->name) != std::end(kCompiling);
}

// As a number @timestamp counts milliseconds in CloudWatch, where times here count seconds.
void read_numeric_timestamps(Syntax& syntax) {
  static constexpr std::string_view kNumeric[] = {"*",     "/",    "%",   "^",    "neg",
                                                  "floor", "ceil", "abs", "sqrt", "log"};
  const bool is_numeric =
      syntax.kind == Syntax::Kind::kCall &&
      std::find(std::begin(kNumeric), std::end(kNumeric), syntax.text) != std::end(kNumeric);
  for (Syntax& child : syntax.children) {
    if (is_numeric && child.kind == Syntax::Kind::kName && child.text == "@timestamp") {
      Syntax call;
      call.kind = Syntax::Kind::kCall;
      call.text = "tomillis";
      call.span = child.span;
      call.children.push_back(std::move(child));
      child = std::move(call);
    } else {
      read_numeric_timestamps(child);
    }
  }
}

// Takes the nodes of a tree off `left`; false where there are too few.
bool spend_nodes(const Expression& expression, std::size_t& left) {
  if (left == 0) {
    return false;
  }
  --left;
  return std::all_of(expression.arguments.begin(), expression.arguments.end(),
                     [&](const ExpressionPtr& argument) { return spend_nodes(*argument, left); });
}

// `count( )` and `count(*)` are one, as are `bin(5m)` and `BIN( 5m )`.
std::string normal_text(std::string_view written) {
  std::string out = lower_case(written);
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  return out == "count()" ? "count(*)" : out;
}

}  // namespace

Result<void> Planner::charge(const Expression& expression, TextSpan span) {
  if (!spend_nodes(expression, nodes_left_)) {
    return fail(ErrorCode::kLimit,
                "the query is too large once the names of its expressions are filled in", span);
  }
  return {};
}

Result<void> Planner::charge_pattern(const Syntax& syntax) {
  if (syntax.kind == Syntax::Kind::kCall && compiles_pattern(syntax.text)) {
    if (++num_patterns_ > kMaxPatterns) {
      return fail(ErrorCode::kLimit, fmt::format("a query has at most {} patterns", kMaxPatterns),
                  syntax.span);
    }
  }
  for (const Syntax& child : syntax.children) {
    WEIR_RETURN_IF_ERROR(charge_pattern(child));
  }
  return {};
}

Result<void> Planner::prepare_syntax(Syntax& syntax) {
  if (!stage_->is_over_records()) {
    resolve_written_columns(syntax, false);
  } else {
    read_numeric_timestamps(syntax);
  }
  WEIR_RETURN_IF_ERROR(charge_pattern(syntax));
  WEIR_RETURN_IF_ERROR(check_bins(syntax));
  if (is_cloudwatch()) {
    WEIR_RETURN_IF_ERROR(check_cloudwatch_expression(syntax));
  }
  if (const auto span = find_period_arithmetic(syntax)) {
    const std::string message =
        "CloudWatch takes a period such as 1h only as an argument of a function; there, the time "
        "range is given beside the query";
    if (is_cloudwatch()) {
      return fail(ErrorCode::kUsage, message, span);
    }
    binder_.warn("period_arithmetic", message, span);
  }
  return {};
}

Result<ExpressionPtr> Planner::bind(Syntax& syntax) {
  WEIR_RETURN_IF_ERROR(prepare_syntax(syntax));
  WEIR_ASSIGN_OR_RETURN(ExpressionPtr expression, binder_.bind(syntax, *stage_));
  WEIR_RETURN_IF_ERROR(charge(*expression, syntax.span));
  return expression;
}

void Planner::resolve_written_columns(Syntax& syntax, bool is_in_stats) {
  const bool is_call_in_text = syntax.kind == Syntax::Kind::kCall &&
                               syntax.span.end > syntax.span.begin && syntax.span.begin >= offset_;
  // In a second stats a call of its own is no name, but what it is called with may be.
  const bool is_own_call = is_in_stats && binder_.is_aggregate_call(syntax);
  if (is_call_in_text && !is_own_call) {
    const std::string written =
        normal_text(text_.substr(syntax.span.begin - offset_, syntax.span.end - syntax.span.begin));
    const auto& columns = stage_->stats_columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string& name = stage_->schema()[i].name;
      if (normal_text(columns[i].written) != written) {
        continue;
      }
      if (name != columns[i].written) {
        binder_.warn("name_resolved",
                     fmt::format("{} is read as {}, its name after stats", written, name),
                     syntax.span);
      }
      Syntax column;
      column.kind = Syntax::Kind::kName;
      column.text = name;
      column.span = syntax.span;
      syntax = std::move(column);
      return;
    }
  }
  for (Syntax& child : syntax.children) {
    resolve_written_columns(child, is_in_stats && !is_own_call);
  }
}

// `@timestamp > @timestamp - 1h` holds for every record. Who writes it means the last hour.
void Planner::read_time_filters(Syntax& predicate) {
  if (is_call(predicate, "and") || is_call(predicate, "or") || is_call(predicate, "not")) {
    for (Syntax& child : predicate.children) {
      read_time_filters(child);
    }
    return;
  }
  const bool is_comparison = is_call(predicate, ">") || is_call(predicate, ">=") ||
                             is_call(predicate, "<") || is_call(predicate, "<=");
  if (!is_comparison) {
    return;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const Syntax& plain = predicate.children[i];
    Syntax& shifted = predicate.children[1 - i];
    const bool is_shift = is_call(shifted, "-") && is_same_name(shifted.children[0], plain) &&
                          shifted.children[1].kind == Syntax::Kind::kPeriod;
    if (!is_shift) {
      continue;
    }
    const auto bound = binder_.bind(plain, *stage_);
    if (!bound || (*bound)->type != column::Type::kTime) {
      return;
    }
    const Period period = shifted.children[1].period;
    const TimeMs time = add_period(binder_.environment().now_ms, period, -1);
    Syntax literal;
    literal.literal = column::Value::of_time(time);
    literal.span = shifted.span;
    const TextSpan period_span = shifted.children[1].span;
    const std::string now =
        fmt::format("now() - {}",
                    text_.substr(period_span.begin - offset_, period_span.end - period_span.begin));
    binder_.warn("constant_predicate",
                 fmt::format("this compares {} with itself, which CloudWatch finds true of every "
                             "record; read as {} {} {}, with {} for {}",
                             plain.text, i == 0 ? plain.text : now, predicate.text,
                             i == 0 ? now : plain.text, to_time_text(time), now),
                 predicate.span);
    shifted = std::move(literal);
    return;
  }
}

Result<void> Planner::check_bins(Syntax& syntax) {
  for (Syntax& child : syntax.children) {
    WEIR_RETURN_IF_ERROR(check_bins(child));
  }
  const bool is_bin = is_call(syntax, "bin") && syntax.children.size() == 2 &&
                      syntax.children[1].kind == Syntax::Kind::kPeriod;
  if (!is_bin) {
    return {};
  }
  Period& period = syntax.children[1].period;
  struct Cap {
    Period::Unit unit;
    std::int64_t count;
    std::string_view name;
  };
  static constexpr Cap kCaps[] = {{Period::Unit::kMillisecond, 1000, "ms"},
                                  {Period::Unit::kSecond, 60, "s"},
                                  {Period::Unit::kMinute, 60, "m"},
                                  {Period::Unit::kHour, 24, "h"}};
  for (const Cap& cap : kCaps) {
    if (period.unit == cap.unit && period.count > cap.count) {
      binder_.warn("bin_cap",
                   fmt::format("CloudWatch counts at most {0}{1} in bin(), so there this is "
                               "bin({0}{1}); write it in a larger unit",
                               cap.count, cap.name),
                   syntax.span);
      if (is_cloudwatch()) {
        period.count = cap.count;
      }
    }
  }
  return {};
}

}  // namespace weir::query::insights
