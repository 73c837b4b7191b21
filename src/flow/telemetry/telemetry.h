#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "flow/meter/flow_record.h"
#include "format/json_writer.h"
#include "inventory/inventory.h"
#include "packet/field_map.h"

namespace weir::flow {

// Where a value comes from.
enum class Origin : char {
  kWire = 'W',
  kMeter = 'M',
  kInventory = 'I',
  kFlowLog = 'F',
  kContainer = 'K',
  kCloudWatch = 'C',
};

struct TelemetryValue {
  packet::FieldValue value;
  Origin origin = Origin::kWire;
  bool is_evaluated = false;  // worked out from rules, not seen
  TimeMs as_of = 0;
};

// Keys and values of a flow with their origins. A key that nobody knows is absent, never invented.
class TelemetryMap {
 public:
  struct Entry {
    std::string key;
    TelemetryValue value;
  };

  void set(std::string_view key, packet::FieldValue value, Origin origin, TimeMs as_of,
           bool is_evaluated = false);
  // Empty texts say nothing and are left out.
  void set_text(std::string_view key, std::string_view text, Origin origin, TimeMs as_of,
                bool is_evaluated = false);
  [[nodiscard]] const TelemetryValue* find(std::string_view key) const;
  template <class T>
  [[nodiscard]] std::optional<T> get(std::string_view key) const {
    const TelemetryValue* const found = find(key);
    const T* const value = found == nullptr ? nullptr : std::get_if<T>(&found->value);
    return value == nullptr ? std::nullopt : std::optional<T>(*value);
  }
  [[nodiscard]] auto begin() const { return entries_.begin(); }
  [[nodiscard]] auto end() const { return entries_.end(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  std::vector<Entry> entries_;
};

// Which end of a flow is looked at: whose account, VPC, groups the keys are about.
enum class FlowEnd : std::uint8_t { kSource, kDestination };

struct TelemetryContext {
  const inventory::Inventory* inventory = nullptr;  // none: wire and meter alone
  std::uint64_t open_flows = 0;                     // at the interval's end; 0: not known
};

// Joins what the wire, the meter and the inventory know of one end of a flow.
[[nodiscard]] TelemetryMap telemetry_of(const FlowRecord& record, FlowEnd end,
                                        const TelemetryContext& context);

// {"vpc_id":{"value":"vpc-1","origin":"I","as_of":...}, ...}
void write_json(format::JsonWriter& json, const TelemetryMap& telemetry);

}  // namespace weir::flow
