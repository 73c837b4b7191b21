#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "codec/byte_reader.h"

namespace weir::codec {

// Short runs of signed numbers, as time series have them, in blocks of kIntegerBlock: as they are,
// as steps, or as changes of steps, whichever takes least, each packed to the bits that the block
// needs. A run costs a few bytes more than its bits; for long columns see numbers.h. Layout:
// docs/formats/metric-part.md.

inline constexpr std::size_t kIntegerBlock = 128;

// Appends `values`; their number is not among the bytes.
void encode_integers(std::span<const std::int64_t> values, std::string& out);
// Takes out.size() numbers from `in`. Hardened against untrusted input.
[[nodiscard]] Result<void> decode_integers(ByteReader& in, std::span<std::int64_t> out);

// One block, at most kIntegerBlock numbers and at least one.
void encode_integer_block(std::span<const std::int64_t> values, std::string& out);
[[nodiscard]] bool decode_integer_block(ByteReader& in, std::span<std::int64_t> out);

}  // namespace weir::codec
