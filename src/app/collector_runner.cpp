#include "app/collector_runner.h"

#include <fmt/format.h>

#include <chrono>
#include <random>
#include <utility>

namespace weir::app {
namespace {

constexpr std::chrono::milliseconds kFlushEvery{200};
constexpr std::size_t kMostWaiting = 1 << 18;  // records, some 400 bytes each

Result<collector::CollectorOptions> options_of(const CollectorSettings& settings) {
  collector::CollectorOptions options;
  for (const std::string& text : settings.listen) {
    WEIR_ASSIGN_OR_RETURN(const auto addresses, collector::parse_listen_address(text));
    options.listen.insert(options.listen.end(), addresses.begin(), addresses.end());
  }
  for (const std::string& text : settings.allow) {
    const auto prefix = parse_prefix(text);
    if (!prefix) {
      return fail(ErrorCode::kUsage,
                  fmt::format("collector.allow: '{}' is no network such as 10.0.0.0/8", text));
    }
    options.allow.push_back(*prefix);
  }
  options.parser.role =
      settings.role == "observer" ? packet::Role::kObserver : packet::Role::kEndpoint;
  std::random_device device;  // so that nobody can choose flows that fall together
  options.meter.seed = (std::uint64_t{device()} << 32) | device();
  options.num_receivers = static_cast<std::size_t>(settings.receivers);
  options.receive_buffer_bytes = settings.receive_buffer_bytes;
  options.is_pass_through = settings.is_pass_through;
  if (settings.health_port != 0) {
    options.health = {options.listen.front().address,
                      static_cast<std::uint16_t>(settings.health_port)};
  }
  return options;
}

}  // namespace

Result<std::unique_ptr<CollectorRunner>> CollectorRunner::start(
    const CollectorSettings& settings, store::Store& store,
    std::shared_ptr<const inventory::Inventory> inventory, const Clock& clock) {
  WEIR_ASSIGN_OR_RETURN(auto options, options_of(settings));
  std::unique_ptr<CollectorRunner> runner(new CollectorRunner(store, std::move(inventory)));
  WEIR_ASSIGN_OR_RETURN(runner->flows_,
                        intake::MeteredFlows::open(store, runner->inventory_.get()));
  collector::Collector::Sinks sinks;
  sinks.record = [self = runner.get()](const flow::FlowRecord& record) {
    const std::lock_guard lock(self->mutex_);
    if (self->arrived_.size() == kMostWaiting) {
      ++self->num_lost_;
    } else {
      self->arrived_.push_back(record);
    }
  };
  WEIR_ASSIGN_OR_RETURN(runner->collector_,
                        collector::Collector::open(std::move(options), clock, std::move(sinks)));
  runner->collector_->start();
  runner->thread_ = std::thread([self = runner.get()] { self->run(); });
  return runner;
}

CollectorRunner::~CollectorRunner() {
  if (collector_ != nullptr) {
    collector_->stop();
  }
  cancel_.cancel();
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::string CollectorRunner::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void CollectorRunner::run() {
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    wake_.wait_for(lock, kFlushEvery, [&] { return is_ending_; });
    lock.unlock();
    flush();
    lock.lock();
  }
}

// A full disk heals: what does not fit waits, up to a limit, past which it is lost and counted.
void CollectorRunner::flush() {
  std::vector<flow::FlowRecord> arrived;
  {
    const std::lock_guard lock(mutex_);
    arrived.swap(arrived_);
  }
  for (const flow::FlowRecord& record : arrived) {
    if (flows_->num_waiting() == kMostWaiting) {
      ++num_lost_;
    } else {
      flows_->add(record);
    }
  }
  auto done = flows_->commit();
  num_rows_ = flows_->num_rows();
  if (done) {
    done = compactor_.run(cancel_);
  }
  const std::lock_guard lock(mutex_);
  problem_ = done ? "" : done.error().message;
}

}  // namespace weir::app
