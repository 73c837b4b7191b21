#include "packet/packet_text.h"

#include <fmt/format.h>

#include "packet/protocol_names.h"

namespace weir::packet {
namespace {

std::string seconds_text(std::int64_t ns) {
  return fmt::format("{}.{:09}", ns / 1'000'000'000, ns % 1'000'000'000);
}

std::string end_text(const IpAddress& address, const IpLayer& ip, std::uint16_t port) {
  const bool has_port = ip.has_ports && ip.protocol != kIcmp && ip.protocol != kIcmpV6;
  if (!has_port) {
    return to_string(address);
  }
  return address.is_v4() ? fmt::format("{}:{}", to_string(address), port)
                         : fmt::format("[{}]:{}", to_string(address), port);
}

std::string ip_text(const PacketView& view, const IpLayer& ip) {
  return fmt::format("{} > {}", end_text(view.source(ip), ip, ip.source_port),
                     end_text(view.destination(ip), ip, ip.destination_port));
}

std::string tcp_flags_text(const PacketView& view, const IpLayer& ip) {
  if (ip.protocol != kTcp || !ip.has_ports || view.end < ip.payload_offset + 14) {
    return {};
  }
  constexpr std::string_view kLetters = "FSRPAUEC";
  const std::uint8_t flags = load_u8(view.frame.data() + ip.payload_offset + 13);
  std::string text;
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    if ((flags & (1U << i)) != 0) {
      text += kLetters[i];
    }
  }
  return text;
}

void write_ip(format::JsonWriter& json, const PacketView& view, const IpLayer& ip) {
  const auto number = [&](std::string_view key, std::uint64_t value) {
    json.key(key);
    json.unsigned_integer(value);
  };
  json.begin_object();
  json.key("srcaddr");
  json.string(to_string(view.source(ip)));
  json.key("dstaddr");
  json.string(to_string(view.destination(ip)));
  json.key("protocol");
  json.string(protocol_name(ip.protocol));
  if (ip.has_ports && (ip.protocol == kIcmp || ip.protocol == kIcmpV6)) {
    number("type", ip.source_port >> 8U);
    number("code", ip.source_port & 0xffU);
    number("identifier", ip.destination_port);
  } else if (ip.has_ports) {
    number("srcport", ip.source_port);
    number("dstport", ip.destination_port);
  }
  number("bytes", ip.length);
  if (const std::string flags = tcp_flags_text(view, ip); !flags.empty()) {
    json.key("tcp_flags");
    json.string(flags);
  }
  if (ip.is_fragment) {
    number("fragment_offset", ip.fragment_offset * 8U);
  }
  json.end_object();
}

void write_option(format::JsonWriter& json, const VendorOption& option) {
  json.begin_object();
  json.key("class");
  json.string(fmt::format("0x{:04x}", option.option.option_class));
  json.key("vendor");
  json.string(option.vendor.name);
  json.key("type");
  json.unsigned_integer(option.option.type);
  json.key("critical");
  json.boolean(option.option.is_critical());
  json.key("length");
  json.unsigned_integer(option.option.data.size());
  if (option.is_decoded) {
    json.key("layout");
    json.string(option.layout);
    json.key("fields");
    write_json(json, option.fields);
  } else {
    std::string hex;
    for (const std::byte b : option.option.data) {
      fmt::format_to(std::back_inserter(hex), "{:02x}", std::to_integer<unsigned>(b));
    }
    json.key("data");
    json.string(hex);
    json.key("error");
    json.string(option.error);
  }
  json.end_object();
}

void write_tunnel(format::JsonWriter& json, const Parser& parser, const PacketView& view,
                  const TunnelLayer& tunnel) {
  json.begin_object();
  json.key("kind");
  json.string(name_of(tunnel.kind));
  json.key("vni");
  json.unsigned_integer(tunnel.vni);
  json.key("protocol");
  json.string(ether_type_name(tunnel.protocol));
  if (tunnel.has_vlan) {
    json.key("vlan");
    json.unsigned_integer(tunnel.vlan & 0xfffU);
  }
  if (tunnel.kind == TunnelKind::kGeneve) {
    json.key("control");
    json.boolean(tunnel.is_control());
    json.key("critical");
    json.boolean(tunnel.has_critical_bit());
    json.key("options");
    json.begin_array();
    for (const VendorOption& option : decode_options(parser, view, tunnel)) {
      write_option(json, option);
    }
    json.end_array();
  } else if (tunnel.group_policy != 0) {
    json.key("group_policy");
    json.unsigned_integer(tunnel.group_policy);
  }
  json.end_object();
}

std::string flag_names(const PacketView& view) {
  std::string names;
  for (std::size_t i = 0; i < kNumFlags; ++i) {
    if (view.has(static_cast<Flag>(i))) {
      names += fmt::format(" {}", name_of(static_cast<Flag>(i)));
    }
  }
  return names;
}

struct FieldWriter {
  format::JsonWriter& json;
  void operator()(std::uint64_t value) const { json.unsigned_integer(value); }
  void operator()(std::int64_t value) const { json.integer(value); }
  void operator()(double value) const { json.number(value); }
  void operator()(const std::string& value) const { json.string(value); }
  void operator()(const std::vector<std::string>& list) const {
    json.begin_array();
    for (const std::string& item : list) {
      json.string(item);
    }
    json.end_array();
  }
};

}  // namespace

void write_value(format::JsonWriter& json, const FieldValue& value) {
  std::visit(FieldWriter{json}, value);
}

void write_json(format::JsonWriter& json, const FieldMap& fields) {
  json.begin_object();
  for (const auto& [key, value] : fields) {
    json.key(key);
    write_value(json, value);
  }
  json.end_object();
}

void write_json(format::JsonWriter& json, const Parser& parser, const PacketView& view,
                std::uint64_t number, std::int64_t time_ns) {
  json.begin_object();
  json.key("number");
  json.unsigned_integer(number);
  json.key("time");
  json.string(seconds_text(time_ns));
  json.key("length");
  json.unsigned_integer(view.wire_length);
  json.key("captured");
  json.unsigned_integer(view.frame.size());
  json.key("verdict");
  json.string(name_of(view.verdict));
  if (view.flags != 0) {
    json.key("flags");
    json.begin_array();
    for (std::size_t i = 0; i < kNumFlags; ++i) {
      if (view.has(static_cast<Flag>(i))) {
        json.string(name_of(static_cast<Flag>(i)));
      }
    }
    json.end_array();
  }
  if (view.num_ips > 0) {
    json.key("outer");
    write_ip(json, view, view.ips[0]);
  }
  if (view.num_tunnels > 0) {
    json.key("tunnels");
    json.begin_array();
    for (std::size_t i = 0; i < view.num_tunnels; ++i) {
      write_tunnel(json, parser, view, view.tunnels[i]);
    }
    json.end_array();
  }
  if (view.has_inner_ip()) {
    json.key("inner");
    write_ip(json, view, view.inner_ip());
  }
  json.end_object();
}

std::string to_line(const Parser& /*parser*/, const PacketView& view, std::uint64_t number,
                    std::int64_t time_ns) {
  std::string text = fmt::format("{:>6} {}", number, seconds_text(time_ns));
  if (view.num_ips > 0) {
    text += fmt::format(" {}", ip_text(view, view.ips[0]));
  }
  for (std::size_t i = 0; i < view.num_tunnels; ++i) {
    text += fmt::format(" | {} vni {}", name_of(view.tunnels[i].kind), view.tunnels[i].vni);
    if (view.tunnels[i].num_options > 0) {
      text += fmt::format(", {} option{}", view.tunnels[i].num_options,
                          view.tunnels[i].num_options == 1 ? "" : "s");
    }
  }
  if ((view.gateway.present & 1U) != 0) {
    text += fmt::format(" | eni-{:017x}", view.gateway.endpoint);
  }
  if ((view.gateway.present & 4U) != 0) {
    text += fmt::format(" cookie {:08x}", view.gateway.cookie);
  }
  if (view.has_inner_ip()) {
    const IpLayer& ip = view.inner_ip();
    text += fmt::format(" | {} {}", protocol_name(ip.protocol), ip_text(view, ip));
    if (const std::string flags = tcp_flags_text(view, ip); !flags.empty()) {
      text += fmt::format(" [{}]", flags);
    }
    text += fmt::format(" {} bytes", ip.length);
  } else if (view.num_tunnels > 0 && view.verdict == Verdict::kKept) {
    text += fmt::format(" | {}", view.ether_type == 0 ? std::string("nothing to follow")
                                                      : ether_type_name(view.ether_type));
  }
  if (view.verdict != Verdict::kKept) {
    text += fmt::format(" | {}", name_of(view.verdict));
  }
  return text + (view.flags == 0 ? "" : " |" + flag_names(view));
}

std::string to_details(const Parser& parser, const PacketView& view, std::uint64_t number,
                       std::int64_t time_ns) {
  std::string text = to_line(parser, view, number, time_ns);
  for (std::size_t i = 0; i < view.num_ips; ++i) {
    const IpLayer& ip = view.ips[i];
    if (ip.version != 0) {
      text += fmt::format("\n       @{} IPv{} {} {}, {} bytes", ip.offset, ip.version,
                          protocol_name(ip.protocol), ip_text(view, ip), ip.length);
    }
    if (i >= view.num_tunnels) {
      continue;
    }
    const TunnelLayer& tunnel = view.tunnels[i];
    text += fmt::format(
        "\n       @{} {} vni {} carries {}{}{}", tunnel.offset, name_of(tunnel.kind), tunnel.vni,
        ether_type_name(tunnel.protocol),
        tunnel.kind == TunnelKind::kGeneve && tunnel.is_control() ? ", control" : "",
        tunnel.kind == TunnelKind::kGeneve && tunnel.has_critical_bit() ? ", critical options"
                                                                        : "");
    for (const VendorOption& option : decode_options(parser, view, tunnel)) {
      text += "\n         " + describe(option, view);
    }
  }
  return text;
}

}  // namespace weir::packet
