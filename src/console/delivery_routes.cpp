#include "console/delivery_routes.h"

#include <fmt/format.h>

#include <limits>

#include "base/number.h"
#include "console/time_range.h"

namespace weir::console {
namespace {

using api::json_answer;
using api::Route;
using api::RouteCall;
using format::Tree;

Tree delivery_tree(const notify::Delivery& delivery) {
  return Tree::map({{"id", delivery.id},
                    {"state", delivery.due_ms ? "waiting" : "dead"},
                    {"endpoint", delivery.endpoint},
                    {"subscription",
                     delivery.subscription_arn.empty() ? Tree() : Tree(delivery.subscription_arn)},
                    {"attempts", delivery.attempts},
                    {"madeMs", delivery.made_ms},
                    {"nextAttemptMs", delivery.due_ms ? Tree(*delivery.due_ms) : Tree()},
                    {"lastError", delivery.last_error},
                    {"body", delivery.body}});
}

Result<std::int64_t> read_id(const RouteCall& call) {
  const auto id = parse_int64(call.parameters.front());
  if (!id) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no id; GET /api/v1/deliveries lists them",
                                               call.parameters.front()));
  }
  return *id;
}

Error no_delivery(std::int64_t id) {
  return {
      ErrorCode::kNotFound,
      fmt::format("no delivery {} is set aside; GET /api/v1/deliveries?state=dead lists them", id)};
}

void add_list(api::NativeApi& native, notify::DeliveryQueue& deliveries) {
  Route list{"GET", "/api/v1/deliveries",
             "Notifications that wait (waiting) and that nobody took (dead), newest first."};
  list.arguments = {"state", "cursor", "limit"};
  list.answers =
      "deliveries: id, state, endpoint, subscription, attempts, madeMs, nextAttemptMs, lastError, "
      "body; cursor";
  list.run = [&deliveries](const RouteCall& call) -> Result<http::Response> {
    const std::string state = call.argument("state").value_or("");
    if (!state.empty() && state != "waiting" && state != "dead") {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is no state: waiting, dead", state));
    }
    WEIR_ASSIGN_OR_RETURN(const auto limit, read_number(call, "limit", 100, 1, 1'000));
    WEIR_ASSIGN_OR_RETURN(const auto before,
                          read_number(call, "cursor", std::numeric_limits<std::int64_t>::max(), 1,
                                      std::numeric_limits<std::int64_t>::max()));
    WEIR_ASSIGN_OR_RETURN(
        auto found, deliveries.list(state.empty() ? std::nullopt : std::optional(state == "dead"),
                                    before, static_cast<std::size_t>(limit) + 1));
    const bool has_more = found.size() > static_cast<std::size_t>(limit);
    found.resize(std::min(found.size(), static_cast<std::size_t>(limit)));
    Tree rows = Tree::list();
    for (const notify::Delivery& delivery : found) {
      rows.push(delivery_tree(delivery));
    }
    Tree page = Tree::map({{"deliveries", std::move(rows)}});
    if (has_more) {
      page.set("cursor", fmt::to_string(found.back().id));
    }
    return json_answer(page);
  };
  native.add(std::move(list));
}

}  // namespace

void add_delivery_routes(api::NativeApi& native, notify::DeliveryQueue& deliveries) {
  add_list(native, deliveries);

  Route retry{"POST", "/api/v1/deliveries/{id}/retry", "Sends again what was set aside."};
  retry.scope = api::KeyScope::kOperate;
  retry.answers = "retried";
  retry.run = [&deliveries](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const std::int64_t id, read_id(call));
    WEIR_ASSIGN_OR_RETURN(const bool was_there, deliveries.retry(id));
    if (!was_there) {
      return tl::unexpected<Error>(no_delivery(id));
    }
    return json_answer(Tree::map({{"retried", id}}));
  };
  native.add(std::move(retry));

  Route remove{"DELETE", "/api/v1/deliveries/{id}", "Forgets what was set aside."};
  remove.scope = api::KeyScope::kOperate;
  remove.answers = "removed";
  remove.run = [&deliveries](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const std::int64_t id, read_id(call));
    WEIR_ASSIGN_OR_RETURN(const bool was_there, deliveries.remove(id));
    if (!was_there) {
      return tl::unexpected<Error>(no_delivery(id));
    }
    return json_answer(Tree::map({{"removed", id}}));
  };
  native.add(std::move(remove));
}

}  // namespace weir::console
