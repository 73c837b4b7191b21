#include "flowlog/line_kernel.h"

#if defined(__x86_64__)
// g++ 12 takes the undefined halves of its own intrinsics for mistakes (GCC bug 105593).
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include "base/target.h"

WEIR_BEGIN_TARGET(
    "avx2,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2")
namespace weir::flowlog::avx512 {
namespace {

inline BlockMasks masks_of(const char* text) {
  const __m512i bytes = _mm512_loadu_si512(text);
  BlockMasks masks;
  masks.newlines = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\n'));
  masks.delimiters = masks.newlines | _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(' '));
  // As signed bytes, control characters and everything from 0x80 on are below the space.
  masks.odd = _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(' ')) & ~masks.newlines;
  masks.digits =
      _mm512_cmple_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8('0')), _mm512_set1_epi8(9));
  return masks;
}

alignas(64) constexpr auto kPlaces = [] {
  struct {
    unsigned char bytes[64];
  } places{};
  for (int i = 0; i < 64; ++i) {
    places.bytes[i] = static_cast<unsigned char>(i);
  }
  return places;
}();

// Writes the offsets of the set bits, at most 32 of them, and up to 15 words behind.
inline void write_places(std::uint64_t bits, std::uint32_t offset, std::uint32_t* out) {
  const __m512i places = _mm512_maskz_compress_epi8(bits, _mm512_load_si512(kPlaces.bytes));
  const __m512i base = _mm512_set1_epi32(static_cast<int>(offset));
  _mm512_storeu_si512(out,
                      _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places))));
  if (__builtin_popcountll(bits) > 16) {
    const __m128i upper = _mm512_extracti32x4_epi32(places, 1);
    _mm512_storeu_si512(out + 16, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(upper)));
  }
}

// Writes the text and zeros behind it, so many blocks.
[[gnu::always_inline]] inline void put_text(const char* text, std::size_t length,
                                            std::size_t num_blocks, unsigned char* out) {
  for (std::size_t block = 0; block < num_blocks; ++block) {
    const std::size_t begin = block * 64;
    const auto left = static_cast<std::uint32_t>(length > begin ? length - begin : 0);
    const __mmask64 wanted = _bzhi_u64(~std::uint64_t{0}, left < 64 ? left : 64);
    _mm512_storeu_si512(out + begin, _mm512_maskz_loadu_epi8(wanted, text + begin));
  }
}

// Products of the halves of a key's words, and the words.
[[gnu::always_inline]] inline std::uint64_t sum_key(const unsigned char* key,
                                                    std::size_t num_blocks) {
  __m512i sum = _mm512_setzero_si512();
  for (std::size_t block = 0; block < num_blocks; ++block) {
    const __m512i words = _mm512_load_si512(key + block * 64);
    const __m512i mixed = _mm512_xor_si512(words, _mm512_load_si512(kKeyPlaces.words + block * 8));
    const __m512i product = _mm512_mul_epu32(mixed, _mm512_srli_epi64(mixed, 32));
    const __m512i swapped = _mm512_shuffle_epi32(mixed, _MM_PERM_BADC);
    sum = _mm512_add_epi64(sum, _mm512_add_epi64(product, swapped));
  }
  return static_cast<std::uint64_t>(_mm512_reduce_add_epi64(sum));
}

[[gnu::always_inline]] inline bool are_same(const unsigned char* a, const unsigned char* b,
                                            std::size_t num_blocks) {
  __mmask8 differ = 0;
  for (std::size_t block = 0; block < num_blocks; ++block) {
    differ |= _mm512_cmpneq_epu64_mask(_mm512_load_si512(a + block * 64),
                                       _mm512_load_si512(b + block * 64));
  }
  return differ == 0;
}

#include "flowlog/line_kernel.inc"

constexpr LineKernel kKernel = make_kernel("avx512");

}  // namespace
}  // namespace weir::flowlog::avx512
WEIR_END_TARGET

namespace weir::flowlog {

const LineKernel* avx512_kernel() {
  const bool is_supported =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
  return is_supported ? &avx512::kKernel : nullptr;
}

}  // namespace weir::flowlog

#else

namespace weir::flowlog {
const LineKernel* avx512_kernel() { return nullptr; }
}  // namespace weir::flowlog

#endif
