// Packets by account: those of some accounts are worked on, unknown ones have a bucket of their own
// and are not dropped silently.

#include <cstdio>
#include <map>
#include <set>

#include "sample.h"

int main(int argc, char** argv) {
  const std::set<std::string> wanted{"123456789012", "234567890123", "345678901234"};
  const auto inventory = sample::inventory(argc, argv);
  std::map<std::string, std::size_t> packets;
  const weir::packet::Parser parser;
  sample::each_packet(argc, argv, parser, [&](const weir::packet::PacketView& view, std::int64_t) {
    if (!view.has_inner_ip()) {
      return;
    }
    const auto* interface = inventory.find_interface(view.source(view.inner_ip()));
    const std::string account =
        interface == nullptr || interface->account_id.empty() ? "unknown" : interface->account_id;
    if (account == "unknown" || wanted.contains(account)) {
      ++packets[account];
    }
  });
  for (const auto& [account, num] : packets) {
    std::printf("%s: %zu packets\n", account.c_str(), num);
  }
  return 0;
}
