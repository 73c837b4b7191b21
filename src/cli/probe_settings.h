#pragma once

#include <optional>
#include <string>

#include "app/configuration.h"
#include "cli/arguments.h"
#include "cli/environment.h"

namespace weir::cli {

// The whole of a configuration file: --config, else WEIR_CONFIG; then the variables. Shared by the
// commands that take one.
[[nodiscard]] Result<void> apply_configuration(const Arguments& arguments, Environment& environment,
                                               app::Configuration& configuration);
// The value of a variable of the process.
[[nodiscard]] std::optional<std::string> environment_variable(const std::string& name);

// [probe] of the configuration, and the flags over it.
[[nodiscard]] Result<probe::Settings> read_probe_settings(const Arguments& arguments,
                                                          Environment& environment);

}  // namespace weir::cli
