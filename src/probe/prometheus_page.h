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
  void take(std::span<const Sample> samples);
  [[nodiscard]] std::string text() const;

 private:
  mutable std::mutex mutex_;
  // By metric name, then by its labels.
  std::map<std::string, std::map<std::string, Sample>> newest_;
};

}  // namespace weir::probe
