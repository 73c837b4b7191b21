// The meter against connections whose round trips, losses and repeats are known, because this file
// makes them: a client and a server with a link between them, and the place of capture on it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <tuple>
#include <vector>

#include "flow/meter/meter.h"
#include "packet/builder.h"
#include "packet/parser.h"

namespace weir::flow {
namespace {

using packet::Bytes;

constexpr std::int64_t kUs = 1'000;
constexpr std::int64_t kMs = 1'000 * kUs;
constexpr std::int64_t kStart = 1'700'000'000'000 * kMs;

// A segment at the place of capture.
struct Seen {
  std::int64_t time_ns = 0;
  bool is_from_client = false;
  packet::TcpFields fields;
  std::size_t size = 0;
  std::size_t order = 0;  // of those at one time
};

struct Truth {
  std::int64_t handshake_us = 0;
  std::int64_t server_us = 0;
  std::int64_t client_us = 0;
  std::int64_t data_rtt_us = 0;  // from the place of capture to the server and back
  std::uint32_t retransmits = 0;
  std::uint64_t packets[2]{};
  std::uint64_t bytes[2]{};
};

struct Link {
  std::int64_t client_ns = 0;   // from the client to the place of capture, one way
  std::int64_t server_ns = 0;   // from there to the server
  std::int64_t timeout_ns = 0;  // until a segment is sent again
};

// A client that sends `num_segments` of 100 bytes, each acknowledged before the next is sent; some
// are lost before the place of capture, some behind it, some acknowledgements on either side.
std::vector<Seen> converse(const Link& link, std::uint16_t port, std::size_t num_segments,
                           double loss, std::mt19937& random, Truth& truth) {
  std::vector<Seen> seen;
  const auto see = [&](std::int64_t time_ns, bool is_from_client, std::uint8_t flags,
                       std::uint32_t sequence, std::uint32_t acknowledgement, std::size_t size) {
    packet::TcpFields fields;
    fields.source_port = is_from_client ? port : 443;
    fields.destination_port = is_from_client ? 443 : port;
    fields.sequence = sequence;
    fields.acknowledgement = acknowledgement;
    fields.flags = flags;
    seen.push_back({time_ns, is_from_client, fields, size, 0});
    truth.packets[is_from_client ? 0 : 1] += 1;
    truth.bytes[is_from_client ? 0 : 1] += 40 + size;
  };
  const auto is_lost = [&] { return static_cast<double>(random() % 10'000) < loss * 10'000; };
  std::int64_t now = kStart + static_cast<std::int64_t>(random() % 1'000) * kMs;  // at the client
  const std::int64_t round = 2 * (link.client_ns + link.server_ns);
  see(now + link.client_ns, true, 2, 999, 0, 0);
  see(now + link.client_ns + 2 * link.server_ns, false, 18, 4'999, 1'000, 0);
  see(now + round + link.client_ns, true, 16, 1'000, 5'000, 0);
  truth.handshake_us = round / kUs;
  truth.server_us = 2 * link.server_ns / kUs;
  truth.client_us = 2 * link.client_ns / kUs;
  truth.data_rtt_us = truth.server_us;
  now += round;
  std::uint32_t sequence = 1'000;
  for (std::size_t i = 0; i < num_segments; ++i) {
    now += 10 * kMs;
    bool was_seen = false;
    for (bool is_done = false; !is_done;) {
      const bool is_lost_early = is_lost();
      const bool is_lost_late = is_lost();
      const bool is_ack_lost = is_lost();
      if (!is_lost_early) {
        see(now + link.client_ns, true, 24, sequence, 5'000, 100);
        truth.retransmits += was_seen ? 1 : 0;
        was_seen = true;
        if (!is_lost_late) {
          see(now + link.client_ns + 2 * link.server_ns, false, 16, 5'000, sequence + 100, 0);
          is_done = !is_ack_lost;
        }
      }
      now += is_done ? round : link.timeout_ns;
    }
    sequence += 100;
  }
  see(now + link.client_ns, true, 17, sequence, 5'000, 0);
  see(now + link.client_ns + 2 * link.server_ns, false, 17, 5'000, sequence + 1, 0);
  return seen;
}

class MeterReferenceTest : public ::testing::Test {
 protected:
  // Through a gateway, all connections mixed by time, as one would capture them.
  std::map<std::uint16_t, FlowRecord> meter(std::vector<Seen> seen) {
    for (std::size_t i = 0; i < seen.size(); ++i) {
      seen[i].order = i;
    }
    std::sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) {
      return std::tie(a.time_ns, a.order) < std::tie(b.time_ns, b.order);
    });
    std::map<std::uint16_t, FlowRecord> records;
    MeterOptions options;
    options.max_flows = 4096;
    options.active_ns = 1'000'000'000'000'000;
    Meter meter(options, [&](const FlowRecord& record) {
      EXPECT_TRUE(records.emplace(record.source_port, record).second);
    });
    const packet::Parser parser;
    packet::PacketView view;
    const IpAddress client = *parse_ip("10.1.0.5");
    const IpAddress server = *parse_ip("10.2.0.9");
    for (const Seen& segment : seen) {
      const Bytes inner = packet::tcp_packet(segment.is_from_client ? client : server,
                                             segment.is_from_client ? server : client,
                                             segment.fields, Bytes(segment.size));
      const Bytes outer = packet::udp_packet(
          *parse_ip("10.0.0.1"), *parse_ip("10.0.0.2"), 50'000, 6081,
          packet::GeneveBuilder().protocol(0x0800).gateway(7, 8, 9).payload(inner).build().value());
      EXPECT_EQ(parser.parse(outer, static_cast<std::uint32_t>(outer.size()),
                             packet::LinkType::kRawIp, view),
                packet::Verdict::kKept);
      meter.add(view, segment.time_ns);
    }
    meter.finish();
    return records;
  }
};

TEST_F(MeterReferenceTest, RoundTripsWithoutLoss) {
  std::mt19937 random(1);
  std::map<std::uint16_t, Truth> truths;
  std::vector<Seen> all;
  for (std::uint16_t port = 1'000; port < 1'200; ++port) {
    const Link link{static_cast<std::int64_t>(50 + random() % 40'000) * kUs,
                    static_cast<std::int64_t>(50 + random() % 40'000) * kUs, 300 * kMs};
    const auto seen = converse(link, port, 20, 0, random, truths[port]);
    all.insert(all.end(), seen.begin(), seen.end());
  }
  const auto records = meter(std::move(all));
  ASSERT_EQ(records.size(), truths.size());
  for (const auto& [port, truth] : truths) {
    const FlowRecord& record = records.at(port);
    EXPECT_EQ(record.forward.packets, truth.packets[0]);
    EXPECT_EQ(record.reverse.packets, truth.packets[1]);
    EXPECT_EQ(record.forward.bytes, truth.bytes[0]);
    EXPECT_EQ(record.reverse.bytes, truth.bytes[1]);
    EXPECT_EQ(record.forward.retransmits, 0U);
    EXPECT_EQ(record.forward.out_of_order, 0U);
    EXPECT_EQ(record.round_trips.handshake_us, truth.handshake_us);
    EXPECT_EQ(record.round_trips.server_us, truth.server_us);
    EXPECT_EQ(record.round_trips.client_us, truth.client_us);
    EXPECT_GE(record.round_trips.samples, 20U);
    // Kept in units of 1,024 ns.
    EXPECT_NEAR(record.round_trips.mean_us(), static_cast<double>(truth.data_rtt_us), 2.1);
    EXPECT_NEAR(record.round_trips.jitter_us(), 0, 2.1);
    EXPECT_EQ(record.requests, 1U);
  }
}

// Every segment that passed the place of capture a second time is a retransmission, and none is
// measured; one that was lost before it fills no gap, since its sender waits for it.
TEST_F(MeterReferenceTest, LossesAndRepeats) {
  for (const double loss : {0.01, 0.05, 0.2}) {
    std::mt19937 random(static_cast<unsigned>(loss * 1000));
    std::map<std::uint16_t, Truth> truths;
    std::vector<Seen> all;
    for (std::uint16_t port = 1'000; port < 1'100; ++port) {
      const Link link{static_cast<std::int64_t>(500 + random() % 20'000) * kUs,
                      static_cast<std::int64_t>(500 + random() % 20'000) * kUs, 200 * kMs};
      const auto seen = converse(link, port, 100, loss, random, truths[port]);
      all.insert(all.end(), seen.begin(), seen.end());
    }
    const auto records = meter(std::move(all));
    ASSERT_EQ(records.size(), truths.size());
    std::uint64_t repeats = 0;
    for (const auto& [port, truth] : truths) {
      const FlowRecord& record = records.at(port);
      EXPECT_EQ(record.forward.packets, truth.packets[0]);
      EXPECT_EQ(record.reverse.bytes, truth.bytes[1]);
      EXPECT_EQ(record.forward.retransmits, truth.retransmits) << "port " << port;
      EXPECT_EQ(record.forward.out_of_order, 0U);
      EXPECT_EQ(record.reverse.retransmits, 0U);
      EXPECT_NEAR(record.round_trips.mean_us(), static_cast<double>(truth.data_rtt_us), 2.1)
          << "port " << port;
      EXPECT_NEAR(record.round_trips.max_us, static_cast<double>(truth.data_rtt_us), 2.1);
      repeats += truth.retransmits;
    }
    EXPECT_GT(repeats, 50U);
  }
}

// Segments that overtake one another shortly before the place of capture are out of order, not sent
// again.
TEST_F(MeterReferenceTest, Overtaking) {
  std::mt19937 random(3);
  std::vector<Seen> all;
  std::map<std::uint16_t, std::uint32_t> swapped;
  for (std::uint16_t port = 1'000; port < 1'100; ++port) {
    Truth truth;
    std::int64_t now = kStart;
    auto seen = converse({5 * kMs, 5 * kMs, 200 * kMs}, port, 0, 0, random, truth);
    seen.resize(3);  // the handshake
    std::sort(seen.begin(), seen.end(),
              [](const Seen& a, const Seen& b) { return a.time_ns < b.time_ns; });
    now = seen.back().time_ns + 10 * kMs;
    packet::TcpFields fields = seen.back().fields;
    fields.flags = 24;
    for (std::uint32_t pair = 0; pair < 20; ++pair) {
      const bool is_swapped = random() % 3 == 0;
      swapped[port] += is_swapped ? 1 : 0;
      for (const std::uint32_t half : {is_swapped ? 1U : 0U, is_swapped ? 0U : 1U}) {
        fields.sequence = 1'000 + pair * 200 + half * 100;
        seen.push_back({now, true, fields, 100, 0});
        now += 200 * kUs;
      }
      now += 20 * kMs;
    }
    all.insert(all.end(), seen.begin(), seen.end());
  }
  const auto records = meter(std::move(all));
  ASSERT_EQ(records.size(), 100U);
  for (const auto& [port, record] : records) {
    EXPECT_EQ(record.forward.out_of_order, swapped[port]) << "port " << port;
    EXPECT_EQ(record.forward.retransmits, 0U);
    EXPECT_EQ(record.forward.data_segments, 40U);
  }
}

// The jitter of round trips is the mean change from one to the next.
TEST_F(MeterReferenceTest, Jitter) {
  std::mt19937 random(4);
  std::vector<Seen> seen;
  packet::TcpFields client;
  client.source_port = 1'000;
  client.destination_port = 443;
  client.flags = 24;
  packet::TcpFields server;
  server.source_port = 443;
  server.destination_port = 1'000;
  server.flags = 16;
  std::vector<double> trips_us;
  std::int64_t now = kStart;
  for (std::uint32_t i = 0; i < 300; ++i) {
    const std::int64_t trip_us = 1'000 + random() % 9'000;
    trips_us.push_back(static_cast<double>(trip_us));
    client.sequence = 1 + i * 100;
    seen.push_back({now, true, client, 100, 0});
    server.acknowledgement = 101 + i * 100;
    seen.push_back({now + trip_us * kUs, false, server, 0, 0});
    now += 50 * kMs;
  }
  double sum = 0;
  double changes = 0;
  for (std::size_t i = 0; i < trips_us.size(); ++i) {
    sum += trips_us[i];
    changes += i == 0 ? 0 : std::abs(trips_us[i] - trips_us[i - 1]);
  }
  const auto records = meter(std::move(seen));
  const RoundTrips& trips = records.at(1'000).round_trips;
  EXPECT_EQ(trips.samples, 300U);
  EXPECT_NEAR(trips.mean_us(), sum / 300, 2.1);
  EXPECT_NEAR(trips.jitter_us(), changes / 299, 2.1);
  EXPECT_NEAR(trips.min_us, *std::min_element(trips_us.begin(), trips_us.end()), 2.1);
  EXPECT_NEAR(trips.max_us, *std::max_element(trips_us.begin(), trips_us.end()), 2.1);
}

}  // namespace
}  // namespace weir::flow
