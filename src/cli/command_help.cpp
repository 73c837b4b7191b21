#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/nearest_name.h"
#include "cli/commands.h"

namespace weir::cli {

int run_help(const Arguments& arguments, Environment& environment) {
  const auto& words = arguments.positionals();
  if (words.empty()) {
    return environment.write(overview_text()) ? kExitDone : environment.write_failure();
  }
  const Verb* verb = find_verb(words.front());
  if (verb == nullptr) {
    std::vector<std::string> names;
    for (const Verb& known : all_verbs()) {
      names.emplace_back(known.name);
    }
    return environment.fail(
        {ErrorCode::kUsage, fmt::format("there is no command '{}';{} (weir help lists them)",
                                        words.front(), did_you_mean(words.front(), names))});
  }
  return environment.write(help_text(*verb)) ? kExitDone : environment.write_failure();
}

}  // namespace weir::cli
