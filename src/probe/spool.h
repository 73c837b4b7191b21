#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"

namespace weir::probe {

struct SpoolOptions {
  std::string directory;
  std::uint64_t max_bytes = 64U << 20;
};

// Batches that wait to be sent, each a file: what put() has taken survives the process and the
// machine. Past its bound the oldest go, and are counted. One process writes a directory (it holds
// the lock). Not thread-safe.
//
//   DIR/lock, DIR/0000000000000042.batch (CRC-32C in hex, a newline, the body)
class Spool {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Spool>> open(io::FileSystem& files,
                                                           SpoolOptions options);

  // Durable when it returns.
  [[nodiscard]] Result<void> put(std::string_view body);
  // The oldest batch; nullopt where there is none. Ones that are damaged are passed over, counted
  // and removed.
  [[nodiscard]] Result<std::optional<std::string>> front();
  // Removes the one that front() gave.
  [[nodiscard]] Result<void> pop();

  [[nodiscard]] std::size_t num_waiting() const { return entries_.size(); }
  [[nodiscard]] std::uint64_t num_bytes() const { return num_bytes_; }
  [[nodiscard]] std::uint64_t num_dropped() const { return num_dropped_; }  // for want of room
  [[nodiscard]] std::uint64_t num_damaged() const { return num_damaged_; }

 private:
  struct Entry {
    std::uint64_t number = 0;
    std::uint64_t size = 0;
  };
  Spool(io::FileSystem& files, SpoolOptions options)
      : files_(files), options_(std::move(options)) {}
  [[nodiscard]] std::string path_of(std::uint64_t number) const;

  io::FileSystem& files_;
  SpoolOptions options_;
  std::unique_ptr<io::FileLock> lock_;
  std::deque<Entry> entries_;
  std::uint64_t next_number_ = 1;
  std::uint64_t num_bytes_ = 0;
  std::uint64_t num_dropped_ = 0;
  std::uint64_t num_damaged_ = 0;
};

}  // namespace weir::probe
