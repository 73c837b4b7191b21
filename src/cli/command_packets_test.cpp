#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cli/command_fixture.h"
#include "packet/builder.h"

namespace weir::cli {
namespace {

using packet::Bytes;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

IpAddress ip(std::string_view text) { return *parse_ip(text); }

// Runs the command as users do, on a capture of its own.
class PacketsCommandTest : public CommandFixture {
 protected:
  PacketsCommandTest() { write_capture(); }

  static Bytes through_gateway(const Bytes& inner) {
    const Bytes payload =
        packet::GeneveBuilder().protocol(0x0800).gateway(7, 8, 9).payload(inner).build().value();
    return packet::ethernet_frame(
        0x0800, packet::udp_packet(ip("10.0.1.10"), ip("10.0.1.99"), 60'001, 6081, payload));
  }
  void write_capture() {
    std::string file("\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0", 24);
    const auto add = [&](std::uint32_t time_us, const Bytes& frame) {
      const auto size = static_cast<std::uint32_t>(frame.size());
      for (const std::uint32_t number : {1'700'000'000U, time_us, size, size}) {
        for (int i = 0; i < 4; ++i) {
          file += static_cast<char>(number >> (8 * i));
        }
      }
      file.append(reinterpret_cast<const char*>(frame.data()), frame.size());
    };
    const auto client = ip("10.1.0.5");
    const auto server = ip("192.0.2.9");
    add(0, through_gateway(packet::tcp_packet(client, server, {51'000, 443, 9, 0, 2}, {})));
    add(20'000, through_gateway(packet::tcp_packet(server, client, {443, 51'000, 4, 10, 18}, {})));
    add(25'000, through_gateway(packet::tcp_packet(client, server, {51'000, 443, 10, 5, 16}, {})));
    add(30'000, through_gateway(packet::udp_packet(client, server, 7, 53, Bytes(20))));
    Bytes bad = through_gateway(packet::udp_packet(client, server, 7, 53, Bytes(20)));
    bad[42] = std::byte{0xc8};  // version 3
    add(40'000, bad);
    std::ofstream(path("a.pcap"), std::ios::binary) << file;
    std::ofstream(path("cut.pcap"), std::ios::binary) << file.substr(0, file.size() - 5);
    std::ofstream(path("inventory.json"))
        << R"({"NetworkInterfaces":[{"NetworkInterfaceId":"eni-1","OwnerId":"012345678901",)"
           R"("VpcId":"vpc-9","PrivateIpAddress":"10.1.0.5"}]})";
  }
  int run(std::vector<std::string> words) {
    words.insert(words.begin(), "packets");
    return CommandFixture::run(words);
  }
  int run_words(const std::vector<std::string>& words) { return CommandFixture::run(words); }
};

TEST_F(PacketsCommandTest, ListsPacketsAndReasons) {
  ASSERT_EQ(run({path("a.pcap")}), kExitDone) << said_;
  EXPECT_THAT(output_, HasSubstr("eni-00000000000000007 cookie 00000009 | TCP 10.1.0.5:51000 > "
                                 "192.0.2.9:443 [S] 40 bytes"));
  EXPECT_THAT(output_, HasSubstr("| geneve_version"));
  ASSERT_EQ(run({"-o", "json", path("a.pcap")}), kExitDone);
  EXPECT_THAT(output_, AllOf(StartsWith("[{\"number\":1,"), HasSubstr("},\n{\"number\":2,")));
  EXPECT_TRUE(output_.ends_with("}]\n"));
  ASSERT_EQ(run({"--details", "--profile", "libgeneve", path("a.pcap")}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("vpc_id = 0"));
}

TEST_F(PacketsCommandTest, CountsAndFilters) {
  ASSERT_EQ(run({"--stats", "-o", "json", path("a.pcap")}), kExitDone) << said_;
  EXPECT_THAT(output_, HasSubstr("{\"received\":5,\"kept\":4,\"skipped\":0,\"dropped\":1,"));
  ASSERT_EQ(run({"--stats", "-o", "json", "--filter", "inner udp", path("a.pcap")}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("{\"received\":5,\"kept\":1,\"skipped\":4,\"dropped\":0,"));
  EXPECT_THAT(output_, HasSubstr("\"skipped_by_reason\":{\"filtered\":4}"));
  ASSERT_EQ(run({"--stats", "--filter", "inner udp", path("a.pcap")}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("  filtered                               4\n"));
  ASSERT_EQ(run({"--stats", "-o", "prometheus", path("a.pcap")}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("weir_packet_dropped_total{reason=\"geneve_version\"} 1"));
  EXPECT_EQ(run({"--stats", "--filter", "inner colour red", path("a.pcap")}), kExitUsage);
  EXPECT_EQ(run({"--stats", "--profile", "nobody", path("a.pcap")}), kExitUsage);
  EXPECT_EQ(run({"--stats", "--flows", path("a.pcap")}), kExitUsage);
}

TEST_F(PacketsCommandTest, FlowsAloneAndInThreads) {
  ASSERT_EQ(run({"--flows", "-o", "jsonl", path("a.pcap")}), kExitDone) << said_;
  EXPECT_THAT(output_, HasSubstr("\"rtt_us\":25000"));
  EXPECT_THAT(said_, AllOf(HasSubstr("2 flows in 2 records of 4 packets"),
                           HasSubstr("1 packet was refused")));
  ASSERT_EQ(run({"--flows", "--threads", "3", "-o", "jsonl", path("a.pcap")}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("\"rtt_us\":25000"));
  EXPECT_THAT(said_, HasSubstr("2 flows in 2 records of 4 packets"));
  ASSERT_EQ(run({"--flows", "-o", "vpc", path("a.pcap")}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("2 - eni-00000000000000007 192.0.2.9 10.1.0.5 443 51000 6 1 40 "
                                 "1700000000 1700000000 - OK\n"));
  std::ofstream(path("flows.log")) << output_;
  ASSERT_EQ(
      run_words({"query", "-o", "csv", "SELECT count(*) AS n, count(action) AS known FROM flows",
                 path("flows.log")}),
      kExitDone)
      << said_;
  EXPECT_EQ(output_, "n,known\r\n3,0\r\n");
  ASSERT_EQ(run({"--flows", "--filter", "inner udp", path("a.pcap")}), kExitDone);
  EXPECT_THAT(said_, HasSubstr("1 flow in 1 record of 1 packet\n"));
}

TEST_F(PacketsCommandTest, ThreadsAreANumberInEveryMode) {
  for (const char* const mode : {"--stats", "--flows", "--validate", "--details", "--quiet"}) {
    for (const char* const threads : {"abc", "0", "-1"}) {
      EXPECT_EQ(run({mode, "--threads", threads, path("a.pcap")}), kExitUsage) << mode;
      EXPECT_THAT(said_, HasSubstr("--threads takes a whole number")) << mode;
    }
    EXPECT_EQ(run({mode, "--threads", "2", path("a.pcap")}), kExitDone) << mode;
  }
  EXPECT_EQ(run({"watch", "--threads", "abc", path("a.pcap")}), kExitUsage);
}

// A capture is one source for each set of options that decides which packets count.
TEST_F(PacketsCommandTest, OptionsAreOfTheIdentityInTheStore) {
  const std::string data = path("store");
  const std::vector<std::vector<std::string>> options = {
      {}, {"--strict"}, {"--options-limit", "5"}, {"--max-flows", "1"}};
  for (const auto& option : options) {
    std::vector<std::string> words = {"--flows", "--data", data, path("a.pcap")};
    words.insert(words.end(), option.begin(), option.end());
    ASSERT_EQ(run(words), kExitDone) << said_;
    EXPECT_THAT(said_, HasSubstr("3 rows went into the store"));
    ASSERT_EQ(run(words), kExitDone) << said_;
    EXPECT_THAT(said_, HasSubstr("was taken in before"));
  }
}

TEST_F(PacketsCommandTest, TelemetryOfAnInventory) {
  ASSERT_EQ(run({"--flows", "-o", "jsonl", "--inventory", path("inventory.json"), "--filter",
                 "account 012345678901 and inner tcp", path("a.pcap")}),
            kExitDone)
      << said_;
  EXPECT_THAT(output_, HasSubstr("\"vpc_id\":{\"value\":\"vpc-9\",\"origin\":\"I\""));
  EXPECT_THAT(output_, HasSubstr("\"latency_us\":{\"value\":25000,\"origin\":\"M\""));
}

TEST_F(PacketsCommandTest, ValidatesAndWatches) {
  ASSERT_EQ(run({"--validate", path("a.pcap")}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("error    geneve_version     version 3"));
  EXPECT_THAT(said_, HasSubstr("1 of 5 packets depart"));
  ASSERT_EQ(run({"watch", "-o", "json", path("a.pcap")}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("\"endpoint\":\"eni-00000000000000007\",\"packets\":4"));
  ASSERT_EQ(run({"watch", path("a.pcap")}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("1  times a cookie came with another flow"));
}

TEST_F(PacketsCommandTest, DamageIsSaidAndWhatCameBeforeIsGood) {
  EXPECT_EQ(run({"--stats", "-o", "json", path("cut.pcap")}), kExitPartial);
  EXPECT_THAT(output_, HasSubstr("\"received\":4"));
  EXPECT_THAT(said_, HasSubstr("ends within a packet"));
  EXPECT_EQ(run({"--stats", path("inventory.json")}), kExitInput);
  EXPECT_THAT(said_, HasSubstr("not a capture"));
  EXPECT_EQ(run({"--stats", path("absent.pcap")}), kExitInput);
}

TEST_F(PacketsCommandTest, RecordsGoToACollector) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  ASSERT_EQ(run({"--flows", "--ipfix", "127.0.0.1:" + std::to_string(ntohs(address.sin_port)),
                 path("a.pcap")}),
            kExitDone)
      << said_;
  std::array<std::byte, 2048> message{};
  const ssize_t received = ::recv(socket, message.data(), message.size(), MSG_DONTWAIT);
  ::close(socket);
  ASSERT_GT(received, 16);
  EXPECT_EQ(message[1], std::byte{10});
  ASSERT_EQ(run({"--flows", "-o", "ipfix", path("a.pcap")}), kExitDone);
  EXPECT_EQ(output_, std::string(reinterpret_cast<const char*>(message.data()),
                                 static_cast<std::size_t>(received)));
  EXPECT_EQ(run({"--flows", "--ipfix", "nowhere", path("a.pcap")}), kExitUsage);
}

}  // namespace
}  // namespace weir::cli
