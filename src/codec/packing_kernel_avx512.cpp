#include "codec/packing_kernel.h"

#if defined(__x86_64__)
#include "base/target.h"

WEIR_BEGIN_TARGET("avx2,bmi,bmi2,avx512f,avx512bw,avx512vl,avx512dq")
namespace weir::codec::avx512 {
namespace {

#include "codec/packing_kernel.inc"

constexpr PackingKernel kKernel{"avx512", pack, unpack, widen};

}  // namespace
}  // namespace weir::codec::avx512
WEIR_END_TARGET

namespace weir::codec {

const PackingKernel* avx512_packing_kernel() {
  const bool is_supported =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return is_supported ? &avx512::kKernel : nullptr;
}

}  // namespace weir::codec

#else

namespace weir::codec {
const PackingKernel* avx512_packing_kernel() { return nullptr; }
}  // namespace weir::codec

#endif
