#include "codec/packing_kernel.h"

#if defined(__x86_64__)
// g++ 12 takes the undefined halves of its own intrinsics for mistakes (GCC bug 105593).
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include "base/target.h"

WEIR_BEGIN_TARGET("avx2,bmi,bmi2,popcnt,avx512f,avx512bw,avx512vl,avx512dq,avx512cd")
namespace weir::codec::avx512 {
namespace {

#include "codec/packing_kernel.inc"

void count_widths(const std::uint64_t* numbers, std::uint64_t base, std::uint32_t* counts) {
  alignas(64) unsigned char widths[kPackedVector];
  const __m512i bases = _mm512_set1_epi64(static_cast<long long>(base));
  __m512i all = _mm512_setzero_si512();
  for (std::size_t i = 0; i < kPackedVector; i += 8) {
    const __m512i number = _mm512_sub_epi64(_mm512_loadu_si512(numbers + i), bases);
    all = _mm512_or_si512(all, number);
    const __m512i width = _mm512_sub_epi64(_mm512_set1_epi64(64), _mm512_lzcnt_epi64(number));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(widths + i), _mm512_cvtepi64_epi8(width));
  }
  const auto any = static_cast<unsigned long long>(_mm512_reduce_or_epi64(all));
  const unsigned widest = any == 0 ? 0 : 64 - static_cast<unsigned>(__builtin_clzll(any));
  __builtin_memset(counts, 0, 65 * sizeof(counts[0]));
  for (unsigned width = 0; width <= widest; ++width) {
    const __m512i wanted = _mm512_set1_epi8(static_cast<char>(width));
    unsigned count = 0;
    for (std::size_t i = 0; i < kPackedVector; i += 64) {
      count += static_cast<unsigned>(
          __builtin_popcountll(_mm512_cmpeq_epi8_mask(_mm512_load_si512(widths + i), wanted)));
    }
    counts[width] = count;
  }
}

constexpr PackingKernel kKernel{"avx512", pack, unpack, widen, measure, count_widths};

}  // namespace
}  // namespace weir::codec::avx512
WEIR_END_TARGET

namespace weir::codec {

const PackingKernel* avx512_packing_kernel() {
  const bool is_supported =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("popcnt");
  return is_supported ? &avx512::kKernel : nullptr;
}

}  // namespace weir::codec

#else

namespace weir::codec {
const PackingKernel* avx512_packing_kernel() { return nullptr; }
}  // namespace weir::codec

#endif
