#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "format/tree.h"
#include "state/database.h"

namespace weir::notify {

// A message on its way to one address.
struct Delivery {
  std::int64_t id = 0;
  std::string subscription_arn;  // "": to a webhook, which nobody subscribed
  std::string endpoint;
  std::string body;
  format::Tree headers;
  std::int64_t attempts = 0;
  TimeMs made_ms = 0;
  std::optional<TimeMs> due_ms;  // nullopt: set aside, after the last attempt
  std::string last_error;
};

// Deliveries as rows of the state: what is due, and what was set aside because nobody took it.
// What was set aside is kept for 14 days, 10,000 at most. Thread-safe.
class DeliveryQueue {
 public:
  // All outlive it. The tables are there (TopicStore makes them).
  DeliveryQueue(state::Database& database, const Clock& clock)
      : database_(database), clock_(clock) {}

  // To be sent at once. Lasts when it returns, or with the caller's transaction.
  [[nodiscard]] Result<void> add(const Delivery& delivery);
  // What is due, oldest first.
  [[nodiscard]] Result<std::vector<Delivery>> due(std::size_t limit) const;
  [[nodiscard]] Result<void> set_delivered(std::int64_t id);
  // To be tried again at `due_ms`; nullopt: set aside.
  [[nodiscard]] Result<void> set_failed(std::int64_t id, const std::string& reason,
                                        std::optional<TimeMs> due_ms);

  struct Counts {
    std::int64_t waiting = 0;
    std::int64_t dead = 0;
  };
  [[nodiscard]] Result<Counts> counts() const;
  // Newest first, those before `before_id`; of either kind, or of both.
  [[nodiscard]] Result<std::vector<Delivery>> list(std::optional<bool> is_dead,
                                                   std::int64_t before_id, std::size_t limit) const;
  // Sends what was set aside from the beginning; false where there is none of that id.
  [[nodiscard]] Result<bool> retry(std::int64_t id);
  // Forgets what was set aside; false where there is none of that id.
  [[nodiscard]] Result<bool> remove(std::int64_t id);

  // Called when there is something to deliver.
  void set_listener(std::function<void()> listener) { listener_ = std::move(listener); }
  void wake() const {
    if (listener_) {
      listener_();
    }
  }

 private:
  [[nodiscard]] Result<std::vector<Delivery>> read(state::Statement& query) const;

  state::Database& database_;
  const Clock& clock_;
  std::function<void()> listener_;
};

}  // namespace weir::notify
