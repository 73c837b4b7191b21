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

// Grows at its end. append() may run beside sync(); both from one thread each.
//
// A failed sync is final: the kernel may have dropped the pages it could not write, and a second
// sync would report success for them. Every later append, sync and close fails with that error.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  // A failed append may have written a part of `bytes`: cut the file or leave it.
  [[nodiscard]] virtual Result<void> append(std::span<const char> bytes) = 0;
  // Returns when the bytes are on the disk; a new file's name is not before sync_directory().
  [[nodiscard]] virtual Result<void> sync() = 0;
  // Does not sync.
  [[nodiscard]] virtual Result<void> close() = 0;
};

// Holds a file locked until destroyed.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// The operating system's files. Thread-safe. Errors name the path, the call and the system's
// reason: kNotFound where the file is missing, kFull where the disk or a quota is full (the same
// call may succeed once there is room), kIo for the rest.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<ByteSource>> open_source(
      const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<RandomAccessFile>> open_random(
      const std::string& path) = 0;
  // Empties a file that exists.
  [[nodiscard]] virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;
  // Continues a file that exists.
  [[nodiscard]] virtual Result<std::unique_ptr<WritableFile>> open_append(
      const std::string& path) = 0;
  // Cuts a file; one that is open for appending goes on at its new end.
  [[nodiscard]] virtual Result<void> truncate(const std::string& path, std::uint64_t size) = 0;
  [[nodiscard]] virtual Result<FileInfo> info(const std::string& path) = 0;
  // Files and directories in a directory, sorted by name; pipes, sockets and devices left out.
  [[nodiscard]] virtual Result<std::vector<FileInfo>> list(const std::string& directory) = 0;
  [[nodiscard]] virtual Result<void> create_directories(const std::string& path) = 0;
  // Replaces `to` in one step. It lasts once the directory of `to` is synced.
  [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual Result<void> remove(const std::string& path) = 0;
  // Returns when names created, renamed and removed in the directory are on the disk.
  [[nodiscard]] virtual Result<void> sync_directory(const std::string& directory) = 0;
  // What an unprivileged writer may still write to the file system that holds `path`.
  [[nodiscard]] virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
  // Locks a file (created when missing) until the lock is destroyed or its process ends, and writes
  // the process's id into it. A second locker, in this process too, gets kBusy with that id.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;

  // False also where the file cannot be examined for another reason than that it is missing.
  [[nodiscard]] bool exists(const std::string& path) { return info(path).has_value(); }
};

// What stands before the last slash of a path; "." where there is none.
[[nodiscard]] std::string directory_of(const std::string& path);

// Creates a directory and those missing above it, and makes all names on the way to it durable.
[[nodiscard]] Result<void> make_durable_directory(FileSystem& files, const std::string& path);

// The real one. Stateless.
[[nodiscard]] std::unique_ptr<FileSystem> make_local_file_system();

// Standard input as a source; the descriptor is not closed.
[[nodiscard]] std::unique_ptr<ByteSource> make_descriptor_source(int descriptor);
// Bytes in memory that outlive the source.
[[nodiscard]] std::unique_ptr<ByteSource> make_memory_source(std::string_view bytes);

}  // namespace weir::io
