#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::query::insights {

// The pattern as RE2 of any age reads it: (?<name> becomes (?P<name>.
[[nodiscard]] std::string to_re2_spelling(std::string_view pattern);

// The named groups of a pattern in RE2's spelling and their numbers, in order. An error at `span`
// where the pattern is wrong.
[[nodiscard]] Result<std::vector<std::pair<std::string, int>>> named_groups(
    const std::string& pattern, TextSpan span);

}  // namespace weir::query::insights
