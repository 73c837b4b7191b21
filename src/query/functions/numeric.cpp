#include <algorithm>
#include <cmath>
#include <cstdint>

#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

constexpr auto kSqlNumeric = static_cast<std::uint8_t>(Language::kSql);

Result<BoundCall> bind_one_number(BindArguments& arguments, const QueryEnvironment& environment,
                                  TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "f(number)", span));
  WEIR_RETURN_IF_ERROR(coerce_number(arguments[0], environment));
  return BoundCall{arguments[0]->type, nullptr};
}

Result<BoundCall> bind_to_double(BindArguments& arguments, const QueryEnvironment& environment,
                                 TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1, "f(number)", span));
  WEIR_RETURN_IF_ERROR(coerce_number(arguments[0], environment));
  WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kDouble, environment));
  return BoundCall{Type::kDouble, nullptr};
}

// f of a double; a result that is no finite number (the root of -1) is null.
template <double (*kFunction)(double)>
Result<void> evaluate_double(const Expression&, Arguments arguments, std::size_t rows,
                             Column& out) {
  map_rows(arguments, Type::kDouble, rows, out, [&](std::size_t row) {
    const double value = kFunction(ColumnView<double>(*arguments[0])[row]);
    out.data<double>()[row] = value;
    if (!std::isfinite(value)) {
      out.set_null(row);
    }
  });
  return {};
}

// Integers are their own floor and ceiling.
template <double (*kFunction)(double)>
Result<void> evaluate_rounding(const Expression& call, Arguments arguments, std::size_t rows,
                               Column& out) {
  if (call.type == Type::kInt64) {
    map_unary<std::int64_t, std::int64_t>(arguments, Type::kInt64, rows, out,
                                          [](std::int64_t v) { return v; });
  } else {
    map_unary<double, double>(arguments, Type::kDouble, rows, out, kFunction);
  }
  return {};
}

Result<void> evaluate_abs(const Expression& call, Arguments arguments, std::size_t rows,
                          Column& out) {
  if (call.type == Type::kInt64) {
    map_unary<std::int64_t, std::int64_t>(arguments, Type::kInt64, rows, out, [](std::int64_t v) {
      return v == INT64_MIN ? INT64_MAX : v < 0 ? -v : v;
    });
  } else {
    map_unary<double, double>(arguments, Type::kDouble, rows, out,
                              [](double v) { return std::fabs(v); });
  }
  return {};
}

Result<void> evaluate_sign(const Expression& call, Arguments arguments, std::size_t rows,
                           Column& out) {
  if (call.type == Type::kInt64) {
    map_unary<std::int64_t, std::int64_t>(arguments, Type::kInt64, rows, out,
                                          [](std::int64_t v) -> std::int64_t {
                                            return v > 0 ? 1 : v < 0 ? -1 : 0;
                                          });
  } else {
    map_unary<double, double>(arguments, Type::kDouble, rows, out, [](double v) {
      return v > 0 ? 1.0 : v < 0 ? -1.0 : 0.0;
    });
  }
  return {};
}

Result<BoundCall> bind_round(BindArguments& arguments, const QueryEnvironment& environment,
                             TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 2, "round(number [, digits])", span));
  WEIR_RETURN_IF_ERROR(coerce_number(arguments[0], environment));
  if (arguments.size() == 2) {
    WEIR_RETURN_IF_ERROR(coerce_to(arguments[1], Type::kInt64, environment));
    WEIR_RETURN_IF_ERROR(coerce_to(arguments[0], Type::kDouble, environment));
  }
  return BoundCall{arguments[0]->type, nullptr};
}

Result<void> evaluate_round(const Expression& call, Arguments arguments, std::size_t rows,
                            Column& out) {
  if (arguments.size() == 1) {
    return evaluate_rounding<std::round>(call, arguments, rows, out);
  }
  map_binary<double, std::int64_t, double>(
      arguments, Type::kDouble, rows, out, [](double value, std::int64_t digits) {
        const double scale =
            std::pow(10.0, static_cast<double>(std::clamp<std::int64_t>(digits, -300, 300)));
        const double scaled = value * scale;
        return std::isfinite(scaled) ? std::round(scaled) / scale : value;
      });
  return {};
}

// greatest and least ignore nulls, as DuckDB does.
Result<BoundCall> bind_extreme(BindArguments& arguments, const QueryEnvironment& environment,
                               TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 1000, "greatest(a, b, ...)", span));
  WEIR_ASSIGN_OR_RETURN(const Type type, unify_all(arguments, 0, 1, environment));
  return BoundCall{type, nullptr};
}

template <class T, bool kGreatest>
void extreme_typed(Arguments arguments, std::size_t rows, Column& out) {
  for (std::size_t row = 0; row < rows; ++row) {
    const T* best = nullptr;
    for (const Column* argument : arguments) {
      if (argument->type() == Type::kNull || argument->is_null(row)) {
        continue;
      }
      const T& value = argument->data<T>()[argument->is_constant() ? 0 : row];
      if (best == nullptr || (kGreatest ? *best < value : value < *best)) {
        best = &value;
      }
    }
    if (best == nullptr) {
      out.set_null(row);
    } else {
      out.data<T>()[row] = *best;
    }
  }
}

template <bool kGreatest>
Result<void> evaluate_extreme(const Expression& call, Arguments arguments, std::size_t rows,
                              Column& out) {
  if (call.type == Type::kNull) {
    out.reset_constant(Type::kNull, rows);
    return {};
  }
  out.reset(call.type, rows);
  switch (call.type) {
    case Type::kBool:
      extreme_typed<std::uint8_t, kGreatest>(arguments, rows, out);
      break;
    case Type::kDouble:
      extreme_typed<double, kGreatest>(arguments, rows, out);
      break;
    case Type::kAddress:
      extreme_typed<IpAddress, kGreatest>(arguments, rows, out);
      break;
    case Type::kString:
      extreme_typed<std::string_view, kGreatest>(arguments, rows, out);
      break;
    default:
      extreme_typed<std::int64_t, kGreatest>(arguments, rows, out);
      break;
  }
  return {};
}

// Two-argument logarithm: log(base, x).
Result<BoundCall> bind_log(BindArguments& arguments, const QueryEnvironment& environment,
                           TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 1, 2, "log(number) or log(base, number)", span));
  for (auto& argument : arguments) {
    WEIR_RETURN_IF_ERROR(coerce_number(argument, environment));
    WEIR_RETURN_IF_ERROR(coerce_to(argument, Type::kDouble, environment));
  }
  return BoundCall{Type::kDouble, nullptr};
}

Result<void> evaluate_log(const Expression& call, Arguments arguments, std::size_t rows,
                          Column& out) {
  if (arguments.size() == 1) {
    return evaluate_double<std::log>(call, arguments, rows, out);
  }
  map_rows(arguments, Type::kDouble, rows, out, [&](std::size_t row) {
    const double value = std::log(ColumnView<double>(*arguments[1])[row]) /
                         std::log(ColumnView<double>(*arguments[0])[row]);
    out.data<double>()[row] = value;
    if (!std::isfinite(value)) {
      out.set_null(row);
    }
  });
  return {};
}

// histogram(x, width): the lower end of the range of that width that x lies in. CloudWatch's guide
// calls the second argument a number of buckets; what it does is this.
Result<BoundCall> bind_histogram(BindArguments& arguments, const QueryEnvironment& environment,
                                 TextSpan span) {
  WEIR_RETURN_IF_ERROR(expect_count(arguments, 2, 2, "histogram(number, width)", span));
  for (auto& argument : arguments) {
    WEIR_RETURN_IF_ERROR(coerce_number(argument, environment));
  }
  const bool is_whole = arguments[0]->type == Type::kInt64 && arguments[1]->type == Type::kInt64;
  for (auto& argument : arguments) {
    WEIR_RETURN_IF_ERROR(coerce_to(argument, is_whole ? Type::kInt64 : Type::kDouble, environment));
  }
  const column::Value& width = arguments[1]->literal;
  if (!is_literal(arguments[1]) || !(is_whole ? width.integer > 0 : width.number > 0)) {
    return fail(ErrorCode::kUsage, "the width of a histogram's ranges is a number above 0",
                arguments[1]->span);
  }
  return BoundCall{is_whole ? Type::kInt64 : Type::kDouble, nullptr};
}

Result<void> evaluate_histogram(const Expression& call, Arguments arguments, std::size_t rows,
                                Column& out) {
  if (call.type == Type::kInt64) {
    const std::int64_t width = call.arguments[1]->literal.integer;
    map_unary<std::int64_t, std::int64_t>(
        arguments.first(1), Type::kInt64, rows, out, [width](std::int64_t value) {
          const std::int64_t rest = value % width;
          const std::int64_t below = value - (rest < 0 ? rest + width : rest);
          return below <= value ? below : value - rest;  // not past 64 bits
        });
    return {};
  }
  const double width = call.arguments[1]->literal.number;
  map_unary<double, double>(arguments.first(1), Type::kDouble, rows, out,
                            [width](double value) { return std::floor(value / width) * width; });
  return {};
}

constexpr Function kNumeric[] = {
    {"histogram", "", static_cast<std::uint8_t>(Language::kInsights), "histogram(number, width)",
     "Lower end of the range that a number lies in", bind_histogram, evaluate_histogram},
    {"abs", "", kBothLanguages, "abs(number)", "Without its sign", bind_one_number, evaluate_abs},
    {"ceil", "ceiling", kBothLanguages, "ceil(number)", "Next whole number up", bind_one_number,
     evaluate_rounding<std::ceil>},
    {"floor", "", kBothLanguages, "floor(number)", "Next whole number down", bind_one_number,
     evaluate_rounding<std::floor>},
    {"round", "", kBothLanguages, "round(number [, digits])",
     "Nearest whole number, halves away from 0", bind_round, evaluate_round},
    {"sign", "", kSqlNumeric, "sign(number)", "-1, 0 or 1", bind_one_number, evaluate_sign},
    {"sqrt", "", kBothLanguages, "sqrt(number)", "Square root; null below 0", bind_to_double,
     evaluate_double<std::sqrt>},
    {"log", "", kBothLanguages, "log(number)", "Natural logarithm; log(base, number) to a base",
     bind_log, evaluate_log},
    {"ln", "", kSqlNumeric, "ln(number)", "Natural logarithm", bind_to_double,
     evaluate_double<std::log>},
    {"log2", "", kSqlNumeric, "log2(number)", "Logarithm to base 2", bind_to_double,
     evaluate_double<std::log2>},
    {"log10", "", kSqlNumeric, "log10(number)", "Logarithm to base 10", bind_to_double,
     evaluate_double<std::log10>},
    {"exp", "", kSqlNumeric, "exp(number)", "e to the power", bind_to_double,
     evaluate_double<std::exp>},
    {"greatest", "", kBothLanguages, "greatest(a, b, ...)", "The largest that is not null",
     bind_extreme, evaluate_extreme<true>},
    {"least", "", kBothLanguages, "least(a, b, ...)", "The smallest that is not null", bind_extreme,
     evaluate_extreme<false>},
};

}  // namespace

std::span<const Function> numeric_functions() { return kNumeric; }

}  // namespace weir::query
