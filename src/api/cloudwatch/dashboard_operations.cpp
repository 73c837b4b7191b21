#include "api/cloudwatch/dashboard_operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "api/cloudwatch/metric_operations.h"
#include "dashboard/body_check.h"

namespace weir::api::cloudwatch {
namespace {

constexpr std::size_t kDashboardsEachPage = 1000;

tl::expected<void, ApiError> check_name(const std::string& name) {
  if (name.empty()) {
    return refuse("MissingParameter", "The parameter DashboardName is required.");
  }
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
  });
  if (!is_plain || name.size() > 255) {
    return refuse("InvalidParameterValue",
                  "The value for field DashboardName contains invalid characters. It can only "
                  "contain alphanumerics, dash (-) and underscore (_).\n");
  }
  return {};
}

Tree findings_tree(const std::vector<dashboard::Finding>& findings, std::string_view path,
                   std::string_view message) {
  Tree list = Tree::list();
  for (const dashboard::Finding& finding : findings) {
    list.push(Tree::map(
        {{std::string(path), finding.data_path}, {std::string(message), finding.message}}));
  }
  return list;
}

ApiError invalid_body(const std::vector<dashboard::Finding>& errors) {
  ApiError error;
  error.code = "InvalidParameterInput";
  error.message =
      fmt::format("The dashboard body is invalid, there are {} validation errors:\n{}",
                  errors.size(), format::write_json(findings_tree(errors, "dataPath", "message")));
  error.details =
      Tree::map({{"dashboardValidationMessages", findings_tree(errors, "DataPath", "Message")}});
  return error;
}

Outcome put_dashboard(dashboard::DashboardStore& dashboards, ResourceTags& tags, const Call& call,
                      const Tree& input) {
  dashboard::Dashboard dashboard{input["DashboardName"].text(), input["DashboardBody"].text(),
                                 call.now_ms};
  if (auto checked = check_name(dashboard.name); !checked) {
    return tl::unexpected<ApiError>(checked.error());
  }
  if (dashboard.body.empty()) {
    return refuse("MissingParameter", "The parameter DashboardBody is required.");
  }
  const dashboard::BodyCheck check = dashboard::check_body(dashboard.body);
  if (!check.is_json_object) {
    return refuse("InvalidParameterInput", "The field DashboardBody must be a valid JSON object");
  }
  if (!check.errors.empty()) {
    return tl::unexpected<ApiError>(invalid_body(check.errors));
  }
  const auto before = dashboards.find(call.account, dashboard.name);
  if (!before) {
    return as_failure(before.error());
  }
  if (auto done = dashboards.put(call.account, dashboard); !done) {
    return as_failure(done.error());
  }
  if (!*before && !input["Tags"].items().empty()) {  // tags of an update are passed over
    if (auto done = tags.put(dashboard_arn(call, dashboard.name), input["Tags"]); !done) {
      return as_failure(done.error());
    }
  }
  return Tree::map(
      {{"DashboardValidationMessages", findings_tree(check.warnings, "DataPath", "Message")}});
}

Outcome get_dashboard(const dashboard::DashboardStore& dashboards, const Call& call,
                      const Tree& input) {
  const std::string& name = input["DashboardName"].text();
  const auto found = dashboards.find(call.account, name);
  if (!found) {
    return as_failure(found.error());
  }
  if (!*found) {
    ApiError error{"ResourceNotFound", fmt::format("Dashboard {} does not exist", name), 404};
    error.type = "DashboardNotFoundError";
    return tl::unexpected<ApiError>(std::move(error));
  }
  return Tree::map({{"DashboardArn", dashboard_arn(call, name)},
                    {"DashboardBody", (*found)->body},
                    {"DashboardName", name}});
}

Outcome list_dashboards(const dashboard::DashboardStore& dashboards, const Call& call,
                        const Tree& input) {
  const auto all = dashboards.list(call.account);
  if (!all) {
    return as_failure(all.error());
  }
  const std::string& token = input["NextToken"].text();
  Tree list = Tree::list();
  std::string last;
  Tree output = Tree::map();
  for (const dashboard::Dashboard& dashboard : *all) {
    if (!dashboard.name.starts_with(input["DashboardNamePrefix"].text()) ||
        (!token.empty() && dashboard.name <= token)) {
      continue;
    }
    if (list.items().size() == kDashboardsEachPage) {
      output.append("NextToken", last);
      break;
    }
    last = dashboard.name;
    list.push(Tree::map({{"DashboardName", dashboard.name},
                         {"DashboardArn", dashboard_arn(call, dashboard.name)},
                         {"LastModified", Tree::time(dashboard.modified_ms / 1000 * 1000)},
                         {"Size", static_cast<std::int64_t>(dashboard.body.size())}}));
  }
  output.set("DashboardEntries", std::move(list));
  return output;
}

Outcome delete_dashboards(dashboard::DashboardStore& dashboards, ResourceTags& tags,
                          const Call& call, const Tree& input) {
  const auto names = input["DashboardNames"].texts();
  for (const std::string& name : names) {
    if (auto checked = check_name(name); !checked) {
      return tl::unexpected<ApiError>(checked.error());
    }
  }
  if (auto done = dashboards.remove(call.account, names); !done) {
    return as_failure(done.error());
  }
  for (const std::string& name : names) {
    if (auto done = tags.remove_all(dashboard_arn(call, name)); !done) {
      return as_failure(done.error());
    }
  }
  return Tree();
}

}  // namespace

std::string dashboard_arn(const Call& call, std::string_view name) {
  return fmt::format("arn:aws:cloudwatch::{}:dashboard/{}", call.account, name);
}

void add_dashboard_operations(Service& service, dashboard::DashboardStore& dashboards,
                              ResourceTags& tags) {
  auto& operations = service.operations;
  operations["PutDashboard"] = [&](const Call& call, const Tree& input) {
    return put_dashboard(dashboards, tags, call, input);
  };
  operations["GetDashboard"] = [&](const Call& call, const Tree& input) {
    return get_dashboard(dashboards, call, input);
  };
  operations["ListDashboards"] = [&](const Call& call, const Tree& input) {
    return list_dashboards(dashboards, call, input);
  };
  operations["DeleteDashboards"] = [&](const Call& call, const Tree& input) {
    return delete_dashboards(dashboards, tags, call, input);
  };
}

}  // namespace weir::api::cloudwatch
