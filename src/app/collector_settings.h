#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::app {

// [collector]: GENEVE and VXLAN that a server takes in while it runs.
struct CollectorSettings {
  std::vector<std::string> listen;  // ADDR or ADDR:PORT; empty: nothing is taken in
  std::vector<std::string> allow;   // networks that may send; empty: this machine alone
  bool is_pass_through = false;     // every GENEVE packet goes back: a gateway's target
  std::string role = "endpoint";    // or observer
  std::int64_t health_port = 0;     // on the first address; 0: none
  std::int64_t receivers = 1;
  std::uint64_t receive_buffer_bytes = std::uint64_t{32} << 20;  // of each socket
};

}  // namespace weir::app
