// Compressed framing: members, frames, truncation, damage, garbage behind. The first byte chooses
// gzip or zstd and the size of the reads.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "io/inflate.h"

namespace {

constexpr std::uint64_t kRefused = UINT64_MAX;  // past the limit, or damaged

// The number of bytes given, read in pieces of `step`. How much a decoder gives before it sees a
// damage is its own affair.
std::uint64_t inflate_all(std::string_view stored, weir::io::Compression compression,
                          std::size_t step) {
  weir::io::InflateLimits limits;
  limits.max_bytes = 1 << 20;
  const auto source =
      weir::io::make_inflate_source(compression, weir::io::make_memory_source(stored), limits);
  std::vector<char> buffer(step);
  std::uint64_t given = 0;
  while (true) {
    const auto size = source->read(buffer);
    if (!size) {
      return kRefused;
    }
    if (*size == 0) {
      break;
    }
    given += *size;
  }
  const weir::io::InflateReport& report = source->report();
  if (report.output_bytes != given || report.input_bytes > stored.size()) {
    __builtin_trap();
  }
  return report.error.empty() ? given : kRefused;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view stored(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto compression =
      (data[0] & 1) != 0 ? weir::io::Compression::kZstd : weir::io::Compression::kGzip;
  const auto step = static_cast<std::size_t>(data[0] / 2) + 1;
  if (inflate_all(stored, compression, step) != inflate_all(stored, compression, 64 * 1024)) {
    __builtin_trap();  // how it is read must not matter
  }
  return 0;
}
