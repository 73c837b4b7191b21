// Files of any bytes as captures, and what is in them through the parser and the meter: every
// packet is counted once, whatever the times say.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "flow/meter/flow_text.h"
#include "flow/meter/meter.h"
#include "packet/capture_reader.h"
#include "packet/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  static const packet::Parser kParser;
  auto reader = packet::CaptureReader::open(
      io::make_memory_source({reinterpret_cast<const char*>(data), size}), "fuzz");
  if (!reader) {
    return 0;
  }
  flow::MeterOptions options;
  options.max_flows = 64;
  std::uint64_t num_metered = 0;
  std::uint64_t num_packets = 0;
  flow::Meter meter(options, [&](const flow::FlowRecord& record) {
    num_metered += record.forward.packets + record.reverse.packets;
    if (record.end_ns < record.start_ns || to_json(record).empty() || to_line(record).empty()) {
      std::abort();
    }
  });
  packet::CapturedPacket captured;
  packet::PacketView view;
  std::uint64_t num_bytes = 0;
  while ((*reader)->next(captured) && num_bytes < (1U << 22)) {
    num_bytes += captured.frame.size() + 16;
    if (kParser.parse(captured.frame, captured.wire_length, captured.link, view) ==
        packet::Verdict::kKept) {
      num_packets += view.has_inner_ip() ? 1 : 0;
      meter.add(view, captured.time_ns);
    }
  }
  meter.finish();
  if (num_metered != meter.counters().packets ||
      num_metered + meter.counters().duplicates != num_packets || meter.num_open() != 0) {
    std::abort();
  }
  return 0;
}
