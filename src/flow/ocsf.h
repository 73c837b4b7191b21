#pragma once

#include <memory>
#include <string>
#include <vector>

#include "column/batch.h"

namespace weir::flow {

// Writes flow records as OCSF Network Activity events (class_uid 4001, schema 1.3.0), one JSON
// object a line. Mapping: action ACCEPT → activity Traffic (6), disposition Allowed; REJECT →
// Refuse (5), Blocked; start and end → start_time and end_time; boundary_id = traffic-path + 3,
// else 99 (Other). NODATA and SKIPDATA records are no activity and are left out (counted by
// skipped()).
class OcsfWriter {
 public:
  // The columns that a batch must have, in this order (canonical names).
  [[nodiscard]] static const std::vector<std::string>& columns();

  OcsfWriter();
  ~OcsfWriter() = default;
  // Appends one line a record to `out`.
  void write(const column::Batch& batch, std::string& out);
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

 private:
  std::uint64_t skipped_ = 0;
};

}  // namespace weir::flow
