#include "packet/class_names.h"

#include <algorithm>
#include <iterator>

namespace weir::packet {
namespace {

struct ClassRange {
  std::uint16_t first;
  std::uint16_t last;
  Vendor vendor;
};

// iana.org/assignments/nvo3, "Geneve Option Class", kept as ranges.
constexpr ClassRange kClassRanges[] = {
    {0x0000, 0x00ff, {"IETF", "IETF review"}},
    {0x0100, 0x0100, {"Linux", "Linux"}},
    {0x0101, 0x0101, {"OVS", "Open vSwitch (OVS)"}},
    {0x0102, 0x0102, {"OVN", "Open Virtual Networking (OVN)"}},
    {0x0103, 0x0103, {"INT", "In-band Network Telemetry (INT)"}},
    {0x0104, 0x0104, {"VMware", "VMware, Inc."}},
    {0x0105, 0x0105, {"Amazon", "Amazon.com, Inc."}},
    {0x0106, 0x0106, {"Cisco", "Cisco Systems, Inc."}},
    {0x0107, 0x0107, {"Oracle", "Oracle Corporation"}},
    {0x0108, 0x0110, {"Amazon", "Amazon.com, Inc."}},
    {0x0111, 0x0118, {"IBM", "IBM"}},
    {0x0119, 0x0128, {"Ericsson", "Ericsson"}},
    {0x0129, 0x0129, {"Oxide", "Oxide Computer Company"}},
    {0x0130, 0x0131, {"Cisco", "Cisco Systems, Inc."}},
    {0x0132, 0x0135, {"Google", "Google LLC"}},
    {0x0136, 0x0136, {"InfoQuick", "InfoQuick Global Connection Tech Ltd."}},
    {0x0137, 0x0140, {"Alibaba", "Alibaba"}},
    {0x0141, 0x0144, {"Palo Alto", "Palo Alto Networks"}},
    {0x0145, 0x0149, {"Huawei", "Huawei"}},
    {0x014a, 0x014a, {"EMnify", "EMnify"}},
    {0x014b, 0x014b, {"Cilium", "Cilium"}},
    {0x014c, 0x014c, {"Corelight", "Corelight"}},
    {0x014d, 0x014d, {"1NCE", "1NCE"}},
    {0x014e, 0x0157, {"China Telecom", "China Telecom"}},
    {0x0158, 0x0161, {"Volcengine", "Volcengine"}},
    {0x0162, 0x0162, {"nat64.net", "nat64.net"}},
    {0x0163, 0x0163, {"Multi Segment SD-WAN", "Multi Segment SD-WAN"}},
    {0x0164, 0x0164, {"cPacket", "cPacket Networks"}},
    {0x0165, 0x0167, {"Tencent", "Tencent"}},
    {0x0168, 0x0168, {"ExtraHop", "ExtraHop Networks"}},
    {0x0169, 0x0169, {"Soosan", "Soosan INT"}},
    {0x016a, 0xfeff, {"unassigned", "unassigned (first come, first served)"}},
    {0xff00, 0xffff, {"experimental", "experimental use"}},
};

}  // namespace

Vendor vendor_of(std::uint16_t option_class) noexcept {
  const ClassRange* const found = std::lower_bound(
      std::begin(kClassRanges), std::end(kClassRanges), option_class,
      [](const ClassRange& range, std::uint16_t value) { return range.last < value; });
  return found->vendor;
}

}  // namespace weir::packet
