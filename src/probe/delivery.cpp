#include "probe/delivery.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weir::probe {
namespace {

constexpr std::int64_t kFirstWaitMs = 1'000;
constexpr std::int64_t kLongestWaitMs = 60'000;
constexpr std::chrono::milliseconds kLookAround(100);

}  // namespace

Delivery::Delivery(std::unique_ptr<Spool> spool, Put put, const Clock& clock, Random random)
    : spool_(std::move(spool)), put_(std::move(put)), clock_(clock), random_(random) {}

Delivery::~Delivery() = default;

Result<void> Delivery::take(std::string_view body) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t dropped = spool_->num_dropped();
  auto done = spool_->put(body);
  may_be_doubled_ = may_be_doubled_ && spool_->num_dropped() == dropped;
  wake_.notify_all();
  return done;
}

bool Delivery::step() {
  std::string body;
  std::uint64_t dropped = 0;
  {
    const std::lock_guard lock(mutex_);
    if (clock_.monotonic_ns() < not_before_ns_) {
      return false;
    }
    auto front = spool_->front();
    if (!front) {
      counts_.problem = front.error().message;
      not_before_ns_ = clock_.monotonic_ns() + kFirstWaitMs * 1'000'000;
      return false;
    }
    if (!*front) {
      return false;
    }
    body = std::move(**front);
    dropped = spool_->num_dropped();
    ++counts_.attempts;
  }
  const PutOutcome outcome = put_(body);  // may take seconds
  const std::lock_guard lock(mutex_);
  const bool is_still_front = spool_->num_dropped() == dropped;
  if (outcome.kind == PutOutcome::Kind::kTaken || outcome.kind == PutOutcome::Kind::kNever) {
    const bool is_taken = outcome.kind == PutOutcome::Kind::kTaken;
    counts_.taken += is_taken ? 1U : 0U;
    counts_.refused += is_taken ? 0U : 1U;
    counts_.possibly_doubled += is_taken && may_be_doubled_ && !outcome.is_counted_once ? 1U : 0U;
    counts_.problem = outcome.problem;
    may_be_doubled_ = false;
    wait_ms_ = 0;
    not_before_ns_ = 0;
    if (is_still_front) {
      if (const auto done = spool_->pop(); !done) {
        counts_.problem = done.error().message;
        not_before_ns_ = clock_.monotonic_ns() + kLongestWaitMs * 1'000'000;
      }
    }
    wake_.notify_all();
    return true;
  }
  may_be_doubled_ =
      is_still_front && (may_be_doubled_ || outcome.kind == PutOutcome::Kind::kMaybeTaken);
  counts_.problem = outcome.problem;
  wait_ms_ = std::clamp(2 * wait_ms_, kFirstWaitMs, kLongestWaitMs);
  const auto shortened =
      static_cast<std::int64_t>(static_cast<double>(wait_ms_) * (1 - random_.uniform() / 2));
  not_before_ns_ = clock_.monotonic_ns() + shortened * 1'000'000;
  return true;
}

void Delivery::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Delivery::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!step()) {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, kLookAround, [] { return false; });
    }
  }
}

bool Delivery::flush(std::int64_t limit_ms) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, std::chrono::milliseconds(limit_ms),
                        [this] { return spool_->num_waiting() == 0; });
}

DeliveryCounts Delivery::counts() {
  const std::lock_guard lock(mutex_);
  DeliveryCounts counts = counts_;
  counts.dropped = spool_->num_dropped();
  counts.damaged = spool_->num_damaged();
  counts.waiting = spool_->num_waiting();
  return counts;
}

}  // namespace weir::probe
