#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "io/file_system.h"

namespace weir::io {

// What can be made to fail, and what a trace consists of.
enum class FileOperation : std::uint8_t {
  kOpen,  // for reading or appending
  kCreate,
  kRead,
  kWrite,
  kSync,
  kClose,
  kTruncate,
  kRename,
  kRemove,
  kCreateDirectories,
  kSyncDirectory,
  kInfo,
  kList,
  kLock,
};
[[nodiscard]] std::string_view name_of(FileOperation operation);

// Makes the `nth` matching call fail from when it is injected, or that one and all later ones.
struct FileFault {
  std::uint64_t nth = 1;
  std::optional<FileOperation> operation = std::nullopt;  // any
  std::string path_part = {};                             // matches paths that contain it
  ErrorCode code = ErrorCode::kIo;                        // or kFull
  bool is_lasting = false;
};

// Files in memory that behave as badly as a disk may; the same from the same seed. Thread-safe.
//
// - A fault fails a call. A failed write leaves a random part of its bytes; after a failed sync the
//   bytes can still be read, but no later sync makes them durable.
// - A power cut keeps what was synced. Of the rest each write is kept, dropped, torn at any byte or
//   kept in some sectors only; each created, renamed or removed name lasts or not, in any
//   combination, unless its directory was synced.
// - With a capacity, writes past it keep what fits and fail with kFull.
class FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(std::uint64_t seed = 1);
  ~FaultyFileSystem() override;

  void inject(FileFault fault);
  void clear_faults();
  // Calls so far that a fault could have failed.
  [[nodiscard]] std::uint64_t num_calls() const;
  void set_capacity(std::uint64_t bytes);

  // Steps of the trace so far: every call that changed something.
  [[nodiscard]] std::size_t num_steps() const;
  // "write data/wal-1 40", for messages.
  [[nodiscard]] std::string describe_step(std::size_t step) const;
  // The disk as it is found when power is lost after the first `num_steps` steps.
  [[nodiscard]] std::unique_ptr<FaultyFileSystem> after_power_cut(std::size_t num_steps,
                                                                  std::uint64_t seed) const;
  // The disk as the next process finds it when this one is killed there: nothing is lost, and what
  // was not synced still is not.
  [[nodiscard]] std::unique_ptr<FaultyFileSystem> after_kill(std::size_t num_steps) const;
  // The same files, all of them durable.
  [[nodiscard]] std::unique_ptr<FaultyFileSystem> copy() const;

  [[nodiscard]] std::string contents(const std::string& path) const;
  // Durable at once.
  void set_contents(const std::string& path, std::string bytes);
  void flip_bit(const std::string& path, std::uint64_t bit);
  [[nodiscard]] std::vector<std::string> paths() const;

  Result<std::unique_ptr<ByteSource>> open_source(const std::string& path) override;
  Result<std::unique_ptr<RandomAccessFile>> open_random(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> open_append(const std::string& path) override;
  Result<void> truncate(const std::string& path, std::uint64_t size) override;
  Result<FileInfo> info(const std::string& path) override;
  Result<std::vector<FileInfo>> list(const std::string& directory) override;
  Result<void> create_directories(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_directory(const std::string& directory) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

 private:
  class Disk;
  struct Node;
  struct Step;
  class Source;
  class Reader;
  class Writer;
  class Lock;

  struct Armed {
    FileFault fault;
    std::uint64_t seen = 0;
  };

  // Fails where a fault says so. `mutex_` is held.
  Result<void> call(FileOperation operation, const std::string& path);
  Result<std::shared_ptr<Node>> find(const char* action, const std::string& path) const;
  void record(Step step);
  Result<std::unique_ptr<WritableFile>> make_file(const std::string& path);
  Result<void> write(Node& node, const std::string& path, std::string_view bytes);

  mutable std::mutex mutex_;
  Random random_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Disk> first_disk_;  // before the trace
  std::vector<Step> trace_;
  std::vector<Armed> faults_;
  std::uint64_t num_calls_ = 0;
  std::uint64_t capacity_ = UINT64_MAX;
  std::set<std::string> locked_;
};

}  // namespace weir::io
