#pragma once

#include <cstddef>
#include <cstdint>

#include "store/segment_format.h"

namespace weir::store {

// Which values of a column are rare: those that have at most one row in `one_in`, in segments of
// `least_rows` or more, the rarest first, until their rows are one in `share` of all.
struct RareRule {
  std::uint64_t one_in = 0;  // 0: none are
  std::uint64_t least_rows = 0;
  std::uint64_t share = 1;
};

// What a segment may cost, and whose rows it keeps once more.
struct SegmentEffort {
  std::size_t bytes = 0;         // in memory, before it ends
  std::size_t rollup_bytes = 0;  // one of its roll-ups, before it is given up
  // Else numbers are packed, and what stands beside itself is kept once, but nothing is compressed.
  bool compresses = true;
  RareRule rare = {};
};
// While rows come in memory and time are short; a compaction may take more, and the fewer segments
// there are, the fewer dictionaries say the same.
inline constexpr SegmentEffort kIncomingSegment{24U << 20, 1U << 20, false};
inline constexpr SegmentEffort kCompactedSegment{
    128U << 20, 16U << 20, true, {kBlockRows, 8 * kBlockRows, 16}};

}  // namespace weir::store
