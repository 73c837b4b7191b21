#pragma once

#include <cstdint>
#include <vector>

#include "simulate/connection_emitter.h"
#include "simulate/simulator.h"

namespace weir::simulate {

inline constexpr std::int64_t kPeriodSeconds = 300;  // AWS delivers every five minutes

// How long the options' simulation lasts: whole periods.
[[nodiscard]] std::int64_t simulated_seconds(const SimulationOptions& options);

// Does the layout have fields that Transit Gateway alone has?
[[nodiscard]] bool is_gateway_layout(const flowlog::Layout& layout);

struct SilentQuota {
  std::uint64_t nodata = 0;
  std::uint64_t skipdata = 0;
};

// How many records each period gets: more by day than by night, all of them by the last.
class Schedule {
 public:
  Schedule(const SimulationOptions& options, std::int64_t begin_s, std::int64_t duration_s);

  [[nodiscard]] std::int64_t num_periods() const {
    return static_cast<std::int64_t>(targets_.size());
  }
  [[nodiscard]] Period period(std::int64_t index) const {
    const std::int64_t begin = begin_s_ + index * kPeriodSeconds;
    return {begin, begin + kPeriodSeconds};
  }
  // Records written by the end of the period.
  [[nodiscard]] std::uint64_t target(std::int64_t index) const {
    return targets_[static_cast<std::size_t>(index)];
  }
  // Silent records of the period alone.
  [[nodiscard]] SilentQuota silent(std::int64_t index) const;

 private:
  std::int64_t begin_s_;
  std::vector<std::uint64_t> targets_;
  std::uint64_t num_records_;
  std::uint64_t num_nodata_;
  std::uint64_t num_skipdata_;
};

}  // namespace weir::simulate
