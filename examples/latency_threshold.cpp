// Flows whose TCP handshake took longer than a limit, the slowest first.

#include <algorithm>
#include <cstdio>

#include "sample.h"

int main(int argc, char** argv) {
  constexpr std::uint32_t kLimitUs = 150'000;
  auto records = sample::flows(argc, argv);
  std::erase_if(records, [](const weir::flow::FlowRecord& record) {
    return record.round_trips.handshake_us <= kLimitUs;
  });
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
    return a.round_trips.handshake_us > b.round_trips.handshake_us;
  });
  for (const auto& record : records) {
    std::printf("%s -> %s:%u took %.1f ms (server side %.1f, client side %.1f)\n",
                to_string(record.source).c_str(), to_string(record.destination).c_str(),
                record.destination_port, record.round_trips.handshake_us / 1000.0,
                record.round_trips.server_us / 1000.0, record.round_trips.client_us / 1000.0);
  }
  return 0;
}
