#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "column/batch.h"
#include "column/scan.h"
#include "query/execute.h"

namespace weir::query {

// One thread's way into a Consumer.
class LocalConsumer {
 public:
  virtual ~LocalConsumer() = default;
  // Takes rows; may change the batch. Columns are coded only where takes_codes() says so. False: no
  // more are wanted.
  [[nodiscard]] virtual Result<bool> consume(column::Batch& batch) = 0;
  // Hands what the thread has gathered to the consumer.
  [[nodiscard]] virtual Result<void> close() = 0;
};

// Takes the rows that a plan node gives, from as many threads as there are locals.
class Consumer {
 public:
  virtual ~Consumer() = default;
  // Thread-safe.
  [[nodiscard]] virtual Result<std::unique_ptr<LocalConsumer>> open() = 0;
  // True where the rows must come in the input's order, from one thread.
  [[nodiscard]] virtual bool needs_order() const = 0;
  // True where columns may come coded; false where the values are read as they are stored.
  [[nodiscard]] virtual bool takes_codes() const { return false; }
  // True where no further row can change anything: what is not begun need not be.
  [[nodiscard]] virtual bool is_done() const { return false; }
};

// What all parts of one execution share.
struct Execution {
  const ExecuteOptions& options;
  std::atomic<std::uint64_t> rows_scanned{0};
  std::atomic<std::uint64_t> rows_matched{0};
  std::mutex mutex;  // guards what follows
  column::Completeness completeness;
  std::vector<std::string> paths;

  explicit Execution(const ExecuteOptions& given) : options(given) {}
  void note(std::string path) {
    const std::lock_guard lock(mutex);
    paths.push_back(std::move(path));
  }
  [[nodiscard]] Result<void> check_cancelled() const;
};

// Runs a node and all below it; every row goes to `consumer`.
[[nodiscard]] Result<void> run_plan(const Plan& plan, Consumer& consumer, Execution& execution);

// Reads a scan by up to `num_streams` threads; what `residual` (may be null) is true for goes to
// `consumer`. Of a scan of groups `count_column` holds how many rows each stands for.
[[nodiscard]] Result<void> run_streams(column::Scan& scan, std::size_t num_streams,
                                       const Expression* residual, Consumer& consumer,
                                       Execution& execution,
                                       std::optional<std::size_t> count_column = std::nullopt);
// What a scan for `consumer` is told beside its columns.
[[nodiscard]] std::size_t num_streams_for(const Consumer& consumer, const Execution& execution);
[[nodiscard]] column::ScanContext scan_context(const Execution& execution);

[[nodiscard]] Result<void> run_aggregate(const Plan& plan, Consumer& consumer,
                                         Execution& execution);
[[nodiscard]] Result<void> run_sort(const Plan& plan, Consumer& consumer, Execution& execution);
[[nodiscard]] Result<void> run_join(const Plan& plan, Consumer& consumer, Execution& execution);
[[nodiscard]] Result<void> run_unnest(const Plan& plan, Consumer& consumer, Execution& execution);
[[nodiscard]] Result<void> run_lookup(const Plan& plan, Consumer& consumer, Execution& execution);
[[nodiscard]] Result<void> run_totals(const Plan& plan, Consumer& consumer, Execution& execution);
[[nodiscard]] Result<void> run_patterns(const Plan& plan, Consumer& consumer, Execution& execution);
[[nodiscard]] Result<void> run_distinct(const Plan& plan, Consumer& consumer, Execution& execution);

}  // namespace weir::query
