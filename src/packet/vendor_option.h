#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "packet/class_names.h"
#include "packet/field_map.h"
#include "packet/option.h"
#include "packet/parser.h"
#include "packet/view.h"

namespace weir::packet {

// An option with what its vendor means by it. The data is a view into the packet.
struct VendorOption {
  OptionView option;
  Vendor vendor;
  std::string_view layout;  // "GWLB endpoint"; empty: none
  bool is_decoded = false;
  FieldMap fields;
  std::string error;  // why it is not decoded
};

// How decoding went, over any number of options.
struct DecodeCounters {
  std::uint64_t decoded = 0;
  std::uint64_t raw = 0;  // nobody's layout, or decoding is off
  std::uint64_t wrong_length = 0;
  std::uint64_t decoder_faults = 0;  // a decoder of one's own threw
};

// Decodes by the parser's table, a decoder of one's own before the built-in ones.
[[nodiscard]] VendorOption decode_option(const Parser& parser, const OptionView& option,
                                         DecodeCounters* counters = nullptr);
// All options of a packet, outermost tunnel first; repeats are all there.
[[nodiscard]] std::vector<VendorOption> decode_options(const Parser& parser, const PacketView& view,
                                                       DecodeCounters* counters = nullptr);
// Of one tunnel.
[[nodiscard]] std::vector<VendorOption> decode_options(const Parser& parser, const PacketView& view,
                                                       const TunnelLayer& tunnel,
                                                       DecodeCounters* counters = nullptr);

// For debugging: every key and value, or "not decoded: N bytes" with hex and the reason; offsets
// are those of the frame.
[[nodiscard]] std::string describe(const VendorOption& option, const PacketView& view);

}  // namespace weir::packet
