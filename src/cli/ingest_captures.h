#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"

namespace weir::cli {

// Of what `weir ingest` was given, the files that hold packets, told by their first bytes; they are
// removed from `paths`. Directories are not looked into.
[[nodiscard]] std::vector<std::string> take_captures(std::vector<std::string>& paths,
                                                     Environment& environment);
// As weir packets --flows --data does, each capture by itself; the exit code.
[[nodiscard]] Result<int> ingest_captures(const std::vector<std::string>& captures,
                                          const Arguments& arguments, Environment& environment);

}  // namespace weir::cli
