// What strangers send to /api/v1 about flows: bodies, filters, cursors, cookies, headers of pages.
// The first byte says which; questions are asked of a table without rows.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/origin_guard.h"
#include "base/clock.h"
#include "console/answer_tree.h"
#include "console/application_files.h"
#include "console/explore.h"
#include "console/field_list.h"
#include "console/flow_list.h"
#include "intake/stored_flows.h"

namespace {

using namespace weir;

class FixedClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now_ms() const override { return 1'767'600'000'000; }
  [[nodiscard]] std::int64_t monotonic_ns() const override { return 0; }
};

class NoPlaces final : public flow::Enrichment {
 public:
  [[nodiscard]] flow::Scope scope(const IpAddress& /*address*/) const override {
    return flow::Scope::kPrivate;
  }
  [[nodiscard]] flow::GeoPlace place(const IpAddress& /*address*/) const override { return {}; }
  [[nodiscard]] std::optional<flow::AwsRange> aws_range(
      const IpAddress& /*address*/) const override {
    return std::nullopt;
  }
  [[nodiscard]] bool has_geo() const override { return false; }
  [[nodiscard]] bool has_aws_ranges() const override { return false; }
};

console::FlowRoom make_room(const Clock& clock) {
  console::FlowRoom room;
  room.flows = []() -> Result<std::shared_ptr<column::Table>> {
    return std::make_shared<intake::StoredFlows>(nullptr, nullptr);
  };
  room.extent = [] { return Result<console::FlowExtent>(console::FlowExtent{}); };
  room.enrichment = std::make_shared<NoPlaces>();
  room.clock = &clock;
  return room;
}

void explore(const console::FlowRoom& room, std::string_view text) {
  const auto body = format::read_json(text);
  if (!body || !body->is_map()) {
    return;
  }
  const auto request = console::read_explore(*body, room.clock->now_ms());
  if (!request) {
    return;
  }
  const auto answer = console::explore(room, *request);
  if (!answer) {
    (void)console::problem_members(request->filter, answer.error(), room,
                                   query::Language::kInsights);
  }
}

void read_headers(std::string_view text) {
  http::Request request;
  request.method = "POST";
  request.target = "/explore?" + std::string(text);
  request.headers = {{"Cookie", std::string(text)},
                     {"Host", "localhost"},
                     {"Origin", std::string(text)},
                     {"Accept-Encoding", std::string(text)},
                     {"If-None-Match", std::string(text)}};
  (void)api::session_cookie(request);
  (void)api::find_forgery(request, text);
  (void)api::find_foreign_origin(request, {});
  static const auto files = console::ApplicationFiles::read(console::embedded_application());
  (void)files->find(request);
  (void)console::ApplicationFiles::read(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostBytes = 4'096;
  if (size < 1 || size > kMostBytes) {
    return 0;
  }
  static const FixedClock clock;
  static const console::FlowRoom room = make_room(clock);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      explore(room, text);
      break;
    case 1:
      (void)console::flow_page(room, {std::string(text), {1, 2}, 10, ""});
      (void)console::flow_page(room, {"", {1, 2}, 10, std::string(text)});
      break;
    case 2:
      (void)console::field_values(room, {std::string(text), std::string(text), {1, 2}, 5});
      break;
    default:
      read_headers(text);
      break;
  }
  return 0;
}
