#include "query/bind.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Type;
using column::Value;

constexpr int kMaxDepth = 250;

std::optional<Type> type_named(std::string_view name) {
  static constexpr std::pair<std::string_view, Type> kTypes[] = {
      {"int", Type::kInt64},        {"integer", Type::kInt64},  {"bigint", Type::kInt64},
      {"smallint", Type::kInt64},   {"tinyint", Type::kInt64},  {"int64", Type::kInt64},
      {"signed", Type::kInt64},     {"unsigned", Type::kInt64}, {"hugeint", Type::kInt64},
      {"double", Type::kDouble},    {"float", Type::kDouble},   {"real", Type::kDouble},
      {"decimal", Type::kDouble},   {"numeric", Type::kDouble}, {"varchar", Type::kString},
      {"text", Type::kString},      {"string", Type::kString},  {"char", Type::kString},
      {"boolean", Type::kBool},     {"bool", Type::kBool},      {"timestamp", Type::kTime},
      {"datetime", Type::kTime},    {"date", Type::kTime},      {"timestamptz", Type::kTime},
      {"inet", Type::kAddress},     {"ip", Type::kAddress},     {"ipaddress", Type::kAddress},
      {"interval", Type::kInterval}};
  for (const auto& [known, type] : kTypes) {
    if (std::equal(name.begin(), name.end(), known.begin(), known.end(),
                   [](char a, char b) { return (a | 0x20) == b; })) {
      return type;
    }
  }
  return std::nullopt;
}

std::string_view unit_name(Period::Unit unit) {
  switch (unit) {
    case Period::Unit::kMillisecond:
      return "ms";
    case Period::Unit::kSecond:
      return "s";
    case Period::Unit::kMinute:
      return "m";
    case Period::Unit::kHour:
      return "h";
    case Period::Unit::kDay:
      return "d";
    case Period::Unit::kWeek:
      return "w";
    case Period::Unit::kMonth:
      return "mo";
    case Period::Unit::kQuarter:
      return "q";
    case Period::Unit::kYear:
      return "y";
  }
  return "s";
}

// Weeks and calendar units keep their text, for functions that count by the calendar.
Value interval_of(const Period& period) {
  Value value = Value::of_interval(period.approximate_ms());
  if (period.unit >= Period::Unit::kWeek) {
    value.text = fmt::format("{}{}", period.count, unit_name(period.unit));
  }
  return value;
}

bool is_call_of(const Expression& expression, std::string_view name) {
  return expression.kind == Expression::Kind::kCall && expression.function->name == name;
}

bool is_comparison(const Expression& expression) {
  static constexpr std::string_view kNames[] = {"=", "!=", "<", "<=", ">", ">="};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](std::string_view name) { return is_call_of(expression, name); });
}

// `x` behind `x - 1h`; the expression itself where nothing constant is added or taken.
const Expression* without_shift(const Expression* expression) {
  if ((is_call_of(*expression, "+") || is_call_of(*expression, "-")) &&
      is_literal(expression->arguments[1])) {
    return without_shift(expression->arguments[0].get());
  }
  return expression;
}

// A comparison of something with itself: the same for every record.
bool compares_with_itself(const Expression& expression) {
  return is_comparison(expression) &&
         without_shift(expression.arguments[0].get())->kind != Expression::Kind::kLiteral &&
         same(*without_shift(expression.arguments[0].get()),
              *without_shift(expression.arguments[1].get()));
}

std::string nothing_called(std::string_view what, std::string_view name, std::string_view advice) {
  return fmt::format("there is no {} '{}'{}{}", what, name, advice.empty() ? "" : ";", advice);
}

void append_names(std::span<const Function* const> functions, Language language,
                  std::vector<std::string>& names) {
  for (const Function* function : functions) {
    if ((function->languages & static_cast<std::uint8_t>(language)) != 0 &&
        std::isalpha(static_cast<unsigned char>(function->name[0])) != 0) {
      names.emplace_back(function->name);
    }
  }
  for (const AggregateFunction& function : all_aggregate_functions()) {
    if ((function.languages & static_cast<std::uint8_t>(language)) != 0) {
      names.emplace_back(function.name);
    }
  }
}

}  // namespace

void Binder::warn(std::string code, std::string message, std::optional<TextSpan> span) {
  const bool is_known = std::any_of(warnings_.begin(), warnings_.end(), [&](const Warning& known) {
    return known.code == code && known.message == message;
  });
  if (!is_known) {
    warnings_.push_back({std::move(code), std::move(message), span});
  }
}

Result<ExpressionPtr> Binder::bind(const Syntax& syntax, Scope& scope) {
  return bind_inner(syntax, scope, nullptr);
}

Result<ExpressionPtr> Binder::bind_over_aggregates(const Syntax& syntax, Scope& scope,
                                                   const ReplaceAggregate& replace) {
  return bind_inner(syntax, scope, &replace);
}

Result<void> Binder::check_constant(const Expression& predicate) {
  if (is_call_of(predicate, "and") || is_call_of(predicate, "or") || is_call_of(predicate, "not")) {
    for (const auto& argument : predicate.arguments) {
      WEIR_RETURN_IF_ERROR(check_constant(*argument));
    }
    return {};
  }
  const bool is_constant = predicate.kind == Expression::Kind::kLiteral;
  if (!is_constant && !compares_with_itself(predicate)) {
    return {};
  }
  const std::string message =
      is_constant ? "this condition is the same for every record"
                  : "this compares a field with itself, so it is the same for every record; did "
                    "you mean now(), or a time range with --since and --until?";
  if (environment_.dialect == Dialect::kCloudWatch && language_ == Language::kInsights &&
      !is_constant) {
    return fail(ErrorCode::kUsage, message, predicate.span);
  }
  warn("constant_predicate", message, predicate.span);
  return {};
}

Result<ExpressionPtr> Binder::bind_predicate(const Syntax& syntax, Scope& scope) {
  WEIR_ASSIGN_OR_RETURN(auto predicate, bind_inner(syntax, scope, nullptr));
  if (predicate->type != Type::kBool && predicate->type != Type::kNull &&
      !is_numeric(predicate->type)) {
    return fail(ErrorCode::kUsage, "this is no condition; compare it with something",
                predicate->span);
  }
  WEIR_RETURN_IF_ERROR(check_constant(*predicate));
  return make_cast(std::move(predicate), Type::kBool, environment_);
}

bool Binder::is_aggregate_call(const Syntax& syntax) const {
  return syntax.kind == Syntax::Kind::kCall && find_aggregate(syntax.text, language_) != nullptr &&
         // min(a, b) is no aggregate where a function of that name takes two
         (syntax.children.size() < 2 || find_function(syntax.text, language_) == nullptr);
}

bool Binder::contains_aggregate(const Syntax& syntax) const {
  return is_aggregate_call(syntax) ||
         std::any_of(syntax.children.begin(), syntax.children.end(),
                     [&](const Syntax& child) { return contains_aggregate(child); });
}

Error Binder::no_function(const std::string& name, TextSpan span) const {
  std::vector<std::string> names;
  append_names(all_functions(), language_, names);
  return {ErrorCode::kNotFound, nothing_called("function", name, did_you_mean(name, names)), span};
}

std::optional<Error> Binder::find_unknown_call(const Syntax& syntax) const {
  if (syntax.kind == Syntax::Kind::kCall && !is_aggregate_call(syntax) &&
      find_function(syntax.text, language_) == nullptr) {
    return no_function(syntax.text, syntax.span);
  }
  for (const Syntax& child : syntax.children) {
    if (auto error = find_unknown_call(child)) {
      return error;
    }
  }
  return std::nullopt;
}

Result<ExpressionPtr> Binder::bind_inner(const Syntax& syntax, Scope& scope,
                                         const ReplaceAggregate* replace) {
  struct Depth {
    explicit Depth(int& value) : value_(value) { ++value_; }
    ~Depth() { --value_; }
    int& value_;
  } depth(depth_);
  if (depth_ > kMaxDepth) {
    return fail(ErrorCode::kLimit, fmt::format("expressions nest at most {} deep", kMaxDepth),
                syntax.span);
  }
  switch (syntax.kind) {
    case Syntax::Kind::kLiteral:
      return make_literal(syntax.literal, syntax.span);
    case Syntax::Kind::kPeriod:
      return make_literal(interval_of(syntax.period), syntax.span);
    case Syntax::Kind::kStar:
      return fail(ErrorCode::kUsage, "* stands only in count(*) and as a column list", syntax.span);
    case Syntax::Kind::kName: {
      WEIR_ASSIGN_OR_RETURN(auto found, scope.find(syntax.qualifier, syntax.text, syntax.span));
      if (found) {
        return std::move(*found);
      }
      const std::string name =
          syntax.qualifier.empty() ? syntax.text : syntax.qualifier + "." + syntax.text;
      return fail(ErrorCode::kNotFound,
                  nothing_called("field", name, did_you_mean(syntax.text, scope.known_names())),
                  syntax.span);
    }
    case Syntax::Kind::kCast: {
      WEIR_ASSIGN_OR_RETURN(auto value, bind_inner(syntax.children.at(0), scope, replace));
      const auto type = type_named(syntax.text);
      if (!type) {
        return fail(ErrorCode::kUsage,
                    fmt::format("there is no type '{}'; there are bigint, double, varchar, "
                                "boolean, timestamp, interval, inet",
                                syntax.text),
                    syntax.span);
      }
      return make_cast(std::move(value), *type, environment_);
    }
    case Syntax::Kind::kCase:
    case Syntax::Kind::kCall:
      break;
  }
  if (syntax.kind == Syntax::Kind::kCall && is_aggregate_call(syntax)) {
    if (replace != nullptr) {
      return (*replace)(syntax);
    }
    return fail(ErrorCode::kUsage,
                fmt::format("{}() summarises records and cannot stand here", syntax.text),
                syntax.span);
  }
  const std::string name = syntax.kind == Syntax::Kind::kCase ? "if" : syntax.text;
  const Function* function = find_function(name, language_);
  if (function == nullptr) {
    return tl::unexpected<Error>(no_function(name, syntax.span));
  }
  if (syntax.is_distinct) {
    return fail(ErrorCode::kUsage, "distinct stands only in aggregates", syntax.span);
  }
  std::vector<ExpressionPtr> arguments;
  for (const Syntax& child : syntax.children) {
    WEIR_ASSIGN_OR_RETURN(auto argument, bind_inner(child, scope, replace));
    arguments.push_back(std::move(argument));
  }
  return make_call(*function, std::move(arguments), environment_, syntax.span);
}

Result<Aggregate> Binder::bind_aggregate(const Syntax& call, Scope& scope) {
  const AggregateFunction* function = find_aggregate(call.text, language_);
  if (function == nullptr) {
    return fail(ErrorCode::kInternal, "not an aggregate", call.span);
  }
  Aggregate aggregate;
  aggregate.kind = function->kind;
  const auto& children = call.children;
  const bool is_star = children.size() == 1 && children[0].kind == Syntax::Kind::kStar;
  if (aggregate.kind == AggregateKind::kCount && (children.empty() || is_star)) {
    aggregate.kind = AggregateKind::kCountRows;
    return aggregate;
  }
  const bool takes_parameter =
      function->kind == AggregateKind::kPercentile && function->name != "median";
  const bool takes_order =
      (function->kind == AggregateKind::kFirst || function->kind == AggregateKind::kLast) &&
      language_ == Language::kSql;
  if (children.size() != (takes_parameter || takes_order ? 2U : 1U) || is_star) {
    return tl::unexpected<Error>(wrong_arguments(function->signature, call.span));
  }
  WEIR_ASSIGN_OR_RETURN(aggregate.argument, bind_inner(children[0], scope, nullptr));
  if (call.is_distinct) {
    const bool is_indifferent =
        aggregate.kind == AggregateKind::kMin || aggregate.kind == AggregateKind::kMax;
    if (aggregate.kind == AggregateKind::kCount) {
      aggregate.kind = AggregateKind::kCountDistinct;
    } else if (!is_indifferent && aggregate.kind != AggregateKind::kCountDistinct) {
      return fail(ErrorCode::kUnsupported,
                  fmt::format("{}(distinct ...) is not available; group by the value in a subquery "
                              "first",
                              call.text),
                  call.span);
    }
  }
  const Type argument_type = aggregate.argument->type;
  switch (aggregate.kind) {
    case AggregateKind::kCountRows:
    case AggregateKind::kCount:
    case AggregateKind::kCountDistinct:
      aggregate.type = Type::kInt64;
      return aggregate;
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      aggregate.type = argument_type;
      return aggregate;
    case AggregateKind::kSortsFirst:
    case AggregateKind::kSortsLast:
      aggregate.type = argument_type;
      return aggregate;
    case AggregateKind::kFirst:
    case AggregateKind::kLast: {
      aggregate.type = argument_type;
      Syntax by;
      by.kind = Syntax::Kind::kName;
      by.text = "@timestamp";
      by.span = call.span;
      WEIR_ASSIGN_OR_RETURN(aggregate.order_by,
                            bind_inner(takes_order ? children[1] : by, scope, nullptr));
      return aggregate;
    }
    case AggregateKind::kPercentile: {
      aggregate.parameter = 0.5;
      if (takes_parameter) {
        WEIR_ASSIGN_OR_RETURN(auto parameter, bind_inner(children[1], scope, nullptr));
        WEIR_RETURN_IF_ERROR(coerce_to(parameter, Type::kDouble, environment_));
        const bool is_percent = function->name == "pct" || function->name == "percentile";
        const double scale = is_percent ? 100 : 1;
        if (!is_literal(parameter) || parameter->literal.is_null() ||
            !(parameter->literal.number >= 0 && parameter->literal.number <= scale)) {
          return fail(ErrorCode::kUsage,
                      fmt::format("the percentile is a number from 0 to {}", scale),
                      children[1].span);
        }
        aggregate.parameter = parameter->literal.number / scale;
      }
      break;
    }
    default:
      break;
  }
  WEIR_RETURN_IF_ERROR(coerce_number(aggregate.argument, environment_));
  const bool is_integer_sum =
      aggregate.kind == AggregateKind::kSum && aggregate.argument->type == Type::kInt64;
  aggregate.type = is_integer_sum ? Type::kInt64 : Type::kDouble;
  if (aggregate.kind == AggregateKind::kPercentile) {
    WEIR_RETURN_IF_ERROR(coerce_to(aggregate.argument, Type::kDouble, environment_));
  }
  return aggregate;
}

}  // namespace weir::query
