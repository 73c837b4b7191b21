#include "packet/verdict.h"

namespace weir::packet {
namespace {

constexpr std::array<std::string_view, kNumVerdicts> kVerdictNames{
    "kept",
    "not_tunnel",
    "outer_short",
    "outer_ip_version",
    "outer_ip_length",
    "outer_udp_length",
    "outer_fragment",
    "geneve_short",
    "geneve_version",
    "geneve_optlen",
    "geneve_option_length",
    "options_limit",
    "geneve_critical_unknown",
    "geneve_c_bit",
    "geneve_control",
    "vxlan_short",
    "vxlan_no_vni",
    "tunnel_too_deep",
    "filtered",
    "duplicate",
};

constexpr std::array<std::string_view, kNumFlags> kFlagNames{
    "snaplen_cut",      "c_bit_mismatch", "critical_unknown", "reserved_set",     "tlv_length",
    "unknown_protocol", "inner_empty",    "inner_truncated",  "inner_ip_version", "inner_ip_length",
    "inner_udp_length", "inner_fragment", "gwlb_incomplete",
};

}  // namespace

std::string_view name_of(Verdict verdict) noexcept {
  return kVerdictNames[static_cast<std::size_t>(verdict)];
}

std::string_view name_of(Flag flag) noexcept { return kFlagNames[static_cast<std::size_t>(flag)]; }

}  // namespace weir::packet
