#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/number.h"
#include "base/time_text.h"
#include "query/functions/kernel.h"
#include "query/functions/signature.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

constexpr double kFirstMilliseconds = 1e11;  // numbers from here on are milliseconds, below seconds

// Times and intervals past this many milliseconds (a quarter of a million years) are null, so that
// sums and differences of them stay far from the ends of 64 bits.
constexpr std::int64_t kFarthestMs = 8'640'000'000'000'000;

double number_to_ms(double value) {
  return std::fabs(value) >= kFirstMilliseconds ? value : value * 1000;
}

// Fills a time or interval column from f(row), a number of milliseconds.
template <class F>
void fill_ms(Arguments arguments, Type type, std::size_t rows, Column& out, F f) {
  map_rows(arguments, type, rows, out, [&](std::size_t row) {
    const double ms = f(row);
    if (std::fabs(ms) <= static_cast<double>(kFarthestMs)) {
      out.data<std::int64_t>()[row] = std::llround(ms);
    } else {
      out.set_null(row);
    }
  });
}

bool fits_int64(double value) {
  return value >= -9.2233720368547e18 && value <= 9.2233720368547e18;
}

Result<void> cast_int64(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  const Column& source = *arguments[0];
  switch (source.type()) {
    case Type::kBool:
      map_unary<std::uint8_t, std::int64_t>(arguments, Type::kInt64, rows, out,
                                            [](std::uint8_t v) { return std::int64_t{v}; });
      return {};
    case Type::kTime:
    case Type::kInterval:
      map_unary<std::int64_t, std::int64_t>(arguments, Type::kInt64, rows, out, [](std::int64_t v) {
        return v / 1000 - (v % 1000 < 0 ? 1 : 0);
      });
      return {};
    case Type::kDouble: {
      const ColumnView<double> values(source);
      map_rows(arguments, Type::kInt64, rows, out, [&](std::size_t row) {
        if (fits_int64(values[row])) {
          out.data<std::int64_t>()[row] = static_cast<std::int64_t>(std::llround(values[row]));
        } else {
          out.set_null(row);
        }
      });
      return {};
    }
    default: {
      const ColumnView<std::string_view> texts(source);
      map_rows(arguments, Type::kInt64, rows, out, [&](std::size_t row) {
        if (const auto integer = parse_int64(texts[row])) {
          out.data<std::int64_t>()[row] = *integer;
        } else if (const auto number = parse_double(texts[row]); number && fits_int64(*number)) {
          out.data<std::int64_t>()[row] = static_cast<std::int64_t>(std::llround(*number));
        } else {
          out.set_null(row);
        }
      });
      return {};
    }
  }
}

Result<void> cast_double(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  const Column& source = *arguments[0];
  switch (source.type()) {
    case Type::kBool:
      map_unary<std::uint8_t, double>(arguments, Type::kDouble, rows, out,
                                      [](std::uint8_t v) { return double{v != 0 ? 1.0 : 0.0}; });
      return {};
    case Type::kInt64:
      map_unary<std::int64_t, double>(arguments, Type::kDouble, rows, out,
                                      [](std::int64_t v) { return static_cast<double>(v); });
      return {};
    case Type::kTime:
    case Type::kInterval:
      map_unary<std::int64_t, double>(arguments, Type::kDouble, rows, out,
                                      [](std::int64_t v) { return static_cast<double>(v) / 1000; });
      return {};
    default: {
      const ColumnView<std::string_view> texts(source);
      map_rows(arguments, Type::kDouble, rows, out, [&](std::size_t row) {
        if (const auto number = parse_double(texts[row])) {
          out.data<double>()[row] = *number;
        } else {
          out.set_null(row);
        }
      });
      return {};
    }
  }
}

Result<void> cast_time(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  const Column& source = *arguments[0];
  switch (source.type()) {
    case Type::kInt64: {  // doubles hold every millisecond up to kFarthestMs
      const ColumnView<std::int64_t> values(source);
      fill_ms(arguments, Type::kTime, rows, out,
              [&](std::size_t row) { return number_to_ms(static_cast<double>(values[row])); });
      return {};
    }
    case Type::kDouble: {
      const ColumnView<double> values(source);
      fill_ms(arguments, Type::kTime, rows, out,
              [&](std::size_t row) { return number_to_ms(values[row]); });
      return {};
    }
    default: {
      const ColumnView<std::string_view> texts(source);
      map_rows(arguments, Type::kTime, rows, out, [&](std::size_t row) {
        if (const auto time = parse_absolute_time(texts[row])) {
          out.data<std::int64_t>()[row] = *time;
        } else {
          out.set_null(row);
        }
      });
      return {};
    }
  }
}

Result<void> cast_interval(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  const Column& source = *arguments[0];
  if (source.type() == Type::kInt64) {
    const ColumnView<std::int64_t> values(source);
    fill_ms(arguments, Type::kInterval, rows, out,
            [&](std::size_t row) { return static_cast<double>(values[row]) * 1000; });
  } else if (source.type() == Type::kDouble) {
    const ColumnView<double> values(source);
    fill_ms(arguments, Type::kInterval, rows, out,
            [&](std::size_t row) { return values[row] * 1000; });
  } else {
    const ColumnView<std::string_view> texts(source);
    map_rows(arguments, Type::kInterval, rows, out, [&](std::size_t row) {
      if (const auto period = parse_period(texts[row])) {
        out.data<std::int64_t>()[row] = period->approximate_ms();
      } else {
        out.set_null(row);
      }
    });
  }
  return {};
}

Result<void> cast_address(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  const ColumnView<std::string_view> texts(*arguments[0]);
  map_rows(arguments, Type::kAddress, rows, out, [&](std::size_t row) {
    if (const auto address = parse_ip(texts[row])) {
      out.data<IpAddress>()[row] = *address;
    } else {
      out.set_null(row);
    }
  });
  return {};
}

Result<void> cast_bool(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  const Column& source = *arguments[0];
  if (source.type() == Type::kInt64) {
    map_unary<std::int64_t, std::uint8_t>(
        arguments, Type::kBool, rows, out,
        [](std::int64_t v) -> std::uint8_t { return v != 0 ? 1 : 0; });
  } else if (source.type() == Type::kDouble) {
    map_unary<double, std::uint8_t>(arguments, Type::kBool, rows, out,
                                    [](double v) -> std::uint8_t { return v != 0 ? 1 : 0; });
  } else {
    const ColumnView<std::string_view> texts(source);
    map_rows(arguments, Type::kBool, rows, out, [&](std::size_t row) {
      const std::string_view text = texts[row];
      const bool is_true = text == "true" || text == "TRUE" || text == "1" || text == "t";
      const bool is_false = text == "false" || text == "FALSE" || text == "0" || text == "f";
      out.data<std::uint8_t>()[row] = is_true ? 1 : 0;
      if (!is_true && !is_false) {
        out.set_null(row);
      }
    });
  }
  return {};
}

// The text that output formats print as well, so that `like` and regular expressions see what users
// see.
Result<void> cast_string(const Expression&, Arguments arguments, std::size_t rows, Column& out) {
  const Column& source = *arguments[0];
  map_rows(arguments, Type::kString, rows, out, [&](std::size_t row) {
    const std::size_t i = source.is_constant() ? 0 : row;
    char text[64];
    std::string_view view;
    std::string longer;
    switch (source.type()) {
      case Type::kBool:
        view = source.data<std::uint8_t>()[i] != 0 ? "true" : "false";
        break;
      case Type::kInt64: {
        const auto end = std::to_chars(text, text + sizeof text, source.data<std::int64_t>()[i]);
        view = {text, static_cast<std::size_t>(end.ptr - text)};
        break;
      }
      case Type::kTime:
        view = {text, format_time(source.data<std::int64_t>()[i], TimeStyle::kIso, text)};
        break;
      case Type::kAddress:
        view = {text, format_ip(source.data<IpAddress>()[i], text)};
        break;
      case Type::kInterval:
        longer = format_double(static_cast<double>(source.data<std::int64_t>()[i]) / 1000) + "s";
        view = longer;
        break;
      case Type::kDouble:
        longer = format_double(source.data<double>()[i]);
        view = longer;
        break;
      default:
        break;
    }
    out.data<std::string_view>()[row] = out.arena().copy(view);
  });
  return {};
}

template <Type kTo>
Result<BoundCall> bind_cast(std::vector<ExpressionPtr>& arguments, const QueryEnvironment&,
                            TextSpan span) {
  if (arguments.size() != 1) {
    return wrong_arguments("cast(x)", span);
  }
  const Type from = arguments[0]->type;
  const bool is_text = from == Type::kString || from == Type::kNull;
  const bool is_number = from == Type::kInt64 || from == Type::kDouble;
  const bool is_time = from == Type::kTime || from == Type::kInterval;
  bool can = is_text || kTo == Type::kString;
  switch (kTo) {
    case Type::kInt64:
    case Type::kDouble:
      can = can || is_number || is_time || from == Type::kBool;
      break;
    case Type::kTime:
      can = can || is_number;
      break;
    case Type::kInterval:
      can = can || is_number;
      break;
    case Type::kBool:
      can = can || is_number;
      break;
    default:
      break;
  }
  if (!can) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} cannot be read as {}", column::name_of(from), column::name_of(kTo)),
                arguments[0]->span);
  }
  return BoundCall{kTo, nullptr};
}

constexpr std::uint8_t kNoLanguage = 0;  // written as CAST(x AS t), not called by name

constexpr Function kCasts[] = {
    {"to_int64", "", kNoLanguage, "cast(x as bigint)", "", bind_cast<Type::kInt64>, cast_int64},
    {"to_double", "", kNoLanguage, "cast(x as double)", "", bind_cast<Type::kDouble>, cast_double},
    {"to_time", "", kNoLanguage, "cast(x as timestamp)", "", bind_cast<Type::kTime>, cast_time},
    {"to_interval", "", kNoLanguage, "cast(x as interval)", "", bind_cast<Type::kInterval>,
     cast_interval},
    {"to_address", "", kNoLanguage, "cast(x as inet)", "", bind_cast<Type::kAddress>, cast_address},
    {"to_bool", "", kNoLanguage, "cast(x as boolean)", "", bind_cast<Type::kBool>, cast_bool},
    {"to_string", "", kNoLanguage, "cast(x as varchar)", "", bind_cast<Type::kString>, cast_string},
};

const Function& cast_to(Type type) {
  switch (type) {
    case Type::kInt64:
      return kCasts[0];
    case Type::kDouble:
      return kCasts[1];
    case Type::kTime:
      return kCasts[2];
    case Type::kInterval:
      return kCasts[3];
    case Type::kAddress:
      return kCasts[4];
    case Type::kBool:
      return kCasts[5];
    default:
      return kCasts[6];
  }
}

}  // namespace

std::span<const Function> cast_functions() { return kCasts; }

Result<ExpressionPtr> make_cast(ExpressionPtr expression, Type type,
                                const QueryEnvironment& environment) {
  if (expression->type == type || type == Type::kNull) {
    return expression;
  }
  const TextSpan span = expression->span;
  if (expression->type == Type::kNull) {
    auto literal = std::make_shared<Expression>();
    literal->type = type;
    literal->span = span;
    return literal;
  }
  return make_call(cast_to(type), {std::move(expression)}, environment, span);
}

}  // namespace weir::query
