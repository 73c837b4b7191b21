// + - * / % ^ and unary minus.
//
// Integers stay integers under + - * %; a result past 64 bits is null. Division is always a double,
// as in MySQL and DuckDB; division and remainder by zero are null. Times: time - time is an
// interval counted in seconds as a number, time +- interval or number of seconds is a time, and
// months and years are counted by the calendar.

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "base/time_text.h"
#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

enum class Arithmetic : std::uint8_t { kAdd, kSubtract, kMultiply };

template <Arithmetic kOp>
void checked_integers(Arguments arguments, Type type, std::size_t rows, Column& out) {
  const std::size_t count = prepare_strict(arguments, type, rows, out);
  if (count == 0) {
    return;
  }
  const ColumnView<std::int64_t> a(*arguments[0]);
  const ColumnView<std::int64_t> b(*arguments[1]);
  std::int64_t* results = out.data<std::int64_t>();
  bool has_overflow = false;
  for (std::size_t i = 0; i < count; ++i) {
    bool overflows = false;
    if constexpr (kOp == Arithmetic::kAdd) {
      overflows = __builtin_add_overflow(a[i], b[i], &results[i]);
    } else if constexpr (kOp == Arithmetic::kSubtract) {
      overflows = __builtin_sub_overflow(a[i], b[i], &results[i]);
    } else {
      overflows = __builtin_mul_overflow(a[i], b[i], &results[i]);
    }
    has_overflow |= overflows;
  }
  if (!has_overflow) {
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t ignored = 0;
    const bool overflows = kOp == Arithmetic::kAdd ? __builtin_add_overflow(a[i], b[i], &ignored)
                           : kOp == Arithmetic::kSubtract
                               ? __builtin_sub_overflow(a[i], b[i], &ignored)
                               : __builtin_mul_overflow(a[i], b[i], &ignored);
    if (overflows) {
      out.set_null(i);
    }
  }
}

template <Arithmetic kOp>
Result<void> evaluate_arithmetic(const Expression& call, Arguments arguments, std::size_t rows,
                                 Column& out) {
  if (call.state != nullptr) {
    const Period& period = *static_cast<const Period*>(call.state.get());
    map_unary<std::int64_t, std::int64_t>(
        arguments.first(1), Type::kTime, rows, out, [&](std::int64_t time) {
          return add_period(time, period, kOp == Arithmetic::kAdd ? 1 : -1);
        });
    return {};
  }
  if (call.type != Type::kDouble) {
    checked_integers<kOp>(arguments, call.type, rows, out);
    return {};
  }
  // time - time: both sides are milliseconds, the result is seconds.
  if (call.arguments[0]->type == Type::kTime) {
    map_binary<std::int64_t, std::int64_t, double>(
        arguments, Type::kDouble, rows, out, [](std::int64_t a, std::int64_t b) {
          return (static_cast<double>(a) - static_cast<double>(b)) / 1000;
        });
    return {};
  }
  map_binary<double, double, double>(arguments, Type::kDouble, rows, out, [](double a, double b) {
    if constexpr (kOp == Arithmetic::kAdd) {
      return a + b;
    } else if constexpr (kOp == Arithmetic::kSubtract) {
      return a - b;
    } else {
      return a * b;
    }
  });
  return {};
}

bool is_time_or_interval(Type type) { return type == Type::kTime || type == Type::kInterval; }

Result<BoundCall> bind_numbers(BindArguments& arguments, const QueryEnvironment& environment) {
  for (auto& argument : arguments) {
    WEIR_RETURN_IF_ERROR(coerce_number(argument, environment));
  }
  if (arguments[0]->type == arguments[1]->type) {
    return BoundCall{arguments[0]->type, nullptr};
  }
  for (auto& argument : arguments) {
    WEIR_RETURN_IF_ERROR(coerce_to(argument, Type::kDouble, environment));
  }
  return BoundCall{Type::kDouble, nullptr};
}

// Time +- `shift`: a literal of calendar units (1mo) is counted by the calendar, anything else has
// a length.
Result<BoundCall> bind_shift(ExpressionPtr& shift, const QueryEnvironment& environment) {
  if (is_literal(shift) && shift->type == Type::kInterval && !shift->literal.text.empty()) {
    if (const auto period = parse_period(shift->literal.text)) {
      return BoundCall{Type::kTime, std::make_shared<Period>(*period)};
    }
  }
  WEIR_RETURN_IF_ERROR(coerce_to(shift, Type::kInterval, environment));
  return BoundCall{Type::kTime, nullptr};
}

template <Arithmetic kOp>
Result<BoundCall> bind_arithmetic(BindArguments& arguments, const QueryEnvironment& environment,
                                  TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "number + number", span));
  const Type a = arguments[0]->type;
  const Type b = arguments[1]->type;
  if (!is_time_or_interval(a) && !is_time_or_interval(b)) {
    return bind_numbers(arguments, environment);
  }
  if constexpr (kOp == Arithmetic::kMultiply) {
    if (a == Type::kInterval && is_numeric(b)) {
      WEIR_RETURN_IF_ERROR(coerce_to(arguments[1], Type::kInt64, environment));
      return BoundCall{Type::kInterval, nullptr};
    }
    if (b == Type::kInterval && is_numeric(a)) {
      WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kInt64, environment));
      return BoundCall{Type::kInterval, nullptr};
    }
    return bind_numbers(arguments, environment);
  }
  if (a == Type::kTime && b == Type::kTime) {
    if constexpr (kOp == Arithmetic::kSubtract) {
      return BoundCall{Type::kDouble, nullptr};
    }
    return fail(ErrorCode::kUsage, "two times cannot be added", span);
  }
  if (a == Type::kTime) {
    return bind_shift(arguments[1], environment);
  }
  if (b == Type::kTime) {
    if constexpr (kOp == Arithmetic::kAdd) {
      std::swap(arguments[0], arguments[1]);
      return bind_shift(arguments[1], environment);
    }
    return fail(ErrorCode::kUsage, "a time cannot be taken from something that is no time", span);
  }
  if (a == Type::kInterval && b == Type::kInterval) {
    return BoundCall{Type::kInterval, nullptr};
  }
  return bind_numbers(arguments, environment);
}

Result<BoundCall> bind_divide(BindArguments& arguments, const QueryEnvironment& environment,
                              TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "number / number", span));
  for (auto& argument : arguments) {
    WEIR_RETURN_IF_ERROR(coerce_number(argument, environment));
    WEIR_RETURN_IF_ERROR(coerce_to(argument, Type::kDouble, environment));
  }
  return BoundCall{Type::kDouble, nullptr};
}

Result<void> evaluate_divide(const Expression&, Arguments arguments, std::size_t rows,
                             Column& out) {
  const std::size_t count = prepare_strict(arguments, Type::kDouble, rows, out);
  if (count == 0) {
    return {};
  }
  const ColumnView<double> a(*arguments[0]);
  const ColumnView<double> b(*arguments[1]);
  for (std::size_t i = 0; i < count; ++i) {
    out.data<double>()[i] = a[i] / b[i];
    if (b[i] == 0) {
      out.set_null(i);
    }
  }
  return {};
}

Result<BoundCall> bind_remainder(BindArguments& arguments, const QueryEnvironment& environment,
                                 TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "mod(number, number)", span));
  return bind_numbers(arguments, environment);
}

Result<void> evaluate_remainder(const Expression& call, Arguments arguments, std::size_t rows,
                                Column& out) {
  const std::size_t count = prepare_strict(arguments, call.type, rows, out);
  if (count == 0) {
    return {};
  }
  if (call.type == Type::kInt64) {
    const ColumnView<std::int64_t> a(*arguments[0]);
    const ColumnView<std::int64_t> b(*arguments[1]);
    for (std::size_t i = 0; i < count; ++i) {
      if (b[i] == 0) {
        out.set_null(i);
      } else {  // -1 apart: the smallest integer has no counterpart
        out.data<std::int64_t>()[i] = b[i] == -1 ? 0 : a[i] % b[i];
      }
    }
    return {};
  }
  const ColumnView<double> a(*arguments[0]);
  const ColumnView<double> b(*arguments[1]);
  for (std::size_t i = 0; i < count; ++i) {
    out.data<double>()[i] = std::fmod(a[i], b[i]);
    if (b[i] == 0) {
      out.set_null(i);
    }
  }
  return {};
}

Result<void> evaluate_power(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  const std::size_t count = prepare_strict(arguments, Type::kDouble, rows, out);
  if (count == 0) {
    return {};
  }
  const ColumnView<double> a(*arguments[0]);
  const ColumnView<double> b(*arguments[1]);
  for (std::size_t i = 0; i < count; ++i) {
    const double power = std::pow(a[i], b[i]);
    out.data<double>()[i] = power;
    if (!std::isfinite(power)) {
      out.set_null(i);
    }
  }
  return {};
}

Result<BoundCall> bind_negate(BindArguments& arguments, const QueryEnvironment& environment,
                              TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "-number", span));
  if (arguments[0]->type != Type::kInterval) {
    WEIR_RETURN_IF_ERROR(coerce_number(arguments[0], environment));
  }
  return BoundCall{arguments[0]->type, nullptr};
}

Result<void> evaluate_negate(const Expression& call, Arguments arguments, std::size_t rows,
                             Column& out) {
  if (call.type == Type::kDouble) {
    map_unary<double, double>(arguments, Type::kDouble, rows, out, [](double v) { return -v; });
    return {};
  }
  const std::size_t count = prepare_strict(arguments, call.type, rows, out);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t value = arguments[0]->data<std::int64_t>()[i];
    if (value == std::numeric_limits<std::int64_t>::min()) {
      out.set_null(i);
    } else {
      out.data<std::int64_t>()[i] = -value;
    }
  }
  return {};
}

constexpr std::uint8_t kOperator = kBothLanguages;

constexpr Function kOperators[] = {
    {"+", "", kOperator, "a + b", "Sum, or a time moved forward", bind_arithmetic<Arithmetic::kAdd>,
     evaluate_arithmetic<Arithmetic::kAdd>},
    {"-", "", kOperator, "a - b", "Difference; of two times in seconds",
     bind_arithmetic<Arithmetic::kSubtract>, evaluate_arithmetic<Arithmetic::kSubtract>},
    {"*", "", kOperator, "a * b", "Product", bind_arithmetic<Arithmetic::kMultiply>,
     evaluate_arithmetic<Arithmetic::kMultiply>},
    {"/", "", kOperator, "a / b", "Quotient, never rounded; null by zero", bind_divide,
     evaluate_divide},
    {"%", "mod", kOperator, "a % b", "Remainder; null by zero", bind_remainder, evaluate_remainder},
    {"^", "pow power", kOperator, "a ^ b", "Power", bind_divide, evaluate_power},
    {"neg", "", kOperator, "-a", "The number with its sign turned", bind_negate, evaluate_negate},
};

}  // namespace

std::span<const Function> operator_functions() { return kOperators; }

}  // namespace weir::query
