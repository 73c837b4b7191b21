#include "codec/packing_kernel.h"

#if defined(__x86_64__)
#include "base/target.h"

WEIR_BEGIN_TARGET("avx2,bmi,bmi2")
namespace weir::codec::avx2 {
namespace {

#include "codec/packing_kernel.inc"

constexpr PackingKernel kKernel{"avx2", pack, unpack, widen, measure, count_widths_scalar};

}  // namespace
}  // namespace weir::codec::avx2
WEIR_END_TARGET

namespace weir::codec {

const PackingKernel* avx2_packing_kernel() {
  const bool is_supported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  return is_supported ? &avx2::kKernel : nullptr;
}

}  // namespace weir::codec

#else

namespace weir::codec {
const PackingKernel* avx2_packing_kernel() { return nullptr; }
}  // namespace weir::codec

#endif
