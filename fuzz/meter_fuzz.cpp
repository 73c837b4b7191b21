// Sequences of segments and datagrams of a few flows, in any order and at any times, through the
// meter: 16 bytes of input are a packet. Counts of the records are those of the packets.

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "flow/meter/flow_text.h"
#include "flow/meter/meter.h"
#include "packet/builder.h"
#include "packet/parser.h"

namespace {

using namespace weir;

std::vector<std::byte> inner_packet(const std::uint8_t* bytes) {
  const bool is_v6 = (bytes[0] & 0x40) != 0;
  const auto address = [&](std::uint8_t number) {
    return is_v6 ? IpAddress{0x2001'0db8'0000'0000, number & 3U}
                 : IpAddress::from_v4(0x0a00'0000U + (number & 3U));
  };
  const IpAddress source = address(bytes[1]);
  const IpAddress destination = address(static_cast<std::uint8_t>(bytes[1] >> 2));
  const std::vector<std::byte> payload(bytes[2] & 0x3f, std::byte{bytes[3]});
  const auto word = [&](int at) {
    return (std::uint32_t{bytes[at]} << 24) | (std::uint32_t{bytes[at + 1]} << 16);
  };
  switch (bytes[0] & 3) {
    case 0:
      return packet::udp_packet(source, destination, bytes[4] & 1, bytes[5] & 1, payload);
    case 1:
      return packet::icmp_packet(source, destination, bytes[4], bytes[5], 0, 0, payload);
    default:
      return packet::tcp_packet(
          source, destination,
          {static_cast<std::uint16_t>(bytes[4] & 1), 80, word(6), word(8), bytes[10], bytes[11]},
          payload);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const packet::Parser kParser;
  flow::MeterOptions options;
  options.max_flows = 8;
  options.drops_duplicates = false;
  std::uint64_t num_packets = 0;
  std::uint64_t num_bytes = 0;
  std::uint64_t metered_packets = 0;
  std::uint64_t metered_bytes = 0;
  flow::Meter meter(options, [&](const flow::FlowRecord& record) {
    metered_packets += record.forward.packets + record.reverse.packets;
    metered_bytes += record.forward.bytes + record.reverse.bytes;
    if (record.end_ns < record.start_ns || record.round_trips.min_us > record.round_trips.max_us ||
        record.forward.retransmits > record.forward.packets || to_json(record).empty()) {
      std::abort();
    }
  });
  packet::PacketView view;
  std::int64_t time_ns = 1'700'000'000'000'000'000;
  for (; size >= 16; data += 16, size -= 16) {
    std::vector<std::byte> inner = inner_packet(data);
    if ((data[0] & 0x10) != 0 && (data[0] & 0x40) == 0) {  // a fragment
      inner[5] = std::byte{data[12]};
      inner[6] = std::byte{data[13]} & std::byte{0x3f};
      inner[7] = std::byte{data[14]} & std::byte{3};
    }
    const auto payload = packet::GeneveBuilder()
                             .protocol((data[0] & 0x40) != 0 ? 0x86dd : 0x0800)
                             .gateway(data[15] & 1U, 2, data[15])
                             .payload(inner)
                             .build();
    if (kParser.parse_geneve(*payload, view) != packet::Verdict::kKept) {
      continue;
    }
    if (view.has_inner_ip()) {
      ++num_packets;
      num_bytes += view.inner_ip().length;
    }
    // Mostly small steps, now and then an hour, sometimes backwards.
    const std::int64_t step = std::int64_t{data[12]} << (data[13] & 0x1f);
    time_ns += (data[13] & 0x80) != 0 ? -(step & 0xff'ffff'ffff) : step * 64;
    meter.add(view, time_ns < 0 ? 0 : time_ns);
  }
  meter.finish();
  if (metered_packets + meter.counters().duplicates != num_packets ||
      metered_packets != meter.counters().packets || metered_bytes > num_bytes ||
      meter.num_open() != 0) {
    std::abort();
  }
  return 0;
}
