#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "column/batch.h"
#include "flow/meter/flow_record.h"
#include "inventory/inventory.h"
#include "store/store.h"

namespace weir::intake {

// The way of metered flows into the store's `flows`, beside flow-log records: one row for each
// direction that had packets, under the names of flow logs where they have one (start and end in
// milliseconds), else those of meter_columns.h. What is known of the whole flow stands in the
// initiator's row alone, so that averages count it once. `action` is absent: a mirror never shows
// what was denied. Account, VPC, subnet, instance and interface come from the inventory, of the
// row's source, else of its destination.
//
// Records wait in memory until commit(). Not thread-safe.
class MeteredFlows {
 public:
  // `store` outlives it, and `inventory`, which may be null. kUsage for a store that holds a
  // sample.
  [[nodiscard]] static Result<std::unique_ptr<MeteredFlows>> open(
      store::Store& store, const inventory::Inventory* inventory);

  void add(const flow::FlowRecord& record);
  [[nodiscard]] std::size_t num_waiting() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t num_rows() const { return num_rows_; }

  // Of live traffic: what waits is written ahead, so it lasts and is seen when this returns. What
  // fails waits on.
  [[nodiscard]] Result<void> commit();
  // Of a capture: what waits goes into segments that nobody sees before commit_capture().
  [[nodiscard]] Result<void> load();
  // Makes all that was loaded last, with the capture's identity, in one edit.
  [[nodiscard]] Result<void> commit_capture(store::SourceMeta source);

 private:
  MeteredFlows(store::Store& store, const inventory::Inventory* inventory)
      : store_(store), inventory_(inventory) {}
  Result<void> add_columns();
  std::size_t make_rows(std::size_t begin, std::size_t end);
  void fill_row(std::size_t row, const flow::FlowRecord& record, bool is_forward);
  void fill_owner(std::size_t row, const IpAddress& source, const IpAddress& destination);
  void put(std::size_t column, std::size_t row, std::int64_t number);
  void put(std::size_t column, std::size_t row, std::string_view text);
  void put(std::size_t column, std::size_t row, const IpAddress& address);

  store::Store& store_;
  const inventory::Inventory* inventory_;
  std::vector<flow::FlowRecord> waiting_;
  std::uint64_t num_rows_ = 0;
  std::unique_ptr<store::Load> load_;
  // The columns of a row, and their types in the table: another source may have brought a name
  // first, as text.
  std::vector<std::string> names_;
  std::vector<column::Type> types_;
  column::Batch rows_;
};

// What a capture is known by: its bytes and, as the same capture gives other flows under them, the
// options that it was read with.
[[nodiscard]] Result<store::SourceId> identify_capture(io::FileSystem& files,
                                                       const std::string& path,
                                                       std::string_view options);

}  // namespace weir::intake
