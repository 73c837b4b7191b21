#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe/sample.h"

namespace weir::probe {

// One PutMetricData call: the body, AWS JSON 1.0.
struct MetricBatch {
  std::string body;
  std::size_t num_samples = 0;
};

inline constexpr std::size_t kMaxBatchSamples = 1'000;
inline constexpr std::size_t kMaxBatchBytes = 900'000;  // CloudWatch takes 1 MB

// Cuts samples into calls: one namespace each, at most 1,000 samples and 900 kB. Values that
// CloudWatch refuses (no number, past 2^360) are left out.
[[nodiscard]] std::vector<MetricBatch> make_batches(std::span<const Sample> samples);

// gzip, as PutMetricData takes it.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace weir::probe
