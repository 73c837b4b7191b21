#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "packet/parser.h"
#include "packet/view.h"

namespace weir::packet {

enum class Severity : std::uint8_t {
  kInfo,     // legal, and worth knowing: reserved bits that are set
  kWarning,  // the sender is at fault, a receiver copes
  kError,    // a receiver has to drop it
};
[[nodiscard]] std::string_view name_of(Severity severity) noexcept;

// A departure from a standard.
struct Finding {
  Severity severity = Severity::kInfo;
  std::string_view rule;     // a short name: "geneve_version", "c_bit"
  std::string_view section;  // "RFC 8926 section 3.4"
  std::uint32_t offset = 0;  // of the byte in the frame
  std::string message;
};

// Lists every departure from RFC 8926 and RFC 7348 in a packet that was parsed, whatever became of
// it, in the order of the bytes.
[[nodiscard]] std::vector<Finding> validate(const Parser& parser, const PacketView& view);

}  // namespace weir::packet
