#pragma once

#include <cstdint>
#include <optional>

#include "probe/round_statistics.h"

namespace weir::probe {

// How long a target was there: the share of rounds' time with at least one answer, and how long
// outages last. A round of which nothing was sent is missing data, and counts for neither.
class Health {
 public:
  void add(const RoundStatistics& round, std::int64_t length_ms) {
    if (round.sent == 0) {
      return;
    }
    const bool is_up = round.received > 0;
    (is_up ? up_ms_ : down_ms_) += length_ms;
    if (is_up && is_down_) {
      ++num_repairs_;
      repaired_ms_ += outage_ms_;
    }
    outage_ms_ = is_up ? 0 : outage_ms_ + length_ms;
    is_down_ = !is_up;
  }

  // Absent before the first round.
  [[nodiscard]] std::optional<double> availability_percent() const {
    const std::int64_t total = up_ms_ + down_ms_;
    return total == 0 ? std::nullopt
                      : std::optional<double>(100.0 * static_cast<double>(up_ms_) /
                                              static_cast<double>(total));
  }
  // Of outages that are over; absent before one is.
  [[nodiscard]] std::optional<double> mean_time_to_repair_s() const {
    return num_repairs_ == 0 ? std::nullopt
                             : std::optional<double>(static_cast<double>(repaired_ms_) / 1000 /
                                                     static_cast<double>(num_repairs_));
  }
  [[nodiscard]] bool is_down() const { return is_down_; }

 private:
  std::int64_t up_ms_ = 0;
  std::int64_t down_ms_ = 0;
  std::int64_t outage_ms_ = 0;
  std::int64_t repaired_ms_ = 0;
  std::uint64_t num_repairs_ = 0;
  bool is_down_ = false;
};

}  // namespace weir::probe
