#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "simulate/simulator.h"

namespace weir::cli {

// Flow logs of a simulated VPC that come as time goes on: the same VPC for as long as it is asked.
class LiveFlows {
 public:
  // `options` say the layout; the simulation begins `history_s` before `now_ms`.
  LiveFlows(simulate::SimulationOptions options, TimeMs now_ms, std::int64_t history_s,
            std::int64_t records_an_hour);

  // What was recorded until `now_ms` and not given before, as the text of a log with its header;
  // "": nothing.
  [[nodiscard]] Result<std::string> take(TimeMs now_ms, const CancelToken* cancel);
  // Records of the last text, and those of them that were refused.
  [[nodiscard]] std::size_t num_taken() const { return num_taken_; }
  [[nodiscard]] std::size_t num_rejected() const { return num_rejected_; }
  [[nodiscard]] std::int64_t bytes_taken() const { return bytes_taken_; }

 private:
  [[nodiscard]] Result<void> simulate_more(const CancelToken* cancel);

  struct Line {
    TimeMs end_ms = 0;
    std::string text;
    bool is_rejected = false;
    std::int64_t bytes = 0;
  };
  simulate::SimulationOptions options_;
  std::int64_t records_an_hour_;
  std::string header_;
  std::vector<Line> lines_;  // by their ends
  std::size_t next_ = 0;
  TimeMs simulated_until_ms_ = 0;
  std::size_t num_taken_ = 0;
  std::size_t num_rejected_ = 0;
  std::int64_t bytes_taken_ = 0;
};

}  // namespace weir::cli
