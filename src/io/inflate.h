#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace weir::io {

enum class Compression : std::uint8_t { kNone, kGzip, kZstd };

// Told by magic numbers: 1f 8b, 28 b5 2f fd.
[[nodiscard]] Compression detect_compression(std::string_view first_bytes);

struct InflateLimits {
  std::uint64_t max_bytes = ~std::uint64_t{0};  // of output
  std::uint32_t max_ratio = 1100;  // output to input, after the first MiB of output (deflate's own
                                   // limit is 1032, so honest files never meet this one)
};

// What a finished stream has to say beside its bytes.
struct InflateReport {
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::uint32_t members = 0;
  std::uint64_t trailing_bytes = 0;  // garbage after the last member, passed over
  bool is_truncated = false;         // input ended within a member; what came before was given
  std::string error;                 // damage in the middle; what came before was given
};

// Inflates `inner`. Several members or frames follow each other as one stream. Truncation and
// damage end the stream with what was good before them, and are told by report(): data is never
// thrown away for a bad tail. Exceeding a limit is an error of read().
class InflateSource : public ByteSource {
 public:
  [[nodiscard]] virtual const InflateReport& report() const = 0;
};

[[nodiscard]] std::unique_ptr<InflateSource> make_inflate_source(Compression compression,
                                                                 std::unique_ptr<ByteSource> inner,
                                                                 const InflateLimits& limits = {});

// Compresses: for simulate and convert. Deterministic for the same input.
class DeflateSink {
 public:
  virtual ~DeflateSink() = default;
  // Appends the compressed form of `bytes` to `out` (some of it may come later).
  virtual void write(std::string_view bytes, std::string& out) = 0;
  virtual void finish(std::string& out) = 0;
};
[[nodiscard]] std::unique_ptr<DeflateSink> make_deflate_sink(Compression compression, int level);

}  // namespace weir::io
