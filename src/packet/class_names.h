#pragma once

#include <cstdint>
#include <string_view>

namespace weir::packet {

// Who an option class was given to, by IANA's NVO3 registry.
struct Vendor {
  std::string_view name;           // "Amazon"
  std::string_view registry_name;  // "Amazon.com, Inc."
};

// Ranges that nobody has taken are named after the registry's rule: "IETF", "unassigned",
// "experimental".
[[nodiscard]] Vendor vendor_of(std::uint16_t option_class) noexcept;

}  // namespace weir::packet
