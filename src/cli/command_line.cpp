#include "cli/command_line.h"

#include <fmt/format.h>

#include <span>

#include "base/nearest_name.h"
#include "cli/arguments.h"
#include "cli/commands.h"

namespace weir::cli {

int run_command_line(const std::vector<std::string>& words, Environment& environment) {
  if (words.empty()) {
    environment.say(overview_text());
    return kExitUsage;
  }
  std::string name = words.front();
  if (name == "--help" || name == "-h") {
    name = "help";
  } else if (name == "--version" || name == "-V") {
    name = "version";
  }
  const Verb* verb = find_verb(name);
  if (verb == nullptr) {
    std::vector<std::string> names;
    for (const Verb& known : all_verbs()) {
      names.emplace_back(known.name);
    }
    return environment.fail(
        {ErrorCode::kUsage, fmt::format("there is no command '{}';{} (weir help lists them)", name,
                                        did_you_mean(name, names))});
  }
  const auto arguments = parse_arguments(*verb, std::span(words).subspan(1));
  if (!arguments) {
    return environment.fail(arguments.error());
  }
  if (arguments->has("help")) {
    return environment.write(help_text(*verb)) ? kExitDone : environment.write_failure();
  }
  return verb->run(*arguments, environment);
}

}  // namespace weir::cli
