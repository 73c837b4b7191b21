#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/service.h"
#include "column/scan.h"
#include "logs/event_store.h"
#include "logs/group_book.h"
#include "logs/query_runner.h"
#include "metric/metric_store.h"

namespace weir::api::logs {

// What became of events that were to be flow records.
struct TakenFlows {
  std::uint64_t num_records = 0;
  std::string problem;  // why none of them could be read
};

// What the operations of CloudWatch Logs work on. All outlive the service.
struct LogsRooms {
  weir::logs::GroupBook* groups = nullptr;
  weir::logs::EventStore* events = nullptr;
  weir::logs::QueryRunner* queries = nullptr;
  metric::MetricStore* metrics = nullptr;  // metric filters write there
  // The flow table as it is now.
  std::function<Result<std::shared_ptr<column::Table>>()> flows;
  // Takes events into the flow table, in the form of a subscription's; they last when it returns.
  // `format` names the fields in their order; "": they are found out.
  std::function<Result<TakenFlows>(const std::string& events, const std::string& format)>
      take_flow_events;
  std::string flow_log_prefix;  // groups of this prefix show the flow table
  query::Dialect dialect = query::Dialect::kHelpful;
};

// A group that a call names, and whether it shows the flow table. Groups of the flow-log prefix are
// there whether or not somebody made them.
struct NamedGroup {
  weir::logs::Group group;
  bool is_flows = false;
  std::string flow_format;  // of the records put there, where a flow log that delivers there tells
};
[[nodiscard]] tl::expected<NamedGroup, ApiError> find_group(const LogsRooms& rooms,
                                                            const Call& call,
                                                            std::string_view name_or_arn);
// The group of logGroupName or logGroupIdentifier.
[[nodiscard]] tl::expected<NamedGroup, ApiError> find_named_group(const LogsRooms& rooms,
                                                                  const Call& call,
                                                                  const Tree& input);
[[nodiscard]] std::string scope_of(const Call& call);
[[nodiscard]] std::string group_arn(const Call& call, std::string_view name);
[[nodiscard]] tl::unexpected<ApiError> as_failure(const Error& error);
[[nodiscard]] tl::unexpected<ApiError> invalid_parameter(std::string message);

}  // namespace weir::api::logs
