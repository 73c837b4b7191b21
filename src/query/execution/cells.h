#pragma once

#include <cstddef>
#include <cstdint>

#include "column/column.h"

namespace weir::query {

// Calls f(row index) for each row of [begin, end) whose value is not null.
template <class F>
void for_each_value(const column::Column& values, std::size_t begin, std::size_t end, F f) {
  if (values.type() == column::Type::kNull || (values.is_constant() && values.is_null(0))) {
    return;
  }
  if (values.is_constant() || !values.has_nulls()) {
    for (std::size_t i = begin; i < end; ++i) {
      f(i);
    }
    return;
  }
  const std::uint64_t* nulls = values.null_mask();
  for (std::size_t i = begin; i < end; ++i) {
    if (((nulls[i >> 6] >> (i & 63)) & 1) == 0) {
      f(i);
    }
  }
}

// Values of a column, constant or not.
template <class T>
struct Cells {
  explicit Cells(const column::Column& source)
      : values(source.type() == column::Type::kNull ? nullptr : source.data<T>()),
        step(source.is_constant() ? 0 : 1) {}
  const T& operator[](std::size_t row) const { return values[row * step]; }
  const T* values;
  std::size_t step;
};

}  // namespace weir::query
