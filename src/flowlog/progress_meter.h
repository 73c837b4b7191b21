#pragma once

#include <cstdint>

#include "column/scan.h"
#include "flowlog/scan_report.h"

namespace weir::flowlog {

// Tells those who watch a scan how far the reading of one file has come. Used by one thread.
class ProgressMeter {
 public:
  ProgressMeter(column::ScanProgress* progress, FileTally& tally)
      : progress_(progress), tally_(tally) {}

  // `stored_bytes` of the file have been taken so far.
  void update(std::uint64_t stored_bytes) {
    tally_.stored_bytes += stored_bytes - stored_before_;
    if (progress_ != nullptr) {
      const std::uint64_t records = tally_.num_records();
      const std::uint64_t rejected = tally_.num_rejected();
      progress_->bytes_done.fetch_add(stored_bytes - stored_before_, std::memory_order_relaxed);
      progress_->records.fetch_add(records - records_before_, std::memory_order_relaxed);
      progress_->rejected.fetch_add(rejected - rejected_before_, std::memory_order_relaxed);
      records_before_ = records;
      rejected_before_ = rejected;
    }
    stored_before_ = stored_bytes;
  }

 private:
  column::ScanProgress* progress_;
  FileTally& tally_;
  std::uint64_t stored_before_ = 0;
  std::uint64_t records_before_ = 0;
  std::uint64_t rejected_before_ = 0;
};

}  // namespace weir::flowlog
