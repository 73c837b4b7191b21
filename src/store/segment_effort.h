#pragma once

#include <cstddef>

namespace weir::store {

// What a segment may cost.
struct SegmentEffort {
  std::size_t bytes = 0;         // in memory, before it ends
  std::size_t rollup_bytes = 0;  // one of its roll-ups, before it is given up
  // Codes, and numbers that are summed up, gain least by compression, and cost as much as others.
  bool compresses_codes_and_sums = true;
};
// While rows come in memory and time are short; a compaction may take more, and the fewer segments
// there are, the fewer dictionaries say the same.
inline constexpr SegmentEffort kIncomingSegment{24U << 20, 1U << 20, false};
inline constexpr SegmentEffort kCompactedSegment{128U << 20, 16U << 20, true};

}  // namespace weir::store
