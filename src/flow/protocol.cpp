#include <array>

#include "flow/enrichment.h"

namespace weir::flow {
namespace {

// Keywords of IANA's "Assigned Internet Protocol Numbers" in the order of the numbers, without the
// marks "(deprecated)". 58 is called by the name people use; its keyword there is IPv6-ICMP.
// Numbers without keyword are empty: 61, 63, 68, 99 and 114 ("any ..."), the unassigned 147-252,
// the experimental 253 and 254, the reserved 255.
constexpr std::array<std::string_view, 147> kProtocolNames = {
    // 0
    "HOPOPT", "ICMP", "IGMP", "GGP", "IPv4", "ST", "TCP", "CBT", "EGP", "IGP",
    // 10
    "BBN-RCC-MON", "NVP-II", "PUP", "ARGUS", "EMCON", "XNET", "CHAOS", "UDP", "MUX", "DCN-MEAS",
    // 20
    "HMP", "PRM", "XNS-IDP", "TRUNK-1", "TRUNK-2", "LEAF-1", "LEAF-2", "RDP", "IRTP", "ISO-TP4",
    // 30
    "NETBLT", "MFE-NSP", "MERIT-INP", "DCCP", "3PC", "IDPR", "XTP", "DDP", "IDPR-CMTP", "TP++",
    // 40
    "IL", "IPv6", "SDRP", "IPv6-Route", "IPv6-Frag", "IDRP", "RSVP", "GRE", "DSR", "BNA",
    // 50
    "ESP", "AH", "I-NLSP", "SWIPE", "NARP", "Min-IPv4", "TLSP", "SKIP", "ICMPv6", "IPv6-NoNxt",
    // 60
    "IPv6-Opts", "", "CFTP", "", "SAT-EXPAK", "KRYPTOLAN", "RVD", "IPPC", "", "SAT-MON",
    // 70
    "VISA", "IPCV", "CPNX", "CPHB", "WSN", "PVP", "BR-SAT-MON", "SUN-ND", "WB-MON", "WB-EXPAK",
    // 80
    "ISO-IP", "VMTP", "SECURE-VMTP", "VINES", "IPTM", "NSFNET-IGP", "DGP", "TCF", "EIGRP",
    "OSPFIGP",
    // 90
    "Sprite-RPC", "LARP", "MTP", "AX.25", "IPIP", "MICP", "SCC-SP", "ETHERIP", "ENCAP", "",
    // 100
    "GMTP", "IFMP", "PNNI", "PIM", "ARIS", "SCPS", "QNX", "A/N", "IPComp", "SNP",
    // 110
    "Compaq-Peer", "IPX-in-IP", "VRRP", "PGM", "", "L2TP", "DDX", "IATP", "STP", "SRP",
    // 120
    "UTI", "SMP", "SM", "PTP", "ISIS over IPv4", "FIRE", "CRTP", "CRUDP", "SSCOPMCE", "IPLT",
    // 130
    "SPS", "PIPE", "SCTP", "FC", "RSVP-E2E-IGNORE", "Mobility Header", "UDPLite", "MPLS-in-IP",
    "manet", "HIP",
    // 140
    "Shim6", "WESP", "ROHC", "Ethernet", "AGGFRAG", "NSH", "Homa"};

}  // namespace

std::string_view protocol_name(int protocol) {
  return protocol >= 0 && protocol < static_cast<int>(kProtocolNames.size())
             ? kProtocolNames[static_cast<std::size_t>(protocol)]
             : std::string_view{};
}

}  // namespace weir::flow
