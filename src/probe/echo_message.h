#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weir::probe {

// ICMP echo messages (RFC 792, RFC 4443) with what tells our own in their payload.

inline constexpr std::size_t kEchoHeaderBytes = 8;
inline constexpr std::size_t kStampBytes = 32;           // least payload
inline constexpr std::size_t kDefaultPayloadBytes = 56;  // as ping sends

// The front of each payload.
struct EchoStamp {
  std::uint64_t cookie = 0;  // of this process: others' answers do not have it
  std::uint32_t target = 0;
  std::uint32_t sequence = 0;
  std::int64_t sent_monotonic_ns = 0;
  std::int64_t sent_wall_ns = 0;  // since 1970
};

// Writes header and payload over the whole of `out`, which holds at least kEchoHeaderBytes +
// kStampBytes. The IPv4 checksum is filled in; of IPv6 the kernel does that.
void write_echo_request(const EchoStamp& stamp, std::uint16_t identifier, bool is_v6,
                        std::span<std::uint8_t> out);

// Fills a payload of at least kStampBytes.
void write_stamp(const EchoStamp& stamp, std::span<std::uint8_t> out);
// Reads a stamp; nullopt where it is too short or of another cookie.
[[nodiscard]] std::optional<EchoStamp> read_stamp(std::span<const std::uint8_t> payload,
                                                  std::uint64_t cookie);

[[nodiscard]] std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes);

// What of an answer tells how long it took, all in ns. A kernel's stamp of 0 is absent.
struct EchoTimes {
  std::int64_t sent_monotonic_ns = 0;
  std::int64_t sent_wall_ns = 0;
  std::int64_t received_monotonic_ns = 0;
  std::int64_t received_wall_ns = 0;
  std::int64_t kernel_sent_wall_ns = 0;
  std::int64_t kernel_received_wall_ns = 0;
};
struct RoundTrip {
  std::int64_t rtt_ns = 0;
  bool has_clock_step = false;  // the wall clock jumped on the way; the monotonic clock was used
};
// Between the kernel's stamps where they can be trusted, which leaves out how long this process
// waited to run. They are wall-clock times: where the two clocks disagree on how long the probe was
// out, by more than slewing explains, the monotonic one is right.
[[nodiscard]] RoundTrip round_trip(const EchoTimes& times);

}  // namespace weir::probe
