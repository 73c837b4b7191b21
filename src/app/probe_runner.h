#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"
#include "metric/metric_store.h"
#include "probe/echo_transport.h"
#include "probe/monitor.h"
#include "probe/settings.h"

namespace weir::app {

// Measures this host while a server runs, on a thread of its own, straight into the server's
// metrics: the same samples that `weir probe run` would publish to it.
class ProbeRunner {
 public:
  // `scope`: ACCOUNT/REGION that the metrics are of. All outlive it.
  [[nodiscard]] static Result<std::unique_ptr<ProbeRunner>> start(const probe::Settings& settings,
                                                                  std::string scope,
                                                                  metric::MetricStore& metrics,
                                                                  const Clock& clock,
                                                                  io::FileSystem& files);
  ~ProbeRunner();
  ProbeRunner(const ProbeRunner&) = delete;
  ProbeRunner& operator=(const ProbeRunner&) = delete;

  [[nodiscard]] std::uint64_t num_samples() const { return num_samples_; }
  [[nodiscard]] std::uint64_t num_failed() const { return num_failed_; }  // samples not stored
  // Of the last round; "": none.
  [[nodiscard]] std::string problem() const;

 private:
  ProbeRunner(const probe::Settings& settings, std::string scope, metric::MetricStore& metrics);
  void store(const std::vector<probe::Sample>& samples);
  void set_problem(std::string problem);

  probe::NamingOptions naming_;
  std::string scope_;
  metric::MetricStore& metrics_;
  probe::NameServers servers_;
  probe::Transports transports_;
  std::unique_ptr<probe::Monitor> monitor_;
  std::atomic<std::uint64_t> num_samples_{0};
  std::atomic<std::uint64_t> num_failed_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::string problem_;
  CancelToken cancel_;
  std::thread thread_;
};

}  // namespace weir::app
