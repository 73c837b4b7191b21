#include "collector/collector.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "collector/packet_return.h"
#include "collector/socket_address.h"
#include "packet/builder.h"

namespace weir::collector {
namespace {

using packet::Bytes;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

IpAddress ip(std::string_view text) { return *parse_ip(text); }

// Sends from loopback, from a port of its own, as an encapsulating device does for a flow.
class Sender {
 public:
  explicit Sender(const ListenAddress& to) {
    size_ = to_socket_address(to, to_);
    socket_ = ::socket(to_.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }
  ~Sender() { ::close(socket_); }
  void send(const Bytes& payload) const {
    ASSERT_EQ(::sendto(socket_, payload.data(), payload.size(), 0,
                       reinterpret_cast<const sockaddr*>(&to_), size_),
              static_cast<ssize_t>(payload.size()));
  }
  // Several of one size in one call, which the receiver gets joined.
  void send_joined(const std::vector<Bytes>& payloads) const {
    const int segment = static_cast<int>(payloads.front().size());
    Bytes all;
    for (const Bytes& payload : payloads) {
      all.insert(all.end(), payload.begin(), payload.end());
    }
    ASSERT_EQ(::setsockopt(socket_, IPPROTO_UDP, 103, &segment, sizeof segment), 0);  // UDP_SEGMENT
    send(all);
    const int off = 0;
    ASSERT_EQ(::setsockopt(socket_, IPPROTO_UDP, 103, &off, sizeof off), 0);
  }

 private:
  sockaddr_storage to_{};
  socklen_t size_ = 0;
  int socket_;
};

std::uint16_t free_udp_port() {
  const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_storage bound{};
  socklen_t size = to_socket_address({ip("127.0.0.1"), 0}, bound);
  EXPECT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&bound), size), 0);
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size), 0);
  ::close(socket);
  return port_of(bound);
}

Bytes through_gateway(const Bytes& inner, std::uint32_t cookie = 9) {
  return packet::GeneveBuilder()
      .protocol((inner[0] >> 4) == std::byte{6} ? 0x86dd : 0x0800)
      .gateway(7, 8, cookie)
      .payload(inner)
      .build()
      .value();
}

class CollectorTest : public ::testing::Test {
 protected:
  CollectorTest() : port_(free_udp_port()) {
    options_.listen = {{ip("127.0.0.1"), port_}};
    options_.parser.ports.geneve = {6081, port_};
    options_.parser.role = packet::Role::kEndpoint;
    options_.meter.max_flows = 4096;
  }

  void start() {
    Collector::Sinks sinks;
    sinks.record = [this](const flow::FlowRecord& record) {
      const std::lock_guard lock(mutex_);
      records_.push_back(record);
    };
    auto collector = Collector::open(options_, clock_, std::move(sinks));
    ASSERT_TRUE(collector.has_value()) << collector.error().message;
    collector_ = std::move(*collector);
    collector_->start();
  }
  [[nodiscard]] Error refusal() const {
    const auto collector = Collector::open(options_, clock_, {});
    EXPECT_FALSE(collector.has_value());
    return collector ? Error{} : collector.error();
  }

  SystemClock clock_;
  std::uint16_t port_;
  CollectorOptions options_;
  std::unique_ptr<Collector> collector_;
  std::mutex mutex_;
  std::vector<flow::FlowRecord> records_;
};

TEST_F(CollectorTest, MetersWhatComesAndCountsWhatIsRefused) {
  start();
  const Sender sender(collector_->addresses()[0]);
  const auto client = ip("10.1.0.5");
  const auto server = ip("192.0.2.9");
  sender.send(through_gateway(packet::tcp_packet(client, server, {51'000, 443, 9, 0, 2}, {})));
  sender.send(through_gateway(packet::tcp_packet(server, client, {443, 51'000, 4, 10, 18}, {})));
  sender.send(through_gateway(packet::tcp_packet(client, server, {51'000, 443, 10, 5, 16}, {})));
  Bytes bad = through_gateway(packet::udp_packet(client, server, 7, 53, Bytes(20)));
  bad[0] = std::byte{0xc8};  // version 3
  sender.send(bad);
  sender.send({});
  // An unknown critical option: an endpoint drops it.
  sender.send(packet::GeneveBuilder()
                  .protocol(0x0800)
                  .option(0xff01, 0x81, Bytes(4))
                  .payload(packet::udp_packet(client, server, 7, 53, Bytes(20)))
                  .build()
                  .value());
  collector_->stop();
  const CollectorCounters counters = collector_->counters();
  EXPECT_EQ(counters.packets.received(), 6U);
  EXPECT_EQ(counters.packets.kept(), 3U);
  EXPECT_EQ(counters.packets.count(packet::Verdict::kGeneveVersion), 1U);
  EXPECT_EQ(counters.packets.count(packet::Verdict::kGeneveShort), 1U);
  EXPECT_EQ(counters.packets.count(packet::Verdict::kGeneveCriticalUnknown), 1U);
  EXPECT_EQ(counters.packets.kernel_drops, 0U);
  ASSERT_THAT(records_, SizeIs(1));
  EXPECT_EQ(records_[0].source, client);
  EXPECT_EQ(records_[0].forward.packets, 2U);
  EXPECT_EQ(records_[0].reverse.packets, 1U);
  EXPECT_GT(records_[0].round_trips.handshake_us, 0U);
  EXPECT_EQ(records_[0].gateway.endpoint, 7U);
  EXPECT_EQ(to_string(records_[0].tunnel_source), "127.0.0.1");
  EXPECT_THAT(to_text(counters), HasSubstr("received 6: kept 3, skipped 0, dropped 3"));
}

// Each direction comes from another outer port, so to any of the sockets.
TEST_F(CollectorTest, SeveralReceiversBringBothDirectionsTogether) {
  options_.num_receivers = 3;
  start();
  constexpr std::uint16_t kFlows = 200;
  for (std::uint16_t flow = 0; flow < kFlows; ++flow) {
    const auto client = IpAddress::from_v4(0x0a01'0000U + flow);
    const auto server = ip("192.0.2.9");
    const auto port = static_cast<std::uint16_t>(20'000 + flow);
    Sender(collector_->addresses()[0])
        .send(through_gateway(packet::tcp_packet(client, server, {port, 443, 9, 0, 2}, {}), flow));
    Sender(collector_->addresses()[0])
        .send(
            through_gateway(packet::tcp_packet(server, client, {443, port, 4, 10, 18}, {}), flow));
  }
  collector_->stop();
  const CollectorCounters counters = collector_->counters();
  EXPECT_EQ(counters.packets.kept(), 2U * kFlows);
  EXPECT_GT(counters.handed_over, 0U);
  ASSERT_THAT(records_, SizeIs(kFlows));
  for (const flow::FlowRecord& record : records_) {
    EXPECT_EQ(record.forward.packets, 1U);
    EXPECT_EQ(record.reverse.packets, 1U);
  }
}

TEST_F(CollectorTest, CopiesOfTwoMirrorsCountOnceWhoeverGetsThem) {
  options_.num_receivers = 3;
  options_.parser.ports.vxlan = {port_, 0};
  options_.parser.ports.geneve = {6081, 0};
  start();
  for (std::uint16_t i = 0; i < 100; ++i) {
    const Bytes inner = packet::ethernet_frame(
        0x0800, packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), i, 53, Bytes(30)));
    Sender(collector_->addresses()[0]).send(packet::vxlan_packet(1, inner));
    Sender(collector_->addresses()[0]).send(packet::vxlan_packet(2, inner));
  }
  collector_->stop();
  EXPECT_EQ(collector_->counters().flows.duplicates, 100U);
  EXPECT_THAT(records_, SizeIs(100));
}

TEST_F(CollectorTest, FragmentsFindTheirFlowAtAnotherReceiver) {
  options_.num_receivers = 3;
  start();
  Bytes whole = packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), 7, 53, Bytes(1000));
  whole[5] = std::byte{1};  // identification
  Bytes first(whole.begin(), whole.begin() + 20 + 504);
  first[2] = std::byte{2};
  first[3] = std::byte{12};  // 524
  first[6] = std::byte{0x20};
  Bytes second(whole.begin(), whole.begin() + 20);
  second.insert(second.end(), whole.begin() + 524, whole.end());
  second[2] = std::byte{2};
  second[3] = std::byte{4};  // 516
  second[7] = std::byte{63};
  const Sender sender(collector_->addresses()[0]);
  sender.send(through_gateway(first));
  sender.send(through_gateway(second));
  collector_->stop();
  ASSERT_THAT(records_, SizeIs(1));
  EXPECT_EQ(records_[0].forward.packets, 2U);
  EXPECT_EQ(records_[0].destination_port, 53U);
  EXPECT_EQ(records_[0].fragments, 2U);
}

TEST_F(CollectorTest, JoinedDatagramsAreTakenApart) {
  start();
  std::vector<Bytes> payloads;
  for (std::uint16_t i = 0; i < 20; ++i) {
    payloads.push_back(
        through_gateway(packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), i, 53, Bytes(100)), i));
  }
  payloads.push_back(
      through_gateway(packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), 20, 53, Bytes(40)), 20));
  const Sender sender(collector_->addresses()[0]);
  sender.send_joined(payloads);
  collector_->stop();
  EXPECT_EQ(collector_->counters().packets.kept(), 21U);
  ASSERT_THAT(records_, SizeIs(21));
  std::uint64_t bytes = 0;
  for (const flow::FlowRecord& record : records_) {
    bytes += record.forward.bytes;
    EXPECT_EQ(record.gateway.cookie, record.source_port);
  }
  EXPECT_EQ(bytes, 20U * 128 + 68);
}

TEST_F(CollectorTest, ListensOnBothFamilies) {
  options_.listen = {{ip("127.0.0.1"), port_}, {ip("::1"), port_}};
  start();
  const Bytes payload =
      through_gateway(packet::udp_packet(ip("2001:db8::1"), ip("2001:db8::2"), 7, 53, Bytes(30)));
  Sender(collector_->addresses()[0]).send(payload);
  Sender(collector_->addresses()[1]).send(payload);
  collector_->stop();
  EXPECT_EQ(collector_->counters().packets.kept(), 2U);
  EXPECT_EQ(collector_->counters().flows.duplicates, 1U);  // the same packet by another tunnel
  ASSERT_THAT(records_, SizeIs(1));
  EXPECT_EQ(records_[0].forward.bytes, 78U);
  EXPECT_EQ(to_string(records_[0].source), "2001:db8::1");
}

TEST_F(CollectorTest, TakesFromTheListAlone) {
  options_.allow = {*parse_prefix("10.0.0.0/8")};
  start();
  const Sender sender(collector_->addresses()[0]);
  sender.send(through_gateway(packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), 7, 53, {})));
  collector_->stop();
  EXPECT_EQ(collector_->counters().not_allowed, 1U);
  EXPECT_EQ(collector_->counters().packets.received(), 0U);
}

TEST_F(CollectorTest, WhatTheKernelDropsIsCounted) {
  options_.receive_buffer_bytes = 1;  // the least that there is
  Collector::Sinks sinks;
  sinks.record = [](const flow::FlowRecord&) {};
  auto collector = Collector::open(options_, clock_, std::move(sinks));
  ASSERT_TRUE(collector.has_value()) << collector.error().message;
  const Sender sender((*collector)->addresses()[0]);
  constexpr std::uint64_t kSent = 50;
  for (std::uint16_t i = 0; i < kSent; ++i) {  // nobody takes them yet
    sender.send(
        through_gateway(packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), i, 53, Bytes(1000))));
  }
  (*collector)->start();
  (*collector)->stop();
  const CollectorCounters counters = (*collector)->counters();
  EXPECT_GT(counters.packets.kernel_drops, 0U);
  EXPECT_EQ(counters.packets.received() + counters.packets.kernel_drops, kSent);
}

TEST_F(CollectorTest, RefusesWhatWouldListenToEverybody) {
  options_.listen = {{ip("0.0.0.0"), port_}};
  EXPECT_THAT(refusal().message, AllOf(HasSubstr("can be reached from other machines"),
                                       HasSubstr("--allow 10.0.0.0/16")));
  options_.listen = {{ip("127.0.0.1"), 9}};
  EXPECT_THAT(refusal().message, HasSubstr("--geneve-port 9"));
}

class HealthTest : public CollectorTest {
 protected:
  std::string ask(std::string_view request) const {
    sockaddr_storage to{};
    const socklen_t size = to_socket_address(*collector_->health_address(), to);
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&to), size), 0);
    EXPECT_EQ(::send(socket, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::string answer;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::recv(socket, piece.data(), piece.size(), 0)) > 0;) {
      answer.append(piece.data(), static_cast<std::size_t>(got));
    }
    ::close(socket);
    return answer;
  }
};

TEST_F(HealthTest, AnswersWhileHealthyAndWhileDraining) {
  options_.health = ListenAddress{ip("127.0.0.1"), 0};
  start();
  EXPECT_THAT(ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(ask("HEAD /health HTTP/1.0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), ::testing::EndsWith("\r\n\r\n")));
  EXPECT_THAT(ask("POST / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
  EXPECT_EQ(ask(std::string(5000, 'x')), "");
  EXPECT_THAT(ask("GET /metrics HTTP/1.1\r\n\r\n"),
              AllOf(HasSubstr("weir_packet_dropped_total{reason=\"kernel_drop\"} 0\n"),
                    HasSubstr("weir_collector_open_flows 0\n")));
  collector_->stop();
  EXPECT_THAT(ask("GET / HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
}

TEST(ListenAddressTest, Forms) {
  const auto text = [](std::string_view given) {
    std::vector<std::string> forms;
    const auto addresses = parse_listen_address(given);
    if (addresses) {
      for (const ListenAddress& address : *addresses) {
        forms.push_back(to_string(address));
      }
    }
    return forms;
  };
  EXPECT_THAT(text("127.0.0.1:6081"), ElementsAre("127.0.0.1:6081"));
  EXPECT_THAT(text("10.0.1.99"), ElementsAre("10.0.1.99:6081", "10.0.1.99:4789"));
  EXPECT_THAT(text("::1"), ElementsAre("[::1]:6081", "[::1]:4789"));
  EXPECT_THAT(text("[::1]:4789"), ElementsAre("[::1]:4789"));
  for (const char* bad :
       {"", ":6081", "host:6081", "[::1", "[::1]x", "127.0.0.1:x", "1.2.3.4:65536"}) {
    EXPECT_THAT(text(bad), SizeIs(0)) << bad;
  }
}

// What stands in the path hands on whatever came through a sound GENEVE header.
TEST(PacketReturnTest, ReturnsWhatTheOuterHeaderAllows) {
  packet::ParserOptions options;
  options.role = packet::Role::kEndpoint;
  const packet::Parser parser(options);
  packet::PacketView view;
  const auto must_return = [&](const Bytes& payload, std::uint16_t port = 6081) {
    const Bytes frame = packet::udp_packet(ip("10.0.1.10"), ip("10.0.1.99"), 60'001, port, payload);
    (void)parser.parse(frame, static_cast<std::uint32_t>(frame.size()), packet::LinkType::kRawIp,
                       view);
    return PacketReturn::must_return(view);
  };
  const Bytes plain = packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), 7, 53, Bytes(20));
  EXPECT_TRUE(must_return(through_gateway(plain)));
  // Inside: a VXLAN header without VNI, one that is cut, GENEVE of another version, five tunnels.
  EXPECT_TRUE(must_return(
      through_gateway(packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), 7, 4789, Bytes(20)))));
  EXPECT_TRUE(must_return(
      through_gateway(packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), 7, 4789, Bytes(3)))));
  EXPECT_TRUE(must_return(through_gateway(
      packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), 7, 6081, Bytes(8, std::byte{0xff})))));
  Bytes deep = plain;
  for (int i = 0; i < 6; ++i) {
    deep =
        packet::udp_packet(ip("10.1.0.5"), ip("10.2.0.9"), 7, 6081,
                           packet::GeneveBuilder().protocol(0x0800).payload(deep).build().value());
  }
  EXPECT_TRUE(must_return(through_gateway(deep)));
  EXPECT_EQ(view.verdict, packet::Verdict::kTunnelTooDeep);
  EXPECT_TRUE(must_return(through_gateway(Bytes(4, std::byte{0x45}))));  // cut inside

  Bytes bad = through_gateway(plain);
  bad[0] = std::byte{0xc8};
  EXPECT_FALSE(must_return(bad));
  EXPECT_FALSE(must_return(Bytes(5)));
  bad = through_gateway(plain);
  bad[1] = std::byte{0x80};  // control
  EXPECT_FALSE(must_return(bad));
  EXPECT_FALSE(must_return(packet::GeneveBuilder()
                               .protocol(0x0800)
                               .option(0xff01, 0x81, Bytes(4))
                               .payload(plain)
                               .build()
                               .value()));
  EXPECT_FALSE(must_return(packet::vxlan_packet(1, packet::ethernet_frame(0x0800, plain)), 4789));
}

}  // namespace
}  // namespace weir::collector
