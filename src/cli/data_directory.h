#pragma once

#include <string>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"

namespace weir::cli {

// Where the store is: --data, else WEIR_DATA, else /var/lib/weir for root, else
// $XDG_DATA_HOME/weir (~/.local/share/weir).
[[nodiscard]] std::string data_directory(const Arguments& arguments);
// A store is there.
[[nodiscard]] bool has_store(Environment& environment, const std::string& directory);
// What to say where there is none.
[[nodiscard]] Error no_store(const std::string& directory);

}  // namespace weir::cli
