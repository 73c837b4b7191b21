#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace weir::packet {

using Bytes = std::vector<std::byte>;

// Builds a GENEVE header with options and what it carries (RFC 8926 section 3.4): the payload of a
// UDP datagram to port 6081. The C bit follows from the options. The override_ calls are for tests
// of receivers.
class GeneveBuilder {
 public:
  GeneveBuilder& vni(std::uint32_t vni);
  GeneveBuilder& protocol(std::uint16_t ether_type);
  GeneveBuilder& control(bool is_control);
  GeneveBuilder& option(std::uint16_t option_class, std::uint8_t type,
                        std::span<const std::byte> data);
  // The three options of an AWS Gateway Load Balancer.
  GeneveBuilder& gateway(std::uint64_t endpoint, std::uint64_t attachment, std::uint32_t cookie);
  // An INT-MD option (class 0x0103, type 1) without hops yet, as a source node starts it.
  GeneveBuilder& int_md(std::uint16_t instruction_bitmap, std::uint8_t hop_words,
                        std::uint8_t remaining_hops, std::uint16_t domain_id);
  GeneveBuilder& payload(std::span<const std::byte> payload);

  GeneveBuilder& override_version(std::uint8_t version);
  GeneveBuilder& override_option_words(std::uint8_t words);
  GeneveBuilder& override_critical_bit(bool is_set);
  GeneveBuilder& override_reserved(std::uint8_t first, std::uint8_t last);

  // Refuses more than 252 bytes of options, data that is not whole words or longer than 124 bytes,
  // and a VNI of more than 24 bits.
  [[nodiscard]] Result<Bytes> build() const;

 private:
  std::uint32_t vni_ = 0;
  std::uint16_t protocol_ = 0x6558;
  bool is_control_ = false;
  bool has_critical_ = false;
  Bytes options_;
  Bytes payload_;
  std::optional<Error> fault_;
  std::uint8_t version_ = 0;
  std::optional<std::uint8_t> option_words_;
  std::optional<bool> critical_bit_;
  std::uint8_t first_reserved_ = 0;
  std::uint8_t last_reserved_ = 0;
};

// The pieces around it. IPv4 checksums are right; UDP has none, TCP's is right.
[[nodiscard]] Bytes vxlan_packet(std::uint32_t vni, std::span<const std::byte> frame);
[[nodiscard]] Bytes udp_packet(const IpAddress& source, const IpAddress& destination,
                               std::uint16_t source_port, std::uint16_t destination_port,
                               std::span<const std::byte> payload);

struct TcpFields {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 64'240;
};
[[nodiscard]] Bytes tcp_packet(const IpAddress& source, const IpAddress& destination,
                               const TcpFields& fields, std::span<const std::byte> payload);
[[nodiscard]] Bytes icmp_packet(const IpAddress& source, const IpAddress& destination,
                                std::uint8_t type, std::uint8_t code, std::uint16_t identifier,
                                std::uint16_t sequence, std::span<const std::byte> payload);
[[nodiscard]] Bytes ip_packet(const IpAddress& source, const IpAddress& destination,
                              std::uint8_t protocol, std::span<const std::byte> payload);
// With `vlan` an 802.1Q tag.
[[nodiscard]] Bytes ethernet_frame(std::uint16_t ether_type, std::span<const std::byte> payload,
                                   std::optional<std::uint16_t> vlan = std::nullopt);

// 16 bits of ones' complement (RFC 1071) over `bytes`, begun with `sum`.
[[nodiscard]] std::uint16_t internet_checksum(std::span<const std::byte> bytes,
                                              std::uint32_t sum = 0) noexcept;

}  // namespace weir::packet
