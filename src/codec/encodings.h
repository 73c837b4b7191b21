#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/numbers.h"

namespace weir::codec {

// Each form: what it would take, as closely as can be told without doing it, and its bytes behind
// the byte of the form. `values` are not empty.
namespace run_length {
[[nodiscard]] std::size_t estimate(const NumberStatistics& statistics);
void encode(std::span<const std::uint64_t> values, std::string& out);
}  // namespace run_length

namespace packed {
// How each vector of 1,024 is packed.
struct Plan {
  std::uint8_t width = 0;
  std::uint16_t num_exceptions = 0;
};
[[nodiscard]] std::size_t estimate(std::span<const std::uint64_t> values,
                                   const NumberStatistics& statistics, std::vector<Plan>& plans);
void encode(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
            std::span<const Plan> plans, std::string& out);
}  // namespace packed

namespace repeated {
// Whether it is likely to be the smallest form: many numbers, if not most, are the one before.
[[nodiscard]] bool is_likely(std::size_t num_values, const NumberStatistics& statistics);
// All but the run of those that are not the one before them, which are put into `distinct`.
void encode(std::span<const std::uint64_t> values, std::vector<std::uint64_t>& distinct,
            std::string& out);
}  // namespace repeated

namespace plain {
// Bytes that hold `range`: 1, 2, 4 or 8.
[[nodiscard]] unsigned width_for(std::uint64_t range);
void encode(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
            std::string& out);
}  // namespace plain

namespace zstd {
// Compresses; the bytes are made here.
void encode(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
            std::string& out);
}  // namespace zstd

}  // namespace weir::codec
