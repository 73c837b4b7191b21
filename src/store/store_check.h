#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "io/file_system.h"
#include "store/segment_reader.h"

namespace weir::store {

// Something of a data directory that is not as it was written.
struct Damage {
  enum class Of : std::uint8_t { kManifest, kLog, kSegment };
  Of of = Of::kSegment;
  std::string file;
  std::string what;
  std::string table;           // of a segment
  std::uint64_t segment = 0;   // its id
  std::uint64_t num_rows = 0;  // that it holds
};

struct CheckReport {
  std::vector<Damage> damages;
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;  // read and compared to their checksums
  std::uint64_t log_records = 0;
  std::uint64_t sources = 0;
  std::uint64_t rows = 0;
  // Left by something that a crash interrupted, and no part of the store: not yet damage.
  std::vector<std::string> orphans;
  std::uint64_t torn_bytes = 0;
};

// Compares every byte of a segment to the checksum it is under; the first that differs is the
// error.
[[nodiscard]] Result<std::uint64_t> check_segment(const SegmentReader& segment);

// Checks all that a data directory holds, beside a writer too. Writes nothing. An error only where
// it could not be looked at (or was cancelled); damage is in the report.
[[nodiscard]] Result<CheckReport> check_store(io::FileSystem& files, const std::string& directory,
                                              const CancelToken* cancel);

}  // namespace weir::store
