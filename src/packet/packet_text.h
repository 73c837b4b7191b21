#pragma once

#include <cstdint>
#include <string>

#include "format/json_writer.h"
#include "packet/parser.h"
#include "packet/vendor_option.h"
#include "packet/view.h"

namespace weir::packet {

// One JSON object for a packet, refused ones with their reason; field names in docs/packets.md.
void write_json(format::JsonWriter& json, const Parser& parser, const PacketView& view,
                std::uint64_t number, std::int64_t time_ns);
void write_json(format::JsonWriter& json, const FieldMap& fields);
void write_value(format::JsonWriter& json, const FieldValue& value);
// One line for people, without the line's end.
[[nodiscard]] std::string to_line(const Parser& parser, const PacketView& view,
                                  std::uint64_t number, std::int64_t time_ns);
// The same and below it a line for every header and option, with offsets.
[[nodiscard]] std::string to_details(const Parser& parser, const PacketView& view,
                                     std::uint64_t number, std::int64_t time_ns);

}  // namespace weir::packet
