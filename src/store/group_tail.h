#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "column/row_filter.h"
#include "column/scan.h"
#include "store/stored_table.h"

namespace weir::store {

// The rows of a snapshot's tail as partial rows of a GroupRequest's answer: each a group of its
// own. Not thread-safe.
class GroupTail {
 public:
  // `request` outlives it.
  [[nodiscard]] static Result<std::unique_ptr<GroupTail>> open(const TableSnapshot& snapshot,
                                                               const column::GroupRequest& request);
  // As ScanStream::next.
  [[nodiscard]] Result<bool> next(column::Batch& batch);

 private:
  explicit GroupTail(const column::GroupRequest& request) : request_(request) {}
  void keep_by_disjunctions(column::Batch& rows);

  const column::GroupRequest& request_;
  std::vector<std::vector<column::Predicate>> disjunctions_;  // of the scan's columns
  column::RowFilter filter_{{}};
  std::unique_ptr<StoredTable> table_;
  std::unique_ptr<column::Scan> scan_;
  std::unique_ptr<column::ScanStream> stream_;
};

}  // namespace weir::store
