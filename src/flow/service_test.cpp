#include <gtest/gtest.h>

#include <set>
#include <string>

#include "flow/enrichment.h"
#include "flow/service_table.h"

namespace weir::flow {
namespace {

std::string service(int protocol, std::optional<int> source_port,
                    std::optional<int> destination_port,
                    std::optional<int> tcp_flags = std::nullopt) {
  char text[32];
  return {text, service_of(protocol, source_port, destination_port, tcp_flags, text)};
}

TEST(ServiceTable, IsInOrderWithoutRepeatsAndItsNamesFit) {
  std::set<std::pair<int, int>> seen;
  int last = 0;
  for (const WellKnownService& entry : kWellKnownServices) {
    EXPECT_GE(entry.port, last);
    last = entry.port;
    EXPECT_FALSE(entry.name.empty());
    EXPECT_LE(entry.name.size(), 31u) << entry.name;
    EXPECT_NE(entry.transports, 0);
    for (const int transport : {kTcp, kUdp, kSctp}) {
      if ((entry.transports & transport) != 0) {
        EXPECT_TRUE(seen.emplace(entry.port, transport).second) << entry.port << " " << entry.name;
      }
    }
  }
  EXPECT_GE(seen.size(), 300u);
}

TEST(ServiceTable, EveryEntryIsFound) {
  for (const WellKnownService& entry : kWellKnownServices) {
    for (const auto& [transport, protocol] :
         {std::pair(kTcp, 6), std::pair(kUdp, 17), std::pair(kSctp, 132)}) {
      if ((entry.transports & transport) != 0) {
        EXPECT_EQ(service_at(protocol, entry.port), entry.name);
      }
    }
  }
}

TEST(ServiceAt, NamesDependOnTheProtocol) {
  EXPECT_EQ(service_at(6, 80), "HTTP");
  EXPECT_EQ(service_at(6, 443), "HTTPS");
  EXPECT_EQ(service_at(17, 443), "QUIC");
  EXPECT_EQ(service_at(6, 22), "SSH");
  EXPECT_EQ(service_at(17, 22), "");
  EXPECT_EQ(service_at(6, 21), "FTP");
  EXPECT_EQ(service_at(6, 25), "SMTP");
  EXPECT_EQ(service_at(6, 53), "DNS");
  EXPECT_EQ(service_at(17, 53), "DNS");
  EXPECT_EQ(service_at(6, 3306), "MySQL");
  EXPECT_EQ(service_at(6, 5432), "PostgreSQL");
  EXPECT_EQ(service_at(6, 6379), "Redis");
  EXPECT_EQ(service_at(6, 27017), "MongoDB");
  EXPECT_EQ(service_at(17, 123), "NTP");
  EXPECT_EQ(service_at(6, 123), "");
  EXPECT_EQ(service_at(17, 514), "Syslog");
  EXPECT_EQ(service_at(6, 514), "rsh");
  EXPECT_EQ(service_at(6, 6443), "Kubernetes-API");
}

TEST(ServiceAt, WhatHasNoServiceHasNoName) {
  EXPECT_EQ(service_at(6, 0), "");
  EXPECT_EQ(service_at(6, -1), "");
  EXPECT_EQ(service_at(6, 65'536), "");
  EXPECT_EQ(service_at(6, 65'536 + 443), "");
  EXPECT_EQ(service_at(6, 49'152), "");
  EXPECT_EQ(service_at(1, 80), "");
  EXPECT_EQ(service_at(47, 443), "");
  EXPECT_EQ(service_at(-6, 443), "");
}

TEST(ProtocolName, IsTheKeywordOfIana) {
  EXPECT_EQ(protocol_name(0), "HOPOPT");
  EXPECT_EQ(protocol_name(1), "ICMP");
  EXPECT_EQ(protocol_name(2), "IGMP");
  EXPECT_EQ(protocol_name(6), "TCP");
  EXPECT_EQ(protocol_name(9), "IGP");
  EXPECT_EQ(protocol_name(17), "UDP");
  EXPECT_EQ(protocol_name(27), "RDP");
  EXPECT_EQ(protocol_name(33), "DCCP");
  EXPECT_EQ(protocol_name(41), "IPv6");
  EXPECT_EQ(protocol_name(47), "GRE");
  EXPECT_EQ(protocol_name(50), "ESP");
  EXPECT_EQ(protocol_name(51), "AH");
  EXPECT_EQ(protocol_name(58), "ICMPv6");
  EXPECT_EQ(protocol_name(60), "IPv6-Opts");
  EXPECT_EQ(protocol_name(62), "CFTP");
  EXPECT_EQ(protocol_name(70), "VISA");
  EXPECT_EQ(protocol_name(80), "ISO-IP");
  EXPECT_EQ(protocol_name(88), "EIGRP");
  EXPECT_EQ(protocol_name(89), "OSPFIGP");
  EXPECT_EQ(protocol_name(94), "IPIP");
  EXPECT_EQ(protocol_name(103), "PIM");
  EXPECT_EQ(protocol_name(112), "VRRP");
  EXPECT_EQ(protocol_name(115), "L2TP");
  EXPECT_EQ(protocol_name(132), "SCTP");
  EXPECT_EQ(protocol_name(136), "UDPLite");
  EXPECT_EQ(protocol_name(139), "HIP");
  EXPECT_EQ(protocol_name(143), "Ethernet");
  EXPECT_EQ(protocol_name(146), "Homa");
  for (const int number : {61, 63, 68, 99, 114, 147, 200, 252, 253, 254, 255, 256, 8080, -1}) {
    EXPECT_EQ(protocol_name(number), "") << number;
  }
}

TEST(Initiator, IsWhoSentTheFirstSyn) {
  EXPECT_EQ(initiator_of(6, 2), Initiator::kSource);
  EXPECT_EQ(initiator_of(6, 3), Initiator::kSource);        // SYN and FIN in one window
  EXPECT_EQ(initiator_of(6, 6), Initiator::kSource);        // SYN, then RST
  EXPECT_EQ(initiator_of(6, 18), Initiator::kDestination);  // SYN-ACK
  EXPECT_EQ(initiator_of(6, 19), Initiator::kDestination);
  EXPECT_EQ(initiator_of(6, 0), Initiator::kUnknown);  // the middle of a connection
  EXPECT_EQ(initiator_of(6, 1), Initiator::kUnknown);
  EXPECT_EQ(initiator_of(6, 4), Initiator::kUnknown);
  EXPECT_EQ(initiator_of(6, 16), Initiator::kUnknown);
  EXPECT_EQ(initiator_of(6, std::nullopt), Initiator::kUnknown);
  EXPECT_EQ(initiator_of(17, 2), Initiator::kUnknown);  // flags mean nothing outside of TCP
}

TEST(ServiceOf, FlagsTellTheServer) {
  EXPECT_EQ(service(6, 443, 22, 2), "SSH");
  EXPECT_EQ(service(6, 443, 22, 18), "HTTPS");
  EXPECT_EQ(service(6, 22, 8443, 2), "TCP/8443");  // though 22 is the known one
  EXPECT_EQ(service(17, 443, 53, 18), "DNS");      // not for UDP
}

TEST(ServiceOf, WithoutFlagsTheOnlyKnownPortThenTheLowerOne) {
  EXPECT_EQ(service(6, 51'000, 443), "HTTPS");
  EXPECT_EQ(service(6, 443, 51'000), "HTTPS");
  EXPECT_EQ(service(6, 1'030, 27'017), "MongoDB");  // the higher one, but known
  EXPECT_EQ(service(6, 3'306, 22), "SSH");          // both known
  EXPECT_EQ(service(6, 8'443, 51'000), "TCP/8443");
  EXPECT_EQ(service(17, 51'000, 40'000, 0), "UDP/40000");
  EXPECT_EQ(service(6, 443, 51'000, 0), "HTTPS");
}

TEST(ServiceOf, ProtocolsWithoutPorts) {
  EXPECT_EQ(service(1, 0, 0), "ICMP");
  EXPECT_EQ(service(1, std::nullopt, std::nullopt), "ICMP");
  EXPECT_EQ(service(58, 80, 443), "ICMPv6");
  EXPECT_EQ(service(47, 0, 0), "GRE");
  EXPECT_EQ(service(200, 0, 0), "Protocol-200");
  EXPECT_EQ(service(255, std::nullopt, std::nullopt), "Protocol-255");
  EXPECT_EQ(service(8080, 1, 2), "Protocol-8080");
}

TEST(ServiceOf, OtherTransportsShowTheirPort) {
  EXPECT_EQ(service(132, 40'000, 3'868), "Diameter");
  EXPECT_EQ(service(33, 5'000, 6'000), "DCCP/5000");
  EXPECT_EQ(service(136, 5'000, 6'000), "UDPLite/5000");
}

TEST(ServiceOf, AbsentPorts) {
  EXPECT_EQ(service(6, std::nullopt, std::nullopt), "");
  EXPECT_EQ(service(6, std::nullopt, 443), "HTTPS");
  EXPECT_EQ(service(6, 8'443, std::nullopt), "TCP/8443");
  EXPECT_EQ(service(6, 51'000, std::nullopt, 2), "");  // the server's port is the absent one
  EXPECT_EQ(service(6, 0, 51'000), "TCP/51000");       // fragments have port 0
  EXPECT_EQ(service(6, 0, 0), "TCP/0");
  EXPECT_EQ(service(-1, 80, 443), "");
}

TEST(ServiceOf, StaysInsideItsBuffer) {
  for (int protocol = 0; protocol < 300; ++protocol) {
    for (const int port : {0, 1, 443, 65'535, 1'000'000, -2'147'483'647}) {
      EXPECT_LE(service(protocol, port, port).size(), 32u);
    }
  }
}

}  // namespace
}  // namespace weir::flow
