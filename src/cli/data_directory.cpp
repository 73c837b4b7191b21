#include "cli/data_directory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace weir::cli {

std::string data_directory(const Arguments& arguments) {
  if (arguments.has("data")) {
    return std::string(arguments.value("data"));
  }
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (std::string data = variable("WEIR_DATA"); !data.empty()) {
    return data;
  }
  if (geteuid() == 0) {
    return "/var/lib/weir";
  }
  if (const std::string data_home = variable("XDG_DATA_HOME"); !data_home.empty()) {
    return data_home + "/weir";
  }
  return variable("HOME") + "/.local/share/weir";
}

bool has_store(Environment& environment, const std::string& directory) {
  return environment.files().exists(directory + "/CURRENT");
}

Error no_store(const std::string& directory) {
  return {ErrorCode::kNotFound,
          fmt::format("there is no store at {}: weir ingest PATH --data {} makes one", directory,
                      directory)};
}

}  // namespace weir::cli
