#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "column/scan.h"
#include "store/manifest_state.h"
#include "store/stored_table.h"

namespace weir::intake {

// The `flows` of a store at one moment, as a table that answers to the same names, with the same
// rows, as the files they came from: every spelling of a field, open columns, what surrounds a
// record. @message is made from the record's columns in its layout's order, as AWS writes a line.
// Coded columns stay coded. What an answer rests on includes what was refused when it was taken in.
class StoredFlows final : public column::Table {
 public:
  // Without a snapshot: nothing was taken in yet.
  StoredFlows(std::shared_ptr<const store::TableSnapshot> snapshot,
              std::shared_ptr<const store::ManifestState> state);

  Result<std::optional<column::Field>> find(std::string_view name) override;
  Result<column::Schema> columns() override;
  std::vector<std::string> known_names() override;
  Result<bool> carries(std::string_view canonical_name) override;
  Result<std::unique_ptr<column::Scan>> scan(const column::ScanRequest& request,
                                             const column::ScanContext& context) override;
  Result<std::unique_ptr<column::Scan>> scan_groups(const column::GroupRequest& request,
                                                    const column::ScanContext& context) override;

  // What was refused, thinned or odd when the objects were taken in; read once.
  [[nodiscard]] Result<column::Completeness> taken_in();
  // N where the objects were taken in as a sample of one connection in N.
  [[nodiscard]] Result<std::uint32_t> sample();

 private:
  // The stored column that a canonical name means; nullopt: it has none, so its rows are null, or
  // it is made from others.
  [[nodiscard]] std::optional<std::string> stored_name(const std::string& name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  // Some records have no start of their own, but the time of the event that carried them.
  [[nodiscard]] bool has_event_times() const { return has("@timestamp"); }

  std::shared_ptr<const store::TableSnapshot> snapshot_;
  std::shared_ptr<const store::ManifestState> state_;
  store::StoredTable table_;
  std::mutex mutex_;
  std::optional<column::Completeness> taken_in_;
};

}  // namespace weir::intake
