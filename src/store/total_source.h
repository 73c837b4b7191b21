#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "column/scan.h"
#include "store/segment_reader.h"
#include "store/segment_totals.h"
#include "store/table_layout.h"

namespace weir::store {

// Where a measure stands in a segment's totals.
struct TotalSource {
  enum class Of : std::uint8_t {
    kRows,
    kNothing,  // the segment lacks the column: null everywhere
    kLeastTime,
    kGreatestUntil,
    kSum,
  };
  Of of = Of::kRows;
  std::size_t sum = 0;  // of Totals::sums

  struct Value {
    std::uint64_t num_values = 0;
    std::int64_t value = 0;  // of a sum or extreme
  };
  [[nodiscard]] Value at(const Totals& totals, std::size_t row) const;
};

// Nothing where totals do not have the measure. The segment has totals.
[[nodiscard]] std::optional<TotalSource> find_total_source(
    const SegmentReader& segment, const TableSpec& spec, const TableLayout& layout,
    const column::GroupRequest::Measure& measure, bool is_by_minute);

}  // namespace weir::store
