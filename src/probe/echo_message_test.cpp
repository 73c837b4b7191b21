#include "probe/echo_message.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace weir::probe {
namespace {

TEST(EchoMessage, ChecksumOfRfc1071) {
  // RFC 1071 section 3's example: the sum is ddf2.
  const std::array<std::uint8_t, 8> bytes = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(internet_checksum(bytes), static_cast<std::uint16_t>(~0xddf2));
  EXPECT_EQ(internet_checksum(std::span(bytes).first(1)), 0xffff);
}

TEST(EchoMessage, RequestReadsBack) {
  const EchoStamp stamp{0x1122334455667788, 9'999, 0x12345, 77, 88};
  std::vector<std::uint8_t> bytes(kEchoHeaderBytes + kDefaultPayloadBytes, 0xee);
  write_echo_request(stamp, 0xabcd, false, bytes);
  EXPECT_EQ(bytes[0], 8);
  EXPECT_EQ(bytes[4] << 8 | bytes[5], 0xabcd);
  EXPECT_EQ(bytes[6] << 8 | bytes[7], 0x2345);  // the sequence's low 16 bits
  EXPECT_EQ(internet_checksum(bytes), 0);       // over a whole message with its checksum
  const auto payload = std::span<const std::uint8_t>(bytes).subspan(kEchoHeaderBytes);
  const auto read = read_stamp(payload, stamp.cookie);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->target, 9'999U);
  EXPECT_EQ(read->sequence, 0x12345U);
  EXPECT_EQ(read->sent_wall_ns, 88);
  EXPECT_FALSE(read_stamp(payload, stamp.cookie + 1));
  EXPECT_FALSE(read_stamp(payload.first(kStampBytes - 1), stamp.cookie));
  write_echo_request(stamp, 1, true, bytes);
  EXPECT_EQ(bytes[0], 128);
}

EchoTimes times_of(std::int64_t wall_step_ns) {
  EchoTimes times;
  times.sent_monotonic_ns = 1'000'000'000;
  times.sent_wall_ns = 1'790'000'000'000'000'000;
  times.received_monotonic_ns = times.sent_monotonic_ns + 5'400'000;
  times.received_wall_ns = times.sent_wall_ns + 5'400'000 + wall_step_ns;
  times.kernel_sent_wall_ns = times.sent_wall_ns + 100'000;
  times.kernel_received_wall_ns = times.received_wall_ns - 300'000;
  return times;
}

TEST(EchoMessage, KernelsStampsLeaveTheWaitForTheProcessorOut) {
  EXPECT_EQ(round_trip(times_of(0)).rtt_ns, 5'000'000);
  auto no_transmit = times_of(0);
  no_transmit.kernel_sent_wall_ns = 0;
  EXPECT_EQ(round_trip(no_transmit).rtt_ns, 5'100'000);
  auto none = no_transmit;
  none.kernel_received_wall_ns = 0;
  EXPECT_EQ(round_trip(none).rtt_ns, 5'400'000);
  EXPECT_FALSE(round_trip(none).has_clock_step);
}

TEST(EchoMessage, ClockStepsDoNotReachTheResult) {
  for (const std::int64_t step :
       {-3'600'000'000'000L, -2'000'000L, 2'000'000L, 3'600'000'000'000L}) {
    const auto trip = round_trip(times_of(step));
    EXPECT_TRUE(trip.has_clock_step) << step;
    EXPECT_EQ(trip.rtt_ns, 5'400'000) << step;
  }
  // A step between the kernel's stamp and this process's reading of the clocks: the stamp lies
  // outside of what is possible.
  auto odd = times_of(0);
  odd.kernel_received_wall_ns += 9'000'000;
  EXPECT_TRUE(round_trip(odd).has_clock_step);
  EXPECT_EQ(round_trip(odd).rtt_ns, 5'400'000);
}

}  // namespace
}  // namespace weir::probe
