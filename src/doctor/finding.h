#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "format/tree.h"

namespace weir::doctor {

enum class Severity : std::uint8_t {
  kError,    // can never work
  kWarning,  // works, and not as it looks
};
[[nodiscard]] std::string_view name_of(Severity severity);

// Something that is wrong, and what to do. `rule` is stable: tools filter by it (docs/doctor.md).
struct Finding {
  Severity severity = Severity::kError;
  std::string rule;     // "dimensions_differ"
  std::string place;    // "stack.yaml:12", "dashboard VPC /widgets/3"
  std::string subject;  // "alarm High-Packet-Loss"
  std::string message;
  std::string fix;
  friend auto operator<=>(const Finding&, const Finding&) = default;
};

// Errors first, then by rule and place; what was found twice is told once.
void sort_findings(std::vector<Finding>& findings);
// [{"severity", "rule", "place", "subject", "message", "fix"}]
[[nodiscard]] format::Tree to_tree(const std::vector<Finding>& findings);
[[nodiscard]] std::vector<Finding> findings_of(const format::Tree& tree);
// Lines for a person, and a last one that counts.
[[nodiscard]] std::string to_text(const std::vector<Finding>& findings);

}  // namespace weir::doctor
