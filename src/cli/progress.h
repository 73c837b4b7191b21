#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "cli/environment.h"
#include "column/scan.h"

namespace weir::cli {

// Shows on standard error how far a scan has come, until it is destroyed: a line that rewrites
// itself on a terminal, an object a second with mode "jsonl", nothing otherwise. Begins after half
// a second, so that quick answers stay quiet.
class ProgressLine {
 public:
  ProgressLine(std::string_view mode, const column::ScanProgress& progress,
               Environment& environment);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  void run();
  [[nodiscard]] std::string line(double seconds) const;
  [[nodiscard]] std::string object(double seconds) const;

  const column::ScanProgress& progress_;
  Environment& environment_;
  bool is_json_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_over_ = false;
  bool has_shown_ = false;
  std::thread thread_;
};

}  // namespace weir::cli
