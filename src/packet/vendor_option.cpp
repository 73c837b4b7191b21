#include "packet/vendor_option.h"

#include <fmt/format.h>

#include <exception>

namespace weir::packet {
namespace {

// True if a decoder of one's own took the option, or failed at it.
bool decode_by_own(const OptionDecoder& decoder, VendorOption& result, DecodeCounters& counters) {
  try {
    if (!decoder(result.option, result.fields)) {
      result.fields.clear();
      return false;
    }
    result.is_decoded = true;
    result.layout = "registered decoder";
    ++counters.decoded;
  } catch (const std::exception& fault) {
    result.fields.clear();
    result.error = std::string("the registered decoder failed: ") + fault.what();
    ++counters.decoder_faults;
  } catch (...) {
    result.fields.clear();
    result.error = "the registered decoder failed";
    ++counters.decoder_faults;
  }
  return true;
}

}  // namespace

VendorOption decode_option(const Parser& parser, const OptionView& option,
                           DecodeCounters* counters) {
  DecodeCounters own;
  DecodeCounters& count = counters == nullptr ? own : *counters;
  VendorOption result;
  result.option = option;
  result.vendor = vendor_of(option.option_class);
  if (!parser.options().decodes_vendor_options) {
    result.error = "vendor decoding is off";
    ++count.raw;
    return result;
  }
  const OptionDecoder* const decoder = parser.table().custom_decoder(option.option_class);
  if (decoder != nullptr && decode_by_own(*decoder, result, count)) {
    return result;
  }
  const auto match = parser.table().find(option.option_class, option.type, option.data.size());
  if (match.row != nullptr) {
    result.layout = match.row->name;
    result.is_decoded = true;
    match.row->decode(option, result.fields);
    ++count.decoded;
  } else if (match.is_wrong_length) {
    result.error = fmt::format("no listed layout of class 0x{:04x} type 0x{:02x} takes {} bytes",
                               option.option_class, option.type, option.data.size());
    ++count.wrong_length;
  } else {
    result.error = fmt::format("there is no layout for class 0x{:04x} type 0x{:02x}",
                               option.option_class, option.type);
    ++count.raw;
  }
  return result;
}

std::vector<VendorOption> decode_options(const Parser& parser, const PacketView& view,
                                         const TunnelLayer& tunnel, DecodeCounters* counters) {
  std::vector<VendorOption> options;
  OptionWalk walk(view.options(tunnel));
  while (const auto option = walk.next()) {
    options.push_back(decode_option(parser, *option, counters));
  }
  return options;
}

std::vector<VendorOption> decode_options(const Parser& parser, const PacketView& view,
                                         DecodeCounters* counters) {
  std::vector<VendorOption> options;
  for (std::size_t i = 0; i < view.num_tunnels; ++i) {
    OptionWalk walk(view.options(view.tunnels[i]));
    while (const auto option = walk.next()) {
      options.push_back(decode_option(parser, *option, counters));
    }
  }
  return options;
}

std::string describe(const VendorOption& option, const PacketView& view) {
  const auto offset = option.option.data.data() - view.frame.data();
  std::string text =
      fmt::format("@{} class 0x{:04x} ({}) type 0x{:02x}{}", offset - 4, option.option.option_class,
                  option.vendor.registry_name, option.option.type,
                  option.option.is_critical() ? " critical" : "");
  if (option.is_decoded) {
    text += fmt::format(" {}:", option.layout);
    for (const auto& [key, value] : option.fields) {
      text += fmt::format(" {} = {} (wire);", key, to_string(value));
    }
    if (text.ends_with(';')) {
      text.pop_back();
    }
    return text;
  }
  text += fmt::format(" not decoded: {} bytes", option.option.data.size());
  for (const std::byte b : option.option.data) {
    fmt::format_to(std::back_inserter(text), " {:02x}", std::to_integer<unsigned>(b));
  }
  return text + fmt::format(" ({})", option.error);
}

}  // namespace weir::packet
