#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace weir::codec {

// Numbers that are packed together.
inline constexpr std::size_t kPackedVector = 1024;

// Bytes that kPackedVector numbers of `width` bits take.
constexpr std::size_t packed_bytes(unsigned width) { return width * (kPackedVector / 8); }

// Packs 1,024 numbers of `width` bits (0 to 32) and reads them back. 32 neighbours stand in 32
// lanes of 32 bits: number 32 r + l has the bits from r * width of lane l, and word w of lane l
// stands at byte 4 * (32 w + l). So the numbers of a row move together, whatever the vectors of the
// processor, and come out in order. The bytes need no alignment.
struct PackingKernel {
  std::string_view name;
  void (*pack)(const std::uint32_t* numbers, unsigned width, unsigned char* out);
  void (*unpack)(const unsigned char* packed, unsigned width, std::uint32_t* out);
  // out[i] = base + numbers[i]
  void (*widen)(const std::uint32_t* numbers, std::size_t count, std::uint64_t base,
                std::uint64_t* out);
  // Of `count` numbers, one at least: the smallest, the largest, and in how many stretches of equal
  // ones they come.
  void (*measure)(const std::uint64_t* numbers, std::size_t count, std::uint64_t* least,
                  std::uint64_t* greatest, std::size_t* num_runs);
  // counts[w] becomes how many of 1,024 numbers less `base` have w bits, w up to 64.
  void (*count_widths)(const std::uint64_t* numbers, std::uint64_t base, std::uint32_t* counts);
};

// The fastest that the processor has.
[[nodiscard]] const PackingKernel& packing_kernel();
// All that it has, the scalar reference first.
[[nodiscard]] std::span<const PackingKernel* const> available_packing_kernels();

// For kernels whose processor counts no leading zeros of vectors.
void count_widths_scalar(const std::uint64_t* numbers, std::uint64_t base, std::uint32_t* counts);

// Null where the processor lacks it.
[[nodiscard]] const PackingKernel* scalar_packing_kernel();
[[nodiscard]] const PackingKernel* avx2_packing_kernel();
[[nodiscard]] const PackingKernel* avx512_packing_kernel();

}  // namespace weir::codec
