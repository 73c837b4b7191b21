#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "probe/spool.h"

namespace weir::probe {

// What an endpoint made of a call.
struct PutOutcome {
  enum class Kind : std::uint8_t {
    kTaken,
    kAgain,       // not now: throttled, failing, not there, credentials that ended
    kMaybeTaken,  // sent, and the answer was lost: sent again, and perhaps counted twice
    kNever,       // refused for what it is: it would be refused again
  };
  Kind kind = Kind::kTaken;
  std::string problem;
  bool is_counted_once = false;  // kTaken by an endpoint that knows what is sent again
};
using Put = std::function<PutOutcome(const std::string& body)>;

struct DeliveryCounts {
  std::uint64_t taken = 0;
  std::uint64_t refused = 0;  // kNever: thrown away
  std::uint64_t attempts = 0;
  std::uint64_t possibly_doubled = 0;  // taken after a kMaybeTaken, not by name
  std::uint64_t dropped = 0;           // for want of room in the spool
  std::uint64_t damaged = 0;
  std::uint64_t waiting = 0;
  std::string problem;  // of the last attempt; "" after one that went well
};

// Takes batches into a spool and sends them, oldest first, one at a time; after a failure it waits
// 1, 2, 4 .. 60 s, each shortened by chance up to a half, so that many hosts do not come back
// together. Thread-safe.
class Delivery {
 public:
  Delivery(std::unique_ptr<Spool> spool, Put put, const Clock& clock, Random random);
  ~Delivery();  // what waits stays in the spool

  // Durable when it returns.
  [[nodiscard]] Result<void> take(std::string_view body);
  // Sends what is due; false where nothing was. start() does so in a thread of its own.
  bool step();
  void start();
  // Waits until nothing waits, at most `limit_ms` of real time; false where something does.
  bool flush(std::int64_t limit_ms);
  [[nodiscard]] DeliveryCounts counts();

 private:
  void run(const std::stop_token& stop);

  std::mutex mutex_;  // all but put_
  std::condition_variable_any wake_;
  std::unique_ptr<Spool> spool_;
  Put put_;
  const Clock& clock_;
  Random random_;
  DeliveryCounts counts_;
  std::int64_t not_before_ns_ = 0;
  std::int64_t wait_ms_ = 0;
  bool may_be_doubled_ = false;  // the batch in front
  std::jthread thread_;          // last: it uses the others
};

}  // namespace weir::probe
