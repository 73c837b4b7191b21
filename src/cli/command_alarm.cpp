#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/alarm_reports.h"
#include "app/idle_rooms.h"
#include "cli/commands.h"
#include "cli/data_directory.h"
#include "cli/server_link.h"
#include "cli/value_rows.h"
#include "http/form.h"

namespace weir::cli {
namespace {

using format::Tree;

constexpr std::string_view kColumns[] = {"name", "region", "state", "since", "watches", "reason"};

// All pages of a running server's list.
Result<std::vector<Tree>> list_of_server(const ServerLink& server, const Arguments& arguments) {
  std::vector<Tree> rows;
  const std::string query = query_of(arguments, {"region", "state"});
  const std::string base =
      fmt::format("/api/v1/alarms{}{}limit=1000", query, query.empty() ? '?' : '&');
  std::string target = base;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const Tree page, server.get_json(target));
    const auto& items = page["alarms"].items();
    rows.insert(rows.end(), items.begin(), items.end());
    if (!page.has("cursor")) {
      return rows;
    }
    target = base + "&cursor=" + http::encode_percent(page["cursor"].text());
  }
}

Result<std::vector<Tree>> list_of_store(const app::AlarmReports& alarms,
                                        const Arguments& arguments) {
  app::AlarmReports::ListQuery query;
  query.region = arguments.value("region");
  query.state = arguments.value("state");
  WEIR_ASSIGN_OR_RETURN(const Tree page, alarms.list(query));
  return page["alarms"].items();
}

Result<int> write_list(const std::vector<Tree>& rows, const Arguments& arguments,
                       Environment& environment) {
  RowTable table;
  for (const std::string_view name : kColumns) {
    table.schema.push_back({std::string(name), column::Type::kString});
  }
  for (const Tree& row : rows) {
    auto& cells = table.rows.emplace_back();
    for (const std::string_view name : kColumns) {
      cells.push_back(column::Value::of_string(row[name].text()));
    }
  }
  WEIR_RETURN_IF_ERROR(
      write_table(table, arguments.value("output", "table"), arguments, environment));
  return environment.write_failure();
}

Result<int> alarm_command(const Arguments& arguments, Environment& environment) {
  const auto& words = arguments.positionals();
  const std::string_view what = words.empty() ? std::string_view("list") : words[0];
  const bool is_list = what == "list" && words.size() <= 1;
  const bool is_of_one = (what == "explain" || what == "replay") && words.size() == 2;
  if (!is_list && !is_of_one) {
    return fail(ErrorCode::kUsage,
                "weir alarm takes list, explain NAME, or replay NAME --since 30d");
  }
  const std::string_view output = arguments.value("output", "table");
  if (is_of_one && output != "table" && output != "json") {
    return fail(ErrorCode::kUsage, fmt::format("weir alarm {} writes table or json", what));
  }
  const std::string directory = data_directory(arguments);
  const auto server = ServerLink::find(environment, directory);
  std::unique_ptr<app::IdleRooms> rooms;
  if (!server) {
    WEIR_ASSIGN_OR_RETURN(
        rooms, app::IdleRooms::open(environment.files(), environment.clock(), directory));
  }
  if (is_list) {
    WEIR_ASSIGN_OR_RETURN(const auto rows, server ? list_of_server(*server, arguments)
                                                  : list_of_store(rooms->alarms(), arguments));
    return write_list(rows, arguments, environment);
  }
  std::string text;
  if (server) {
    const std::string target =
        fmt::format("/api/v1/alarms/{}/{}{}", http::encode_percent(words[1]), what,
                    what == "replay" ? query_of(arguments, {"region", "since"})
                                     : query_of(arguments, {"region"}));
    WEIR_ASSIGN_OR_RETURN(
        text, server->get(target, output == "json" ? "application/json" : "text/plain"));
  } else {
    const app::ReportForm form = output == "json" ? app::ReportForm::kJson : app::ReportForm::kText;
    const std::string_view region = arguments.value("region");
    WEIR_ASSIGN_OR_RETURN(
        text, what == "replay"
                  ? rooms->alarms().replay(region, words[1], arguments.value("since", "30d"), form)
                  : rooms->alarms().explain(region, words[1], form));
  }
  return environment.write(text) ? kExitDone : environment.write_failure();
}

}  // namespace

int run_alarm(const Arguments& arguments, Environment& environment) {
  const auto done = alarm_command(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
