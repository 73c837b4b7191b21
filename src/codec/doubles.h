#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "codec/byte_reader.h"

namespace weir::codec {

// Runs of doubles, bit for bit, in blocks of kIntegerBlock. A block of decimals (all are n / 10^e
// with one e) is a block of integers; others are the bits that differ from the value before (after
// Gorilla, Pelkonen and others, VLDB 2015), or the doubles as they are. Layout:
// docs/formats/metric-part.md.

enum class DoubleForm : std::uint8_t { kDecimal = 0, kXor = 1, kPlain = 2 };

// Appends `values`; their number is not among the bytes.
void encode_doubles(std::span<const double> values, std::string& out);
// Takes out.size() numbers from `in`. Hardened against untrusted input.
[[nodiscard]] Result<void> decode_doubles(ByteReader& in, std::span<double> out);

}  // namespace weir::codec
