#include "packet/view_difference.h"

#include <fmt/format.h>

#include <string_view>

namespace weir::packet {
namespace {

std::string_view layer_difference(const IpLayer& a, const IpLayer& b) {
  return a.offset != b.offset                           ? "offset"
         : a.payload_offset != b.payload_offset         ? "payload_offset"
         : a.length != b.length                         ? "length"
         : a.fragment_id != b.fragment_id               ? "fragment_id"
         : a.source_port != b.source_port               ? "source_port"
         : a.destination_port != b.destination_port     ? "destination_port"
         : a.fragment_offset != b.fragment_offset       ? "fragment_offset"
         : a.version != b.version                       ? "version"
         : a.protocol != b.protocol                     ? "protocol"
         : a.has_ports != b.has_ports                   ? "has_ports"
         : a.is_fragment != b.is_fragment               ? "is_fragment"
         : a.has_more_fragments != b.has_more_fragments ? "has_more_fragments"
                                                        : "";
}

std::string_view layer_difference(const TunnelLayer& a, const TunnelLayer& b) {
  return a.offset != b.offset                 ? "offset"
         : a.inner_offset != b.inner_offset   ? "inner_offset"
         : a.vni != b.vni                     ? "vni"
         : a.protocol != b.protocol           ? "protocol"
         : a.options_bytes != b.options_bytes ? "options_bytes"
         : a.group_policy != b.group_policy   ? "group_policy"
         : a.kind != b.kind                   ? "kind"
         : a.num_options != b.num_options     ? "num_options"
         : a.header_flags != b.header_flags   ? "header_flags"
         : a.has_vlan != b.has_vlan           ? "has_vlan"
         : a.has_vlan && a.vlan != b.vlan     ? "vlan"
                                              : "";
}

std::string_view gateway_difference(const GatewayIds& a, const GatewayIds& b) {
  return a.present != b.present                                  ? "present"
         : (a.present & 1U) != 0 && a.endpoint != b.endpoint     ? "endpoint"
         : (a.present & 2U) != 0 && a.attachment != b.attachment ? "attachment"
         : (a.present & 4U) != 0 && a.cookie != b.cookie         ? "cookie"
                                                                 : "";
}

}  // namespace

std::string difference_of(const PacketView& a, const PacketView& b) {
  const std::string_view own = a.frame.data() != b.frame.data() || a.frame.size() != b.frame.size()
                                   ? "frame"
                               : a.wire_length != b.wire_length                   ? "wire_length"
                               : a.flags != b.flags                               ? "flags"
                               : a.end != b.end                                   ? "end"
                               : a.verdict != b.verdict                           ? "verdict"
                               : a.num_tunnels != b.num_tunnels                   ? "num_tunnels"
                               : a.num_ips != b.num_ips                           ? "num_ips"
                               : a.num_options != b.num_options                   ? "num_options"
                               : a.ether_type != b.ether_type                     ? "ether_type"
                               : a.has_ethernet != b.has_ethernet                 ? "has_ethernet"
                               : a.has_ethernet && a.link_offset != b.link_offset ? "link_offset"
                                                                                  : "";
  if (!own.empty()) {
    return std::string(own);
  }
  if (const auto found = gateway_difference(a.gateway, b.gateway); !found.empty()) {
    return fmt::format("gateway.{}", found);
  }
  for (std::size_t i = 0; i < a.num_tunnels; ++i) {
    if (const auto found = layer_difference(a.tunnels[i], b.tunnels[i]); !found.empty()) {
      return fmt::format("tunnels[{}].{}", i, found);
    }
  }
  for (std::size_t i = 0; i < a.num_ips; ++i) {
    if (const auto found = layer_difference(a.ips[i], b.ips[i]); !found.empty()) {
      return fmt::format("ips[{}].{}", i, found);
    }
  }
  return {};
}

}  // namespace weir::packet
