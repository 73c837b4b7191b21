#pragma once

#include "base/result.h"
#include "column/batch.h"

namespace weir::flowlog {

// Reads the records of one file, or a stream's share of it, as batches whose columns stand in the
// order of the request. Used by one thread.
class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // False at the end. Sets Batch::sequence; views stay valid until the next call.
  [[nodiscard]] virtual Result<bool> next(column::Batch& batch) = 0;
};

// Batch::sequence is the file's place in path order, then the place within the file: answers do not
// depend on which stream read what.
inline constexpr int kFileShift = 40;
inline constexpr int kMorselShift = 20;

}  // namespace weir::flowlog
