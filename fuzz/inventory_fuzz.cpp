// Inventory documents of any bytes: taken or refused, and asked afterwards.

#include <cstdint>
#include <string_view>

#include "inventory/inventory.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir;
  inventory::Inventory inventory;
  (void)inventory.load({reinterpret_cast<const char*>(data), size}, "fuzz", 0);
  const IpAddress address = IpAddress::from_v4(0x0a01'0005);
  if (const auto* const interface = inventory.find_interface(address)) {
    for (const bool is_egress : {false, true}) {
      (void)inventory.ask_groups(*interface, is_egress, 6, 443, address);
      (void)inventory.ask_groups(*interface, is_egress, 6, 443, IpAddress::from_v4(0x0808'0808));
    }
    (void)inventory.matching_entry(interface->subnet_id, true, 6, 443, address);
    (void)inventory::region_of_zone(interface->zone);
  }
  (void)inventory.find_workload(address);
  (void)inventory.target_groups("i-1");
  return 0;
}
