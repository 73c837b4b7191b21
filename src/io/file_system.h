#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace weir::io {

// A stream of bytes, read once from begin to end. Used by one thread at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills the front of `buffer`; returns the number of bytes, 0 at the end only.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> buffer) = 0;
};

struct FileInfo {
  std::string path;
  std::uint64_t size = 0;
  std::int64_t modified_ms = 0;
  bool is_directory = false;
  // What it is whatever its name; (0, 0) where a file system does not tell.
  std::pair<std::uint64_t, std::uint64_t> identity;
};

class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  // Reads up to buffer.size() bytes at `offset`; fewer only at the end of the file. Thread-safe.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                    std::span<char> buffer) const = 0;
};

class WritableFile {
 public:
  virtual ~WritableFile() = default;
  [[nodiscard]] virtual Result<void> append(std::span<const char> bytes) = 0;
  [[nodiscard]] virtual Result<void> sync() = 0;
  [[nodiscard]] virtual Result<void> close() = 0;
};

// The operating system's files. Thread-safe. Errors name the path and the system's reason.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<ByteSource>> open_source(
      const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<RandomAccessFile>> open_random(
      const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;
  [[nodiscard]] virtual Result<FileInfo> info(const std::string& path) = 0;
  // Files and directories in a directory, sorted by name; pipes, sockets and devices left out.
  [[nodiscard]] virtual Result<std::vector<FileInfo>> list(const std::string& directory) = 0;
  [[nodiscard]] virtual Result<void> create_directories(const std::string& path) = 0;
  [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual Result<void> remove(const std::string& path) = 0;
};

// The real one. Stateless.
[[nodiscard]] std::unique_ptr<FileSystem> make_local_file_system();

// Standard input as a source; the descriptor is not closed.
[[nodiscard]] std::unique_ptr<ByteSource> make_descriptor_source(int descriptor);
// Bytes in memory that outlive the source.
[[nodiscard]] std::unique_ptr<ByteSource> make_memory_source(std::string_view bytes);

}  // namespace weir::io
