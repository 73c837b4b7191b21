#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/ip_address.h"
#include "column/column.h"
#include "column/scan.h"

namespace weir::flowlog {

// A predicate that the line parser applies to rows it has just written. Exact. Immutable, safe from
// any thread.
class LineFilter {
 public:
  // True where constants are of the column's own type, so that this class can decide.
  [[nodiscard]] static bool can_apply(const column::Predicate& predicate, column::Type type);

  explicit LineFilter(column::Predicate predicate);

  [[nodiscard]] std::size_t column() const { return predicate_.column; }
  // Clears keep[i] where the predicate is not true for row first_row + i of `values`.
  void narrow(const column::Column& values, std::size_t first_row,
              std::span<std::uint8_t> keep) const;

 private:
  void narrow_addresses(const column::Column& values, std::size_t first_row,
                        std::span<std::uint8_t> keep) const;

  column::Predicate predicate_;
  std::vector<IpPrefix> prefixes_;  // of kInPrefix
};

inline void clear_null(column::Column& column, std::size_t row) {
  if (column.has_nulls()) {
    column.null_mask()[row >> 6] &= ~(std::uint64_t{1} << (row & 63));
  }
}

}  // namespace weir::flowlog
