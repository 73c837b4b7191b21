#pragma once

#include <cstdint>
#include <ctime>

namespace weir::probe {

// For transports, whose packets know the system's clocks alone.
[[nodiscard]] inline std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace weir::probe
