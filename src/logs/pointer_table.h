#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "column/scan.h"

namespace weir::logs {

// What @ptr of an event says: which event of which group.
struct EventPointer {
  std::int64_t group_id = 0;
  TimeMs time_ms = 0;
  std::int64_t id = 0;
};
[[nodiscard]] std::string to_text(const EventPointer& pointer);
// nullopt for what is none.
[[nodiscard]] std::optional<EventPointer> read_pointer(std::string_view text);

// The events of a group with a column more, @ptr. Messages that are JSON count as documents: their
// members are fields. Safe from any thread.
class PointerTable final : public column::Table {
 public:
  // `events` has @timestamp, @id and @message.
  PointerTable(std::shared_ptr<column::Table> events, std::int64_t group_id)
      : events_(std::move(events)), group_id_(group_id) {}

  Result<std::optional<column::Field>> find(std::string_view name) override;
  Result<column::Schema> columns() override { return events_->columns(); }
  std::vector<std::string> known_names() override { return events_->known_names(); }
  Result<bool> carries(std::string_view canonical_name) override;
  std::optional<std::string> document_column() override { return "@message"; }
  Result<std::unique_ptr<column::Scan>> scan(const column::ScanRequest& request,
                                             const column::ScanContext& context) override;
  Result<std::unique_ptr<column::Scan>> scan_groups(const column::GroupRequest& request,
                                                    const column::ScanContext& context) override {
    return events_->scan_groups(request, context);
  }

 private:
  std::shared_ptr<column::Table> events_;
  std::int64_t group_id_;
};

}  // namespace weir::logs
