#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "packet/link_type.h"
#include "packet/option_table.h"
#include "packet/verdict.h"
#include "packet/view.h"

namespace weir::packet {

// Which of RFC 8926's two receivers a parser is. An endpoint drops packets with unknown critical
// options; an observer labels and keeps them.
enum class Role : std::uint8_t { kObserver, kEndpoint };

// Ports that mark tunnels, told by the destination; unused places are 0.
struct TunnelPorts {
  std::array<std::uint16_t, 2> geneve{6081, 0};
  std::array<std::uint16_t, 2> vxlan{4789, 8472};  // 8472: Linux before the port was assigned
  std::uint16_t vxlan_gpe = 4790;
};

struct ParserOptions {
  Role role = Role::kObserver;
  std::vector<Profile> profiles{Profile::kGwlb};
  TunnelPorts ports;
  std::uint8_t max_tunnels = kMaxTunnels;  // 1 to kMaxTunnels
  std::uint8_t max_options = 63;           // over all levels of a packet
  bool decodes_vendor_options = true;      // off: options stay raw, verdicts are the same
  bool is_strict = false;                  // drops where the C bit and the options disagree
  bool decodes_group_policy = false;       // VXLAN-GBP
};

// Fetches the lines that parse() will read of a frame. A caller with several frames at hand does
// this some frames ahead, and then parsing does not wait for memory.
__attribute__((always_inline)) inline void prefetch_headers(const std::byte* frame) noexcept {
  __builtin_prefetch(frame);
  __builtin_prefetch(frame + 64);
  __builtin_prefetch(frame + 128);
}

// Takes frames apart from the link to the innermost ports. Hardened against untrusted input:
// bounded time, no allocation, no exception, no global state. parse() may be called from several
// threads, each with its own view.
class Parser {
 public:
  explicit Parser(ParserOptions options = {});

  // Parses a frame as captured, of which `wire_length` bytes were sent. Fills `view` as far as the
  // packet goes, whatever the verdict.
  Verdict parse(std::span<const std::byte> frame, std::uint32_t wire_length, LinkType link,
                PacketView& view) const noexcept;
  // The same, header by header: what parse() does where its short cut for gateways does not apply,
  // and what tests hold it against.
  Verdict parse_stepwise(std::span<const std::byte> frame, std::uint32_t wire_length, LinkType link,
                         PacketView& view) const noexcept;
  // Parses the payload of a UDP datagram that came to a GENEVE port: what a socket gives.
  Verdict parse_geneve(std::span<const std::byte> payload, PacketView& view) const noexcept {
    return parse_payload(payload, TunnelKind::kGeneve, view);
  }
  // Likewise of VXLAN.
  Verdict parse_vxlan(std::span<const std::byte> payload, PacketView& view) const noexcept {
    return parse_payload(payload, TunnelKind::kVxlan, view);
  }

  [[nodiscard]] const ParserOptions& options() const noexcept { return options_; }
  [[nodiscard]] const OptionTable& table() const noexcept { return table_; }
  // Overrides the built-in decoders of a class; not while other threads parse.
  void register_decoder(std::uint16_t option_class, OptionDecoder decoder) {
    table_.register_decoder(option_class, std::move(decoder));
  }
  void unregister_decoder(std::uint16_t option_class) { table_.unregister_decoder(option_class); }

 private:
  struct Walk;
  static void start(std::span<const std::byte> frame, std::uint32_t wire_length,
                    PacketView& view) noexcept;
  Verdict read_options(PacketView& view, TunnelLayer& tunnel) const noexcept;
  Verdict parse_payload(std::span<const std::byte> payload, TunnelKind kind,
                        PacketView& view) const noexcept;

  ParserOptions options_;
  OptionTable table_;
  bool reads_gateway_ids_;
  std::uint16_t gateway_port_ = 0;  // where the short cut looks for gateways; 0: nowhere
};

}  // namespace weir::packet
