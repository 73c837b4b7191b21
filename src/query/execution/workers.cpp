#include "query/execution/workers.h"

#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace weir::query {

Result<void> run_workers(std::size_t num_workers,
                         const std::function<Result<void>(std::size_t)>& work) {
  std::mutex mutex;
  Result<void> outcome;
  const auto guarded = [&](std::size_t number) {
    Result<void> done;
    try {
      done = work(number);
    } catch (const std::bad_alloc&) {
      done = fail(ErrorCode::kLimit, "out of memory; lower --memory or ask for less at once");
    } catch (const std::exception& error) {
      done = fail(ErrorCode::kInternal, error.what());
    }
    if (!done) {
      const std::lock_guard lock(mutex);
      if (outcome) {
        outcome = std::move(done);
      }
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(num_workers);
  for (std::size_t number = 1; number < num_workers; ++number) {
    try {
      threads.emplace_back(guarded, number);
    } catch (const std::system_error&) {
      break;
    }
  }
  guarded(0);
  for (std::thread& thread : threads) {
    thread.join();
  }
  return outcome;
}

}  // namespace weir::query
