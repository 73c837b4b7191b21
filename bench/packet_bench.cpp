// The parser hot in memory and streaming from a file: packets a second of one core, and what an
// allocation costs nobody: there is none.
//
//   packet_bench CAPTURE [ROUNDS [NAME]]    NAME: only measurements whose name holds it

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "flow/meter/meter.h"
#include "io/file_system.h"
#include "packet/builder.h"
#include "packet/capture_reader.h"
#include "packet/parser.h"
#include "packet/statistics.h"

namespace {

std::uint64_t num_allocations = 0;
const char* wanted = "";

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

using namespace weir;
using namespace weir::packet;

constexpr std::size_t kHotPackets = 20'000;
constexpr std::size_t kAhead = 8;  // packets whose headers are fetched while one is parsed

// A packet in memory, as the reader gave it.
struct Kept {
  std::size_t offset;
  std::uint32_t captured;
  std::uint32_t wire;
};

std::unique_ptr<CaptureReader> open_capture(const std::string& path) {
  const auto files = io::make_local_file_system();
  auto source = files->open_source(path);
  if (!source) {
    std::fprintf(stderr, "%s\n", source.error().message.c_str());
    std::exit(1);
  }
  auto reader = CaptureReader::open(std::move(*source), path);
  if (!reader) {
    std::fprintf(stderr, "%s\n", reader.error().message.c_str());
    std::exit(1);
  }
  return std::move(*reader);
}

void report(const char* what, std::uint64_t packets, double seconds, std::uint64_t allocations) {
  std::printf("%-28s %8.2f M packets/s  %7.1f ns  %llu allocations\n", what,
              static_cast<double>(packets) / seconds / 1e6,
              seconds * 1e9 / static_cast<double>(packets),
              static_cast<unsigned long long>(allocations));
}

template <class Work>
void best_of(const char* what, int rounds, Work work) {
  if (std::strstr(what, wanted) == nullptr) {
    return;
  }
  double best = 1e9;
  std::uint64_t packets = 0;
  std::uint64_t allocations = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t before = num_allocations;
    const double begin = cpu_seconds();
    packets = work();
    best = std::min(best, cpu_seconds() - begin);
    allocations = num_allocations - before;
  }
  report(what, packets, best, allocations);
}

// Packets that cost as much as one can make them cost, hot: options up to the limit, tunnels within
// tunnels, extension headers.
void measure_worst(const Parser& parser, int rounds, PacketView& view) {
  const IpAddress a = *parse_ip("10.1.0.5");
  const IpAddress b = *parse_ip("10.2.0.9");
  const Bytes plain = udp_packet(a, b, 7, 53, Bytes(20));
  const auto wrap = [&](int num_options, std::uint16_t option_class, std::size_t option_bytes,
                        const Bytes& inner) {
    GeneveBuilder builder;
    builder.protocol(0x0800).payload(inner);
    for (int i = 0; i < num_options; ++i) {
      builder.option(option_class, static_cast<std::uint8_t>(1 + i % 3), Bytes(option_bytes));
    }
    return udp_packet(a, b, 60'001, 6081, *builder.build());
  };
  Bytes options_in_levels = plain;
  for (const int num : {15, 16, 16, 16}) {
    options_in_levels = wrap(num, 0x0108, 0, options_in_levels);
  }
  Bytes vxlan_in_levels = ethernet_frame(0x0800, plain);
  for (int level = 0; level < 4; ++level) {
    vxlan_in_levels =
        ethernet_frame(0x0800, udp_packet(a, b, 60'001, 4789, vxlan_packet(9, vxlan_in_levels)));
  }
  const IpAddress v6{0x2001'0db8'0000'0000, 1};
  Bytes extended = ip_packet(v6, v6, 0, Bytes(16 * 8));  // hop-by-hop headers in a row
  Bytes extended_outer =
      udp_packet(a, b, 60'001, 6081,
                 *GeneveBuilder().protocol(0x86dd).gateway(1, 2, 3).payload(extended).build());
  const std::pair<const char*, Bytes> kinds[] = {
      {"worst: 63 options, one level", ethernet_frame(0x0800, wrap(63, 0x0108, 0, plain))},
      {"worst: 63 options, 4 levels", ethernet_frame(0x0800, options_in_levels)},
      {"worst: 64 options, refused",
       ethernet_frame(0x0800, wrap(1, 0x0108, 0, wrap(63, 0x0108, 0, plain)))},
      {"worst: 63 unknown options", ethernet_frame(0x0800, wrap(63, 0xff01, 0, plain))},
      {"worst: VXLAN, 4 levels", vxlan_in_levels},
      {"worst: IPv6 extensions", ethernet_frame(0x0800, extended_outer)},
  };
  for (const auto& [name, frame] : kinds) {
    best_of(name, rounds, [&, &bytes = frame] {
      constexpr std::uint64_t kTimes = 300'000;
      for (std::uint64_t i = 0; i < kTimes; ++i) {
        (void)parser.parse(bytes, static_cast<std::uint32_t>(bytes.size()), LinkType::kEthernet,
                           view);
        asm volatile("" : : "r"(&view) : "memory");
      }
      return kTimes;
    });
  }
}

}  // namespace

__attribute__((noinline)) void* operator new(std::size_t size) {
  ++num_allocations;
  if (void* const memory = std::malloc(size)) {
    return memory;
  }
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* memory) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: packet_bench CAPTURE [ROUNDS [NAME]]\n");
    return 2;
  }
  const std::string path = argv[1];
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  wanted = argc > 3 ? argv[3] : "";
  const Parser parser;

  // Hot: 20,000 packets of about 11 MB, again and again.
  std::vector<std::byte> memory;
  std::vector<Kept> packets;
  {
    const auto reader = open_capture(path);
    CapturedPacket captured;
    while (packets.size() < kHotPackets && reader->next(captured)) {
      packets.push_back(
          {memory.size(), static_cast<std::uint32_t>(captured.frame.size()), captured.wire_length});
      memory.insert(memory.end(), captured.frame.begin(), captured.frame.end());
    }
  }
  const std::size_t num_hot = packets.size();
  packets.resize(num_hot + kAhead, packets.back());  // something to fetch behind the last
  const std::span<const Kept> hot(packets.data(), num_hot);
  std::uint64_t num_packets = packets.size();
  {
    const auto reader = open_capture(path);
    CapturedPacket captured;
    for (num_packets = 0; reader->next(captured); ++num_packets) {
    }
  }
  const auto view = std::make_unique<PacketView>();
  std::uint64_t sum = 0;
  best_of("hot, to the inner 5-tuple", rounds, [&] {
    std::uint64_t num = 0;
    for (int turn = 0; turn < 100; ++turn) {
      for (const Kept& kept : hot) {
        prefetch_headers(memory.data() + (&kept + kAhead)->offset);
        (void)parser.parse({memory.data() + kept.offset, kept.captured}, kept.wire,
                           LinkType::kEthernet, *view);
        if (view->has_inner_ip()) {
          sum += view->inner_ip().destination_port + view->source(view->inner_ip()).low +
                 view->gateway.endpoint;
        }
        ++num;
      }
    }
    return num;
  });
  Statistics statistics;
  best_of("hot, with statistics", rounds, [&] {
    std::uint64_t num = 0;
    for (int turn = 0; turn < 100; ++turn) {
      for (const Kept& kept : hot) {
        prefetch_headers(memory.data() + (&kept + kAhead)->offset);
        (void)parser.parse({memory.data() + kept.offset, kept.captured}, kept.wire,
                           LinkType::kEthernet, *view);
        statistics.add(*view);
        ++num;
      }
    }
    return num;
  });
  std::uint64_t num_records = 0;
  flow::MeterOptions meter_options;
  flow::Meter meter(meter_options, [&](const flow::FlowRecord&) { ++num_records; });
  best_of("hot, with the meter", rounds, [&] {
    std::uint64_t num = 0;
    for (int turn = 0; turn < 20; ++turn) {
      for (const Kept& kept : hot) {
        prefetch_headers(memory.data() + (&kept + kAhead)->offset);
        (void)parser.parse({memory.data() + kept.offset, kept.captured}, kept.wire,
                           LinkType::kEthernet, *view);
        meter.add(*view, static_cast<std::int64_t>(num));
        ++num;
      }
    }
    return num;
  });
  best_of("streaming, read alone", rounds, [&] {
    const auto files = io::make_local_file_system();
    const auto source = *files->open_source(path);
    std::vector<char> buffer(256 * 1024);
    while (*source->read(buffer) > 0) {
    }
    return num_packets;
  });
  best_of("streaming, with statistics", rounds, [&] {
    const auto reader = open_capture(path);
    CapturedPacket captured;
    std::uint64_t num = 0;
    while (reader->next(captured)) {
      (void)parser.parse(captured.frame, captured.wire_length, captured.link, *view);
      statistics.add(*view);
      ++num;
    }
    return num;
  });
  measure_worst(parser, rounds, *view);
  std::size_t num_flows = 0;
  best_of("streaming, with the meter", rounds, [&] {
    const auto reader = open_capture(path);
    flow::Meter fresh(meter_options, [&](const flow::FlowRecord&) { ++num_records; });
    CapturedPacket captured;
    std::uint64_t num = 0;
    while (reader->next(captured)) {
      if (parser.parse(captured.frame, captured.wire_length, captured.link, *view) ==
          Verdict::kKept) {
        fresh.add(*view, captured.time_ns);
      }
      ++num;
    }
    fresh.advance(0);
    num_flows = fresh.num_open();
    return num;
  });
  // The same flows again, each time a capture's length later: the memory that they need is there.
  std::int64_t shift_ns = 0;
  flow::Meter warm(meter_options, [&](const flow::FlowRecord&) { ++num_records; });
  best_of("streaming, with a warm meter", rounds, [&] {
    const auto reader = open_capture(path);
    CapturedPacket captured;
    std::uint64_t num = 0;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
    while (reader->next(captured)) {
      first_ns = num == 0 ? captured.time_ns : first_ns;
      last_ns = captured.time_ns;
      if (parser.parse(captured.frame, captured.wire_length, captured.link, *view) ==
          Verdict::kKept) {
        warm.add(*view, captured.time_ns + shift_ns);
      }
      ++num;
    }
    shift_ns += last_ns - first_ns + 1'000'000;
    return num;
  });
  std::printf("%zu flows open\n", num_flows);
  std::printf("(%llu)\n", static_cast<unsigned long long>(sum));
  return 0;
}
