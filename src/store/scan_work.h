#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "column/completeness.h"
#include "column/scan.h"
#include "store/segment_plan.h"
#include "store/stored_table.h"

namespace weir::store {

// What the streams of one scan of a snapshot share: the plans of its segments, and which blocks are
// still to be read. Thread-safe.
class ScanWork {
 public:
  ScanWork(std::shared_ptr<const TableSnapshot> snapshot, SegmentPlan::Request request,
           column::ScanContext context, std::size_t num_streams);

  struct Task {
    std::size_t segment = 0;
    std::size_t first_block = 0;
    std::size_t end_block = 0;
  };
  [[nodiscard]] std::optional<Task> take();
  // The tail, to one caller.
  [[nodiscard]] bool take_tail() { return !is_tail_taken_.exchange(true); }

  // Made by who asks first.
  [[nodiscard]] Result<std::shared_ptr<const SegmentPlan>> plan(std::size_t segment);
  // All of a segment's blocks are read: its dictionaries can go.
  void forget(std::size_t segment);

  [[nodiscard]] const TableSnapshot& snapshot() const { return *snapshot_; }
  [[nodiscard]] const SegmentPlan::Request& request() const { return request_; }
  [[nodiscard]] bool is_cancelled() const {
    return context_.cancel != nullptr && context_.cancel->is_cancelled();
  }
  void count(std::uint64_t blocks, std::uint64_t bytes, std::uint64_t rows);
  // The same of a block of rare rows.
  void count_rare(std::uint64_t bytes, std::uint64_t rows);
  // What a scan rests on: the segments whose time meets the range, whatever else it asks.
  [[nodiscard]] column::Completeness completeness() const;
  // "12 of 400 blocks in 25 segments", "3 blocks of rare rows, 0 of 400 blocks in 25 segments"
  [[nodiscard]] std::string text() const;

 private:
  struct Slot {
    std::mutex mutex;
    std::shared_ptr<const SegmentPlan> plan;
    std::atomic<std::size_t> tasks_left{0};
  };

  std::shared_ptr<const TableSnapshot> snapshot_;
  SegmentPlan::Request request_;
  column::ScanContext context_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Task> tasks_;
  std::atomic<std::size_t> next_task_{0};
  std::atomic<bool> is_tail_taken_{false};
  std::atomic<std::uint64_t> num_blocks_{0};
  std::atomic<std::uint64_t> num_rare_blocks_{0};
  std::atomic<std::uint64_t> num_bytes_{0};
};

// Whether the times of a segment meet a range at all.
[[nodiscard]] bool meets(const SegmentFooter& footer, const column::TimeRange& range);

}  // namespace weir::store
