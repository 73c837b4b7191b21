#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "column/value.h"

// The order of values and rows as tests understand it.
namespace weir::query::fixture {

using column::Type;
using column::Value;
using Row = std::vector<Value>;

// SQL's order of values: nulls last, NaN behind all numbers.
inline int compare(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) {
    return static_cast<int>(a.is_null()) - static_cast<int>(b.is_null());
  }
  switch (a.type) {
    case Type::kDouble:
      if (std::isnan(a.number) || std::isnan(b.number)) {
        return static_cast<int>(std::isnan(a.number)) - static_cast<int>(std::isnan(b.number));
      }
      return a.number < b.number ? -1 : b.number < a.number ? 1 : 0;
    case Type::kAddress:
      return a.address < b.address ? -1 : b.address < a.address ? 1 : 0;
    case Type::kString:
      return a.text < b.text ? -1 : b.text < a.text ? 1 : 0;
    default:
      return a.integer < b.integer ? -1 : b.integer < a.integer ? 1 : 0;
  }
}

struct RowLess {
  bool operator()(const Row& a, const Row& b) const {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (const int order = compare(a[i], b[i]); order != 0) {
        return order < 0;
      }
    }
    return false;
  }
};

}  // namespace weir::query::fixture
