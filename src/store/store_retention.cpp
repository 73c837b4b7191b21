#include <fmt/format.h>

#include <algorithm>

#include "store/store.h"

namespace weir::store {
namespace {

std::string age_text(std::int64_t ms) {
  constexpr std::int64_t kHourMs = 3'600'000;
  return ms % (24 * kHourMs) == 0 ? fmt::format("{} days", ms / (24 * kHourMs))
                                  : fmt::format("{} hours", ms / kHourMs);
}

}  // namespace

Result<void> Store::put_retention(const RetentionRule& rule) {
  Edit edit;
  edit.put_retention.push_back(rule);
  return manifest_->apply(edit);
}

Result<void> Store::remove_segments(const std::vector<RemovedSegment>& removed) {
  if (removed.empty()) {
    return {};
  }
  Edit edit;
  edit.remove_segments = removed;
  WEIR_RETURN_IF_ERROR(manifest_->apply(edit));
  for (const RemovedSegment& segment : removed) {
    // A file that cannot be removed now is an orphan, removed when the store is opened next.
    static_cast<void>(files_.remove(segment_path(segment.table, segment.id)));
  }
  return {};
}

std::vector<RemovedSegment> Store::find_expired(const std::optional<RetentionRule>& instead) const {
  std::vector<RemovedSegment> removed;
  const std::int64_t now = clock_.now_ms();
  const auto before = state();
  for (const auto& table : before->tables()) {
    const auto& known = instead && instead->table == table->spec->name ? instead : table->retention;
    if (!known) {
      continue;
    }
    const RetentionRule& rule = *known;
    std::uint64_t bytes = table->file_bytes;
    for (std::size_t i = 0; i < table->segments.size();) {
      // By whole partitions: segments are in their order.
      std::size_t end = i;
      std::uint64_t partition_bytes = 0;
      while (end < table->segments.size() &&
             table->segments[end]->partition == table->segments[i]->partition) {
        partition_bytes += table->segments[end++]->file_bytes;
      }
      const TimeMs partition = table->segments[i]->partition;
      std::string reason;
      if (rule.max_age_ms && partition != kTimeless &&
          partition + table->spec->partition_ms <= now - *rule.max_age_ms) {
        reason = "older than " + age_text(*rule.max_age_ms);
      } else if (rule.max_bytes && bytes > *rule.max_bytes) {
        reason = fmt::format("the oldest, over {} bytes", *rule.max_bytes);
      }
      if (reason.empty()) {
        if (!rule.max_bytes || bytes <= *rule.max_bytes) {
          break;
        }
      } else {
        bytes -= partition_bytes;
        for (std::size_t s = i; s < end; ++s) {
          const SegmentMeta& segment = *table->segments[s];
          removed.push_back(
              {segment.id, table->spec->name, partition, segment.num_rows, reason, now});
        }
      }
      i = end;
    }
  }
  return removed;
}

Result<std::vector<RemovedSegment>> Store::apply_retention() {
  auto removed = find_expired();
  WEIR_RETURN_IF_ERROR(remove_segments(removed));
  return removed;
}

std::vector<RemovedSegment> Store::find_partitions(std::string_view table, TimeMs since,
                                                   TimeMs until, const std::string& reason) const {
  std::vector<RemovedSegment> found;
  const auto described = state()->table(table);
  if (!described) {
    return found;
  }
  for (const auto& segment : described->segments) {
    if (segment->partition != kTimeless && segment->partition >= since &&
        segment->partition + described->spec->partition_ms <= until) {
      found.push_back({segment->id, std::string(table), segment->partition, segment->num_rows,
                       reason, clock_.now_ms()});
    }
  }
  return found;
}

Result<std::vector<RemovedSegment>> Store::drop_partitions(std::string_view table, TimeMs since,
                                                           TimeMs until,
                                                           const std::string& reason) {
  if (!state()->table(table)) {
    return fail(ErrorCode::kNotFound, fmt::format("{} has no table {}", directory_, table));
  }
  auto removed = find_partitions(table, since, until, reason);
  WEIR_RETURN_IF_ERROR(remove_segments(removed));
  return removed;
}

}  // namespace weir::store
