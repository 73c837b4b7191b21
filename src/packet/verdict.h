#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::packet {

// What became of a packet. received = kept + skipped + dropped, always.
enum class Verdict : std::uint8_t {
  kKept,
  kNotTunnel,              // skipped: nothing that Weir looks into
  kOuterShort,             // outer headers end early
  kOuterIpVersion,         // the version nibble is neither 4 nor 6, or not what the link says
  kOuterIpLength,          // the IP length is shorter than the header or longer than the frame
  kOuterUdpLength,         // likewise of UDP
  kOuterFragment,          // a fragment of a tunnel packet: the rest is elsewhere
  kGeneveShort,            // fewer than 8 bytes of GENEVE
  kGeneveVersion,          // not 0 (RFC 8926 section 3.4)
  kGeneveOptlen,           // Opt Len reaches past the UDP payload
  kGeneveOptionLength,     // option lengths do not sum up to Opt Len
  kOptionsLimit,           // more options over all levels than allowed
  kGeneveCriticalUnknown,  // endpoint: an unknown critical option
  kGeneveCBit,             // strict: the C bit and the options disagree
  kGeneveControl,          // O bit: a control message, not data
  kVxlanShort,             // fewer than 8 bytes of VXLAN
  kVxlanNoVni,             // the I flag is 0 (RFC 7348 section 5)
  kTunnelTooDeep,          // more tunnels in one another than allowed
  kFiltered,               // skipped: the display filter did not match
  kDuplicate,              // dropped by the meter: the same packet, mirrored twice
};
inline constexpr std::size_t kNumVerdicts = 20;

// The name in counters and JSON: "kept", "geneve_version", ...
[[nodiscard]] std::string_view name_of(Verdict verdict) noexcept;
[[nodiscard]] constexpr bool is_skip(Verdict verdict) noexcept {
  return verdict == Verdict::kNotTunnel || verdict == Verdict::kFiltered;
}
[[nodiscard]] constexpr bool is_drop(Verdict verdict) noexcept {
  return verdict != Verdict::kKept && !is_skip(verdict);
}

// What is worth knowing of a packet that was kept; bits of PacketView::flags.
enum class Flag : std::uint8_t {
  kSnaplenCut,       // captured < on the wire: not malformed
  kCBitMismatch,     // C set without a critical option, or the reverse: the sender's fault
  kCriticalUnknown,  // observer: an unknown critical option
  kReservedSet,      // reserved bits are set (ignored, as RFC 8926 section 3.4 wants)
  kTlvLength,        // class and type known, length taken by no profile
  kUnknownProtocol,  // an EtherType that is not followed
  kInnerEmpty,       // nothing behind the tunnel header
  kInnerTruncated,   // the inner packet was cut before it was encapsulated, as mirrors do
  kInnerIpVersion,   // the version nibble is not what the EtherType says
  kInnerIpLength,    // the inner IP length is shorter than its header
  kInnerUdpLength,   // the inner UDP length does not fit its IP packet
  kInnerFragment,    // the inner packet is a fragment
  kGwlbIncomplete,   // some, but not all three, of the gateway's options
};
inline constexpr std::size_t kNumFlags = 13;

[[nodiscard]] std::string_view name_of(Flag flag) noexcept;
[[nodiscard]] constexpr std::uint32_t bit(Flag flag) noexcept {
  return std::uint32_t{1} << static_cast<unsigned>(flag);
}

}  // namespace weir::packet
