#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "metric/series_book.h"
#include "store/record_log.h"

namespace weir::metric {

// The names of series that parts know by number: a record log, SERIES, which only grows
// (docs/formats/metric-log.md). One thread.
class SeriesLog {
 public:
  // Reads into an empty book; the file is made by the first append.
  [[nodiscard]] static Result<std::unique_ptr<SeriesLog>> open(io::FileSystem& files,
                                                               std::string directory,
                                                               SeriesBook& book);
  // Adds the series [num_logged(), end) and syncs. After a failure the next call tries afresh.
  [[nodiscard]] Result<void> append(const SeriesBook& book, SeriesId end);
  [[nodiscard]] SeriesId num_logged() const { return num_logged_; }

 private:
  SeriesLog(io::FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  io::FileSystem& files_;
  std::string directory_;
  std::unique_ptr<store::RecordLogWriter> writer_;  // nullptr until the first append
  store::LogHeader header_;
  std::uint64_t size_ = 0;  // of good records
  std::uint64_t next_sequence_ = 1;
  SeriesId num_logged_ = 0;
};

}  // namespace weir::metric
