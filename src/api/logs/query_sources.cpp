#include "api/logs/query_sources.h"

#include <fmt/format.h>

#include <algorithm>

#include "logs/concatenated_table.h"
#include "logs/source_names.h"

namespace weir::api::logs {

tl::expected<std::vector<std::string>, ApiError> names_in(const LogsRooms& rooms, const Call& call,
                                                          const Tree& input) {
  std::vector<std::string> names;
  std::size_t num_ways = 0;
  for (const char* way : {"logGroupNames", "logGroupIdentifiers"}) {
    const auto given = input[way].texts();
    names.insert(names.end(), given.begin(), given.end());
    num_ways += given.empty() ? 0 : 1;
  }
  if (input.has("logGroupName")) {
    names.push_back(input["logGroupName"].text());
    ++num_ways;
  }
  if (num_ways > 1) {
    return invalid_parameter(
        "Exactly one of logGroupName, logGroupNames, logGroupIdentifiers must be given");
  }
  const auto sources = weir::logs::read_sources(input["queryString"].text());
  if (!names.empty()) {
    for (const std::string& source : sources.names) {
      if (std::none_of(names.begin(), names.end(), [&](const std::string& name) {
            return name == source || name.ends_with(":" + source);
          })) {
        return invalid_parameter(fmt::format(
            "the query's SOURCE names '{}', the call names other log groups: give one of both",
            source));
      }
    }
    return names;
  }
  if (!sources.problem.empty()) {
    return invalid_parameter(sources.problem);
  }
  names = sources.names;
  if (!sources.prefixes.empty()) {
    const auto groups = rooms.groups->list_groups(scope_of(call));
    if (!groups) {
      return as_failure(groups.error());
    }
    for (const weir::logs::Group& group : *groups) {
      const bool is_wanted =
          std::any_of(sources.prefixes.begin(), sources.prefixes.end(),
                      [&](const std::string& prefix) { return group.name.starts_with(prefix); });
      if (is_wanted && std::find(names.begin(), names.end(), group.name) == names.end()) {
        names.push_back(group.name);
      }
    }
    if (names.empty()) {
      return refuse("ResourceNotFoundException", "No log group has a name of that prefix");
    }
  }
  return names;
}

tl::expected<std::shared_ptr<column::Table>, ApiError> table_of(
    const LogsRooms& rooms, const std::vector<NamedGroup>& groups) {
  const bool has_flows = groups.front().is_flows;
  std::vector<std::shared_ptr<column::Table>> tables;
  for (const NamedGroup& named : groups) {
    if (named.is_flows != has_flows) {
      return invalid_parameter(
          "groups that show the flow table and groups of other events have different columns: ask "
          "them by two queries");
    }
    auto table = named.is_flows ? rooms.flows() : rooms.events->table(named.group);
    if (!table) {
      return as_failure(table.error());
    }
    tables.push_back(std::move(*table));
    if (has_flows) {
      break;  // all of them show the one flow table
    }
  }
  if (tables.size() == 1) {
    return tables.front();
  }
  return std::make_shared<weir::logs::ConcatenatedTable>(std::move(tables));
}

tl::expected<std::vector<NamedGroup>, ApiError> groups_of(const LogsRooms& rooms, const Call& call,
                                                          const std::vector<std::string>& names) {
  std::vector<NamedGroup> groups;
  for (const std::string& name : names) {
    auto named = find_group(rooms, call, name);
    if (!named && named.error().code == "ResourceNotFoundException") {
      return refuse(
          "ResourceNotFoundException",
          fmt::format("Log group '{}' does not exist for account ID '{}'", name, call.account));
    }
    if (!named) {
      return tl::unexpected<ApiError>(named.error());
    }
    groups.push_back(std::move(*named));
  }
  return groups;
}

Result<std::shared_ptr<column::Table>> source_table(const LogsRooms& rooms, const Call& call,
                                                    const std::vector<std::string>& names) {
  if (names.empty()) {
    return fail(ErrorCode::kUnsupported,
                "SOURCE names log groups in quotes here: SOURCE '/aws/lambda/x'");
  }
  const auto groups = groups_of(rooms, call, names);
  const auto table = groups ? table_of(rooms, *groups)
                            : tl::expected<std::shared_ptr<column::Table>, ApiError>(
                                  tl::unexpected<ApiError>(groups.error()));
  if (!table) {
    return fail(ErrorCode::kNotFound, table.error().message);
  }
  return *table;
}

}  // namespace weir::api::logs
