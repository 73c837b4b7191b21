#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::query {

// What stands for a part of a text that varies.
inline constexpr std::string_view kVariable = "<*>";

// A text with its words that vary by nature (numbers, ids, addresses, times) replaced by <*>.
[[nodiscard]] std::string pattern_of(std::string_view text);

// A pattern cut into words and what stands between them: words at the even places.
[[nodiscard]] std::vector<std::string_view> parts_of_pattern(std::string_view pattern);

// Error, Warning, Info or Debug, where a word of the text says so; else empty.
[[nodiscard]] std::string_view severity_of(std::string_view text);

}  // namespace weir::query
