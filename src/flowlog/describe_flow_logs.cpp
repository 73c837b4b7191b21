#include <fmt/format.h>
#include <simdjson.h>

#include <string>
#include <utility>

#include "flowlog/layout_book.h"

namespace weir::flowlog {
namespace {

std::string text_at(const simdjson::dom::object& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

// arn:aws:logs:eu-west-1:123456789012:log-group:NAME:* names a group as LogGroupName does.
std::string log_group_of(const simdjson::dom::object& flow_log) {
  std::string group = text_at(flow_log, "LogGroupName");
  if (!group.empty()) {
    return group;
  }
  constexpr std::string_view kMark = ":log-group:";
  std::string destination = text_at(flow_log, "LogDestination");
  const std::size_t mark = destination.find(kMark);
  if (mark == std::string::npos) {
    return {};
  }
  group = destination.substr(mark + kMark.size());
  return group.ends_with(":*") ? group.substr(0, group.size() - 2) : group;
}

}  // namespace

Result<std::vector<DescribedFlowLog>> parse_describe_flow_logs(std::string_view json) {
  if (json.size() > kMaxDescribeBytes) {
    return fail(ErrorCode::kLimit, fmt::format("DescribeFlowLogs JSON of {} bytes; at most {} are "
                                               "read",
                                               json.size(), kMaxDescribeBytes));
  }
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  const simdjson::padded_string padded(json);
  if (const auto error = parser.parse(padded).get(document)) {
    return fail(ErrorCode::kInput,
                fmt::format("not JSON as DescribeFlowLogs writes it: {}", error_message(error)));
  }
  simdjson::dom::array flow_logs;
  if (document["FlowLogs"].get(flow_logs) != simdjson::SUCCESS) {
    return fail(ErrorCode::kInput,
                "no FlowLogs array in it: give the output of aws ec2 describe-flow-logs");
  }
  std::vector<DescribedFlowLog> described;
  for (const simdjson::dom::element element : flow_logs) {
    simdjson::dom::object flow_log;
    if (element.get(flow_log) != simdjson::SUCCESS) {
      continue;
    }
    auto layout = parse_format(text_at(flow_log, "LogFormat"));
    if (layout) {
      layout->origin = LayoutOrigin::kDescribeFlowLogs;
      described.push_back(
          {text_at(flow_log, "FlowLogId"), log_group_of(flow_log), std::move(*layout)});
    }
  }
  return described;
}

}  // namespace weir::flowlog
