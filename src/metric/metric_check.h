#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "io/file_system.h"

namespace weir::metric {

// A file of metrics that is not as it was written.
struct MetricDamage {
  std::string file;
  std::string what;
};

struct MetricCheckReport {
  std::vector<MetricDamage> damages;
  std::uint64_t parts = 0;
  std::uint64_t samples = 0;
  std::uint64_t series = 0;
  std::uint64_t log_records = 0;
  std::uint64_t bytes = 0;           // of parts, compared with their checksums
  std::uint64_t torn_bytes = 0;      // at the log's end: a write that a crash cut short
  std::vector<std::string> orphans;  // parts that no list names: of a writer at work, or of a crash
};

// Reads every sample, name and record of a directory of metrics, beside a writer too. Writes
// nothing. An error only where it could not be looked at (or was cancelled).
[[nodiscard]] Result<MetricCheckReport> check_metrics(io::FileSystem& files,
                                                      const std::string& directory,
                                                      const CancelToken* cancel);

}  // namespace weir::metric
