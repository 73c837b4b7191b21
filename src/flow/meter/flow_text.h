#pragma once

#include <string>

#include "flow/meter/flow_record.h"
#include "flow/meter/meter.h"
#include "format/json_writer.h"

namespace weir::flow {

// One JSON object: names as in flow logs where there is such a field, else as in docs/packets.md.
// What was not measured is left out.
void write_json(format::JsonWriter& json, const FlowRecord& record);
[[nodiscard]] std::string to_json(const FlowRecord& record);
// A line for people, under table_header().
[[nodiscard]] std::string to_line(const FlowRecord& record);
[[nodiscard]] std::string table_header();
// In the default format of VPC flow logs (version 2); unknown fields are "-", each direction is a
// line of its own.
[[nodiscard]] std::string to_flow_log_lines(const FlowRecord& record);
[[nodiscard]] std::string to_text(const MeterCounters& counters);

}  // namespace weir::flow
