#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metric/sample.h"

namespace weir::metric {

inline constexpr std::size_t kMaxChunkSamples = 2048;

// Appends samples of one series, ascending in time, all multiples of `step_s`; at most
// kMaxChunkSamples and at least one. Layout: docs/formats/metric-part.md.
void encode_chunk(std::span<const Sample> samples, std::uint32_t step_s, std::string& out);

// Samples read back. Keeps its buffers from chunk to chunk. Hardened against untrusted input. Not
// thread-safe.
class ChunkDecoder {
 public:
  // `wants_values`: whether distributions are read too; without, `values` are null where the
  // aggregate does not say them.
  [[nodiscard]] Result<void> open(std::string_view bytes, std::uint32_t step_s, bool wants_values);
  // Live until the next open().
  [[nodiscard]] std::span<const Sample> samples() const { return samples_; }

 private:
  std::vector<Sample> samples_;
  std::vector<sketch::Distribution> distributions_;
  std::vector<std::int64_t> integers_;
  std::vector<double> doubles_;
};

}  // namespace weir::metric
