#include "notify/delivery_worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "http/client.h"

namespace weir::notify {
namespace {

constexpr std::size_t kThreads = 4;
constexpr std::int64_t kMaxAttempts = 50;
constexpr std::size_t kLookAhead = 64;

}  // namespace

std::optional<std::int64_t> delivery_delay_ms(std::int64_t attempts) {
  if (attempts >= kMaxAttempts) {
    return std::nullopt;
  }
  return attempts <= 1
             ? 0
             : std::min<std::int64_t>(20'000, 1000LL << std::min<std::int64_t>(attempts - 2, 5));
}

DeliveryWorker::DeliveryWorker(DeliveryQueue& queue, const Clock& clock, AddressRule rule, Log& log)
    : queue_(queue), clock_(clock), rule_(std::move(rule)), log_(log) {
  queue_.set_listener([this] {
    const std::lock_guard lock(mutex_);
    ++num_wakes_;
    wake_.notify_all();
  });
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

DeliveryWorker::~DeliveryWorker() {
  queue_.set_listener({});
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

std::optional<Delivery> DeliveryWorker::take() {
  // Under the lock: what another thread has just sent must not be seen as due.
  const std::lock_guard lock(mutex_);
  const auto due = queue_.due(kLookAhead);
  if (!due) {
    return std::nullopt;  // tried again at the next tick; /readyz tells of the state
  }
  for (const Delivery& delivery : *due) {
    if (in_hand_.insert(delivery.id).second) {
      return delivery;
    }
  }
  return std::nullopt;
}

void DeliveryWorker::run() {
  std::uint64_t seen_wakes = 0;
  while (true) {
    if (auto delivery = take()) {
      send(*delivery);
      const std::lock_guard lock(mutex_);
      in_hand_.erase(delivery->id);
      if (is_ending_) {
        return;
      }
      continue;
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::milliseconds(500),
                   [&] { return is_ending_ || num_wakes_ != seen_wakes; });
    seen_wakes = num_wakes_;
    if (is_ending_) {
      return;
    }
  }
}

void DeliveryWorker::send(const Delivery& delivery) {
  http::ClientRequest request;
  request.method = "POST";
  request.url = delivery.endpoint;
  request.body = delivery.body;
  for (const auto& [name, value] : delivery.headers.members()) {
    request.headers.emplace_back(name, value.text());
  }
  http::ClientOptions options;
  options.allows = [this](const IpAddress& address) { return rule_.allows(address); };
  const auto response = http::send(request, options);
  if (response && response->status >= 200 && response->status < 300) {
    ++num_delivered_;
    (void)queue_.set_delivered(delivery.id);  // on an error it is sent once more
    return;
  }
  ++num_failed_;
  const std::string reason = response ? fmt::format("it answered with status {}", response->status)
                                      : response.error().message;
  const auto delay_ms = delivery_delay_ms(delivery.attempts + 1);
  const std::optional<TimeMs> due_ms =
      delay_ms ? std::optional(clock_.now_ms() + *delay_ms) : std::nullopt;
  (void)queue_.set_failed(delivery.id, reason, due_ms);
  say_failed(delivery, reason, !delay_ms);
}

// The path of an endpoint is often a secret (webhooks'): the log has its host alone.
void DeliveryWorker::say_failed(const Delivery& delivery, std::string reason, bool is_last) {
  const std::size_t scheme = delivery.endpoint.find("://");
  const std::string host =
      delivery.endpoint.substr(0, delivery.endpoint.find_first_of("/?#", scheme + 3));
  if (const std::size_t at = reason.find(delivery.endpoint); at != std::string::npos) {
    reason.replace(at, delivery.endpoint.size(), host);
  }
  log_.write(is_last ? LogLevel::kError : LogLevel::kWarning,
             is_last ? "a message was set aside: nobody took it" : "a message was not taken",
             {{"endpoint", host},
              {"delivery", delivery.id},
              {"attempts", delivery.attempts + 1},
              {"reason", std::move(reason)}});
}

}  // namespace weir::notify
