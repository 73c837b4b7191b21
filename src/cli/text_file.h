#pragma once

#include <string>

#include "base/result.h"
#include "cli/environment.h"

namespace weir::cli {

// The whole of a file of at most 1 MiB, inflated; "-" is standard input. `what` is in it: "a
// query".
[[nodiscard]] Result<std::string> read_text_file(Environment& environment, const std::string& path,
                                                 std::string_view what);

}  // namespace weir::cli
