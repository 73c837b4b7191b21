#include "packet/validator.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::packet {
namespace {

constexpr std::string_view kHeaderSection = "RFC 8926 section 3.4";
constexpr std::string_view kOptionSection = "RFC 8926 section 3.5";
constexpr std::string_view kVxlanSection = "RFC 7348 section 5";

class Findings {
 public:
  void add(Severity severity, std::string_view rule, std::string_view section, std::size_t offset,
           std::string message) {
    list_.push_back(
        {severity, rule, section, static_cast<std::uint32_t>(offset), std::move(message)});
  }
  std::vector<Finding> take() {
    std::stable_sort(list_.begin(), list_.end(),
                     [](const Finding& a, const Finding& b) { return a.offset < b.offset; });
    return std::move(list_);
  }

 private:
  std::vector<Finding> list_;
};

void check_options(const Parser& parser, const PacketView& view, const TunnelLayer& tunnel,
                   Findings& findings) {
  const std::uint32_t begin = tunnel.offset + 8;
  OptionWalk walk(view.options(tunnel));
  bool has_critical = false;
  std::uint32_t num_options = 0;
  while (true) {
    const std::size_t offset = begin + tunnel.options_bytes - walk.num_left();
    const auto option = walk.next();
    if (!option) {
      break;
    }
    ++num_options;
    if (option->reserved != 0) {
      findings.add(Severity::kInfo, "option_reserved", kOptionSection, offset + 3,
                   "the three reserved bits of the option are not 0");
    }
    const auto match = parser.table().find(option->option_class, option->type, option->data.size());
    if (match.is_wrong_length) {
      findings.add(Severity::kWarning, "tlv_length", kOptionSection, offset + 3,
                   fmt::format("{} bytes of data, which no listed layout of class 0x{:04x} type "
                               "0x{:02x} takes",
                               option->data.size(), option->option_class, option->type));
    }
    if (option->is_critical()) {
      has_critical = true;
      if (!parser.table().knows(option->option_class, option->type)) {
        findings.add(
            Severity::kError, "critical_unknown", kOptionSection, offset,
            fmt::format("class 0x{:04x} type 0x{:02x} is critical and unknown: an endpoint "
                        "drops the packet",
                        option->option_class, option->type));
      }
    }
  }
  if (!walk.is_whole() && tunnel.inner_offset == begin + tunnel.options_bytes) {
    findings.add(Severity::kError, "option_length", kOptionSection,
                 begin + tunnel.options_bytes - walk.num_left(),
                 "the option's length reaches past the options: lengths do not sum up to Opt Len");
  }
  if (num_options > parser.options().max_options) {
    findings.add(
        Severity::kError, "options_limit", kOptionSection, begin,
        fmt::format("{} options, {} are allowed", num_options, parser.options().max_options));
  }
  if (has_critical != tunnel.has_critical_bit()) {
    findings.add(Severity::kWarning, "c_bit", kHeaderSection, tunnel.offset + 1,
                 has_critical ? "an option is critical, and the C bit is 0"
                              : "the C bit is 1, and no option is critical");
  }
}

void check_geneve(const Parser& parser, const PacketView& view, const TunnelLayer& tunnel,
                  Findings& findings) {
  const std::byte* const header = view.frame.data() + tunnel.offset;
  const unsigned version = load_u8(header) >> 6U;
  if (version != 0) {
    findings.add(Severity::kError, "geneve_version", kHeaderSection, tunnel.offset,
                 fmt::format("version {}, where only 0 is known", version));
    return;
  }
  if ((load_u8(header + 1) & 0x3fU) != 0) {
    findings.add(Severity::kInfo, "header_reserved", kHeaderSection, tunnel.offset + 1,
                 "the six reserved bits beside O and C are not 0");
  }
  if (load_u8(header + 7) != 0) {
    findings.add(Severity::kInfo, "header_reserved", kHeaderSection, tunnel.offset + 7,
                 "the reserved byte behind the VNI is not 0");
  }
  if (tunnel.is_control()) {
    findings.add(Severity::kInfo, "control", kHeaderSection, tunnel.offset + 1,
                 "O bit: a control message, to be kept apart from data");
  }
  check_options(parser, view, tunnel, findings);
}

void check_vxlan(const PacketView& view, const TunnelLayer& tunnel, Findings& findings) {
  const std::byte* const header = view.frame.data() + tunnel.offset;
  const std::uint8_t flags = load_u8(header);
  if ((flags & 0x08) == 0) {
    findings.add(Severity::kError, "vxlan_no_vni", kVxlanSection, tunnel.offset,
                 "the I flag is 0, so the VNI is not valid");
  }
  if (tunnel.kind == TunnelKind::kVxlan &&
      ((flags & 0xf7) != 0 || (load_be32(header) & 0xff'ffff) != 0 || load_u8(header + 7) != 0)) {
    findings.add(Severity::kInfo, "header_reserved", kVxlanSection, tunnel.offset,
                 "reserved bits are not 0");
  }
}

// What ended the walk before there was a layer to look at.
void check_verdict(const PacketView& view, Findings& findings) {
  const std::uint32_t at =
      view.num_ips > 0 ? view.ips[view.num_ips - 1U].payload_offset : std::uint32_t{0};
  const auto add = [&](std::string_view section, std::uint32_t offset, std::string_view message) {
    findings.add(Severity::kError, name_of(view.verdict), section, offset, std::string(message));
  };
  switch (view.verdict) {
    case Verdict::kOuterShort:
      return add("RFC 791, RFC 8200, RFC 768", at, "the headers outside the tunnel end early");
    case Verdict::kOuterIpVersion:
      return add("RFC 791, RFC 8200", at, "the IP version is not what the link layer says");
    case Verdict::kOuterIpLength:
      return add("RFC 791, RFC 8200", at, "the IP length does not fit its header or its frame");
    case Verdict::kOuterUdpLength:
      return add("RFC 768", at + 4, "the UDP length does not fit its IP packet");
    case Verdict::kOuterFragment:
      return add("RFC 8926 section 4.4.1", at, "a fragment of a tunnel packet");
    case Verdict::kGeneveShort:
      return add(kHeaderSection, at + 8, "fewer than the 8 bytes of a GENEVE header");
    case Verdict::kGeneveOptlen:
      return add(kHeaderSection, view.tunnels[view.num_tunnels - 1U].offset,
                 "Opt Len reaches past the UDP payload");
    case Verdict::kVxlanShort:
      return add(kVxlanSection, at + 8, "fewer than the 8 bytes of a VXLAN header");
    case Verdict::kTunnelTooDeep:
      return add("depth of nesting", at, "more tunnels within one another than allowed");
    default:
      return;
  }
}

void check_flags(const PacketView& view, Findings& findings) {
  const auto last = view.num_tunnels > 0 ? view.tunnels[view.num_tunnels - 1U].inner_offset : 0U;
  if (view.has(Flag::kInnerEmpty)) {
    findings.add(Severity::kWarning, "inner_empty", kHeaderSection, last,
                 "nothing stands behind the tunnel header");
  }
  if (view.has(Flag::kInnerTruncated)) {
    findings.add(Severity::kWarning, "inner_truncated", "RFC 791, RFC 8200", last,
                 "the inner packet was cut before it was encapsulated");
  }
  if (view.has(Flag::kInnerIpVersion) || view.has(Flag::kInnerIpLength) ||
      view.has(Flag::kInnerUdpLength)) {
    findings.add(Severity::kWarning, "inner_header", "RFC 791, RFC 8200, RFC 768", last,
                 "the inner packet's headers contradict themselves");
  }
}

}  // namespace

std::string_view name_of(Severity severity) noexcept {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "";
}

std::vector<Finding> validate(const Parser& parser, const PacketView& view) {
  Findings findings;
  for (std::size_t i = 0; i < view.num_tunnels; ++i) {
    const TunnelLayer& tunnel = view.tunnels[i];
    if (tunnel.kind == TunnelKind::kGeneve) {
      check_geneve(parser, view, tunnel, findings);
    } else {
      check_vxlan(view, tunnel, findings);
    }
  }
  check_verdict(view, findings);
  check_flags(view, findings);
  return findings.take();
}

}  // namespace weir::packet
