#include <fmt/format.h>

#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/dashboard_output.h"
#include "cli/series_output.h"
#include "cli/series_report.h"
#include "cli/server_link.h"
#include "cli/text_file.h"
#include "cli/value_rows.h"
#include "http/form.h"

namespace weir::cli {
namespace {

using column::Type;
using column::Value;
using format::Tree;

std::string target_of(const std::string& name) {
  return "/api/v1/dashboards/" + http::encode_percent(name);
}

Result<void> list_dashboards(const ServerLink& server, const Arguments& arguments,
                             Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(const Tree answer, server.get_json("/api/v1/dashboards"));
  RowTable table;
  table.schema = {{"name", Type::kString}, {"modified", Type::kTime}, {"bytes", Type::kInt64}};
  for (const Tree& dashboard : answer["dashboards"].items()) {
    table.rows.push_back({Value::of_string(dashboard["name"].text()),
                          Value::of_time(dashboard["modifiedMs"].integer()),
                          Value::of_int(dashboard["bytes"].integer())});
  }
  return write_table(table, arguments.value("output", "table"), arguments, environment);
}

Result<void> show_dashboard(const ServerLink& server, const std::string& name,
                            const Arguments& arguments, Environment& environment) {
  std::string query = query_of(arguments, {"variable"});
  if (arguments.has("since") || arguments.has("until")) {
    constexpr std::int64_t kDefaultLengthMs = 3 * 3'600'000;
    WEIR_ASSIGN_OR_RETURN(const TimeSpanOption span,
                          read_span(arguments, environment.clock().now_ms(), kDefaultLengthMs));
    query +=
        fmt::format("{}since={}&until={}", query.empty() ? '?' : '&', span.since_ms, span.until_ms);
  }
  WEIR_ASSIGN_OR_RETURN(const Tree data, server.get_json(target_of(name) + "/data" + query));
  WEIR_RETURN_IF_ERROR(write_dashboard(data, arguments, environment));
  return write_report(dashboard_report(data), arguments, environment);
}

Result<void> get_body(const ServerLink& server, const std::string& name, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(const Tree answer, server.get_json(target_of(name)));
  const std::string& body = answer["bodyText"].text();
  (void)environment.write(body + (body.ends_with('\n') ? "" : "\n"));
  return {};
}

Result<void> put_body(const ServerLink& server, const std::string& name, const std::string& file,
                      const Arguments& arguments, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(const std::string body, read_text_file(environment, file, "a body"));
  WEIR_ASSIGN_OR_RETURN(
      const Tree answer,
      server.send_text("PUT", target_of(name), body, {{"Content-Type", "application/json"}}));
  for (const Tree& message : answer["messages"].items()) {
    environment.say(fmt::format("{}: {}\n", message["dataPath"].text(), message["message"].text()));
  }
  if (!arguments.has("quiet")) {
    environment.say(fmt::format("{} is stored\n", name));
  }
  return {};
}

Result<void> dashboard_command(const Arguments& arguments, Environment& environment) {
  const auto& words = arguments.positionals();
  const std::string_view what = words.empty() ? std::string_view("list") : words[0];
  const bool is_of_one = what == "show" || what == "get" || what == "delete";
  const bool is_known = (what == "list" && words.size() <= 1) || (is_of_one && words.size() == 2) ||
                        (what == "put" && words.size() == 3);
  if (!is_known) {
    return fail(ErrorCode::kUsage,
                "weir dashboard takes list, show NAME, get NAME, put NAME FILE (- reads standard "
                "input), or delete NAME --yes");
  }
  if (what == "delete" && !arguments.has("yes")) {
    return fail(ErrorCode::kUsage,
                fmt::format("this removes the dashboard {} for good: --yes does it", words[1]));
  }
  WEIR_ASSIGN_OR_RETURN(const ServerLink server, ServerLink::open(arguments, environment));
  if (what == "list") {
    return list_dashboards(server, arguments, environment);
  }
  if (what == "show") {
    return show_dashboard(server, words[1], arguments, environment);
  }
  if (what == "get") {
    return get_body(server, words[1], environment);
  }
  if (what == "put") {
    return put_body(server, words[1], words[2], arguments, environment);
  }
  WEIR_RETURN_IF_ERROR(server.send_json("DELETE", target_of(words[1]), Tree()));
  return {};
}

}  // namespace

int run_dashboard(const Arguments& arguments, Environment& environment) {
  const auto done = dashboard_command(arguments, environment);
  return done ? environment.write_failure() : environment.fail(done.error());
}

}  // namespace weir::cli
