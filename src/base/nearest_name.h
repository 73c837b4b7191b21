#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// The candidates closest to `name` by edit distance (case, '-' and '_' ignored), nearest first; of
// several spellings of one name the first given. At most `limit`, none that differs in more than a
// third of its letters (at least 2 edits allowed).
[[nodiscard]] std::vector<std::string> nearest_names(std::string_view name,
                                                     std::span<const std::string> candidates,
                                                     std::size_t limit = 3);

// "did you mean a, b or c?" with a leading space, or "" where nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       std::span<const std::string> candidates);

}  // namespace weir
