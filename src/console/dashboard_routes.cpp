#include "console/dashboard_routes.h"

#include <fmt/format.h>

#include "aws/digest.h"
#include "base/nearest_name.h"
#include "dashboard/body_check.h"

namespace weir::console {
namespace {

using api::json_answer;
using api::Route;
using api::RouteCall;
using format::Tree;

Tree messages_of(const dashboard::BodyCheck& check) {
  Tree list = Tree::list();
  const auto add = [&](const std::vector<dashboard::Finding>& findings, std::string_view severity) {
    for (const dashboard::Finding& finding : findings) {
      list.push(Tree::map(
          {{"dataPath", finding.data_path}, {"message", finding.message}, {"severity", severity}}));
    }
  };
  add(check.errors, "error");
  add(check.warnings, "warning");
  if (!check.is_json_object) {
    list.push(Tree::map({{"dataPath", ""},
                         {"message", "The body must be a valid JSON object"},
                         {"severity", "error"}}));
  }
  return list;
}

// Of a body as it is stored; strong, as RFC 9110 has it.
std::string entity_tag(std::string_view body) {
  return fmt::format("\"{}\"", aws::to_hex(aws::sha256(body)).substr(0, 32));
}

// Whether a list of tags, or "*", has that of what is stored.
bool matches(std::string_view list, const std::optional<dashboard::Dashboard>& stored) {
  return stored && (list == "*" || list.find(entity_tag(stored->body)) != std::string_view::npos);
}

// The refusal of a change whose conditions do not hold; nullopt where they do.
std::optional<http::Response> find_conflict(const RouteCall& call, const std::string& name,
                                            const std::optional<dashboard::Dashboard>& stored) {
  const std::string_view wanted = call.request.header("if-match");
  const std::string_view unwanted = call.request.header("if-none-match");
  std::string detail;
  if (!wanted.empty() && !matches(wanted, stored)) {
    detail = stored ? fmt::format(
                          "the dashboard '{}' was changed since it was read: nothing is "
                          "stored; read it again, or leave out If-Match to replace it",
                          name)
                    : fmt::format(
                          "the dashboard '{}' was removed since it was read: nothing is "
                          "stored; leave out If-Match to make it anew",
                          name);
  } else if (!unwanted.empty() && matches(unwanted, stored)) {
    detail = fmt::format(
        "there is a dashboard '{}' already: nothing is stored; leave out "
        "If-None-Match to replace it",
        name);
  }
  if (detail.empty()) {
    return std::nullopt;
  }
  auto response =
      api::problem_answer(412, "Precondition failed", detail, call.request_id,
                          Tree::map({{"modifiedMs", stored ? Tree(stored->modified_ms) : Tree()}}));
  if (stored) {
    response.headers.emplace_back("ETag", entity_tag(stored->body));
  }
  return response;
}

bool is_good(const dashboard::BodyCheck& check) {
  return check.is_json_object && check.errors.empty();
}

}  // namespace

Result<dashboard::Dashboard> find_dashboard(const dashboard::DashboardStore& dashboards,
                                            std::string_view account, const std::string& name) {
  WEIR_ASSIGN_OR_RETURN(auto found, dashboards.find(account, name));
  if (found) {
    return std::move(*found);
  }
  WEIR_ASSIGN_OR_RETURN(const auto all, dashboards.list(account));
  std::vector<std::string> names;
  for (const dashboard::Dashboard& one : all) {
    names.push_back(one.name);
  }
  const std::string meant = did_you_mean(name, names);
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no dashboard '{}'{}{}", name, meant.empty() ? "" : ";", meant));
}

void add_dashboard_routes(api::NativeApi& native, const AwsCalls& aws,
                          const dashboard::DashboardStore& dashboards) {
  Route list{"GET", "/api/v1/dashboards", "Dashboards, by name."};
  list.answers = "dashboards: name, modifiedMs, bytes";
  list.run = [&aws, &dashboards](const RouteCall& /*call*/) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const auto all, dashboards.list(aws.account()));
    Tree rows = Tree::list();
    for (const dashboard::Dashboard& dashboard : all) {
      rows.push(Tree::map({{"name", dashboard.name},
                           {"modifiedMs", dashboard.modified_ms},
                           {"bytes", static_cast<std::int64_t>(dashboard.body.size())}}));
    }
    return json_answer(Tree::map({{"dashboards", std::move(rows)}}));
  };
  native.add(std::move(list));

  Route get{"GET", "/api/v1/dashboards/{name}", "A dashboard's body."};
  get.answers = "name, modifiedMs, body, bodyText";
  get.run = [&aws, &dashboards](const RouteCall& call) -> Result<http::Response> {
    const std::string& name = call.parameters.front();
    WEIR_ASSIGN_OR_RETURN(const auto found, find_dashboard(dashboards, aws.account(), name));
    WEIR_ASSIGN_OR_RETURN(Tree body, format::read_json(found.body));
    // The text as it was stored as well: reading and writing JSON changes its bytes.
    auto response = json_answer(Tree::map({{"name", name},
                                           {"modifiedMs", found.modified_ms},
                                           {"body", std::move(body)},
                                           {"bodyText", found.body}}));
    response.headers.emplace_back("ETag", entity_tag(found.body));
    return response;
  };
  native.add(std::move(get));

  Route check{"POST", "/api/v1/dashboards/check", "What is wrong with a body; stores nothing."};
  check.answers = "messages: dataPath, message, severity";
  check.run = [](const RouteCall& call) -> Result<http::Response> {
    return json_answer(
        Tree::map({{"messages", messages_of(dashboard::check_body(call.request.body))}}));
  };
  native.add(std::move(check));

  Route put{"PUT", "/api/v1/dashboards/{name}", "Makes or replaces a dashboard."};
  put.scope = api::KeyScope::kOperate;
  put.answers = "messages, isStored";
  put.run = [&aws, &dashboards](const RouteCall& call) -> Result<http::Response> {
    const dashboard::BodyCheck found = dashboard::check_body(call.request.body);
    if (!is_good(found)) {
      return api::problem_answer(
          400, "Bad request", "the body is no dashboard; see messages", call.request_id,
          Tree::map({{"messages", messages_of(found)}, {"isStored", false}}));
    }
    // Held until it is stored, so that of two that read the same one is refused.
    const std::string& name = call.parameters.front();
    const auto held = dashboards.hold();
    WEIR_ASSIGN_OR_RETURN(const auto stored, dashboards.find(aws.account(), name));
    if (auto conflict = find_conflict(call, name, stored)) {
      return std::move(*conflict);
    }
    const auto done =
        aws.run("PutDashboard", call,
                Tree::map({{"DashboardName", name}, {"DashboardBody", call.request.body}}));
    if (!done) {
      return problem_of(done.error(), call);
    }
    auto response = json_answer(Tree::map({{"messages", messages_of(found)}, {"isStored", true}}));
    response.headers.emplace_back("ETag", entity_tag(call.request.body));
    return response;
  };
  native.add(std::move(put));

  Route remove{"DELETE", "/api/v1/dashboards/{name}", "Removes a dashboard."};
  remove.scope = api::KeyScope::kOperate;
  remove.answers = "removed";
  remove.run = [&aws, &dashboards](const RouteCall& call) -> Result<http::Response> {
    const std::string& name = call.parameters.front();
    WEIR_RETURN_IF_ERROR(find_dashboard(dashboards, aws.account(), name));
    const auto done = aws.run("DeleteDashboards", call,
                              Tree::map({{"DashboardNames", Tree::list_of(call.parameters)}}));
    return done ? json_answer(Tree::map({{"removed", name}})) : problem_of(done.error(), call);
  };
  native.add(std::move(remove));
}

}  // namespace weir::console
