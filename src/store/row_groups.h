#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "column/scan.h"
#include "store/stored_table.h"

namespace weir::store {

// The rows of a snapshot as partial rows of a GroupRequest's answer: each a group of its own. For
// what nothing was added up of. Keys may be any columns.
class RowGroups final : public column::Scan {
 public:
  [[nodiscard]] static Result<std::unique_ptr<RowGroups>> open(
      std::shared_ptr<const TableSnapshot> snapshot, const column::GroupRequest& request,
      const column::ScanContext& context);
  // Of what is in no segment yet alone.
  [[nodiscard]] static Result<std::unique_ptr<RowGroups>> open_tail(
      const TableSnapshot& snapshot, const column::GroupRequest& request);

  Result<std::unique_ptr<column::ScanStream>> open_stream() override;
  [[nodiscard]] std::vector<bool> applied_conjuncts() const override {
    return std::vector<bool>(request_->conjuncts.size(), true);
  }
  [[nodiscard]] column::Completeness completeness() const override { return scan_->completeness(); }
  [[nodiscard]] std::vector<std::string> paths() const override { return scan_->paths(); }

 private:
  explicit RowGroups(const column::GroupRequest& request)
      : request_(std::make_shared<column::GroupRequest>(request)) {}

  std::shared_ptr<const column::GroupRequest> request_;
  std::vector<std::vector<column::Predicate>> disjunctions_;  // of the scan's columns
  std::unique_ptr<StoredTable> table_;
  std::unique_ptr<column::Scan> scan_;
};

}  // namespace weir::store
