#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "column/batch.h"

namespace weir::query {

// Rows kept in memory, their strings included, under a budget.
class RowBuffer {
 public:
  struct Place {
    std::uint32_t batch;
    std::uint32_t row;
  };

  explicit RowBuffer(MemoryBudget* budget) : budget_(budget) {}
  ~RowBuffer();
  RowBuffer(RowBuffer&& other) noexcept;
  RowBuffer& operator=(RowBuffer&&) = delete;

  // Copies the rows of a batch; `what` names the user for the error.
  [[nodiscard]] Result<void> add(const column::Batch& batch, const char* what);
  // Takes over all of `other`'s rows.
  void take(RowBuffer&& other);
  // Keeps only the rows at `places`, in that order.
  [[nodiscard]] Result<void> keep(const std::vector<Place>& places, const char* what);

  [[nodiscard]] const std::vector<column::Batch>& batches() const { return batches_; }
  [[nodiscard]] std::size_t num_rows() const { return num_rows_; }
  [[nodiscard]] std::vector<Place> places() const;
  // Fills `out` with the rows at places[begin, end), columns [0, num_columns).
  void gather(const std::vector<Place>& places, std::size_t begin, std::size_t end,
              std::size_t num_columns, column::Batch& out) const;

 private:
  MemoryBudget* budget_;
  std::size_t reserved_bytes_ = 0;
  std::vector<column::Batch> batches_;
  std::size_t num_rows_ = 0;
};

// Copies one cell, null included; strings as views.
void copy_row_cell(const column::Column& source, std::size_t row, column::Column& out,
                   std::size_t to);

}  // namespace weir::query
