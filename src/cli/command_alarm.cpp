#include <fmt/format.h>

#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/server_link.h"
#include "cli/value_rows.h"
#include "http/form.h"

namespace weir::cli {
namespace {

using format::Tree;

constexpr std::string_view kColumns[] = {"name", "region", "state", "since", "watches", "reason"};

// All pages of the list.
Result<std::vector<Tree>> list_alarms(const ServerLink& server, const Arguments& arguments) {
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
  WEIR_ASSIGN_OR_RETURN(const ServerLink server, ServerLink::open(arguments, environment));
  if (is_list) {
    WEIR_ASSIGN_OR_RETURN(const auto rows, list_alarms(server, arguments));
    return write_list(rows, arguments, environment);
  }
  const std::string target =
      fmt::format("/api/v1/alarms/{}/{}{}", http::encode_percent(words[1]), what,
                  what == "replay" ? query_of(arguments, {"region", "since"})
                                   : query_of(arguments, {"region"}));
  WEIR_ASSIGN_OR_RETURN(const std::string text,
                        server.get(target, output == "json" ? "application/json" : "text/plain"));
  return environment.write(text) ? kExitDone : environment.write_failure();
}

}  // namespace

int run_alarm(const Arguments& arguments, Environment& environment) {
  const auto done = alarm_command(arguments, environment);
  return done ? *done : environment.fail(done.error());
}

}  // namespace weir::cli
