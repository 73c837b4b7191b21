#pragma once

// What the examples work on: a capture that the user names, or a few packets made here.

#include <weir/flow/meter/meter.h>
#include <weir/inventory/inventory.h>
#include <weir/io/file_system.h>
#include <weir/packet/builder.h>
#include <weir/packet/capture_reader.h>
#include <weir/packet/parser.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace sample {

using TakePacket = std::function<void(const weir::packet::PacketView& view, std::int64_t time_ns)>;

inline weir::IpAddress ip(std::string_view text) { return *weir::parse_ip(text); }

// A frame as a Gateway Load Balancer sends it to an appliance.
inline weir::packet::Bytes from_gateway(const weir::packet::Bytes& inner, std::uint32_t cookie) {
  using namespace weir::packet;
  const Bytes payload = GeneveBuilder()
                            .protocol(0x0800)
                            .gateway(0x02b8ee1d4db0c51c, 0x0001020304050607, cookie)
                            .payload(inner)
                            .build()
                            .value();
  return ethernet_frame(0x0800,
                        udp_packet(ip("10.0.1.10"), ip("10.0.1.99"), 60'001, 6081, payload));
}

// A connection with a slow handshake, and a scan of three ports.
inline std::vector<weir::packet::Bytes> packets() {
  using namespace weir::packet;
  const auto tcp = [](std::string_view from, std::string_view to, const TcpFields& fields,
                      std::size_t size = 0) {
    return tcp_packet(ip(from), ip(to), fields, Bytes(size));
  };
  std::vector<Bytes> frames{
      from_gateway(tcp("10.1.0.5", "10.1.0.80", {50'000, 443, 99, 0, 0x02}), 1),
      from_gateway(tcp("10.1.0.80", "10.1.0.5", {443, 50'000, 499, 100, 0x12}), 1),
      from_gateway(tcp("10.1.0.5", "10.1.0.80", {50'000, 443, 100, 500, 0x10}), 1),
      from_gateway(tcp("10.1.0.5", "10.1.0.80", {50'000, 443, 100, 500, 0x18}, 200), 1),
      from_gateway(tcp("10.1.0.80", "10.1.0.5", {443, 50'000, 500, 300, 0x18}, 900), 1),
  };
  for (std::uint16_t port = 21; port <= 23; ++port) {
    frames.push_back(
        from_gateway(tcp("203.0.113.9", "10.1.0.5", {40'000, port, 7, 0, 0x02}), port));
  }
  return frames;
}

inline constexpr std::string_view kInventory = R"({
 "NetworkInterfaces": [
  {"NetworkInterfaceId": "eni-0a1", "OwnerId": "123456789012", "VpcId": "vpc-12345678", "SubnetId": "subnet-87654321",
   "AvailabilityZone": "us-east-1a", "PrivateIpAddress": "10.1.0.5", "Groups": [{"GroupId": "sg-1"}],
   "Attachment": {"InstanceId": "i-0abc"}},
  {"NetworkInterfaceId": "eni-0b2", "OwnerId": "123456789012", "VpcId": "vpc-12345678", "SubnetId": "subnet-87654321",
   "AvailabilityZone": "us-east-1a", "PrivateIpAddress": "10.1.0.80", "Description": "ELB app/shop/50dc6c495c0c9188",
   "Groups": [{"GroupId": "sg-2"}]}],
 "SecurityGroups": [
  {"GroupId": "sg-1", "IpPermissions": [], "IpPermissionsEgress": [
   {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]},
  {"GroupId": "sg-2", "IpPermissions": [
   {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}]}],
 "LoadBalancers": [{"LoadBalancerName": "shop", "LoadBalancerArn": "arn:lb/app/shop"}],
 "TargetGroups": [{"TargetGroupArn": "arn:tg/shop", "LoadBalancerArns": ["arn:lb/app/shop"]}],
 "items": [{"kind": "Pod", "metadata": {"name": "web-1", "namespace": "shop"}, "spec": {"nodeName": "node-1"},
            "status": {"podIP": "10.1.0.5"}}]})";

[[noreturn]] inline void give_up(const weir::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  std::exit(1);
}

// Parses every packet of the capture named first on the command line, else the sample, 100 ms
// apart.
inline void each_packet(int argc, char** argv, const weir::packet::Parser& parser,
                        const TakePacket& take) {
  using namespace weir;
  packet::PacketView view;
  if (argc < 2) {
    std::int64_t time_ns = 1'700'000'000'000'000'000;
    for (const packet::Bytes& frame : packets()) {
      (void)parser.parse(frame, static_cast<std::uint32_t>(frame.size()),
                         packet::LinkType::kEthernet, view);
      take(view, time_ns += 100'000'000);
    }
    return;
  }
  const auto files = io::make_local_file_system();
  auto source = files->open_source(argv[1]);
  if (!source) {
    give_up(source.error());
  }
  auto reader = packet::CaptureReader::open(std::move(*source), argv[1]);
  if (!reader) {
    give_up(reader.error());
  }
  packet::CapturedPacket captured;
  while ((*reader)->next(captured)) {
    (void)parser.parse(captured.frame, captured.wire_length, captured.link, view);
    take(view, captured.time_ns);
  }
}

// The documents that follow the capture on the command line, else the sample's.
inline weir::inventory::Inventory inventory(int argc, char** argv) {
  weir::inventory::Inventory inventory;
  if (argc < 2) {
    if (const auto loaded = inventory.load(kInventory, "sample", 0); !loaded) {
      give_up(loaded.error());
    }
  }
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::string json((std::istreambuf_iterator<char>(file)), {});
    if (const auto loaded = inventory.load(json, argv[i], 0); !loaded) {
      give_up(loaded.error());
    }
  }
  return inventory;
}

// Meters all packets and gives the records.
inline std::vector<weir::flow::FlowRecord> flows(int argc, char** argv) {
  std::vector<weir::flow::FlowRecord> records;
  weir::flow::Meter meter({},
                          [&](const weir::flow::FlowRecord& record) { records.push_back(record); });
  const weir::packet::Parser parser;
  each_packet(argc, argv, parser, [&](const weir::packet::PacketView& view, std::int64_t time_ns) {
    if (view.verdict == weir::packet::Verdict::kKept) {
      meter.add(view, time_ns);
    }
  });
  meter.finish();
  return records;
}

}  // namespace sample
