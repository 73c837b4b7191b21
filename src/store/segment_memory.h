#pragma once

#include <cstddef>

namespace weir::store {

// What a segment holds in memory before it ends, and one of its roll-ups before it is given up.
struct SegmentMemory {
  std::size_t bytes = 0;
  std::size_t rollup_bytes = 0;
};
// While rows come in memory is short; a compaction may take more, and the fewer segments there are,
// the fewer dictionaries say the same.
inline constexpr SegmentMemory kIncomingSegment{24U << 20, 1U << 20};
inline constexpr SegmentMemory kCompactedSegment{128U << 20, 16U << 20};

}  // namespace weir::store
