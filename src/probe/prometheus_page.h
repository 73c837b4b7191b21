#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>

#include "probe/delivery.h"
#include "probe/sample.h"

namespace weir::probe {

// The newest value of each metric, in Prometheus's text form 0.0.4: `weir_probe_rtt_avg` with the
// dimensions as labels and the namespace as label `namespace`. Thread-safe.
class PrometheusPage {
 public:
  // What was not measured again for `kept_ms` is no longer told: a remote that went, an interface.
  explicit PrometheusPage(std::int64_t kept_ms) : kept_ms_(kept_ms) {}
  void take(std::span<const Sample> samples);
  [[nodiscard]] std::string text() const;

 private:
  void forget_old();

  std::int64_t kept_ms_;
  mutable std::mutex mutex_;
  // By metric name, then by its labels.
  std::map<std::string, std::map<std::string, Sample>> newest_;
  TimeMs latest_ = 0;     // of all samples
  TimeMs forgot_at_ = 0;  // by latest_
};

}  // namespace weir::probe
