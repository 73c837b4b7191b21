#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/configuration.h"
#include "base/result.h"

namespace weir::app {

// One key of the configuration: "server.listen".
struct Setting {
  using Values = std::vector<std::string>;

  std::string_view name;
  std::string_view summary;
  // Errors say what is wrong with the values; who calls says where they stand.
  Result<void> (*apply)(Configuration& configuration, const Values& values);
  // The values in force, as apply() takes them; empty: none.
  Values (*show)(const Configuration& configuration);
  bool is_list = false;
};
[[nodiscard]] const std::vector<Setting>& all_settings();

// Applies the values to the setting of that name and remembers where they came from. A name that
// is none is an error with the nearest one.
[[nodiscard]] Result<void> apply_setting(std::string_view name, const Setting::Values& values,
                                         std::string_view origin, Configuration& configuration);

// The settings in force as a TOML document that apply_file() reads, in the order of all_settings();
// `has_origins` adds where each came from as a comment.
[[nodiscard]] std::string write_settings(const Configuration& configuration, bool has_origins);

}  // namespace weir::app
