#pragma once

#include <cstdint>

namespace weir::probe {

// What became of one probe.
enum class Fate : std::uint8_t {
  kPending,      // sent, and neither answered nor given up
  kAnswered,     // within its time
  kLost,         // no answer in its time
  kLate,         // lost, and answered after all: counted as lost, and as late
  kUnreachable,  // lost: somebody on the way said that it cannot be delivered
  kTtlExceeded,  // lost: it went round until its time to live was over
  kFailed,       // lost: answered with something else than what was asked for, as no certificate
  kNotSent,      // this machine could not send it: missing data, not loss
};

[[nodiscard]] constexpr bool is_loss(Fate fate) {
  return fate == Fate::kLost || fate == Fate::kLate || fate == Fate::kUnreachable ||
         fate == Fate::kTtlExceeded || fate == Fate::kFailed;
}

// One probe of a round. Kept in 8 bytes, as there are many.
struct Outcome {
  std::uint32_t rtt_10ns = 0;  // round-trip time in units of 10 ns, up to 42 s; answered ones alone
  Fate fate = Fate::kPending;
  std::uint8_t ttl = 0;  // of the answer; 0 = not told

  [[nodiscard]] double rtt_ms() const { return static_cast<double>(rtt_10ns) * 1e-5; }
};

inline constexpr std::int64_t kMaxRttNs = 42'000'000'000;

// What came in the time of a round beside the answers that it waited for.
struct Extras {
  std::uint64_t late = 0;         // answers to probes that had been given up
  std::uint64_t duplicates = 0;   // second answers
  std::uint64_t reordered = 0;    // in time, and behind one to a later probe (RFC 4737)
  std::uint64_t clock_steps = 0;  // answers timed by the monotonic clock, as the wall clock jumped
};

}  // namespace weir::probe
