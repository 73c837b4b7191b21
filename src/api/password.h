#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::api {

// Bounds of what may be a password: long enough to be no guess, short enough to be no attack.
inline constexpr std::size_t kLeastPasswordBytes = 10;
inline constexpr std::size_t kMostPasswordBytes = 1024;

// "$argon2id$v=19$m=...": with a salt of its own. Costs tens of milliseconds and 32 MiB by design:
// who answers strangers lets one at a time.
[[nodiscard]] Result<std::string> hash_password(std::string_view password);
// Whether `hash` is one of that password. False, too, for a text that is no such hash; takes as
// long then.
[[nodiscard]] bool is_password(std::string_view password, const std::string& hash);

}  // namespace weir::api
