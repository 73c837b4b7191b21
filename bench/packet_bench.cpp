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
#include <vector>

#include "flow/meter/meter.h"
#include "io/file_system.h"
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

}  // namespace

void* operator new(std::size_t size) {
  ++num_allocations;
  if (void* const memory = std::malloc(size)) {
    return memory;
  }
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

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
  std::printf("%zu flows open\n", num_flows);
  std::printf("(%llu)\n", static_cast<unsigned long long>(sum));
  return 0;
}
