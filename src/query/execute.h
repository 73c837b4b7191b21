#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "column/batch.h"
#include "column/completeness.h"
#include "query/plan.h"

namespace weir::query {

struct ExecuteOptions {
  std::size_t num_threads = 1;
  MemoryBudget* memory = nullptr;       // null: no limit
  const CancelToken* cancel = nullptr;  // looked at once a batch
  column::ScanProgress* progress = nullptr;
  bool may_use_rollups = true;  // of tables that keep some; false: answers come of the rows
};

// Takes result rows. Called from one thread, batch after batch, in the result's order.
class RowSink {
 public:
  virtual ~RowSink() = default;
  [[nodiscard]] virtual Result<void> start(const column::Schema& schema) = 0;
  // Returns false to stop early (the reader went away).
  [[nodiscard]] virtual Result<bool> write(const column::Batch& batch) = 0;
};

struct ExecuteStatistics {
  column::Completeness completeness;  // of all scans together
  std::uint64_t rows_scanned = 0;     // delivered by scans, after conjuncts applied there, or that
                                      // groups stand for where a table has added them up
  std::uint64_t rows_matched = 0;     // after filters, before aggregation, dedup and limit
  std::uint64_t rows_returned = 0;
  std::size_t peak_memory_bytes = 0;  // of the budget
  std::vector<std::string> paths;     // which way each scan, aggregation, join, sort went
};

// Runs a plan to its end. The rows and their order depend on the input and the plan alone: rows
// without a sort come in input order, groups without a sort in ascending order of their keys, ties
// of a sort in the order of the remaining columns.
[[nodiscard]] Result<ExecuteStatistics> execute(const PlanPtr& plan, const ExecuteOptions& options,
                                                RowSink& sink);

// Keeps all rows in memory, strings included: for tests, tables on a terminal, API answers.
class RowCollector final : public RowSink {
 public:
  [[nodiscard]] Result<void> start(const column::Schema& schema) override;
  [[nodiscard]] Result<bool> write(const column::Batch& batch) override;
  [[nodiscard]] const column::Schema& schema() const { return schema_; }
  [[nodiscard]] const std::vector<column::Batch>& batches() const { return batches_; }
  [[nodiscard]] std::size_t num_rows() const { return num_rows_; }

 private:
  column::Schema schema_;
  std::vector<column::Batch> batches_;
  std::size_t num_rows_ = 0;
};

}  // namespace weir::query
