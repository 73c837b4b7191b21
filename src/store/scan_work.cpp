#include "store/scan_work.h"

#include <fmt/format.h>

#include <algorithm>

#include "column/coverage.h"
#include "store/table_layout.h"

namespace weir::store {

bool meets(const SegmentFooter& footer, const column::TimeRange& range) {
  if (!range.since && !range.until) {
    return true;
  }
  return footer.min_time && footer.max_time && (!range.until || *footer.min_time < *range.until) &&
         (!range.since || *footer.max_time >= *range.since);
}

ScanWork::ScanWork(std::shared_ptr<const TableSnapshot> snapshot, SegmentPlan::Request request,
                   column::ScanContext context, std::size_t num_streams)
    : snapshot_(std::move(snapshot)), request_(std::move(request)), context_(context) {
  const auto& segments = snapshot_->segments;
  std::size_t num_blocks = 0;
  for (const auto& segment : segments) {
    slots_.push_back(std::make_unique<Slot>());
    num_blocks += meets(segment->footer(), request_.range) ? segment->footer().blocks.size() : 0;
  }
  // A segment is one task where there are enough of them: its dictionaries are then read, and its
  // codes added up, by one stream.
  const std::size_t longest = std::max<std::size_t>(8, num_blocks / (num_streams * 8) + 1);
  std::uint64_t num_bytes = 0;
  for (std::size_t s = 0; s < segments.size(); ++s) {
    const SegmentFooter& footer = segments[s]->footer();
    if (!meets(footer, request_.range)) {
      continue;
    }
    num_bytes += segments[s]->file_bytes();
    const std::size_t blocks = footer.blocks.size();
    const std::size_t pieces = num_streams == 1 ? 1 : (blocks + longest - 1) / longest;
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      tasks_.push_back({s, blocks * piece / pieces, blocks * (piece + 1) / pieces});
    }
    slots_[s]->tasks_left = pieces;
  }
  if (context_.progress != nullptr) {
    context_.progress->bytes_total.fetch_add(num_bytes, std::memory_order_relaxed);
    context_.progress->files_total.fetch_add(tasks_.size(), std::memory_order_relaxed);
  }
}

std::optional<ScanWork::Task> ScanWork::take() {
  const std::size_t index = next_task_.fetch_add(1, std::memory_order_relaxed);
  return index < tasks_.size() ? std::optional(tasks_[index]) : std::nullopt;
}

Result<std::shared_ptr<const SegmentPlan>> ScanWork::plan(std::size_t segment) {
  Slot& slot = *slots_[segment];
  const std::lock_guard lock(slot.mutex);
  if (!slot.plan) {
    WEIR_ASSIGN_OR_RETURN(slot.plan, SegmentPlan::make(snapshot_->segments[segment], request_));
  }
  return slot.plan;
}

void ScanWork::forget(std::size_t segment) {
  Slot& slot = *slots_[segment];
  if (slot.tasks_left.fetch_sub(1) == 1) {
    const std::lock_guard lock(slot.mutex);
    slot.plan.reset();
  }
  if (context_.progress != nullptr) {
    context_.progress->files_done.fetch_add(1, std::memory_order_relaxed);
  }
}

void ScanWork::count(std::uint64_t blocks, std::uint64_t bytes, std::uint64_t rows) {
  num_blocks_.fetch_add(blocks, std::memory_order_relaxed);
  num_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (context_.progress != nullptr) {
    context_.progress->bytes_done.fetch_add(bytes, std::memory_order_relaxed);
    context_.progress->records.fetch_add(rows, std::memory_order_relaxed);
  }
}

void ScanWork::count_rare(std::uint64_t bytes, std::uint64_t rows) {
  num_rare_blocks_.fetch_add(1, std::memory_order_relaxed);
  count(0, bytes, rows);
}

column::Completeness ScanWork::completeness() const {
  column::Completeness found;
  column::Coverage coverage;
  for (const auto& segment : snapshot_->segments) {
    const SegmentFooter& footer = segment->footer();
    if (!meets(footer, request_.range)) {
      ++found.files_skipped;
      continue;
    }
    ++found.files;
    found.records += footer.num_rows;
    found.nodata += footer.num_nodata;
    found.skipdata += footer.num_skipdata;
    if (footer.min_time) {
      found.first = std::min(found.first.value_or(*footer.min_time), *footer.min_time);
    }
    if (const auto last = footer.max_until ? footer.max_until : footer.max_time) {
      found.last = std::max(found.last.value_or(*last), *last);
    }
    coverage.merge(column::Coverage::Minutes{footer.coverage_minute, footer.coverage});
  }
  const TableSpec& spec = *snapshot_->spec;
  const auto time = find_column(spec, spec.time_column);
  for (const auto& tail : snapshot_->tail) {
    found.records += tail->batch.num_rows;
    for (std::size_t row = 0; time && row < tail->batch.num_rows; ++row) {
      const column::Column& times = tail->batch.columns[*time];
      if (!times.is_null(row)) {
        const TimeMs at = times.data<std::int64_t>()[row];
        found.first = std::min(found.first.value_or(at), at);
        found.last = std::max(found.last.value_or(at), at);
        coverage.mark(at, at);
      }
    }
  }
  found.ok = found.records - found.nodata - found.skipdata;
  found.gaps = coverage.gaps();
  found.bytes_read = num_bytes_.load(std::memory_order_relaxed);
  found.bytes_inflated = found.bytes_read;
  return found;
}

std::string ScanWork::text() const {
  std::size_t num_blocks = 0;
  std::size_t num_segments = 0;
  for (const auto& segment : snapshot_->segments) {
    if (meets(segment->footer(), request_.range)) {
      num_blocks += segment->footer().blocks.size();
      ++num_segments;
    }
  }
  const std::uint64_t num_rare = num_rare_blocks_.load(std::memory_order_relaxed);
  return (num_rare > 0 ? fmt::format("{} blocks of rare rows, ", num_rare) : std::string()) +
         fmt::format("{} of {} blocks in {} segments", num_blocks_.load(std::memory_order_relaxed),
                     num_blocks, num_segments);
}

}  // namespace weir::store
