#include "codec/packing_kernel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace weir::codec {
namespace {

// The reference: one number after the other.
void pack_scalar(const std::uint32_t* numbers, unsigned width, unsigned char* out) {
  std::memset(out, 0, packed_bytes(width));
  for (std::size_t i = 0; i < kPackedVector; ++i) {
    for (unsigned b = 0; b < width; ++b) {
      const std::size_t bit = i / 32 * width + b;
      const std::size_t byte = 4 * (32 * (bit / 32) + i % 32) + bit % 32 / 8;
      out[byte] = static_cast<unsigned char>(out[byte] | ((numbers[i] >> b) & 1) << bit % 8);
    }
  }
}

void unpack_scalar(const unsigned char* packed, unsigned width, std::uint32_t* out) {
  const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
  for (std::size_t i = 0; i < kPackedVector; ++i) {
    const std::size_t bit = i / 32 * width;
    const unsigned char* const words = packed + 4 * (i % 32);
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    if (width > 0) {
      std::memcpy(&low, words + bit / 32 * 128, 4);
    }
    if (bit % 32 + width > 32) {
      std::memcpy(&high, words + (bit / 32 + 1) * 128, 4);
    }
    const std::uint64_t both = low | std::uint64_t{high} << 32;
    out[i] = static_cast<std::uint32_t>((both >> (bit % 32)) & mask);
  }
}

void widen_scalar(const std::uint32_t* numbers, std::size_t count, std::uint64_t base,
                  std::uint64_t* out) {
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = base + numbers[i];
  }
}

void measure_scalar(const std::uint64_t* numbers, std::size_t count, std::uint64_t* least,
                    std::uint64_t* greatest, std::size_t* num_runs) {
  *least = numbers[0];
  *greatest = numbers[0];
  *num_runs = 1;
  for (std::size_t i = 1; i < count; ++i) {
    *least = std::min(*least, numbers[i]);
    *greatest = std::max(*greatest, numbers[i]);
    *num_runs += numbers[i] != numbers[i - 1] ? 1 : 0;
  }
}

constexpr PackingKernel kScalar{"scalar",     pack_scalar,    unpack_scalar,
                                widen_scalar, measure_scalar, count_widths_scalar};

}  // namespace

void count_widths_scalar(const std::uint64_t* numbers, std::uint64_t base, std::uint32_t* counts) {
  // Two tables: neighbours of the same width would wait for each other's count.
  std::array<std::array<std::uint32_t, 65>, 2> halves{};
  for (std::size_t i = 0; i < kPackedVector; i += 2) {
    ++halves[0][static_cast<std::size_t>(std::bit_width(numbers[i] - base))];
    ++halves[1][static_cast<std::size_t>(std::bit_width(numbers[i + 1] - base))];
  }
  for (std::size_t width = 0; width <= 64; ++width) {
    counts[width] = halves[0][width] + halves[1][width];
  }
}

const PackingKernel* scalar_packing_kernel() { return &kScalar; }

std::span<const PackingKernel* const> available_packing_kernels() {
  static const std::vector<const PackingKernel*> kernels = [] {
    std::vector<const PackingKernel*> found;
    for (const PackingKernel* kernel :
         {scalar_packing_kernel(), avx2_packing_kernel(), avx512_packing_kernel()}) {
      if (kernel != nullptr) {
        found.push_back(kernel);
      }
    }
    return found;
  }();
  return kernels;
}

const PackingKernel& packing_kernel() {
  static const PackingKernel& best = *available_packing_kernels().back();
  return best;
}

}  // namespace weir::codec
