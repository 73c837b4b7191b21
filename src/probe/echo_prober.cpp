#include "probe/echo_prober.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "probe/echo_message.h"

namespace weir::probe {
namespace {

constexpr std::int64_t kLongestSleepNs = 1'000'000'000;

std::uint64_t hash_of(const IpAddress& address) {
  return address.high * 0x9e3779b97f4a7c15 ^ address.low;
}

}  // namespace

// Probes are named by a sequence that only grows; rings hold the last ones.
struct EchoProber::State {
  struct Flight {
    std::int64_t sent_ns = 0;
    std::int32_t kernel_delay_ns = 0;  // from this process's stamp to the kernel's; 0 = not told
  };

  EchoTarget options;
  std::int64_t next_send_ns = 0;
  std::uint32_t next_sequence = 0;
  std::uint32_t oldest_pending = 0;  // no probe before it is pending
  std::uint32_t round_begin = 0;
  std::uint64_t num_rounds = 0;
  std::uint32_t highest_answered = 0;  // one more than it; 0 = none
  bool is_running = true;
  int send_error = 0;
  RunningJitter jitter;
  Extras extras;
  std::vector<Outcome> outcomes;  // power of two
  std::vector<Flight> flights;    // power of two

  Outcome& outcome(std::uint32_t sequence) { return outcomes[sequence & (outcomes.size() - 1)]; }
  Flight& flight(std::uint32_t sequence) { return flights[sequence & (flights.size() - 1)]; }
  [[nodiscard]] bool knows(std::uint32_t sequence) const {
    return sequence < next_sequence && next_sequence - sequence <= outcomes.size();
  }
  [[nodiscard]] bool has_flight(std::uint32_t sequence) const {
    return sequence < next_sequence && next_sequence - sequence <= flights.size();
  }
  [[nodiscard]] bool has_sent_all() const {
    return options.max_rounds != 0 &&
           next_sequence >= options.max_rounds * options.probes_per_round;
  }
};

EchoProber::EchoProber(EchoTransport& transport, const Clock& clock, Random random,
                       std::function<void(const EchoRound&)> on_round)
    : transport_(transport),
      clock_(clock),
      random_(random),
      on_round_(std::move(on_round)),
      wheel_(clock.monotonic_ns()) {}

EchoProber::~EchoProber() = default;

std::uint32_t EchoProber::add(const EchoTarget& target, bool is_immediate) {
  const auto number = static_cast<std::uint32_t>(states_.size());
  auto state = std::make_unique<State>();
  state->options = target;
  state->options.timeout_ns = std::min(target.timeout_ns, kMaxRttNs);
  const std::int64_t now = clock_.monotonic_ns();
  state->next_send_ns = is_immediate ? now
                                     : now + static_cast<std::int64_t>(random_.below(
                                                 static_cast<std::uint64_t>(target.interval_ns)));
  const auto in_flight = static_cast<std::uint64_t>(
      state->options.timeout_ns / std::max<std::int64_t>(target.interval_ns, 1) + 2);
  state->flights.resize(std::bit_ceil(in_flight));
  state->outcomes.resize(std::bit_ceil(in_flight + 2 * std::uint64_t{target.probes_per_round}));
  wheel_.arm(number, state->next_send_ns);
  by_address_.emplace(hash_of(target.address), number);
  states_.push_back(std::move(state));
  ++num_running_;
  return number;
}

void EchoProber::move(std::uint32_t target, const IpAddress& address) {
  states_[target]->options.address = address;
  // The old one stays for what is in flight. A name's addresses come back: each is kept once.
  const auto [begin, end] = by_address_.equal_range(hash_of(address));
  if (std::none_of(begin, end, [&](const auto& known) { return known.second == target; })) {
    by_address_.emplace(hash_of(address), target);
  }
}

const IpAddress& EchoProber::address(std::uint32_t target) const {
  return states_[target]->options.address;
}

std::int64_t EchoProber::step() {
  events_.clear();
  transport_.receive(events_);
  for (const EchoEvent& event : events_) {
    take(event);
  }
  const std::int64_t now = clock_.monotonic_ns();
  wheel_.advance(now, [&](std::uint32_t target) { visit(target, now); });
  flush();
  return wheel_.next_ns(now, kLongestSleepNs);
}

void EchoProber::visit(std::uint32_t target, std::int64_t now_ns) {
  State& state = *states_[target];
  if (!state.is_running) {
    return;
  }
  give_up(state, now_ns);
  finish_rounds(target);
  if (!state.is_running) {
    return;
  }
  if (!state.has_sent_all() && state.next_send_ns <= now_ns) {
    state.outcome(state.next_sequence) = Outcome{};
    state.flight(state.next_sequence) = {now_ns, 0};
    due_.push_back(
        {state.options.address, target, state.next_sequence++, false, state.options.port});
    state.next_send_ns += state.options.interval_ns;
    if (state.next_send_ns <= now_ns) {
      // This process slept; probes in a bunch would measure themselves. The pace starts anew.
      state.next_send_ns = now_ns + state.options.interval_ns;
    }
  }
  std::int64_t next = state.has_sent_all() ? INT64_MAX : state.next_send_ns;
  if (state.oldest_pending < state.next_sequence) {
    next = std::min(next, state.flight(state.oldest_pending).sent_ns + state.options.timeout_ns);
  }
  if (next != INT64_MAX) {
    wheel_.arm(target, next);
  }
}

void EchoProber::give_up(State& state, std::int64_t now_ns) {
  while (state.oldest_pending < state.next_sequence) {
    Outcome& outcome = state.outcome(state.oldest_pending);
    if (outcome.fate == Fate::kPending) {
      if (state.flight(state.oldest_pending).sent_ns + state.options.timeout_ns > now_ns) {
        return;
      }
      outcome.fate = Fate::kLost;
    }
    ++state.oldest_pending;
  }
}

void EchoProber::finish_rounds(std::uint32_t target) {
  State& state = *states_[target];
  const std::uint32_t size = state.options.probes_per_round;
  while (state.is_running && state.oldest_pending - state.round_begin >= size) {
    round_.clear();
    for (std::uint32_t i = 0; i < size; ++i) {
      round_.push_back(state.outcome(state.round_begin + i));
    }
    EchoRound round;
    round.target = target;
    round.number = state.num_rounds++;
    round.statistics = summarise(round_, std::exchange(state.extras, {}), state.jitter);
    round.send_error = std::exchange(state.send_error, 0);
    round.outcomes = &round_;
    state.round_begin += size;
    if (state.options.max_rounds != 0 && state.num_rounds == state.options.max_rounds) {
      state.is_running = false;
      --num_running_;
    }
    on_round_(round);
  }
}

void EchoProber::flush() {
  if (due_.empty()) {
    return;
  }
  transport_.send(due_);
  for (const EchoRequest& request : due_) {
    if (!request.was_sent) {
      State& state = *states_[request.target];
      state.outcome(request.sequence).fate = Fate::kNotSent;
      state.send_error = request.error;
    }
  }
  due_.clear();
}

void EchoProber::take(const EchoEvent& event) {
  if (event.target != kUnknownTarget) {
    if (event.target >= states_.size()) {
      ++num_strangers_;
      return;
    }
    State& state = *states_[event.target];
    if (event.kind == EchoEvent::Kind::kTransmitted) {
      take_stamp(state, event);
      return;
    }
    if (event.kind == EchoEvent::Kind::kReply) {
      take_reply(state, event);
    } else {
      take_error(state, event);
    }
    give_up(state, event.received_monotonic_ns);
    finish_rounds(event.target);
    return;
  }
  // A router gave back the header alone: the target is the one of that address with a probe of
  // those sequence bits out.
  const auto [begin, end] = by_address_.equal_range(hash_of(event.address));
  for (auto it = begin; it != end; ++it) {
    State& state = *states_[it->second];
    for (std::uint32_t sequence = state.oldest_pending; sequence < state.next_sequence;
         ++sequence) {
      if (static_cast<std::uint16_t>(sequence) == event.sequence &&
          state.outcome(sequence).fate == Fate::kPending) {
        EchoEvent known = event;
        known.sequence = sequence;
        take_error(state, known);
        give_up(state, event.received_monotonic_ns);
        finish_rounds(it->second);
        return;
      }
    }
  }
  ++num_strangers_;
}

void EchoProber::take_stamp(State& state, const EchoEvent& event) {
  if (state.has_flight(event.sequence)) {
    const std::int64_t delay = event.kernel_wall_ns - event.sent_wall_ns;
    state.flight(event.sequence).kernel_delay_ns =
        delay > 0 && delay < INT32_MAX ? static_cast<std::int32_t>(delay) : 0;
  }
}

void EchoProber::take_error(State& state, const EchoEvent& event) {
  if (state.knows(event.sequence) && state.outcome(event.sequence).fate == Fate::kPending) {
    state.outcome(event.sequence).fate =
        event.kind == EchoEvent::Kind::kTtlExceeded ? Fate::kTtlExceeded
        : event.kind == EchoEvent::Kind::kFailed    ? Fate::kFailed
        : event.kind == EchoEvent::Kind::kNotSent   ? Fate::kNotSent
                                                    : Fate::kUnreachable;
  }
}

void EchoProber::take_reply(State& state, const EchoEvent& event) {
  if (!state.knows(event.sequence)) {
    state.extras.late += event.sequence < state.next_sequence ? 1U : 0U;
    return;
  }
  Outcome& outcome = state.outcome(event.sequence);
  if (outcome.fate == Fate::kAnswered || outcome.fate == Fate::kLate) {
    ++state.extras.duplicates;
    return;
  }
  const std::int32_t kernel_delay =
      state.has_flight(event.sequence) ? state.flight(event.sequence).kernel_delay_ns : 0;
  const RoundTrip trip =
      round_trip({event.sent_monotonic_ns, event.sent_wall_ns, event.received_monotonic_ns,
                  event.received_wall_ns, kernel_delay == 0 ? 0 : event.sent_wall_ns + kernel_delay,
                  event.kernel_wall_ns});
  // An answer in time that this process was late to look at is an answer.
  const bool is_open = outcome.fate == Fate::kPending ||
                       (outcome.fate == Fate::kLost && event.sequence >= state.round_begin);
  if (!is_open || trip.rtt_ns > state.options.timeout_ns) {
    ++state.extras.late;
    outcome.fate = Fate::kLate;
    return;
  }
  state.extras.reordered += event.sequence + 1 < state.highest_answered ? 1U : 0U;
  state.highest_answered = std::max(state.highest_answered, event.sequence + 1);
  state.extras.clock_steps += trip.has_clock_step ? 1U : 0U;
  outcome = {static_cast<std::uint32_t>((trip.rtt_ns + 5) / 10), Fate::kAnswered, event.ttl};
}

}  // namespace weir::probe
