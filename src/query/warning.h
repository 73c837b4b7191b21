#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace weir::query {

// Something the user should know about how the query was read or answered. `code` is stable.
struct Warning {
  std::string code;     // constant_predicate, sort_key_resolved, field_casing, empty_field, ...
  std::string message;  // one sentence, with the fix
  std::optional<TextSpan> span = std::nullopt;
};

enum class Dialect : std::uint8_t {
  kHelpful,     // read what the author meant, and say so
  kCloudWatch,  // as CloudWatch does, refusals included
};

}  // namespace weir::query
