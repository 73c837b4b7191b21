#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/random.h"
#include "probe/echo_transport.h"
#include "probe/outcome.h"
#include "probe/round_statistics.h"
#include "probe/timer_wheel.h"

namespace weir::probe {

struct EchoTarget {
  IpAddress address;
  std::int64_t interval_ns = 1'000'000'000;  // between probes
  std::int64_t timeout_ns = 1'000'000'000;   // at most kMaxRttNs
  std::uint32_t probes_per_round = 5;
  std::uint64_t max_rounds = 0;  // 0: goes on
  std::uint16_t port = 0;        // where the transport has ports
};

struct EchoRound {
  std::uint32_t target = 0;
  std::uint64_t number = 0;
  RoundStatistics statistics;
  int send_error = 0;  // errno of the last probe that could not be sent; 0: none that is known
  const std::vector<Outcome>* outcomes = nullptr;  // valid during the call
};

// Probes many targets through one transport, each at its own pace from a start of its own, and
// hands rounds of probes over when the last of each is answered or given up. One thread.
//
// Memory by target: about 100 bytes, 8 a probe of two rounds, 16 a probe in flight.
class EchoProber {
 public:
  // All outlive it. `on_round` is called from step().
  EchoProber(EchoTransport& transport, const Clock& clock, Random random,
             std::function<void(const EchoRound&)> on_round);
  ~EchoProber();

  // Its number counts up from 0. The first probe leaves at a moment of the first interval that
  // chance gives, so that targets do not beat together; at once where `is_immediate`.
  std::uint32_t add(const EchoTarget& target, bool is_immediate = false);
  // For probes to come; what is in flight is waited for.
  void move(std::uint32_t target, const IpAddress& address);

  // Takes what came, gives up what is over, sends what is due. Returns when it wants to be called
  // again (monotonic ns), sooner where something comes.
  std::int64_t step();
  [[nodiscard]] bool is_done() const { return num_running_ == 0; }
  [[nodiscard]] std::uint64_t num_strangers() const { return num_strangers_; }
  [[nodiscard]] const IpAddress& address(std::uint32_t target) const;

 private:
  struct State;

  void take(const EchoEvent& event);
  void take_reply(State& state, const EchoEvent& event);
  void take_stamp(State& state, const EchoEvent& event);
  void take_error(State& state, const EchoEvent& event);
  void visit(std::uint32_t target, std::int64_t now_ns);
  void give_up(State& state, std::int64_t now_ns);
  void finish_rounds(std::uint32_t target);
  void flush();

  EchoTransport& transport_;
  const Clock& clock_;
  Random random_;
  std::function<void(const EchoRound&)> on_round_;
  TimerWheel wheel_;
  std::vector<std::unique_ptr<State>> states_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_address_;  // hashed
  std::vector<EchoRequest> due_;
  std::vector<EchoEvent> events_;
  std::vector<Outcome> round_;
  std::size_t num_running_ = 0;
  std::uint64_t num_strangers_ = 0;
};

}  // namespace weir::probe
