#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::http {

using FormPairs = std::vector<std::pair<std::string, std::string>>;

// Decodes %XX; '+' as a space where `plus_is_space`. What is no escape stays as it is.
[[nodiscard]] std::string decode_percent(std::string_view text, bool plus_is_space);
// Encodes all but A-Z a-z 0-9 - . _ ~ (and '/', where `keeps_slash`), as AWS signs it.
[[nodiscard]] std::string encode_percent(std::string_view text, bool keeps_slash = false);
// Reads name=value pairs joined by '&' (application/x-www-form-urlencoded). nullopt where there are
// more than `max_pairs`.
[[nodiscard]] std::optional<FormPairs> parse_form(std::string_view text, std::size_t max_pairs);

}  // namespace weir::http
