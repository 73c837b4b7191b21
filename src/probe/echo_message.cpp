#include "probe/echo_message.h"

#include <algorithm>
#include <cstring>

namespace weir::probe {

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  }
  if (bytes.size() % 2 == 1) {
    sum += static_cast<std::uint32_t>(bytes.back() << 8);
  }
  while (sum >> 16 != 0) {
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

void write_stamp(const EchoStamp& stamp, std::span<std::uint8_t> out) {
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  static_assert(sizeof stamp == kStampBytes);
  std::memcpy(out.data(), &stamp, sizeof stamp);  // only we read it back
}

void write_echo_request(const EchoStamp& stamp, std::uint16_t identifier, bool is_v6,
                        std::span<std::uint8_t> out) {
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  out[0] = is_v6 ? 128 : 8;
  out[4] = static_cast<std::uint8_t>(identifier >> 8);
  out[5] = static_cast<std::uint8_t>(identifier);
  out[6] = static_cast<std::uint8_t>(stamp.sequence >> 8);
  out[7] = static_cast<std::uint8_t>(stamp.sequence);
  write_stamp(stamp, out.subspan(kEchoHeaderBytes));
  if (!is_v6) {
    const std::uint16_t checksum = internet_checksum(out);
    out[2] = static_cast<std::uint8_t>(checksum >> 8);
    out[3] = static_cast<std::uint8_t>(checksum);
  }
}

std::optional<EchoStamp> read_stamp(std::span<const std::uint8_t> payload, std::uint64_t cookie) {
  EchoStamp stamp;
  if (payload.size() < sizeof stamp) {
    return std::nullopt;
  }
  std::memcpy(&stamp, payload.data(), sizeof stamp);
  return stamp.cookie == cookie ? std::optional(stamp) : std::nullopt;
}

RoundTrip round_trip(const EchoTimes& times) {
  const std::int64_t monotonic = times.received_monotonic_ns - times.sent_monotonic_ns;
  const std::int64_t wall = times.received_wall_ns - times.sent_wall_ns;
  const std::int64_t disagreement = wall > monotonic ? wall - monotonic : monotonic - wall;
  // Slewing is at most 500 ppm; the rest is what lies between reading the two clocks.
  constexpr std::int64_t kReadingNs = 100'000;
  if (disagreement > kReadingNs + monotonic / 1000) {
    return {std::max<std::int64_t>(monotonic, 0), true};
  }
  if (times.kernel_received_wall_ns == 0) {
    return {std::max<std::int64_t>(monotonic, 0), false};
  }
  const std::int64_t sent =
      times.kernel_sent_wall_ns != 0 ? times.kernel_sent_wall_ns : times.sent_wall_ns;
  const std::int64_t kernel = times.kernel_received_wall_ns - sent;
  // The kernel's span lies within this process's.
  if (kernel < 0 || kernel > monotonic + kReadingNs + monotonic / 1000) {
    return {std::max<std::int64_t>(monotonic, 0), true};
  }
  return {kernel, false};
}

}  // namespace weir::probe
