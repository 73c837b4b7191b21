#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/memory_budget.h"
#include "column/scan.h"

namespace weir::flow {

class ObserverChoice;

// Flow records with each packet counted once. A connection inside a VPC is logged at both of its
// ends, in windows that do not align, so totals over all records count it twice: for each directed
// 5-tuple and hour one interface is chosen, whose records stay: the sender's (its egress), else the
// receiver's, else the one with the smallest name. The receiver's stay out, too, within ten minutes
// of an hour for which the sender's was chosen: windows begin on either side of the hour.
//
// Where records do not say in which direction they were seen, an interface's own address tells: the
// one that stands in all its records. Records without addresses, and those of no interface, stay.
//
// The choice looks at all records of the hours asked for, once a range, and keeps some 40 bytes for
// each 5-tuple and hour within the budget.
class CountOnceTable final : public column::Table {
 public:
  // `memory` may be null: no limit. It outlives the table.
  CountOnceTable(std::shared_ptr<column::Table> inner, MemoryBudget* memory);
  ~CountOnceTable() override;

  Result<std::optional<column::Field>> find(std::string_view name) override {
    return inner_->find(name);
  }
  Result<column::Schema> columns() override { return inner_->columns(); }
  std::vector<std::string> known_names() override { return inner_->known_names(); }
  Result<bool> carries(std::string_view canonical_name) override {
    return inner_->carries(canonical_name);
  }
  Result<std::unique_ptr<column::Scan>> scan(const column::ScanRequest& request,
                                             const column::ScanContext& context) override;

 private:
  [[nodiscard]] Result<std::shared_ptr<const ObserverChoice>> choice(
      const column::TimeRange& range, const column::ScanContext& context);

  std::shared_ptr<column::Table> inner_;
  MemoryBudget* memory_;
  std::mutex mutex_;
  using Range = std::pair<std::optional<TimeMs>, std::optional<TimeMs>>;
  std::map<Range, std::shared_ptr<const ObserverChoice>> choices_;
};

}  // namespace weir::flow
