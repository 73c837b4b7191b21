#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "io/faulty_file_system.h"
#include "store/manifest.h"

namespace weir::store {

inline constexpr TimeMs kHourMs = 3'600'000;

inline TableSpec flows_table() {
  return {"flows",
          {{"start", column::Type::kTime, 0, true},
           {"srcaddr", column::Type::kAddress, 1, true},
           {"bytes", column::Type::kInt64, 2, false}},
          "start",
          kHourMs,
          {{"sort", "srcaddr,start"}}};
}

inline SegmentMeta segment_of(std::uint64_t id) {
  const auto hour = static_cast<TimeMs>(id / 3) * kHourMs;
  return {id,     "flows",       hour,      100 + id,        1000 + id,
          hour,   hour + 59'000, id * 1000, id * 1000 + 100, static_cast<std::uint32_t>(id % 3),
          id * 77};
}

inline RemovedSegment removal_of(const SegmentMeta& segment, std::string reason) {
  return {segment.id, segment.table, segment.partition, segment.num_rows, std::move(reason), 99};
}

inline SourceMeta source_of(std::uint64_t number) {
  SourceMeta source;
  for (std::size_t i = 0; i < 8; ++i) {
    source.id[i] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  source.name =
      fmt::format("AWSLogs/111122223333/vpcflowlogs/2026/03/{:08x}.log.gz", number * 7919);
  source.table = "flows";
  source.num_rows = number * 3;
  source.num_bytes = number * 100;
  source.taken_ms = static_cast<std::int64_t>(number) - 5;
  source.details = number % 4 == 0 ? "offset 17" : "";
  return source;
}

// What the `number`-th batch of an ingest does: a segment, a source, now and then something else.
inline Edit batch_edit(std::uint64_t number) {
  Edit edit;
  edit.add_segments.push_back(segment_of(number));
  edit.add_sources.push_back(source_of(number));
  if (number % 5 == 4) {  // compaction rewrites two as one
    edit.remove_segments.push_back(removal_of(segment_of(number - 1), ""));
    edit.remove_segments.push_back(removal_of(segment_of(number - 2), "older than 30 days"));
  }
  if (number % 7 == 0) {
    edit.put_retention.push_back({"flows", static_cast<std::int64_t>(number) * kHourMs, {}});
    edit.wal_floor = number;
  }
  return edit;
}

// What a state says, for comparing; not the floor of the write-ahead log, which moves by failures.
inline std::string describe(const ManifestState& state) {
  std::string text = fmt::format("next {} {}\n", state.next_segment_id(), state.next_ordinal());
  for (const auto& table : state.tables()) {
    text += fmt::format("table {} columns {} rows {} bytes {} keep {}\n", table->spec->name,
                        table->spec->columns.size(), table->num_rows, table->file_bytes,
                        table->retention ? table->retention->max_age_ms.value_or(-1) : -2);
    for (const auto& segment : table->segments) {
      text += fmt::format("segment {} at {} rows {} hash {}\n", segment->id, segment->partition,
                          segment->num_rows, segment->footer_hash);
    }
  }
  for (const RemovedSegment& removed : state.removed()) {
    text += fmt::format("removed {} {}\n", removed.id, removed.reason);
  }
  EXPECT_TRUE(state.visit_sources([&](const SourceMeta& source) {
    text += fmt::format("source {} rows {} {}\n", source.name, source.num_rows, source.details);
    return true;
  }));
  return text;
}

}  // namespace weir::store
