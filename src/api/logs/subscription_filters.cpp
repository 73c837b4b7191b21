#include "api/logs/subscription_filters.h"

#include <fmt/format.h>

#include <algorithm>

#include "logs/filter_pattern.h"

namespace weir::api::logs {
namespace {

constexpr std::string_view kSubscription = "subscription-filter";
constexpr std::int64_t kMaxSubscriptions = 2;  // of a group

std::string subscription_id(std::string_view group, std::string_view filter) {
  return fmt::format("{}\n{}", group, filter);
}

// Kinesis streams, Firehose delivery streams, Lambda functions, and destinations of other accounts.
bool is_destination(std::string_view arn) {
  static constexpr std::string_view kServices[] = {"kinesis", "firehose", "lambda", "logs"};
  std::size_t num_colons = 0;
  for (const char c : arn) {
    num_colons += c == ':' ? 1 : 0;
  }
  return num_colons >= 5 &&
         std::any_of(std::begin(kServices), std::end(kServices), [&](std::string_view service) {
           return arn.starts_with(fmt::format("arn:aws:{}:", service));
         });
}

Outcome put_subscription_filter(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto named = find_named_group(rooms, call, input);
  if (!named) {
    return tl::unexpected<ApiError>(named.error());
  }
  if (const auto pattern = weir::logs::FilterPattern::parse(input["filterPattern"].text());
      !pattern) {
    return invalid_parameter("Invalid filter pattern: " + pattern.error().message);
  }
  const std::string& destination = input["destinationArn"].text();
  if (!is_destination(destination)) {
    return invalid_parameter(
        fmt::format("destinationArn is the ARN of a Kinesis stream, a Firehose delivery stream, a "
                    "Lambda function or a destination of CloudWatch Logs, not '{}'",
                    destination));
  }
  const bool is_stream =
      destination.starts_with("arn:aws:kinesis:") || destination.starts_with("arn:aws:firehose:");
  if (is_stream && !input.has("roleArn")) {
    return invalid_parameter("roleArn is needed for Kinesis and Firehose destinations");
  }
  const auto documents = rooms.groups->list_documents(kSubscription, scope_of(call));
  if (!documents) {
    return as_failure(documents.error());
  }
  weir::logs::Document document;
  document.id = subscription_id(named->group.name, input["filterName"].text());
  const auto num_others =
      std::count_if(documents->begin(), documents->end(), [&](const auto& other) {
        return other.body["logGroupName"].text() == named->group.name && other.id != document.id;
      });
  if (num_others >= kMaxSubscriptions) {
    return refuse("LimitExceededException", "Resource limit exceeded.");
  }
  document.body = input;
  if (!input.has("distribution")) {
    document.body.set("distribution", "ByLogStream");
  }
  document.modified_ms = call.now_ms;
  if (auto done = rooms.groups->put_document(kSubscription, scope_of(call), document); !done) {
    return as_failure(done.error());
  }
  Tree warning = Tree::map({{"code", "not_delivered"},
                            {"message",
                             "the subscription filter is kept, but this server does not deliver "
                             "events to its destination yet"}});
  Tree warnings = Tree::list();
  warnings.push(std::move(warning));
  return Tree::map({{"warnings", std::move(warnings)}});
}

Outcome describe_subscription_filters(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto named = find_named_group(rooms, call, input);
  if (!named) {
    return tl::unexpected<ApiError>(named.error());
  }
  const auto documents = rooms.groups->list_documents(kSubscription, scope_of(call));
  if (!documents) {
    return as_failure(documents.error());
  }
  Tree list = Tree::list();
  for (const weir::logs::Document& document : *documents) {
    if (document.body["logGroupName"].text() == named->group.name &&
        document.body["filterName"].text().starts_with(input["filterNamePrefix"].text())) {
      Tree filter = document.body;
      filter.set("creationTime", document.modified_ms);
      list.push(std::move(filter));
    }
  }
  return Tree::map({{"subscriptionFilters", std::move(list)}});
}

Outcome delete_subscription_filter(const LogsRooms& rooms, const Call& call, const Tree& input) {
  const auto named = find_named_group(rooms, call, input);
  if (!named) {
    return tl::unexpected<ApiError>(named.error());
  }
  const auto was_there =
      rooms.groups->remove_document(kSubscription, scope_of(call),
                                    subscription_id(named->group.name, input["filterName"].text()));
  if (!was_there) {
    return as_failure(was_there.error());
  }
  if (!*was_there) {
    return refuse("ResourceNotFoundException", "The specified subscription filter does not exist.");
  }
  return Tree();
}

}  // namespace

void add_subscription_operations(Service& service, const LogsRooms& rooms) {
  using Step = Outcome (*)(const LogsRooms&, const Call&, const Tree&);
  const auto add = [&](const char* name, Step step) {
    service.operations[name] = [rooms, step](const Call& call, const Tree& input) {
      return step(rooms, call, input);
    };
  };
  add("PutSubscriptionFilter", put_subscription_filter);
  add("DescribeSubscriptionFilters", describe_subscription_filters);
  add("DeleteSubscriptionFilter", delete_subscription_filter);
}

}  // namespace weir::api::logs
