#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/clock.h"
#include "probe/echo_transport.h"

namespace weir::probe {

// A network under a virtual clock, for tests: what answers an echo is decided by a function.
class VirtualNetwork final : public EchoTransport {
 public:
  struct Answer {
    std::int64_t delay_ms = 1;
    EchoEvent::Kind kind = EchoEvent::Kind::kReply;
    std::uint8_t ttl = 64;
    IpAddress from = {};  // an error's sender
    std::uint32_t mtu = 0;
  };
  using Plan = std::function<std::vector<Answer>(const EchoRequest& request)>;

  VirtualNetwork(ManualClock& clock, Plan plan) : clock_(clock), plan_(std::move(plan)) {}

  void send(std::span<EchoRequest> requests) override {
    for (EchoRequest& request : requests) {
      request.was_sent = !is_unplugged;
      if (is_unplugged) {
        continue;
      }
      ++num_sent;
      for (const Answer& answer : plan_(request)) {
        EchoEvent event;
        event.kind = answer.kind;
        event.target = request.target;
        event.sequence = request.sequence;
        event.ttl = answer.ttl;
        event.address = request.address;
        event.from = answer.from;
        event.mtu = answer.mtu;
        event.sent_monotonic_ns = clock_.monotonic_ns();
        event.sent_wall_ns = event.sent_monotonic_ns;
        event.received_monotonic_ns = event.sent_monotonic_ns + answer.delay_ms * 1'000'000;
        event.received_wall_ns = event.received_monotonic_ns;
        event.kernel_wall_ns = event.received_wall_ns;
        underway_.emplace(event.received_monotonic_ns, event);
      }
    }
  }
  void receive(std::vector<EchoEvent>& events) override {
    while (!underway_.empty() && underway_.begin()->first <= clock_.monotonic_ns()) {
      events.push_back(underway_.begin()->second);
      underway_.erase(underway_.begin());
    }
  }
  // Turns the clock to the next answer, or to the limit.
  void wait(std::int64_t limit_ns) override {
    std::int64_t until = clock_.monotonic_ns() + limit_ns;
    if (!underway_.empty()) {
      until = std::min(until, underway_.begin()->first);
    }
    clock_.advance_ms(std::max<std::int64_t>((until - clock_.monotonic_ns()) / 1'000'000, 0));
  }
  void add_descriptors(std::vector<pollfd>& /*descriptors*/) const override {}
  [[nodiscard]] std::uint64_t num_dropped() const override { return 0; }
  [[nodiscard]] std::string_view method() const override { return "virtual"; }

  bool is_unplugged = false;
  std::uint64_t num_sent = 0;

 private:
  ManualClock& clock_;
  Plan plan_;
  std::multimap<std::int64_t, EchoEvent> underway_;
};

}  // namespace weir::probe
