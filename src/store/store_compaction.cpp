#include <fmt/format.h>

#include <algorithm>

#include "store/segment_writer.h"
#include "store/store.h"

namespace weir::store {

Result<Store::CompactionReport> Store::compact(std::string_view table, const CancelToken* cancel) {
  const std::lock_guard lock(compaction_mutex_);
  CompactionReport report;
  WEIR_RETURN_IF_ERROR(seal());
  const auto described = state()->table(table);
  if (!described) {
    return fail(ErrorCode::kNotFound, fmt::format("{} has no table {}", directory_, table));
  }
  std::map<TimeMs, std::vector<std::shared_ptr<const SegmentMeta>>> partitions;
  for (const auto& segment : described->segments) {
    partitions[segment->partition].push_back(segment);
  }
  for (auto& [partition, segments] : partitions) {
    // What was compacted before is taken along only where as many rows have come since, so a row is
    // rewritten a few times in its life, not each time. Full ones stay as they are; one that came
    // in full still lacks compression and roll-ups.
    std::uint64_t num_new = 0;
    for (const auto& segment : segments) {
      num_new += segment->level == 0 ? segment->num_rows : 0;
    }
    std::erase_if(segments, [&](const auto& segment) {
      return segment->level > 0 &&
             (segment->num_rows >= kMaxSegmentRows / 2 || segment->num_rows > num_new);
    });
    WEIR_ASSIGN_OR_RETURN(const bool is_lacking, lacks_parts(segments, *described->spec));
    if (segments.size() < 2 && !is_lacking) {
      continue;
    }
    WEIR_RETURN_IF_ERROR(compact_partition(segments, *described->spec, cancel, report));
  }
  return report;
}

// Of a lone segment, which is written anew once: there was no memory for roll-ups when it came in,
// or its rare rows are worth keeping.
Result<bool> Store::lacks_parts(const std::vector<std::shared_ptr<const SegmentMeta>>& segments,
                                const TableSpec& spec) const {
  if (segments.size() != 1 || segments.front()->level > 0) {
    return false;
  }
  const SegmentMeta& segment = *segments.front();
  WEIR_ASSIGN_OR_RETURN(const TableLayout layout, make_table_layout(spec));
  WEIR_ASSIGN_OR_RETURN(
      const auto reader,
      SegmentReader::open(files_, segment_path(segment.table, segment.id), segment.footer_hash));
  const auto& totals = reader->footer().totals;
  return (totals && totals->rollups.size() < layout.rollups.size()) ||
         (!layout.rare.empty() && segment.num_rows >= kCompactedSegment.rare.least_rows);
}

Result<std::uint64_t> Store::compact_partition(
    const std::vector<std::shared_ptr<const SegmentMeta>>& segments, const TableSpec& spec,
    const CancelToken* cancel, CompactionReport& report) {
  auto snapshot = std::make_shared<TableSnapshot>();
  snapshot->spec = std::make_shared<const TableSpec>(spec);
  Edit edit;
  std::uint32_t level = 0;
  std::uint64_t bytes = 0;
  std::uint64_t num_rows = 0;
  for (const auto& segment : segments) {
    WEIR_ASSIGN_OR_RETURN(snapshot->segments.emplace_back(),
                          SegmentReader::open(files_, segment_path(segment->table, segment->id),
                                              segment->footer_hash));
    level = std::max(level, segment->level);
    bytes += segment->file_bytes;
    num_rows += segment->num_rows;
    RemovedSegment& removed = edit.remove_segments.emplace_back();
    removed.id = segment->id;
    removed.table = segment->table;
    removed.partition = segment->partition;
    removed.num_rows = segment->num_rows;
    removed.when_ms = clock_.now_ms();
  }
  std::stable_sort(snapshot->segments.begin(), snapshot->segments.end(),
                   [](const auto& a, const auto& b) {
                     return a->footer().first_ordinal < b->footer().first_ordinal;
                   });
  WEIR_ASSIGN_OR_RETURN(const auto load, start_load(spec.name));
  load->segment_effort_ = kCompactedSegment;
  StoredTable rows(snapshot);
  column::ScanRequest request;
  for (const ColumnSpec& column : spec.columns) {
    request.columns.push_back(column.name);
  }
  column::ScanContext context;
  context.cancel = cancel;
  WEIR_ASSIGN_OR_RETURN(const auto scan, rows.scan(request, context));
  WEIR_ASSIGN_OR_RETURN(const auto stream, scan->open_stream());
  column::Batch batch;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool is_more, stream->next(batch));
    if (!is_more) {
      break;
    }
    for (column::Column& column : batch.columns) {
      column.flatten();
    }
    WEIR_RETURN_IF_ERROR(load->append(batch, request.columns, batch.sequence));
  }
  if (load->num_rows() != num_rows) {
    return fail(ErrorCode::kInternal, "a compaction read another number of rows than there are");
  }
  while (!load->open_.empty()) {
    WEIR_RETURN_IF_ERROR(load->end_segment(load->open_.begin()->first));
  }
  WEIR_RETURN_IF_ERROR(files_.sync_directory(table_directory(spec.name)));
  for (SegmentMeta& segment : load->ended_) {
    segment.level = level + 1;
    report.bytes_after += segment.file_bytes;
  }
  edit.add_segments = load->ended_;
  WEIR_RETURN_IF_ERROR(manifest_->apply(edit));
  report.segments_before += segments.size();
  report.segments_after += load->ended_.size();
  report.bytes_before += bytes;
  report.rows += num_rows;
  load->ended_.clear();
  for (const auto& segment : segments) {
    static_cast<void>(files_.remove(segment_path(segment->table, segment->id)));
  }
  return num_rows;
}

}  // namespace weir::store
