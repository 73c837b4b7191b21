#pragma once

#include <memory>
#include <vector>

#include "column/scan.h"

namespace weir::logs {

// Tables of the same columns, one behind the other. Safe from any thread.
class ConcatenatedTable final : public column::Table {
 public:
  // At least one.
  explicit ConcatenatedTable(std::vector<std::shared_ptr<column::Table>> tables)
      : tables_(std::move(tables)) {}

  Result<std::optional<column::Field>> find(std::string_view name) override;
  Result<column::Schema> columns() override;
  std::vector<std::string> known_names() override;
  Result<bool> carries(std::string_view canonical_name) override;
  std::optional<std::string> document_column() override {
    return tables_.front()->document_column();
  }
  Result<std::unique_ptr<column::Scan>> scan(const column::ScanRequest& request,
                                             const column::ScanContext& context) override;

 private:
  std::vector<std::shared_ptr<column::Table>> tables_;
};

}  // namespace weir::logs
