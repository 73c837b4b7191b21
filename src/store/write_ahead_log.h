#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "store/record_log.h"

namespace weir::store {

struct WalOptions {
  std::uint64_t max_file_bytes = 64U << 20;    // a new file is begun past it
  std::uint64_t max_total_bytes = 512U << 20;  // of all files; an append past it gets kLimit
};

// Where a replay stands; a default one begins at the floor.
struct WalCursor {
  std::uint64_t number = 0;
  std::uint64_t offset = 0;
  std::uint64_t next_sequence = 0;
};

struct WalReport {
  std::uint64_t num_files = 0;
  std::uint64_t num_records = 0;
  std::uint64_t num_bytes = 0;
  std::uint64_t next_sequence = 1;
  std::uint64_t torn_bytes = 0;  // at the end: writes that a crash cut short, never acknowledged
  // Damage to records that had been synced: file, offset, which sequences are lost. Good records
  // behind it were replayed.
  std::vector<Error> damages;
  // A file was dropped while it was read: its rows are in segments. Refresh the manifest, start
  // over.
  bool is_superseded = false;
};

// Gets each record once, in the order of sequences. `number` is its file's; `payload` lives until
// it returns. An error ends the replay and is returned from it.
using WalVisitor = std::function<Result<void>(std::uint64_t number, std::uint64_t sequence,
                                              std::string_view payload)>;

// Replays what `directory` holds from `floor` (a manifest's wal_floor) on, in the memory of one
// record. Writes nothing, so it serves a reader beside a running writer; `cursor` moves behind what
// was read, and a second call goes on there. A record the writer has appended but not yet synced is
// seen too.
[[nodiscard]] Result<WalReport> replay_write_ahead_log(io::FileSystem& files,
                                                       const std::string& directory,
                                                       std::uint64_t floor, WalCursor& cursor,
                                                       const WalVisitor& visitor);

// Batches that are acknowledged before they are in segments: files wal-<number>, each a record log.
// Thread-safe; any number of threads append and sync, and one system call syncs for all that wait.
//
// After a failed sync nothing since the last good one is promised and all calls fail until rotate()
// begins a new file, which voids those records: their sequences are given out again.
class WriteAheadLog {
 public:
  // Replays from `floor` on (see above), makes durable what was replayed, removes files below the
  // floor. The caller holds the directory's lock. A new file is begun by the first append.
  // `first_sequence` is used where no file is left to continue from.
  [[nodiscard]] static Result<std::unique_ptr<WriteAheadLog>> open(
      io::FileSystem& files, std::string directory, std::uint64_t floor, WalOptions options,
      const WalVisitor& visitor, WalReport& report, std::uint64_t first_sequence = 1);

  // Returns the batch's sequence. kLimit past max_total_bytes: seal segments, drop_below(), retry.
  // On kFull or kIo the log is as before.
  [[nodiscard]] Result<std::uint64_t> append(std::string_view payload);
  // Returns when all that was appended before the call is durable.
  [[nodiscard]] Result<void> sync();
  // Syncs the current file and lets the next append begin a new one. Returns the new one's number:
  // everything appended before is in files below it. After a failed sync: see above.
  [[nodiscard]] Result<std::uint64_t> rotate();
  // Removes files numbered below; never the one being written.
  [[nodiscard]] Result<void> drop_below(std::uint64_t number);

  // Sequences below it are durable.
  [[nodiscard]] std::uint64_t synced_sequence() const;
  [[nodiscard]] std::uint64_t next_sequence() const;
  // The number of the file that the next append goes to.
  [[nodiscard]] std::uint64_t current_number() const;
  [[nodiscard]] std::uint64_t total_bytes() const;

 private:
  struct OldFile {
    std::uint64_t number = 0;
    std::uint64_t size = 0;
  };

  WriteAheadLog(io::FileSystem& files, std::string directory, WalOptions options);

  [[nodiscard]] Result<void> begin_file_locked();
  [[nodiscard]] Result<void> sync_locked(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Result<void> retire_locked(std::unique_lock<std::mutex>& lock);

  io::FileSystem& files_;
  std::string directory_;
  WalOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable synced_;
  bool is_syncing_ = false;
  std::unique_ptr<RecordLogWriter> file_;  // nullptr until the first append
  std::vector<OldFile> old_files_;
  std::uint64_t old_bytes_ = 0;
  std::uint64_t number_ = 1;         // of file_, or of the next one
  std::uint64_t next_sequence_ = 1;  // while file_ is nullptr
  std::optional<Error> failure_;     // of a sync; cleared by rotate()
};

}  // namespace weir::store
