#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "column/type.h"

namespace weir::store {

struct ColumnSpec {
  std::string name;
  column::Type type = column::Type::kNull;
  std::uint16_t group = 0;  // columns of one share a dictionary of tuples; 0: alone
  bool is_hot = false;      // rather fast to read than small

  friend bool operator==(const ColumnSpec&, const ColumnSpec&) = default;
};

// A table's schema. Columns are only ever appended: a later spec begins with the earlier one's
// names and types.
struct TableSpec {
  std::string name;
  std::vector<ColumnSpec> columns;
  std::string time_column;
  std::int64_t partition_ms = 0;
  std::vector<std::pair<std::string, std::string>> properties;

  friend bool operator==(const TableSpec&, const TableSpec&) = default;
};

// The partition of rows without a time.
inline constexpr TimeMs kTimeless = std::numeric_limits<TimeMs>::min();

// A sealed file of rows of one partition.
struct SegmentMeta {
  std::uint64_t id = 0;
  std::string table;
  TimeMs partition = 0;  // where it begins
  std::uint64_t num_rows = 0;
  std::uint64_t file_bytes = 0;
  std::optional<TimeMs> min_time;  // of the time column; nullopt where all are null
  std::optional<TimeMs> max_time;
  std::uint64_t first_ordinal = 0;  // half-open range of the rows' ordinals
  std::uint64_t end_ordinal = 0;
  std::uint32_t level = 0;
  std::uint64_t footer_hash = 0;  // xxh3 of the file's footer

  friend bool operator==(const SegmentMeta&, const SegmentMeta&) = default;
};

using SourceId = std::array<std::uint8_t, 16>;

// Something that was taken in, once: an object by the hash of its bytes, an API call by its token.
struct SourceMeta {
  SourceId id{};
  std::string name;
  std::string table;
  std::uint64_t num_rows = 0;
  std::uint64_t num_rejected = 0;
  std::uint64_t num_bytes = 0;
  std::int64_t taken_ms = 0;
  std::string details;

  friend bool operator==(const SourceMeta&, const SourceMeta&) = default;
};

// A segment that is no longer part of its table. One with a reason is remembered for ever; one
// without was rewritten by compaction, and its rows live on.
struct RemovedSegment {
  std::uint64_t id = 0;
  std::string table;
  TimeMs partition = 0;
  std::uint64_t num_rows = 0;
  std::string reason;
  std::int64_t when_ms = 0;

  friend bool operator==(const RemovedSegment&, const RemovedSegment&) = default;
};

// Without a bound it keeps everything. A later rule for a table replaces the earlier one.
struct RetentionRule {
  std::string table;
  std::optional<std::int64_t> max_age_ms;
  std::optional<std::uint64_t> max_bytes;

  friend bool operator==(const RetentionRule&, const RetentionRule&) = default;
};

// Changes of a manifest that happen together or not at all: tables first, then removals, then
// additions. The numbers only ever grow; add_segments moves next_segment_id and next_ordinal past
// its own ids and ordinals by itself.
struct Edit {
  std::vector<TableSpec> put_tables;
  std::vector<SegmentMeta> add_segments;
  std::vector<RemovedSegment> remove_segments;
  std::vector<SourceMeta> add_sources;
  std::vector<RetentionRule> put_retention;
  std::optional<std::uint64_t> next_segment_id;
  std::optional<std::uint64_t> next_ordinal;
  std::optional<std::uint64_t> wal_floor;  // write-ahead logs below it are in segments

  friend bool operator==(const Edit&, const Edit&) = default;
};

}  // namespace weir::store
