#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "query/execution/reservation.h"

namespace weir::query {

// Rows kept in memory, their strings included, under a budget.
class RowBuffer {
 public:
  struct Place {
    std::uint32_t batch;
    std::uint32_t row;
  };

  explicit RowBuffer(MemoryBudget* budget) : reserved_(budget) {}

  // Copies the rows of a batch; `what` names the user for the error.
  [[nodiscard]] Result<void> add(const column::Batch& batch, const char* what);
  // Takes over all of `other`'s rows.
  void take(RowBuffer&& other);
  // Keeps only the rows at `places`, in that order.
  [[nodiscard]] Result<void> keep(const std::vector<Place>& places, const char* what);

  [[nodiscard]] const std::vector<column::Batch>& batches() const { return batches_; }
  [[nodiscard]] std::size_t num_rows() const { return num_rows_; }
  // All of them in the order of their batches, within the budget.
  [[nodiscard]] Result<std::vector<Place>> places(const char* what);
  // Fills `out` with the rows at places[begin, end), columns [0, num_columns).
  void gather(const std::vector<Place>& places, std::size_t begin, std::size_t end,
              std::size_t num_columns, column::Batch& out) const;

 private:
  Reservation reserved_;
  std::vector<column::Batch> batches_;
  std::size_t num_rows_ = 0;
};

// Copies one cell, null included; strings as views.
void copy_row_cell(const column::Column& source, std::size_t row, column::Column& out,
                   std::size_t to);

}  // namespace weir::query
