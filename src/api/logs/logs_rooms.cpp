#include "api/logs/logs_rooms.h"

#include <fmt/format.h>

namespace weir::api::logs {
namespace {

// The name in arn:aws:logs:REGION:ACCOUNT:log-group:NAME[:*], else the text itself.
std::string name_in(std::string_view name_or_arn) {
  constexpr std::string_view kMark = ":log-group:";
  const std::size_t mark = name_or_arn.find(kMark);
  if (!name_or_arn.starts_with("arn:") || mark == std::string_view::npos) {
    return std::string(name_or_arn);
  }
  std::string name(name_or_arn.substr(mark + kMark.size()));
  if (name.ends_with(":*")) {
    name.resize(name.size() - 2);
  }
  return name;
}

}  // namespace

std::string scope_of(const Call& call) { return call.account + "/" + call.region; }

std::string group_arn(const Call& call, std::string_view name) {
  return fmt::format("arn:aws:logs:{}:{}:log-group:{}", call.region, call.account, name);
}

tl::unexpected<ApiError> as_failure(const Error& error) {
  if (error.code == ErrorCode::kLimit) {
    return refuse("LimitExceededException", error.message);
  }
  const bool heals = error.code == ErrorCode::kFull || error.code == ErrorCode::kBusy;
  return refuse("ServiceUnavailableException", error.message, heals ? 503 : 500);
}

tl::unexpected<ApiError> invalid_parameter(std::string message) {
  return refuse("InvalidParameterException", std::move(message));
}

tl::expected<NamedGroup, ApiError> find_group(const LogsRooms& rooms, const Call& call,
                                              std::string_view name_or_arn) {
  const std::string name = name_in(name_or_arn);
  const std::string scope = scope_of(call);
  const auto found = rooms.groups->find_group(scope, name);
  if (!found) {
    return as_failure(found.error());
  }
  NamedGroup named;
  named.is_flows = !rooms.flow_log_prefix.empty() && name.starts_with(rooms.flow_log_prefix);
  // An EC2 flow log may deliver to a group of any name.
  const auto flow_logs = rooms.groups->list_documents("flow-log", scope);
  if (!flow_logs) {
    return as_failure(flow_logs.error());
  }
  bool has_one_format = true;
  for (const weir::logs::Document& flow_log : *flow_logs) {
    if (flow_log.body["LogGroupName"].text() != name) {
      continue;
    }
    const std::string& format = flow_log.body["LogFormat"].text();
    has_one_format = has_one_format && (named.flow_format.empty() || named.flow_format == format);
    named.flow_format = format;
    named.is_flows = true;
  }
  if (!has_one_format) {
    named.flow_format.clear();
  }
  if (*found) {
    named.group = **found;
    return named;
  }
  if (named.is_flows) {
    named.group.scope = scope;
    named.group.name = name;
    return named;
  }
  return refuse("ResourceNotFoundException", "The specified log group does not exist.");
}

tl::expected<NamedGroup, ApiError> find_named_group(const LogsRooms& rooms, const Call& call,
                                                    const Tree& input) {
  const bool has_name = input.has("logGroupName");
  if (has_name == input.has("logGroupIdentifier")) {
    return invalid_parameter("Exactly one of logGroupName and logGroupIdentifier must be given");
  }
  const std::string& text = input[has_name ? "logGroupName" : "logGroupIdentifier"].text();
  if (!has_name && text.ends_with(":*")) {
    return invalid_parameter(fmt::format(
        "1 validation error detected: Value '{}' at 'logGroupIdentifier' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: [\\w#+=/:,.@-]*",
        text));
  }
  return find_group(rooms, call, text);
}

}  // namespace weir::api::logs
