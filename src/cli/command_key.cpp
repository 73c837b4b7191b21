#include <fmt/format.h>

#include <string>

#include "api/access_keys.h"
#include "base/time_text.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/server_link.h"
#include "http/form.h"

namespace weir::cli {
namespace {

using format::Tree;

// As the AWS CLI's credentials file has them, so that it can be redirected there.
std::string credentials_text(std::string_view id, std::string_view secret) {
  return fmt::format("aws_access_key_id = {}\naws_secret_access_key = {}\n", id, secret);
}

std::string key_line(std::string_view id, std::string_view scope, std::string_view created,
                     std::string_view account) {
  return fmt::format("{}  {:7}  {}{}{}\n", id, scope, created, account.empty() ? "" : "  account ",
                     account);
}

enum class Task : std::uint8_t { kCreate, kList, kRemove };

Result<Task> task_of(const std::vector<std::string>& words) {
  if (words.size() == 1 && words[0] == "create") {
    return Task::kCreate;
  }
  if (words.size() == 1 && words[0] == "list") {
    return Task::kList;
  }
  if (words.size() == 2 && words[0] == "remove") {
    return Task::kRemove;
  }
  return fail(ErrorCode::kUsage, "weir key takes create, list, or remove and a key's id");
}

Result<std::string> ask_server(const ServerLink& server, Task task, const Arguments& arguments) {
  std::string text;
  if (task == Task::kCreate) {
    WEIR_ASSIGN_OR_RETURN(
        const Tree key,
        server.send_json("POST",
                         fmt::format("/api/v1/keys?scope={}&account={}",
                                     http::encode_percent(arguments.value("scope", "read")),
                                     http::encode_percent(arguments.value("account", ""))),
                         Tree()));
    return credentials_text(key["id"].text(), key["secret"].text());
  }
  if (task == Task::kList) {
    WEIR_ASSIGN_OR_RETURN(const Tree known, server.get_json("/api/v1/keys"));
    for (const Tree& key : known["keys"].items()) {
      text += key_line(key["id"].text(), key["scope"].text(), key["created"].text(),
                       key["account"].text());
    }
    return text;
  }
  const std::string id = http::encode_percent(arguments.positionals()[1]);
  WEIR_RETURN_IF_ERROR(server.send_json("DELETE", "/api/v1/keys/" + id, Tree()));
  return text;
}

Result<std::string> use_store(Task task, const std::string& directory, const Arguments& arguments,
                              Environment& environment) {
  WEIR_RETURN_IF_ERROR(environment.files().create_directories(directory));
  WEIR_ASSIGN_OR_RETURN(const auto database, state::Database::open(directory + "/state.db"));
  WEIR_ASSIGN_OR_RETURN(api::AccessKeys keys, api::AccessKeys::open(*database));
  std::string text;
  if (task == Task::kCreate) {
    const auto scope = api::parse_key_scope(arguments.value("scope", "read"));
    WEIR_ASSIGN_OR_RETURN(
        const api::AccessKey key,
        keys.create(scope.value_or(api::KeyScope::kRead), arguments.value("account", ""),
                    environment.clock().now_ms()));
    return credentials_text(key.id, key.secret);
  }
  if (task == Task::kList) {
    WEIR_ASSIGN_OR_RETURN(const auto known, keys.list());
    for (const api::AccessKey& key : known) {
      text += key_line(key.id, api::name_of(key.scope), to_time_text(key.created_ms), key.account);
    }
    return text;
  }
  const std::string& id = arguments.positionals()[1];
  WEIR_ASSIGN_OR_RETURN(const bool was_there, keys.remove(id));
  if (!was_there) {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no access key {}; weir key list shows them", id));
  }
  return text;
}

Result<std::string> run(const Arguments& arguments, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(const Task task, task_of(arguments.positionals()));
  if (const std::string_view scope = arguments.value("scope", "read");
      !api::parse_key_scope(scope)) {
    return fail(ErrorCode::kUsage,
                fmt::format("--scope is one of ingest, read, operate, respond, admin, or several "
                            "with commas between, not '{}'",
                            scope));
  }
  const std::string directory = data_directory(arguments);
  if (const auto server = ServerLink::find(environment, directory)) {
    return ask_server(*server, task, arguments);
  }
  return use_store(task, directory, arguments, environment);
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
