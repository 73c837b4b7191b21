#include "packet/builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "packet/byte_order.h"
#include "packet/option_rows.h"
#include "packet/view.h"

namespace weir::packet {
namespace {

constexpr std::size_t kMaxOptionBytes = 252;
constexpr std::size_t kMaxDataBytes = 124;

void append(Bytes& to, std::span<const std::byte> from) {
  to.insert(to.end(), from.begin(), from.end());
}
void append_u8(Bytes& to, std::uint8_t value) { to.push_back(std::byte{value}); }
void append_u16(Bytes& to, std::uint16_t value) {
  to.resize(to.size() + 2);
  store_be16(to.data() + to.size() - 2, value);
}
void append_u32(Bytes& to, std::uint32_t value) {
  to.resize(to.size() + 4);
  store_be32(to.data() + to.size() - 4, value);
}
void append_u64(Bytes& to, std::uint64_t value) {
  to.resize(to.size() + 8);
  store_be64(to.data() + to.size() - 8, value);
}
void append_address(Bytes& to, const IpAddress& address) {
  if (address.is_v4()) {
    append_u32(to, address.v4());
  } else {
    append_u64(to, address.high);
    append_u64(to, address.low);
  }
}

std::uint32_t word_sum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    sum += load_be16(bytes.data() + i);
  }
  return bytes.size() % 2 == 0 ? sum : sum + (std::uint32_t{load_u8(&bytes.back())} << 8);
}

std::uint32_t pseudo_header_sum(const IpAddress& source, const IpAddress& destination,
                                std::uint8_t protocol, std::size_t length) {
  Bytes addresses;
  append_address(addresses, source);
  append_address(addresses, destination);
  return word_sum(addresses) + protocol + static_cast<std::uint32_t>(length & 0xffff);
}

}  // namespace

GeneveBuilder& GeneveBuilder::vni(std::uint32_t vni) {
  if (vni > 0xff'ffff) {
    fault_ = Error{ErrorCode::kUsage, fmt::format("a VNI has 24 bits, {} has more", vni)};
  }
  vni_ = vni;
  return *this;
}

GeneveBuilder& GeneveBuilder::protocol(std::uint16_t ether_type) {
  protocol_ = ether_type;
  return *this;
}

GeneveBuilder& GeneveBuilder::control(bool is_control) {
  is_control_ = is_control;
  return *this;
}

GeneveBuilder& GeneveBuilder::option(std::uint16_t option_class, std::uint8_t type,
                                     std::span<const std::byte> data) {
  if (data.size() % 4 != 0 || data.size() > kMaxDataBytes) {
    fault_ = Error{ErrorCode::kUsage,
                   fmt::format("an option's data is whole words of 4 bytes and at most {} bytes, "
                               "not {}",
                               kMaxDataBytes, data.size())};
    return *this;
  }
  append_u16(options_, option_class);
  append_u8(options_, type);
  append_u8(options_, static_cast<std::uint8_t>(data.size() / 4));
  append(options_, data);
  has_critical_ |= (type & 0x80) != 0;
  return *this;
}

GeneveBuilder& GeneveBuilder::gateway(std::uint64_t endpoint, std::uint64_t attachment,
                                      std::uint32_t cookie) {
  std::byte data[8];
  store_be64(data, endpoint);
  option(kAmazonGatewayClass, 1, data);
  store_be64(data, attachment);
  option(kAmazonGatewayClass, 2, data);
  store_be32(data, cookie);
  return option(kAmazonGatewayClass, 3, std::span(data).first(4));
}

GeneveBuilder& GeneveBuilder::int_md(std::uint16_t instruction_bitmap, std::uint8_t hop_words,
                                     std::uint8_t remaining_hops, std::uint16_t domain_id) {
  std::byte data[12]{};
  data[0] = std::byte{0x20};  // version 2
  data[2] = std::byte{hop_words} & std::byte{0x1f};
  data[3] = std::byte{remaining_hops};
  store_be16(data + 4, instruction_bitmap);
  store_be16(data + 6, domain_id);
  return option(kIntClass, 1, data);
}

GeneveBuilder& GeneveBuilder::payload(std::span<const std::byte> payload) {
  payload_.assign(payload.begin(), payload.end());
  return *this;
}

GeneveBuilder& GeneveBuilder::override_version(std::uint8_t version) {
  version_ = version & 3;
  return *this;
}

GeneveBuilder& GeneveBuilder::override_option_words(std::uint8_t words) {
  option_words_ = words & 0x3f;
  return *this;
}

GeneveBuilder& GeneveBuilder::override_critical_bit(bool is_set) {
  critical_bit_ = is_set;
  return *this;
}

GeneveBuilder& GeneveBuilder::override_reserved(std::uint8_t first, std::uint8_t last) {
  first_reserved_ = first & 0x3f;
  last_reserved_ = last;
  return *this;
}

Result<Bytes> GeneveBuilder::build() const {
  if (fault_) {
    return tl::unexpected<Error>(*fault_);
  }
  if (options_.size() > kMaxOptionBytes) {
    return fail(ErrorCode::kUsage, fmt::format("options are at most {} bytes, these are {}",
                                               kMaxOptionBytes, options_.size()));
  }
  const unsigned words = option_words_.value_or(static_cast<std::uint8_t>(options_.size() / 4));
  const unsigned bits = (is_control_ ? 0x80U : 0U) |
                        (critical_bit_.value_or(has_critical_) ? 0x40U : 0U) | first_reserved_;
  Bytes bytes;
  append_u8(bytes, static_cast<std::uint8_t>((unsigned{version_} << 6) | words));
  append_u8(bytes, static_cast<std::uint8_t>(bits));
  append_u16(bytes, protocol_);
  append_u32(bytes, (vni_ << 8) | last_reserved_);
  append(bytes, options_);
  append(bytes, payload_);
  return bytes;
}

Bytes vxlan_packet(std::uint32_t vni, std::span<const std::byte> frame) {
  Bytes bytes;
  append_u32(bytes, 0x0800'0000);
  append_u32(bytes, vni << 8);
  append(bytes, frame);
  return bytes;
}

std::uint16_t internet_checksum(std::span<const std::byte> bytes, std::uint32_t sum) noexcept {
  sum += word_sum(bytes);
  while (sum >> 16 != 0) {
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

Bytes ip_packet(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                std::span<const std::byte> payload) {
  Bytes bytes;
  if (source.is_v4()) {
    append_u16(bytes, 0x4500);
    append_u16(bytes, static_cast<std::uint16_t>(payload.size() + 20));
    append_u32(bytes, 0x0000'4000);  // do not fragment
    append_u8(bytes, 64);
    append_u8(bytes, protocol);
    append_u16(bytes, 0);
    append_address(bytes, source);
    append_address(bytes, destination);
    store_be16(bytes.data() + 10, internet_checksum(bytes));
  } else {
    append_u32(bytes, 0x6000'0000);
    append_u16(bytes, static_cast<std::uint16_t>(payload.size()));
    append_u8(bytes, protocol);
    append_u8(bytes, 64);
    append_address(bytes, source);
    append_address(bytes, destination);
  }
  append(bytes, payload);
  return bytes;
}

Bytes udp_packet(const IpAddress& source, const IpAddress& destination, std::uint16_t source_port,
                 std::uint16_t destination_port, std::span<const std::byte> payload) {
  Bytes datagram;
  append_u16(datagram, source_port);
  append_u16(datagram, destination_port);
  append_u16(datagram, static_cast<std::uint16_t>(payload.size() + 8));
  append_u16(datagram, 0);
  append(datagram, payload);
  return ip_packet(source, destination, kUdp, datagram);
}

Bytes tcp_packet(const IpAddress& source, const IpAddress& destination, const TcpFields& fields,
                 std::span<const std::byte> payload) {
  Bytes segment;
  append_u16(segment, fields.source_port);
  append_u16(segment, fields.destination_port);
  append_u32(segment, fields.sequence);
  append_u32(segment, fields.acknowledgement);
  append_u8(segment, 0x50);
  append_u8(segment, fields.flags);
  append_u16(segment, fields.window);
  append_u32(segment, 0);
  append(segment, payload);
  store_be16(
      segment.data() + 16,
      internet_checksum(segment, pseudo_header_sum(source, destination, kTcp, segment.size())));
  return ip_packet(source, destination, kTcp, segment);
}

Bytes icmp_packet(const IpAddress& source, const IpAddress& destination, std::uint8_t type,
                  std::uint8_t code, std::uint16_t identifier, std::uint16_t sequence,
                  std::span<const std::byte> payload) {
  const std::uint8_t protocol = source.is_v4() ? kIcmp : kIcmpV6;
  Bytes message;
  append_u8(message, type);
  append_u8(message, code);
  append_u16(message, 0);
  append_u16(message, identifier);
  append_u16(message, sequence);
  append(message, payload);
  const std::uint32_t start =
      source.is_v4() ? 0 : pseudo_header_sum(source, destination, protocol, message.size());
  store_be16(message.data() + 2, internet_checksum(message, start));
  return ip_packet(source, destination, protocol, message);
}

Bytes ethernet_frame(std::uint16_t ether_type, std::span<const std::byte> payload,
                     std::optional<std::uint16_t> vlan) {
  Bytes frame;
  append_u64(frame, 0x0200'0000'0001'0200);
  append_u32(frame, 0x0000'0002);
  if (vlan) {
    append_u16(frame, 0x8100);
    append_u16(frame, *vlan);
  }
  append_u16(frame, ether_type);
  append(frame, payload);
  return frame;
}

}  // namespace weir::packet
