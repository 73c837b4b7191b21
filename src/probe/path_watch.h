#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "probe/path_trace.h"

namespace weir::probe {

// Traces the ways to targets that degrade, one at a time on a thread of its own, each at most once
// in `least_interval_ns`. Thread-safe.
class PathWatch {
 public:
  using Trace = std::function<Result<PathTrace>(const IpAddress&, const CancelToken&)>;
  struct Found {
    std::size_t place = 0;
    Result<PathTrace> trace;
  };

  PathWatch(Trace trace, const Clock& clock, std::int64_t least_interval_ns);
  ~PathWatch();

  // False where it was traced, or is waiting to be, not long ago.
  bool ask(std::size_t place, const IpAddress& address);
  std::vector<Found> take();

 private:
  struct Asked {
    std::size_t place = 0;
    IpAddress address;
  };
  void run(const std::stop_token& stop);

  Trace trace_;
  const Clock& clock_;
  std::int64_t least_interval_ns_;
  CancelToken cancel_;
  std::mutex mutex_;  // what follows
  std::condition_variable_any wake_;
  std::deque<Asked> asked_;
  std::map<std::size_t, std::int64_t> asked_at_ns_;
  std::vector<Found> found_;
  std::jthread thread_;  // last: it uses the others; begun by the first ask()
};

}  // namespace weir::probe
