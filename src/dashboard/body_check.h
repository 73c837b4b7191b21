#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::dashboard {

// Something about a body, at a place in it.
struct Finding {
  std::string data_path;  // "/widgets/3/properties"
  std::string message;
};

struct BodyCheck {
  bool is_json_object = false;
  std::vector<Finding> errors;
  std::vector<Finding> warnings;
};

// Checks a body by CloudWatch's rules (facts: dashboards, sections 2 to 7). Hardened against
// untrusted input.
[[nodiscard]] BodyCheck check_body(std::string_view body);

}  // namespace weir::dashboard
