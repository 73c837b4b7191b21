#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "column/batch.h"
#include "column/scan.h"
#include "store/manifest_types.h"
#include "store/segment_reader.h"

namespace weir::store {

// Rows that are in no segment yet, in the order of their ordinals.
struct TailBatch {
  column::Batch batch;  // stored columns in the order of the spec
  std::uint64_t first_ordinal = 0;
};

// What a table held at one moment. Immutable.
struct TableSnapshot {
  std::shared_ptr<const TableSpec> spec;
  std::vector<std::shared_ptr<const SegmentReader>> segments;  // by first ordinal
  std::vector<std::shared_ptr<const TailBatch>> tail;
};

// A snapshot as a table to be asked: columns by their exact names. Rows come in the order they were
// taken in. Conjuncts on dictionary columns and whole numbers are applied by the scan; blocks that
// cannot hold a row are not read. Offers groups: from totals kept with the segments where they
// suffice, else by adding up codes.
class StoredTable final : public column::Table {
 public:
  explicit StoredTable(std::shared_ptr<const TableSnapshot> snapshot)
      : snapshot_(std::move(snapshot)) {}

  Result<std::optional<column::Field>> find(std::string_view name) override;
  Result<column::Schema> columns() override;
  std::vector<std::string> known_names() override;
  Result<bool> carries(std::string_view canonical_name) override;
  Result<std::unique_ptr<column::Scan>> scan(const column::ScanRequest& request,
                                             const column::ScanContext& context) override;
  Result<std::unique_ptr<column::Scan>> scan_groups(const column::GroupRequest& request,
                                                    const column::ScanContext& context) override;

  [[nodiscard]] const TableSnapshot& snapshot() const { return *snapshot_; }

 private:
  std::shared_ptr<const TableSnapshot> snapshot_;
};

}  // namespace weir::store
