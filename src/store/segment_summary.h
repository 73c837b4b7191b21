#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "column/coverage.h"
#include "store/rollup.h"
#include "store/segment_format.h"
#include "store/segment_totals.h"
#include "store/table_layout.h"
#include "store/tuple_dictionary.h"

namespace weir::store {

// What the rows of a segment add up to, kept beside them: totals by code and by minute, rankings,
// roll-ups, the minutes they cover. Filled block by block while a segment is written. Not
// thread-safe.
class SegmentSummary {
 public:
  // `layout` outlives it. A roll-up that takes more than `rollup_bytes` is given up.
  SegmentSummary(const TableLayout& layout, std::size_t rollup_bytes);

  // The numbers of a column alone in a block; nulls: a bit a row, null where there are none.
  struct Numbers {
    const std::int64_t* values = nullptr;
    const std::uint64_t* nulls = nullptr;
  };
  using NumbersOf = std::function<Numbers(std::size_t column)>;
  // `codes` are of the first group, which knows them all.
  void add_block(std::span<const std::uint32_t> codes, const NumbersOf& numbers_of,
                 const TupleDictionary& group);

  // Writes all parts through `put` and says in the footer where they are.
  using Put = std::function<Extent(std::string_view bytes)>;
  void write(const TupleDictionary& group, const Put& put, SegmentFooter& footer) const;

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  void add_totals(std::span<const std::uint32_t> codes, const NumbersOf& numbers_of,
                  const TupleDictionary& group);
  void mark_minutes(const TotalsBuilder::Rows& rows);
  void add_rollups(std::span<const std::uint32_t> codes, const NumbersOf& numbers_of,
                   const TupleDictionary& group);
  void write_totals_section(const TupleDictionary& group, const Put& put,
                            SegmentTotals& totals) const;
  void write_rankings(const Totals& by_code, const TupleDictionary& group, const Put& put,
                      SegmentTotals& totals) const;
  void write_rollups(const Put& put, SegmentTotals& totals) const;
  // What the silent column says of a code's rows.
  [[nodiscard]] std::string_view status_of(const TupleDictionary& group, std::size_t code) const;

  const TableLayout& layout_;
  TotalsBuilder totals_;
  std::vector<RollupBuilder> rollups_;  // one each of TableLayout::rollups
  column::Coverage coverage_;
};

}  // namespace weir::store
