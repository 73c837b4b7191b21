#include <cmath>

#include "metric/math/functions.h"

namespace weir::metric::math {
namespace {

using Operator = Expression::Operator;

double compute(Operator op, double a, double b) {
  switch (op) {
    case Operator::kAdd:
      return a + b;
    case Operator::kSubtract:
      return a - b;
    case Operator::kMultiply:
      return a * b;
    case Operator::kDivide:
      return a / b;
    case Operator::kPower:
      return std::pow(a, b);
    case Operator::kEqual:
      return a == b ? 1 : 0;
    case Operator::kNotEqual:
      return a != b ? 1 : 0;
    case Operator::kLess:
      return a < b ? 1 : 0;
    case Operator::kLessOrEqual:
      return a <= b ? 1 : 0;
    case Operator::kGreater:
      return a > b ? 1 : 0;
    case Operator::kGreaterOrEqual:
      return a >= b ? 1 : 0;
    case Operator::kAnd:
      return a != 0 && b != 0 ? 1 : 0;
    case Operator::kOr:
      return a != 0 || b != 0 ? 1 : 0;
  }
  return 0;
}

void put(Series& out, TimeMs time_ms, double value) {
  if (std::isfinite(value)) {
    out.push(time_ms, value);
  }
}

Series named_like(const Series& series) {
  Series out;
  out.id = series.id;
  out.label = series.label;
  out.period_s = series.period_s;
  return out;
}

Series combine(Operator op, const Series& left, const Series& right) {
  Series out = named_like(left);
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.times.size() || j < right.times.size()) {
    const TimeMs a = i < left.times.size() ? left.times[i] : INT64_MAX;
    const TimeMs b = j < right.times.size() ? right.times[j] : INT64_MAX;
    const double x = a <= b ? left.values[i++] : 0;
    const double y = b <= a ? right.values[j++] : 0;
    put(out, std::min(a, b), compute(op, x, y));
  }
  return out;
}

template <class Of>
Series map_series(const Series& series, const Of& of) {
  Series out = named_like(series);
  for (std::size_t i = 0; i < series.times.size(); ++i) {
    put(out, series.times[i], of(series.values[i]));
  }
  return out;
}

}  // namespace

Result<Value> apply_operator(Operator op, const Value& left, const Value& right) {
  if (std::holds_alternative<std::string>(left) || std::holds_alternative<std::string>(right)) {
    return fail(ErrorCode::kInput, "an operator needs numbers or series, not a text");
  }
  const double* const a = std::get_if<double>(&left);
  const double* const b = std::get_if<double>(&right);
  if (a != nullptr && b != nullptr) {
    return Value(compute(op, *a, *b));
  }
  const Series* const s = std::get_if<Series>(&left);
  const Series* const t = std::get_if<Series>(&right);
  const auto one = [&](const Series* x, const Series* y) -> Series {
    if (x != nullptr && y != nullptr) {
      return combine(op, *x, *y);
    }
    return x != nullptr ? map_series(*x, [&](double v) { return compute(op, v, *b); })
                        : map_series(*y, [&](double v) { return compute(op, *a, v); });
  };
  const SeriesArray* const m = std::get_if<SeriesArray>(&left);
  const SeriesArray* const n = std::get_if<SeriesArray>(&right);
  if (m == nullptr && n == nullptr) {
    return Value(one(s, t));
  }
  if (m != nullptr && n != nullptr && m->size() != n->size()) {
    return fail(ErrorCode::kInput, "an operator between two arrays needs as many series in both");
  }
  SeriesArray out;
  const std::size_t count = m != nullptr ? m->size() : n->size();
  for (std::size_t i = 0; i < count; ++i) {
    Series member = one(m != nullptr ? &(*m)[i] : s, n != nullptr ? &(*n)[i] : t);
    if (m == nullptr) {  // the array's members keep their names
      member.label = (*n)[i].label;
      member.id = (*n)[i].id;
    }
    out.push_back(std::move(member));
  }
  return Value(std::move(out));
}

Result<Value> negate(const Value& value) {
  return apply_operator(Operator::kMultiply, value, Value(-1.0));
}

}  // namespace weir::metric::math
