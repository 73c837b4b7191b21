#include "query/execution/row_order.h"

#include <cmath>

#include "base/number.h"

namespace weir::query {
namespace {

using column::Column;
using column::Type;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_chunk(std::string_view& text) {
  std::size_t end = 1;
  while (end < text.size() && is_digit(text[end]) == is_digit(text[0])) {
    ++end;
  }
  const std::string_view chunk = text.substr(0, end);
  text.remove_prefix(end);
  return chunk;
}

int sign(int value) { return (value > 0) - (value < 0); }

template <class T>
int compare_values(const Column& a, std::size_t i, const Column& b, std::size_t j) {
  const T& x = a.data<T>()[i];
  const T& y = b.data<T>()[j];
  return x < y ? -1 : y < x ? 1 : 0;
}

int compare_doubles(double x, double y) {  // NaN behind everything
  if (std::isnan(x) || std::isnan(y)) {
    return static_cast<int>(std::isnan(x)) - static_cast<int>(std::isnan(y));
  }
  return x < y ? -1 : y < x ? 1 : 0;
}

}  // namespace

int compare_insights(std::string_view a, std::string_view b) {
  // What reads as a number comes behind what does not, and compares as a number.
  const auto x = parse_double(a);
  const auto y = parse_double(b);
  if (x && y && *x != *y) {
    return *x < *y ? -1 : 1;
  }
  if (x.has_value() != y.has_value()) {
    return x ? 1 : -1;
  }
  std::string_view rest_a = a;
  std::string_view rest_b = b;
  while (!rest_a.empty() && !rest_b.empty()) {
    const std::string_view chunk_a = take_chunk(rest_a);
    const std::string_view chunk_b = take_chunk(rest_b);
    int order = 0;
    if (is_digit(chunk_a[0]) && is_digit(chunk_b[0]) && chunk_a.size() != chunk_b.size()) {
      order = chunk_a.size() < chunk_b.size() ? -1 : 1;
    } else {
      order = sign(chunk_a.compare(chunk_b));
    }
    if (order != 0) {
      return order;
    }
  }
  return static_cast<int>(!rest_a.empty()) - static_cast<int>(!rest_b.empty());
}

int compare_cells(const Column& a, std::size_t row_a, const Column& b, std::size_t row_b,
                  bool is_insights_order) {
  const bool is_null_a = a.is_null(row_a);
  const bool is_null_b = b.is_null(row_b);
  if (is_null_a || is_null_b) {
    const int order = static_cast<int>(is_null_a) - static_cast<int>(is_null_b);
    return is_insights_order ? -order : order;
  }
  const std::size_t i = a.is_constant() ? 0 : row_a;
  const std::size_t j = b.is_constant() ? 0 : row_b;
  switch (a.type()) {
    case Type::kNull:
      return 0;
    case Type::kBool:
      return compare_values<std::uint8_t>(a, i, b, j);
    case Type::kDouble:
      return compare_doubles(a.data<double>()[i], b.data<double>()[j]);
    case Type::kAddress:
      return compare_values<IpAddress>(a, i, b, j);
    case Type::kString: {
      const std::string_view x = a.data<std::string_view>()[i];
      const std::string_view y = b.data<std::string_view>()[j];
      return is_insights_order ? compare_insights(x, y) : sign(x.compare(y));
    }
    default:
      return compare_values<std::int64_t>(a, i, b, j);
  }
}

}  // namespace weir::query
