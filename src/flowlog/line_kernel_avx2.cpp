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

// 32 bytes from places [32 - n, ...) on: n that are set, then such that are not.
alignas(64) constexpr auto kFront = [] {
  struct {
    unsigned char bytes[64];
  } front{};
  for (int i = 0; i < 32; ++i) {
    front.bytes[i] = 0xff;
  }
  return front;
}();

// Writes the text and zeros behind it, so many blocks.
[[gnu::always_inline]] inline void put_text(const char* text, std::size_t length,
                                            std::size_t num_blocks, unsigned char* out) {
  for (std::size_t begin = 0; begin < num_blocks * LineKeys::kBlockBytes; begin += 32) {
    __m256i bytes = _mm256_setzero_si256();
    if (begin < length) {
      const std::size_t left = length - begin < 32 ? length - begin : 32;
      const auto* const wanted = reinterpret_cast<const __m256i*>(kFront.bytes + 32 - left);
      bytes = _mm256_and_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + begin)),
                               _mm256_loadu_si256(wanted));
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + begin), bytes);
  }
}

// Products of the halves of a key's words, and the words.
[[gnu::always_inline]] inline std::uint64_t sum_key(const unsigned char* key,
                                                    std::size_t num_blocks) {
  __m256i sum = _mm256_setzero_si256();
  for (std::size_t word = 0; word < num_blocks * LineKeys::kBlockBytes / 8; word += 4) {
    const __m256i mixed = _mm256_xor_si256(
        _mm256_load_si256(reinterpret_cast<const __m256i*>(key + word * 8)),
        _mm256_load_si256(reinterpret_cast<const __m256i*>(kKeyPlaces.words + word)));
    const __m256i product = _mm256_mul_epu32(mixed, _mm256_srli_epi64(mixed, 32));
    const __m256i swapped = _mm256_shuffle_epi32(mixed, 0x4e);
    sum = _mm256_add_epi64(sum, _mm256_add_epi64(product, swapped));
  }
  const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(two)) +
         static_cast<std::uint64_t>(_mm_extract_epi64(two, 1));
}

[[gnu::always_inline]] inline bool are_same(const unsigned char* a, const unsigned char* b,
                                            std::size_t num_blocks) {
  __m256i differ = _mm256_setzero_si256();
  for (std::size_t begin = 0; begin < num_blocks * LineKeys::kBlockBytes; begin += 32) {
    differ = _mm256_or_si256(
        differ, _mm256_xor_si256(_mm256_load_si256(reinterpret_cast<const __m256i*>(a + begin)),
                                 _mm256_load_si256(reinterpret_cast<const __m256i*>(b + begin))));
  }
  return _mm256_testz_si256(differ, differ) != 0;
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
