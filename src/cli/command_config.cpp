#include <fmt/format.h>

#include <string>
#include <vector>

#include "app/settings.h"
#include "cli/commands.h"
#include "cli/probe_settings.h"
#include "cli/value_rows.h"

namespace weir::cli {
namespace {

using column::Type;
using column::Value;

// Of the file that is named, else of WEIR_CONFIG, and the environment.
Result<app::Configuration> read_configuration(const std::vector<std::string>& words,
                                              Environment& environment) {
  Arguments arguments;
  if (words.size() == 2) {
    arguments.add("config", words[1]);
  }
  app::Configuration configuration;
  WEIR_RETURN_IF_ERROR(apply_configuration(arguments, environment, configuration));
  return configuration;
}

int check(const app::Configuration& configuration, Environment& environment) {
  const auto problems = app::find_problems(configuration, environment.files());
  for (const std::string& problem : problems) {
    environment.say(fmt::format("weir: {}\n", problem));
  }
  if (!problems.empty()) {
    return kExitInput;
  }
  return environment.write(
             fmt::format("{} settings, nothing wrong\n", configuration.origins.size()))
             ? kExitDone
             : environment.write_failure();
}

RowTable table_of(const app::Configuration& configuration) {
  RowTable table;
  table.schema = {{"setting", Type::kString}, {"value", Type::kString}, {"origin", Type::kString}};
  for (const app::Setting& setting : app::all_settings()) {
    const auto values = setting.show(configuration);
    const auto origin = configuration.origins.find(setting.name);
    table.rows.push_back(
        {Value::of_string(std::string(setting.name)),
         values.empty() ? Value::null()
                        : Value::of_string(fmt::format("{}", fmt::join(values, ","))),
         Value::of_string(origin == configuration.origins.end() ? "default" : origin->second)});
  }
  return table;
}

Result<int> dump(const app::Configuration& configuration, const Arguments& arguments,
                 Environment& environment) {
  if (arguments.value("output", "toml") != "toml") {
    WEIR_RETURN_IF_ERROR(
        write_table(table_of(configuration), arguments.value("output"), arguments, environment));
    return environment.write_failure();
  }
  return environment.write(app::write_settings(configuration, arguments.has("origin")))
             ? kExitDone
             : environment.write_failure();
}

}  // namespace

int run_config(const Arguments& arguments, Environment& environment) {
  const auto& words = arguments.positionals();
  if (words.empty() || words.size() > 2 || (words[0] != "check" && words[0] != "dump")) {
    return environment.fail(
        Error{ErrorCode::kUsage, "weir config takes check or dump, and a file of TOML"});
  }
  const auto configuration = read_configuration(words, environment);
  if (!configuration) {
    return environment.fail(configuration.error());
  }
  if (words[0] == "check") {
    return check(*configuration, environment);
  }
  const auto done = dump(*configuration, arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
