#include "column/completeness.h"

#include <algorithm>
#include <utility>

namespace weir::column {
namespace {

void take_smaller(std::optional<TimeMs>& time, std::optional<TimeMs> other) {
  if (other && (!time || *other < *time)) {
    time = other;
  }
}

void take_larger(std::optional<TimeMs>& time, std::optional<TimeMs> other) {
  if (other && (!time || *other > *time)) {
    time = other;
  }
}

}  // namespace

void Completeness::merge(const Completeness& other) {
  files += other.files;
  files_skipped += other.files_skipped;
  files_damaged += other.files_damaged;
  bytes_read += other.bytes_read;
  bytes_inflated += other.bytes_inflated;
  records += other.records;
  ok += other.ok;
  nodata += other.nodata;
  skipdata += other.skipdata;
  rejected += other.rejected;
  for (const auto& [reason, count] : other.rejected_by_reason) {
    rejected_by_reason[reason] += count;
  }
  for (const auto& [reason, count] : other.warnings) {
    warnings[reason] += count;
  }
  for (const Rejected& example : other.examples) {
    if (examples.size() < kMaxExamples) {
      examples.push_back(example);
    }
  }
  take_smaller(first, other.first);
  take_larger(last, other.last);
  take_smaller(skipped_first, other.skipped_first);
  take_larger(skipped_last, other.skipped_last);
  gaps.insert(gaps.end(), other.gaps.begin(), other.gaps.end());
  std::sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) {
    return a.from != b.from ? a.from < b.from : a.to < b.to;
  });
  std::vector<Gap> joined;
  for (const Gap& gap : gaps) {
    if (!joined.empty() && gap.from <= joined.back().to) {
      joined.back().to = std::max(joined.back().to, gap.to);
    } else {
      joined.push_back(gap);
    }
  }
  gaps = std::move(joined);
  for (const std::string& note : other.notes) {
    if (std::find(notes.begin(), notes.end(), note) == notes.end()) {
      notes.push_back(note);
    }
  }
}

}  // namespace weir::column
