#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

// Whole text as a decimal integer, optional sign; nullopt on anything else or on overflow.
[[nodiscard]] std::optional<std::int64_t> parse_int64(std::string_view text);
// Whole text as a decimal number (no hex, no "inf", no "nan").
[[nodiscard]] std::optional<double> parse_double(std::string_view text);

// Shortest text that reads back as the same double; integers without a point, no exponent below
// 10^15.
[[nodiscard]] std::string format_double(double value);

// 1.2 GB, 340 MB, 12 B: powers of 1000, for people.
[[nodiscard]] std::string format_bytes(double bytes);
// 12,345,678: for people.
[[nodiscard]] std::string format_grouped(std::int64_t value);
// Reads "64MB", "2GiB", "512k", "1.5G"; a bare number is bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_byte_size(std::string_view text);

}  // namespace weir
