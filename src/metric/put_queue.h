#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "metric/metric_store.h"

namespace weir::metric {

// Lets many calls wait for the disk together: what is put while one sync is under way shares the
// next. Thread-safe.
class PutQueue {
 public:
  // What became of a call. `is_last`: no other call's outcome follows at once, so it is time to
  // wake who waits for several.
  using Done = std::function<void(const Result<void>& outcome, bool is_last)>;

  // A call that was put and may not be durable yet.
  class Ticket {
   public:
    // Calls `done` once, by the queue's thread when it is time, or here where it is. At most once.
    void then(Done done);

   private:
    friend class PutQueue;
    std::mutex mutex_;
    bool is_ended_ = false;
    BegunPut put_;
    Done done_;
  };

  // `store` outlives it.
  explicit PutQueue(MetricStore& store);
  PutQueue(const PutQueue&) = delete;
  PutQueue& operator=(const PutQueue&) = delete;
  ~PutQueue();  // ends what was put

  // As MetricStore::put, but returns before it is durable: the ticket says when. An error: nothing
  // is stored.
  [[nodiscard]] Result<std::shared_ptr<Ticket>> put(std::string_view scope,
                                                    std::string_view name_space,
                                                    std::span<const Datum> datums);

 private:
  void run();
  void end(std::vector<std::shared_ptr<Ticket>>& tickets);

  MetricStore& store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Ticket>> waiting_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace weir::metric
