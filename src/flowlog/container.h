#pragma once

#include <string_view>

#include "flowlog/file_table.h"

namespace weir::flowlog {

// Bytes from the front of a file that suffice to tell what it is.
inline constexpr std::size_t kSniffBytes = 64 * 1024;

// What decompressed content is, told by its first bytes (up to kSniffBytes). Of JSON the keys of
// the first object decide. nullopt: neither text nor anything known (binary), or JSON that carries
// no flow logs. Hardened against untrusted input.
[[nodiscard]] std::optional<Container> detect_container(std::string_view first_bytes);

// Without a byte order mark.
[[nodiscard]] std::string_view without_bom(std::string_view text);

}  // namespace weir::flowlog
