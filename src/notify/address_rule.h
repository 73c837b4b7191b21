#pragma once

#include <vector>

#include "base/ip_address.h"

namespace weir::notify {

// Which addresses deliveries may go to: public ones, and those of `networks`. A subscriber's URL
// must not become a way into the network behind the server.
struct AddressRule {
  bool allows_loopback = false;
  std::vector<IpPrefix> networks;

  [[nodiscard]] bool allows(const IpAddress& address) const;
};

}  // namespace weir::notify
