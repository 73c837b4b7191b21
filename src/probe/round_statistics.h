#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "probe/outcome.h"

namespace weir::probe {

// RFC 3550 section 6.4.1 over round-trip times: J += (|D| - J) / 16. Kept across rounds; a lost
// probe takes the pair it would have been in away.
class RunningJitter {
 public:
  void add(const Outcome& outcome);
  [[nodiscard]] double value_ms() const { return value_ms_; }
  [[nodiscard]] std::uint64_t num_pairs() const { return num_pairs_; }

 private:
  std::optional<double> last_ms_;
  double value_ms_ = 0;
  std::uint64_t num_pairs_ = 0;
};

// Spread of the round-trip times x1..xn of a round, in milliseconds.
struct DelayStatistics {
  double min = 0;
  double max = 0;
  double avg = 0;
  double median = 0;
  double p95 = 0;
  double p99 = 0;
  double stddev = 0;   // of the sample (n - 1); 0 for one answer. The document's rtt_stddev, jitter
  double mdev = 0;     // of the population, as iputils' ping prints it
  double range = 0;    // max - min
  double pdv_p95 = 0;  // RFC 5481 section 4.2: of x_i - min
  double pdv_p99 = 0;
};

// RFC 5481 section 4.1: |x_i - x_(i-1)| of neighbours that were both answered.
struct NeighbourStatistics {
  std::uint64_t num_pairs = 0;
  double mean = 0;
  double p95 = 0;
};

// Share of lost probes with Wilson's interval at 95 %, in per cent.
struct LossStatistics {
  double percent = 0;
  double low_percent = 0;
  double high_percent = 0;
};

struct RoundStatistics {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t not_sent = 0;
  std::uint64_t unreachable = 0;
  std::uint64_t ttl_exceeded = 0;
  std::uint64_t failed = 0;            // Fate::kFailed
  std::uint64_t loss_runs = 0;         // unbroken runs of lost probes
  std::uint64_t longest_loss_run = 0;  // in probes
  std::uint64_t ttl_changes = 0;       // answers whose TTL is another than the answer's before
  std::optional<std::uint8_t> ttl;     // of the last answer
  Extras extras;
  std::optional<LossStatistics> loss;             // absent where nothing was sent
  std::optional<DelayStatistics> delay;           // absent where nothing was answered
  std::optional<NeighbourStatistics> neighbours;  // absent without a pair
  std::optional<double> jitter_rfc3550_ms;        // absent without a pair so far
};

// `outcomes` in the order of sending; none is pending any more. `jitter` goes on over rounds.
[[nodiscard]] RoundStatistics summarise(std::span<const Outcome> outcomes, const Extras& extras,
                                        RunningJitter& jitter);

[[nodiscard]] LossStatistics wilson(std::uint64_t lost, std::uint64_t sent);

// Linear between the ranks of sorted values; `share` from 0 to 1. Values must not be empty.
[[nodiscard]] double percentile(std::span<const double> sorted, double share);

// Calls `take` with each number of a round under the name it is published by, in one order. Units
// are CloudWatch's. What is absent is not called.
using TakeMetric = std::function<void(std::string_view name, double value, std::string_view unit)>;
void for_each_metric(const RoundStatistics& round, const TakeMetric& take);

}  // namespace weir::probe
