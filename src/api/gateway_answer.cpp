// How a gateway answers a call that succeeded, at once or when what it waits for is done.

#include <memory>
#include <utility>

#include "api/gateway.h"

namespace weir::api {
namespace {

// What waits with an answer that is ready but for what it waits for.
struct HeldAnswer {
  http::Response response;
  WireCall wire;
  const Service* service = nullptr;
  std::string request_id;
};

}  // namespace

void Gateway::count_refusal(const Service& service, const std::string& operation) const {
  const auto found = counters_.find(service.name + "." + operation);
  if (found != counters_.end()) {
    ++found->second->refusals;
  }
}

http::Response Gateway::answer(const WireCall& wire, const Service& service, const Call& call,
                               const Outcome& outcome) const {
  auto response =
      render(wire, service, *service.shapes.find(wire.operation), *outcome, call.request_id);
  if (!call.batch.empty() && wire.operation == "PutMetricData") {
    response.headers.emplace_back("X-Weir-Batch", call.batch);  // counted once, now or before
  }
  if (!*call.wait) {
    return response;
  }
  auto held = std::make_shared<HeldAnswer>(
      HeldAnswer{std::move(response), wire, &service, call.request_id});
  http::Response later;
  later.later = [this, held, wait = std::move(*call.wait)](http::Response::Done done) {
    wait([this, held, done = std::move(done)](const std::optional<ApiError>& error, bool is_last) {
      if (!error) {
        done(std::move(held->response), is_last);
        return;
      }
      count_refusal(*held->service, held->wire.operation);
      done(render_error(held->wire, held->service, *error, held->request_id), is_last);
    });
  };
  return later;
}

}  // namespace weir::api
