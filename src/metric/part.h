#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "metric/chunk.h"
#include "metric/sample.h"
#include "metric/series_book.h"

namespace weir::metric {

// A chunk of a part: samples of one series.
struct ChunkPlace {
  SeriesId series = 0;
  std::uint32_t size = 0;
  std::uint64_t offset = 0;
  std::uint32_t first_s = 0;  // times of the first and the last sample
  std::uint32_t last_s = 0;
  std::uint32_t checksum = 0;  // CRC-32C
};

// Writes a file of samples of one resolution: docs/formats/metric-part.md. What is not finished is
// to be removed by the caller.
class PartWriter {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PartWriter>> create(io::FileSystem& files,
                                                                  const std::string& path,
                                                                  std::uint32_t step_s);
  // Adds a series' samples, ascending in time. Ids must rise from call to call.
  [[nodiscard]] Result<void> add(SeriesId series, std::span<const Sample> samples);
  // Writes the index and syncs the file; returns its size. Its name is not yet durable.
  [[nodiscard]] Result<std::uint64_t> finish();
  [[nodiscard]] std::uint64_t num_samples() const { return num_samples_; }

 private:
  PartWriter(std::unique_ptr<io::WritableFile> file, std::uint32_t step_s)
      : file_(std::move(file)), step_s_(step_s) {}
  [[nodiscard]] Result<void> flush();

  std::unique_ptr<io::WritableFile> file_;
  std::uint32_t step_s_;
  std::string buffer_;
  std::uint64_t written_ = 0;  // before buffer_
  std::vector<ChunkPlace> places_;
  std::uint64_t num_samples_ = 0;
};

// Reads such a file; its index stays in memory. Thread-safe. Hardened against untrusted input.
class PartReader {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const PartReader>> open(io::FileSystem& files,
                                                                      const std::string& path);

  // Samples of a series with from_s <= time < to_s, ascending. `values` live until the visitor
  // returns. `decoder` is scratch. Fails where a chunk's bytes are not those that were written.
  [[nodiscard]] Result<void> visit(SeriesId series, std::uint32_t from_s, std::uint32_t to_s,
                                   bool wants_values, ChunkDecoder& decoder,
                                   const SampleVisitor& visitor) const;

  [[nodiscard]] std::uint32_t step_s() const { return step_s_; }
  // By series, then time.
  [[nodiscard]] std::span<const ChunkPlace> chunks() const { return places_; }
  [[nodiscard]] std::uint64_t file_size() const { return file_->size(); }
  [[nodiscard]] std::uint64_t num_samples() const { return num_samples_; }
  // Of all samples; first > last where there are none.
  [[nodiscard]] std::uint32_t first_s() const { return first_s_; }
  [[nodiscard]] std::uint32_t last_s() const { return last_s_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  PartReader() = default;
  [[nodiscard]] Result<void> read_index();

  std::string path_;
  std::unique_ptr<io::RandomAccessFile> file_;
  std::uint32_t step_s_ = 60;
  std::vector<ChunkPlace> places_;
  std::uint64_t num_samples_ = 0;
  std::uint32_t first_s_ = UINT32_MAX;
  std::uint32_t last_s_ = 0;
};

}  // namespace weir::metric
