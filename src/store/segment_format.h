#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "column/type.h"

namespace weir::store {

// The parts of a segment file: docs/formats/segment.md.
inline constexpr std::array<char, 8> kSegmentMagic{'W', 'E', 'I', 'R', 'S', 'E', 'G', '1'};
inline constexpr std::uint32_t kSegmentVersion = 2;
inline constexpr std::uint32_t kOldestSegmentVersion = 1;  // without Encoding::kRepeated
inline constexpr std::size_t kSegmentHeaderBytes = 16;
inline constexpr std::size_t kSegmentTrailerBytes = 24;

inline constexpr std::size_t kBlockRows = 32'768;  // rows of all blocks but the last
inline constexpr std::size_t kMaxSegmentRows = std::size_t{1} << 23;
inline constexpr std::size_t kMaxGroupCodes = std::size_t{1} << 20;  // a segment ends before more

// Bytes of the file that are read, and checked, together.
struct Extent {
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::uint64_t hash = 0;  // xxh3 of the bytes

  friend bool operator==(const Extent&, const Extent&) = default;
};

// The values of one column in one block, or the codes of one group.
//
// What is written of a number that is not null is ((value - other) - base) / scale + shift, where
// `other` is the value of the column it is a difference to (else 0) and shift is 1 where nulls are
// written as 0.
struct Chunk {
  enum class Nulls : std::uint8_t {
    kNone,
    kAsZero,
    kApart,  // a run of 0 and 1 in front says which are null
    kAll,
  };
  Extent extent;
  Nulls nulls = Nulls::kNone;
  // Of two columns that are a pair: the first's chunk holds the larger number of each row, the
  // second's the smaller, behind a run that is 1 where the first column has the smaller one.
  bool is_paired = false;
  std::int64_t base = 0;
  std::uint64_t scale = 1;
  // Of the values, differences and pairs undone; for numbers alone. min > max where all are null.
  std::int64_t min = 0;
  std::int64_t max = -1;

  friend bool operator==(const Chunk&, const Chunk&) = default;
};

// A place where the ordinals of a block go on higher than by one.
struct OrdinalJump {
  std::uint32_t row = 0;  // its ordinal is not that of the row before plus one
  std::uint64_t skipped = 0;

  friend bool operator==(const OrdinalJump&, const OrdinalJump&) = default;
};

struct Block {
  std::uint32_t num_rows = 0;
  std::uint64_t first_ordinal = 0;
  std::vector<OrdinalJump> jumps;  // by row
  std::vector<Chunk> chunks;       // of the groups, then of the columns without group

  friend bool operator==(const Block&, const Block&) = default;
};

struct SegmentColumn {
  std::string name;
  column::Type type = column::Type::kNull;
  std::uint16_t group = 0;
  std::optional<std::uint32_t> difference;  // the column, before it, that it is written relative to
  std::optional<std::uint32_t> pair;        // the column, before it, that it is paired with

  friend bool operator==(const SegmentColumn&, const SegmentColumn&) = default;
};

struct SegmentGroup {
  std::uint16_t number = 0;
  std::uint32_t num_codes = 0;
  std::vector<std::uint32_t> num_values;  // of each member, null not counted
  Extent values;                          // the members' dictionaries
  Extent tuples;                          // for each member its value's number, by code
  Extent presence;                        // which blocks each code stands in

  friend bool operator==(const SegmentGroup&, const SegmentGroup&) = default;
};

// The greatest keys of a segment, and what is known of the others.
struct SegmentRanking {
  std::vector<std::uint32_t> keys;  // of SegmentFooter::columns, members of the first group
  std::uint32_t num_keys = 0;       // kept
  Extent extent;

  friend bool operator==(const SegmentRanking&, const SegmentRanking&) = default;
};

// What rows add up to by some keys.
struct SegmentRollup {
  std::vector<std::uint32_t> keys;      // of SegmentFooter::columns, members of the first group
  std::optional<std::uint32_t> number;  // likewise, alone: a key that is a whole number
  std::optional<std::uint32_t> where;   // a member: only rows with this text are in it
  std::string where_text;
  std::uint32_t num_rows = 0;
  Extent extent;

  friend bool operator==(const SegmentRollup&, const SegmentRollup&) = default;
};

// Sums by the codes of the first group, and by minutes.
struct SegmentTotals {
  std::vector<std::uint32_t> columns;  // of SegmentFooter::columns: what is summed up
  Extent by_code;
  std::vector<std::uint32_t> minute_keys;  // of SegmentFooter::columns
  std::uint32_t num_minutes = 0;           // rows of by_minute
  Extent by_minute;
  std::vector<SegmentRanking> rankings;
  std::vector<SegmentRollup> rollups;

  friend bool operator==(const SegmentTotals&, const SegmentTotals&) = default;
};

// The rows of a column's rare values, once more.
struct SegmentRareRows {
  std::uint32_t column = 0;  // of SegmentFooter::columns, in a group
  std::uint32_t num_rows = 0;
  Extent index;

  friend bool operator==(const SegmentRareRows&, const SegmentRareRows&) = default;
};

// The last part of a segment file: what is where.
struct SegmentFooter {
  std::string table;
  TimeMs partition = 0;
  std::uint64_t num_rows = 0;
  std::optional<TimeMs> min_time;
  std::optional<TimeMs> max_time;
  std::optional<TimeMs> max_until;
  std::uint64_t first_ordinal = 0;
  std::uint64_t end_ordinal = 0;
  std::uint64_t num_nodata = 0;
  std::uint64_t num_skipdata = 0;
  std::int64_t coverage_minute = 0;     // of bit 0
  std::vector<std::uint64_t> coverage;  // a bit for each minute that some row covers
  std::vector<SegmentColumn> columns;
  std::vector<SegmentGroup> groups;
  std::vector<Block> blocks;
  std::optional<SegmentTotals> totals;
  std::vector<SegmentRareRows> rare_rows;

  friend bool operator==(const SegmentFooter&, const SegmentFooter&) = default;
};

void write_footer(const SegmentFooter& footer, std::string& out);
// Hardened against untrusted input. `file_bytes` bounds every extent.
[[nodiscard]] Result<SegmentFooter> read_footer(std::string_view bytes, std::uint64_t file_bytes);

[[nodiscard]] std::uint64_t hash_bytes(std::string_view bytes);

}  // namespace weir::store
