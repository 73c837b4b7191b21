#include <fmt/format.h>

#include <string>

#include "api/access_keys.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/data_directory.h"

namespace weir::cli {
namespace {

Result<std::string> run(const Arguments& arguments, Environment& environment) {
  const auto& words = arguments.positionals();
  const std::string directory = data_directory(arguments);
  WEIR_RETURN_IF_ERROR(environment.files().create_directories(directory));
  WEIR_ASSIGN_OR_RETURN(const auto database, state::Database::open(directory + "/state.db"));
  WEIR_ASSIGN_OR_RETURN(api::AccessKeys keys, api::AccessKeys::open(*database));
  if (words.size() == 1 && words[0] == "create") {
    const auto scope = api::parse_key_scope(arguments.value("scope", "read"));
    WEIR_ASSIGN_OR_RETURN(
        const api::AccessKey key,
        keys.create(scope.value_or(api::KeyScope::kRead), environment.clock().now_ms()));
    // As the AWS CLI's credentials file has them, so that it can be redirected there.
    return fmt::format("aws_access_key_id = {}\naws_secret_access_key = {}\n", key.id, key.secret);
  }
  if (words.size() == 1 && words[0] == "list") {
    std::string text;
    WEIR_ASSIGN_OR_RETURN(const auto known, keys.list());
    for (const api::AccessKey& key : known) {
      text += fmt::format("{}  {:7}  {}\n", key.id, api::name_of(key.scope),
                          to_time_text(key.created_ms));
    }
    return text;
  }
  if (words.size() == 2 && words[0] == "remove") {
    WEIR_ASSIGN_OR_RETURN(const bool was_there, keys.remove(words[1]));
    if (!was_there) {
      return fail(ErrorCode::kNotFound,
                  fmt::format("there is no access key {}; weir key list shows them", words[1]));
    }
    return std::string();
  }
  return fail(ErrorCode::kUsage, "weir key takes create, list, or remove and a key's id");
}

}  // namespace

int run_key(const Arguments& arguments, Environment& environment) {
  const auto text = run(arguments, environment);
  if (!text) {
    return environment.fail(text.error());
  }
  return environment.write(*text) ? kExitDone : environment.write_failure();
}

}  // namespace weir::cli
