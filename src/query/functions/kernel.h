#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "column/column.h"
#include "query/expression.h"

// Loops that functions are made of: nulls by whole words, constants without being spread out, no
// dispatch per row.
namespace weir::query {

using Arguments = std::span<const column::Column* const>;

[[nodiscard]] inline bool all_constant(Arguments arguments) {
  for (const column::Column* argument : arguments) {
    if (!argument->is_constant() && argument->type() != column::Type::kNull) {
      return false;
    }
  }
  return true;
}

// Prepares `out` for results that are null wherever an argument is. Returns the number of values to
// compute: 1 for constant arguments, 0 where every row is null, else num_rows.
[[nodiscard]] inline std::size_t prepare_strict(Arguments arguments, column::Type type,
                                                std::size_t num_rows, column::Column& out) {
  for (const column::Column* argument : arguments) {
    if (argument->type() == column::Type::kNull ||
        (argument->is_constant() && argument->is_null(0))) {
      out.reset_constant(type, num_rows);
      out.set_null(0);
      return 0;
    }
  }
  if (all_constant(arguments)) {
    out.reset_constant(type, num_rows);
    return 1;
  }
  out.reset(type, num_rows);
  for (const column::Column* argument : arguments) {
    if (argument->is_constant() || !argument->has_nulls()) {
      continue;
    }
    if (!out.has_nulls()) {
      out.start_nulls();
    }
    for (std::size_t word = 0; word < (num_rows + 63) / 64; ++word) {
      out.null_mask()[word] |= argument->null_mask()[word];
    }
  }
  return num_rows;
}

// A null row of a string column is an empty view by contract.
inline void clear_null_strings(std::size_t count, column::Column& out) {
  if (!out.has_nulls()) {
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (out.is_null(i)) {
      out.data<std::string_view>()[i] = {};
    }
  }
}

// Values of an argument, the same one for every row where it is constant.
template <class T>
class ColumnView {
 public:
  explicit ColumnView(const column::Column& column)
      : values_(column.data<T>()), step_(column.is_constant() ? 0 : 1) {}
  const T& operator[](std::size_t row) const { return values_[row * step_]; }

 private:
  const T* values_;
  std::size_t step_;
};

// out[i] = f(a[i]); null where a is null.
template <class A, class R, class F>
void map_unary(Arguments arguments, column::Type type, std::size_t num_rows, column::Column& out,
               F f) {
  const std::size_t count = prepare_strict(arguments, type, num_rows, out);
  const A* a = arguments[0]->data<A>();
  R* results = out.data<R>();
  for (std::size_t i = 0; i < count; ++i) {
    results[i] = f(a[i]);
  }
}

// out[i] = f(a[i], b[i]); null where either is. The loops for a constant side are their own, so
// that the compiler can make vectors of them.
template <class A, class B, class R, class F>
void map_binary(Arguments arguments, column::Type type, std::size_t num_rows, column::Column& out,
                F f) {
  const std::size_t count = prepare_strict(arguments, type, num_rows, out);
  if (count == 0) {
    return;
  }
  const A* a = arguments[0]->data<A>();
  const B* b = arguments[1]->data<B>();
  R* results = out.data<R>();
  if (arguments[1]->is_constant()) {
    const B right = b[0];
    for (std::size_t i = 0; i < count; ++i) {
      results[i] = f(a[i], right);
    }
  } else if (arguments[0]->is_constant()) {
    const A left = a[0];
    for (std::size_t i = 0; i < count; ++i) {
      results[i] = f(left, b[i]);
    }
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      results[i] = f(a[i], b[i]);
    }
  }
}

// Row by row for what is no hot path: f(row) fills the result or sets the row null itself; rows
// with a null argument are null already and skipped.
template <class F>
void map_rows(Arguments arguments, column::Type type, std::size_t num_rows, column::Column& out,
              F f) {
  const std::size_t count = prepare_strict(arguments, type, num_rows, out);
  for (std::size_t row = 0; row < count; ++row) {
    if (!out.is_null(row)) {
      f(row);
    }
  }
  if (type == column::Type::kString) {
    clear_null_strings(count, out);
  }
}

}  // namespace weir::query
