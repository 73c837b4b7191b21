#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "notify/address_rule.h"
#include "notify/delivery_queue.h"

namespace weir::notify {

// How long to wait after the n-th failed attempt (1, 2, ...): at once, then 1 s, doubling up to 20
// s, fifty attempts in all, as SNS's default delivery policy has it in outline; nullopt: no more.
[[nodiscard]] std::optional<std::int64_t> delivery_delay_ms(std::int64_t attempts);

// Sends what a DeliveryQueue holds, from threads of its own, until destroyed. 2xx
// within 15 s is success. What was in hand when a process ended is sent again: at least once, as
// SNS does.
class DeliveryWorker {
 public:
  // All outlive it.
  DeliveryWorker(DeliveryQueue& queue, const Clock& clock, AddressRule rule, Log& log);
  ~DeliveryWorker();
  DeliveryWorker(const DeliveryWorker&) = delete;
  DeliveryWorker& operator=(const DeliveryWorker&) = delete;

  [[nodiscard]] std::uint64_t num_delivered() const { return num_delivered_; }
  [[nodiscard]] std::uint64_t num_failed() const { return num_failed_; }

 private:
  void run();
  [[nodiscard]] std::optional<Delivery> take();
  void send(const Delivery& delivery);
  void say_failed(const Delivery& delivery, std::string reason, bool is_last);

  DeliveryQueue& queue_;
  const Clock& clock_;
  AddressRule rule_;
  Log& log_;
  std::atomic<std::uint64_t> num_delivered_{0};
  std::atomic<std::uint64_t> num_failed_{0};
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::set<std::int64_t> in_hand_;
  std::uint64_t num_wakes_ = 0;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace weir::notify
