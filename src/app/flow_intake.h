#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "intake/intake.h"
#include "io/file_system.h"
#include "store/store.h"

namespace weir::app {

// Takes flow logs into the store while a server runs, on a thread of its own: what the paths hold
// at the start, then what is new there, looked for every few seconds. Each object counts once.
class FlowIntake {
 public:
  // All outlive it.
  [[nodiscard]] static Result<std::unique_ptr<FlowIntake>> start(store::Store& store,
                                                                 io::FileSystem& files,
                                                                 const Clock& clock,
                                                                 std::vector<std::string> paths);
  ~FlowIntake();
  FlowIntake(const FlowIntake&) = delete;
  FlowIntake& operator=(const FlowIntake&) = delete;

  [[nodiscard]] std::uint64_t num_records() const { return num_records_; }
  // What the last look failed at; "": nothing.
  [[nodiscard]] std::string problem() const;

 private:
  FlowIntake(io::FileSystem& files, std::vector<std::string> paths)
      : files_(files), paths_(std::move(paths)) {}
  void run();
  [[nodiscard]] Result<void> look();

  io::FileSystem& files_;
  std::vector<std::string> paths_;
  std::unique_ptr<intake::Intake> intake_;
  std::atomic<std::uint64_t> num_records_{0};
  CancelToken cancel_;
  mutable std::mutex mutex_;  // guards the two below
  std::condition_variable wake_;
  std::string problem_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace weir::app
