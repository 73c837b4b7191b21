#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"

namespace weir::cli {

// Runs what the words behind `weir` ask for; returns the exit code.
[[nodiscard]] int run_command_line(const std::vector<std::string>& words, Environment& environment);

}  // namespace weir::cli
