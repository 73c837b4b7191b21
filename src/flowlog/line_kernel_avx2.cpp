#include "flowlog/line_kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "base/target.h"

WEIR_BEGIN_TARGET("avx2,bmi,bmi2,lzcnt,popcnt")
namespace weir::flowlog::avx2 {
namespace {

inline std::uint64_t join_masks(__m256i low, __m256i high) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
         std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

inline BlockMasks masks_of(const char* text) {
  const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
  const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32));
  const __m256i space = _mm256_set1_epi8(' ');
  const __m256i newline = _mm256_set1_epi8('\n');
  const __m256i zero = _mm256_set1_epi8('0');
  const __m256i nine = _mm256_set1_epi8(9);
  BlockMasks masks;
  masks.newlines = join_masks(_mm256_cmpeq_epi8(low, newline), _mm256_cmpeq_epi8(high, newline));
  masks.delimiters =
      masks.newlines | join_masks(_mm256_cmpeq_epi8(low, space), _mm256_cmpeq_epi8(high, space));
  // As signed bytes, control characters and everything from 0x80 on are below the space.
  masks.odd =
      join_masks(_mm256_cmpgt_epi8(space, low), _mm256_cmpgt_epi8(space, high)) & ~masks.newlines;
  const __m256i low_value = _mm256_sub_epi8(low, zero);
  const __m256i high_value = _mm256_sub_epi8(high, zero);
  masks.digits = join_masks(_mm256_cmpeq_epi8(_mm256_min_epu8(low_value, nine), low_value),
                            _mm256_cmpeq_epi8(_mm256_min_epu8(high_value, nine), high_value));
  return masks;
}

// Writes the offsets of the set bits and up to 7 words behind.
inline void write_places(std::uint64_t bits, std::uint32_t offset, std::uint32_t* out) {
  const int count = __builtin_popcountll(bits);
  for (int written = 0; written < count; written += 8) {
    for (int i = 0; i < 8; ++i) {
      out[written + i] = offset + static_cast<std::uint32_t>(_tzcnt_u64(bits));
      bits = _blsr_u64(bits);
    }
  }
}

#include "flowlog/line_kernel.inc"

constexpr LineKernel kKernel = make_kernel("avx2");

}  // namespace
}  // namespace weir::flowlog::avx2
WEIR_END_TARGET

namespace weir::flowlog {

const LineKernel* avx2_kernel() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") ? &avx2::kKernel
                                                                          : nullptr;
}

}  // namespace weir::flowlog

#else

namespace weir::flowlog {
const LineKernel* avx2_kernel() { return nullptr; }
}  // namespace weir::flowlog

#endif
