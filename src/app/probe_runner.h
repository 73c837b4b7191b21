#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "io/file_system.h"
#include "metric/metric_store.h"
#include "probe/echo_transport.h"
#include "probe/monitor.h"
#include "probe/problem_news.h"
#include "probe/settings.h"

namespace weir::app {

// Measures this host while a server runs, on a thread of its own, straight into the server's
// metrics: the same samples that `weir probe run` would publish to it.
class ProbeRunner {
 public:
  // `scope`: ACCOUNT/REGION that the metrics are of. All outlive it. What cannot be measured or
  // stored is said in the log, each problem once.
  [[nodiscard]] static Result<std::unique_ptr<ProbeRunner>> start(const probe::Settings& settings,
                                                                  std::string scope,
                                                                  metric::MetricStore& metrics,
                                                                  const Clock& clock,
                                                                  io::FileSystem& files, Log& log);
  ~ProbeRunner();
  ProbeRunner(const ProbeRunner&) = delete;
  ProbeRunner& operator=(const ProbeRunner&) = delete;

  [[nodiscard]] std::uint64_t num_samples() const { return num_samples_; }
  [[nodiscard]] std::uint64_t num_failed() const { return num_failed_; }  // samples not stored

 private:
  ProbeRunner(const probe::Settings& settings, std::string scope, metric::MetricStore& metrics,
              const Clock& clock, Log& log);
  void store(const std::vector<probe::Sample>& samples);
  void tell(const std::string& problem);

  probe::NamingOptions naming_;
  std::string scope_;
  metric::MetricStore& metrics_;
  const Clock& clock_;
  Log& log_;
  probe::NameServers servers_;
  probe::Transports transports_;
  std::unique_ptr<probe::Monitor> monitor_;
  std::atomic<std::uint64_t> num_samples_{0};
  std::atomic<std::uint64_t> num_failed_{0};
  std::mutex mutex_;  // guards the next
  probe::ProblemNews news_;
  CancelToken cancel_;
  std::thread thread_;
};

}  // namespace weir::app
