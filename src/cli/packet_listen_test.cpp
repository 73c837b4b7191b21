#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "cli/command_fixture.h"
#include "packet/builder.h"

namespace weir::cli {
namespace {

using packet::Bytes;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

IpAddress ip(std::string_view text) { return *parse_ip(text); }

Bytes from_gateway(const Bytes& inner) {
  return packet::GeneveBuilder().protocol(0x0800).gateway(7, 8, 9).payload(inner).build().value();
}

// The handshake of a connection, and a datagram.
std::vector<Bytes> conversation() {
  const auto client = ip("10.1.0.5");
  const auto server = ip("192.0.2.9");
  return {from_gateway(packet::tcp_packet(client, server, {51'000, 443, 9, 0, 2}, {})),
          from_gateway(packet::tcp_packet(server, client, {443, 51'000, 4, 10, 18}, {})),
          from_gateway(packet::tcp_packet(client, server, {51'000, 443, 10, 5, 16}, {})),
          from_gateway(packet::udp_packet(client, server, 7, 53, Bytes(20)))};
}

class PacketListenTest : public CommandFixture {
 protected:
  // A socket that is connected hears when nobody listens.
  PacketListenTest() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int probe = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(probe, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size), 0);
    ::close(probe);
    port_ = std::to_string(ntohs(address.sin_port));
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  ~PacketListenTest() override { ::close(socket_); }

  // Runs the command, sends once it listens, then interrupts it.
  int listen(std::vector<std::string> words, const std::vector<Bytes>& payloads) {
    CancelToken interrupt;
    std::thread sender([&] {
      const char probe = 0;
      while (::send(socket_, &probe, 1, 0) < 0 || ::send(socket_, &probe, 1, 0) < 0) {
        std::this_thread::yield();
      }
      for (const Bytes& payload : payloads) {
        EXPECT_EQ(::send(socket_, payload.data(), payload.size(), 0),
                  static_cast<ssize_t>(payload.size()));
      }
      interrupt.cancel();
    });
    words.insert(words.begin(), "packets");
    words.insert(words.end(),
                 {"--listen", "127.0.0.1:" + port_, "--geneve-port", port_, "--max-flows", "1000"});
    const int code = run(words, interrupt);
    sender.join();
    return code;
  }

  // A capture with the same packets.
  std::string write_capture() const {
    std::string file("\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0", 24);
    std::uint32_t time_us = 0;
    for (const Bytes& payload : conversation()) {
      const Bytes frame = packet::ethernet_frame(
          0x0800, packet::udp_packet(ip("10.0.1.10"), ip("10.0.1.99"), 60'001, 6081, payload));
      const auto size = static_cast<std::uint32_t>(frame.size());
      for (const std::uint32_t number : {1'700'000'000U, time_us, size, size}) {
        for (int i = 0; i < 4; ++i) {
          file += static_cast<char>(number >> (8 * i));
        }
      }
      file.append(reinterpret_cast<const char*>(frame.data()), frame.size());
      time_us += 12'500;
    }
    return write("a.pcap", file);
  }

  int socket_;
  std::string port_;
};

TEST_F(PacketListenTest, ShowsPacketsAsTheyCome) {
  ASSERT_EQ(listen({"-o", "jsonl"}, conversation()), kExitDone) << said_;
  EXPECT_THAT(output_, AllOf(HasSubstr("\"verdict\":\"geneve_short\""),
                             HasSubstr("\"gwlbe_eni\":\"eni-00000000000000007\"")));
  EXPECT_TRUE(output_.ends_with("}\n"));
  EXPECT_THAT(output_, Not(HasSubstr("\n\n")));
  EXPECT_THAT(said_, AllOf(HasSubstr("listening on 127.0.0.1:" + port_), HasSubstr(" kept 4, ")));
}

TEST_F(PacketListenTest, MetersIntoTheStoreBesideStandardOutput) {
  const std::string data = path("store");
  ASSERT_EQ(listen({"--flows", "-o", "jsonl", "--data", data, "--threads", "2"}, conversation()),
            kExitDone)
      << said_;
  EXPECT_THAT(output_,
              AllOf(HasSubstr("\"rtt_us\":"), HasSubstr("\"tunnel_source\":\"127.0.0.1\"")));
  EXPECT_THAT(said_, AllOf(HasSubstr("2 flows in 2 records of 4 packets"),
                           HasSubstr("3 rows went into the store")));
  EXPECT_THAT(output_, Not(HasSubstr("\n\n")));
  ASSERT_EQ(run({"query", "--data", data, "-o", "csv",
                 "SELECT srcaddr, dstport, flow_side, packets FROM flows ORDER BY dstport"}),
            kExitDone)
      << said_;
  EXPECT_EQ(output_,
            "srcaddr,dstport,flow_side,packets\r\n10.1.0.5,53,initiator,1\r\n"
            "10.1.0.5,443,initiator,2\r\n192.0.2.9,51000,responder,1\r\n");
}

TEST_F(PacketListenTest, CountsAndFilters) {
  ASSERT_EQ(listen({"--stats", "-o", "prometheus", "--filter", "inner udp"}, conversation()),
            kExitDone)
      << said_;
  EXPECT_THAT(output_, AllOf(HasSubstr("weir_packet_kept_total 1\n"),
                             HasSubstr("weir_collector_not_allowed_total 0\n")));
}

TEST_F(PacketListenTest, WatchesGateways) {
  ASSERT_EQ(listen({"watch", "-o", "json"}, conversation()), kExitDone) << said_;
  EXPECT_THAT(output_, HasSubstr("\"endpoint\":\"eni-00000000000000007\",\"packets\":4"));
}

TEST_F(PacketListenTest, AllowListAndUsage) {
  ASSERT_EQ(listen({"--stats", "-o", "prometheus", "--allow", "10.0.0.0/8"}, conversation()),
            kExitDone)
      << said_;
  EXPECT_THAT(output_, AllOf(HasSubstr("weir_packet_kept_total 0\n"),
                             Not(HasSubstr("weir_collector_not_allowed_total 0\n"))));
  EXPECT_EQ(run({"packets", "--listen", "0.0.0.0"}), kExitUsage);
  EXPECT_THAT(said_, HasSubstr("--allow 10.0.0.0/16"));
  EXPECT_EQ(run({"packets", "--listen", "somewhere"}), kExitUsage);
  EXPECT_EQ(run({"packets", "--listen", "--allow", "10/8"}), kExitUsage);
  EXPECT_EQ(run({"packets", "--listen", "--validate"}), kExitUsage);
  EXPECT_EQ(run({"packets", "--pass-through", "a.pcap"}), kExitUsage);
  EXPECT_EQ(run({"packets", "--data", path("store"), "a.pcap"}), kExitUsage);
}

// What a flow log knows (the interface, the verdict) beside what only packets know.
TEST_F(PacketListenTest, CapturesJoinFlowLogsByTheInnerFiveTuple) {
  const std::string data = path("store");
  const std::string capture = write_capture();
  ASSERT_EQ(run({"packets", "--flows", "--data", data, capture}), kExitDone) << said_;
  EXPECT_EQ(output_, "");
  EXPECT_THAT(said_, HasSubstr("3 rows went into the store"));
  ASSERT_EQ(run({"packets", "--flows", "--data", data, capture}), kExitDone) << said_;
  EXPECT_THAT(said_, HasSubstr("was taken in before"));
  ASSERT_EQ(run({"ingest", "--data", data, capture}), kExitDone)
      << said_;  // the same, told by content
  EXPECT_THAT(said_, HasSubstr("was taken in before"));
  EXPECT_EQ(run({"ingest", "--data", data, "--where", "bytes > 1", capture}), kExitUsage);
  const std::string log = write(
      "vpc.log",
      "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes "
      "start "
      "end action log-status\n"
      "2 123456789012 eni-0a 10.1.0.5 192.0.2.9 51000 443 6 2 80 1700000000 1700000060 ACCEPT OK\n"
      "2 123456789012 eni-0a 10.1.0.5 192.0.2.9 7 53 17 1 48 1700000000 1700000060 REJECT OK\n"
      "2 123456789012 eni-0a 10.1.0.6 192.0.2.9 8 53 17 1 48 1700000000 1700000060 ACCEPT OK\n");
  ASSERT_EQ(run({"ingest", "--data", data, log, capture}), kExitDone) << said_;
  ASSERT_EQ(run({"query", "--data", data, "-o", "csv",
                 "SELECT l.interface_id, l.action, l.dstport, p.rtt_us, p.gwlbe_eni, p.bytes FROM "
                 "flows l "
                 "JOIN flows p ON l.srcaddr = p.srcaddr AND l.dstaddr = p.dstaddr AND l.srcport = "
                 "p.srcport AND l.dstport = p.dstport AND l.protocol = p.protocol "
                 "WHERE l.tunnel_path IS NULL AND p.tunnel_path = 'geneve' ORDER BY l.dstport"}),
            kExitDone)
      << said_;
  EXPECT_EQ(output_,
            "interface_id,action,dstport,rtt_us,gwlbe_eni,bytes\r\n"
            "eni-0a,REJECT,53,,eni-00000000000000007,48\r\n"
            "eni-0a,ACCEPT,443,25000,eni-00000000000000007,80\r\n");
  ASSERT_EQ(run({"query", "--data", data, "-o", "csv",
                 "filter ispresent(rtt_us) | stats avg(rtt_us) as rtt, count(*) as n"}),
            kExitDone)
      << said_;
  EXPECT_THAT(output_, HasSubstr("25000"));
  ASSERT_EQ(run({"fsck", "--data", data}), kExitDone) << said_;
}

}  // namespace
}  // namespace weir::cli
