#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/collector_settings.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "collector/collector.h"
#include "flow/meter/flow_record.h"
#include "intake/compactor.h"
#include "intake/metered_flows.h"
#include "inventory/inventory.h"
#include "store/store.h"

namespace weir::app {

// What gateways and mirrors send, metered while a server runs, and its flows into the server's
// store: what `weir packets --listen --data` does for a store that nobody else writes.
class CollectorRunner {
 public:
  // All outlive it; `inventory` may be null. kUsage where settings contradict one another.
  [[nodiscard]] static Result<std::unique_ptr<CollectorRunner>> start(
      const CollectorSettings& settings, store::Store& store,
      std::shared_ptr<const inventory::Inventory> inventory, const Clock& clock);
  // Takes what the kernel has already got; each open flow gets its record.
  ~CollectorRunner();
  CollectorRunner(const CollectorRunner&) = delete;
  CollectorRunner& operator=(const CollectorRunner&) = delete;

  [[nodiscard]] const std::vector<collector::ListenAddress>& addresses() const {
    return collector_->addresses();
  }
  [[nodiscard]] collector::CollectorCounters counters() const { return collector_->counters(); }
  [[nodiscard]] std::uint64_t num_rows() const { return num_rows_; }
  [[nodiscard]] std::uint64_t num_lost() const { return num_lost_; }  // records, for want of room
  // What the last writing failed at; "": nothing.
  [[nodiscard]] std::string problem() const;

 private:
  CollectorRunner(store::Store& store, std::shared_ptr<const inventory::Inventory> inventory)
      : inventory_(std::move(inventory)), compactor_(store) {}
  void run();
  void flush();

  std::shared_ptr<const inventory::Inventory> inventory_;
  std::unique_ptr<intake::MeteredFlows> flows_;  // of the thread, as the next
  intake::Compactor compactor_;
  std::atomic<std::uint64_t> num_rows_{0};
  std::atomic<std::uint64_t> num_lost_{0};
  CancelToken cancel_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::vector<flow::FlowRecord> arrived_;
  std::string problem_;
  bool is_ending_ = false;
  std::unique_ptr<collector::Collector> collector_;
  std::thread thread_;
};

}  // namespace weir::app
