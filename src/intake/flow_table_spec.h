#pragma once

#include <span>
#include <string>
#include <string_view>

#include "column/batch.h"
#include "intake/meter_columns.h"
#include "store/manifest_types.h"

namespace weir::intake {

inline constexpr std::string_view kFlowsTable = "flows";

// The name and type under which a column is asked for: a field of the catalogue, a column that
// surrounds a record, else text.
[[nodiscard]] column::Field field_of(const std::string& name);

// The table without columns: partitions of a day by start.
[[nodiscard]] store::TableSpec empty_flow_spec();

// Appends a column where the spec lacks it. What describes an interface or a connection shares
// codes with the addresses, what is the same for a whole object has codes of its own, measures
// stand alone; a text of an unknown name does so where `is_unique`.
void add_flow_column(store::TableSpec& spec, const std::string& name, bool is_unique = false);

// Likewise for what a meter of packets says: texts and addresses share codes with the addresses of
// the flow, numbers stand alone.
void add_meter_column(store::TableSpec& spec, const MeterColumnInfo& column);

// Sets the properties that the columns there are allow. Call once columns have been added.
void set_flow_properties(store::TableSpec& spec);

}  // namespace weir::intake
