#include <fmt/format.h>

#include <cmath>

#include "app/console_rooms.h"
#include "console/answer_tree.h"
#include "console/time_range.h"

namespace weir::app {
namespace {

using api::json_answer;
using api::Route;
using api::RouteCall;
using console::number_tree;
using format::Tree;

constexpr double kDayMs = 86'400'000;
constexpr double kMostDays = 36'500;
constexpr double kLeastBytes = 1'000'000;

// A bound of the body: absent or null is none.
Result<std::optional<double>> read_bound(const Tree& body, const std::string& name, double least,
                                         double most) {
  const Tree& value = body[name];
  if (value.is_null()) {
    return std::optional<double>();
  }
  const bool is_number = value.is_integer() || value.is_double();
  if (!is_number || !(value.number() >= least) || value.number() > most) {
    return fail(ErrorCode::kUsage, fmt::format("{} is a number from {} to {}, or null for no bound",
                                               name, least, most));
  }
  return std::optional(value.number());
}

Tree removal_tree(const std::vector<store::RemovedSegment>& removed, std::string_view table) {
  std::int64_t num_rows = 0;
  std::int64_t num_segments = 0;
  for (const store::RemovedSegment& segment : removed) {
    if (segment.table == table) {
      num_rows += static_cast<std::int64_t>(segment.num_rows);
      ++num_segments;
    }
  }
  return Tree::map({{"records", number_tree(num_rows)}, {"segments", number_tree(num_segments)}});
}

}  // namespace

Result<std::optional<logs::Group>> ConsoleRooms::group_of_table(std::string_view table) const {
  WEIR_ASSIGN_OR_RETURN(const auto groups, sources_.logs.groups->list_groups(""));
  for (const logs::Group& group : groups) {
    if (logs::EventStore::table_name(group) == table) {
      return std::optional(group);
    }
  }
  return std::optional<logs::Group>();
}

Result<Tree> ConsoleRooms::put_retention(const RouteCall& call) {
  const std::string& name = call.parameters.front();
  const auto table = sources_.store->state()->table(name);
  if (table == nullptr) {
    return fail(ErrorCode::kNotFound, fmt::format("the store has no table '{}'", name));
  }
  WEIR_ASSIGN_OR_RETURN(const Tree body, call.body());
  constexpr double kHour = 1.0 / 24;
  WEIR_ASSIGN_OR_RETURN(const auto days, read_bound(body, "maxAgeDays", kHour, kMostDays));
  WEIR_ASSIGN_OR_RETURN(const auto bytes, read_bound(body, "maxBytes", kLeastBytes, 1e15));
  store::RetentionRule rule;
  rule.table = name;
  if (days) {
    rule.max_age_ms = static_cast<std::int64_t>(std::llround(*days * kDayMs));
  }
  if (bytes) {
    rule.max_bytes = static_cast<std::uint64_t>(std::llround(*bytes));
  }
  Tree removes = removal_tree(sources_.store->find_expired(rule), name);
  // Whoever means to look must not remove.
  if (body.has("isPreview") && !body["isPreview"].is_bool()) {
    return fail(ErrorCode::kUsage, "isPreview is true or false");
  }
  const bool is_preview = body["isPreview"].boolean();
  WEIR_ASSIGN_OR_RETURN(const auto group, group_of_table(name));
  if (group && days && *days != std::floor(*days)) {
    return fail(ErrorCode::kUsage, "events of a log group are kept for whole days");
  }
  if (group && rule.max_bytes) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' holds the events of the log group '{}', which CloudWatch keeps "
                            "by age alone: leave out maxBytes",
                            name, group->name));
  }
  if (!is_preview && group) {
    // What DescribeLogGroups says stays what is done.
    api::Call aws_call;
    aws_call.region = group->scope.substr(group->scope.find('/') + 1);
    aws_call.key_id = call.caller.name;
    aws_call.peer = call.request.peer;
    Tree input = Tree::map({{"logGroupName", group->name}});
    if (days) {
      input.set("retentionInDays", static_cast<std::int64_t>(std::llround(*days)));
    }
    const auto done =
        gateway_.invoke("CloudWatchLogs", days ? "PutRetentionPolicy" : "DeleteRetentionPolicy",
                        std::move(aws_call), input);
    if (!done) {
      return fail(ErrorCode::kUsage, done.error().message);
    }
  } else if (!is_preview) {
    WEIR_RETURN_IF_ERROR(sources_.store->put_retention(rule));
    WEIR_RETURN_IF_ERROR(audit_.note(
        {0, sources_.clock->now_ms(), call.caller.name, "put retention",
         fmt::format("{}: {}, {}", name, days ? fmt::format("{} days", *days) : "of any age",
                     bytes ? fmt::format("{} bytes", *rule.max_bytes) : "of any size"),
         call.request.peer}));
  }
  return Tree::map({{"name", name},
                    {"maxAgeDays", days ? Tree(*days) : Tree()},
                    {"maxBytes", bytes ? Tree(*bytes) : Tree()},
                    {"isStored", !is_preview},
                    {"removes", std::move(removes)}});
}

void ConsoleRooms::add_retention(api::NativeApi& native) {
  Route route{"PUT", "/api/v1/store/tables/{name}/retention",
              "How long, and how many bytes, of a table are kept; what is past that is removed "
              "within a minute."};
  route.scope = api::KeyScope::kAdmin;
  route.members = {"maxAgeDays", "maxBytes", "isPreview"};
  route.answers = "name, maxAgeDays, maxBytes, isStored, removes: records, segments";
  route.run = [this](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const Tree tree, put_retention(call));
    return json_answer(tree);
  };
  native.add(std::move(route));
}

}  // namespace weir::app
