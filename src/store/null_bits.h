#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::store {

// Whether row `row` is null by a bit a row; null: no row is.
[[nodiscard]] inline bool is_null_bit(const std::uint64_t* nulls, std::size_t row) {
  return nulls != nullptr && ((nulls[row >> 6] >> (row & 63)) & 1) != 0;
}

}  // namespace weir::store
