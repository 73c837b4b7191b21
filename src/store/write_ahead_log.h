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
  std::uint64_t num_bytes = 0;   // of payloads
  std::uint64_t torn_bytes = 0;  // at the end: writes that a crash cut short
  // Damage to records that had been synced: file, offset, which sequences are lost. Good records
  // behind it were replayed.
  std::vector<Error> damages;
  // What was read before is no longer part of the log: a file was dropped (its rows are in
  // segments) or records were voided by a failed sync. Refresh the manifest and start over.
  bool is_superseded = false;
};

// Gets each record once, in the order of sequences. `number` is its file's; `payload` lives until
// it returns. An error ends the replay and is returned from it.
using WalVisitor = std::function<Result<void>(std::uint64_t number, std::uint64_t sequence,
                                              std::string_view payload)>;

// Replays what `directory` holds from `floor` (a manifest's wal_floor) on, in the memory of one
// record. Writes nothing, so it serves a reader beside a running writer; `cursor` moves behind what
// was read, and a second call goes on there. Records that the writer has appended and not yet
// synced are seen too.
[[nodiscard]] Result<WalReport> replay_write_ahead_log(io::FileSystem& files,
                                                       const std::string& directory,
                                                       std::uint64_t floor, WalCursor& cursor,
                                                       const WalVisitor& visitor);

// Batches that are acknowledged before they are in segments: files wal-<number>, each a record log
// (docs/formats/record-log.md). Thread-safe; any number of threads append and sync, and one system
// call syncs for all that wait.
//
// After a failed sync no record since the last good one is promised, and all calls fail with that
// error until rotate(), which voids those records. Sequences are never given out twice, so a void
// record's own sync() fails for ever.
class WriteAheadLog {
 public:
  // Replays from `floor` on, makes durable what was replayed, removes files below the floor. The
  // caller holds the directory's lock, and looks at the report: damage is no failure here. Later
  // records go to a new file, begun by the first append. `first_sequence` is used where there is no
  // file to continue from.
  [[nodiscard]] static Result<std::unique_ptr<WriteAheadLog>> open(
      io::FileSystem& files, std::string directory, std::uint64_t floor, WalOptions options,
      const WalVisitor& visitor, WalReport& report, std::uint64_t first_sequence = 1);

  // Returns the batch's sequence. kLimit past max_total_bytes: seal segments, drop_below(), retry.
  // Where it fails otherwise the log is as before, and it can be tried again.
  [[nodiscard]] Result<std::uint64_t> append(std::string_view payload);
  // Returns when the record and all before it are durable.
  [[nodiscard]] Result<void> sync(std::uint64_t sequence);
  // The same for everything appended so far. For a caller that alone appends: another thread's
  // rotate() after a failed sync would hide that its records are void.
  [[nodiscard]] Result<void> sync();
  // Syncs the current file and ends it. Returns the number of the one that the next append begins:
  // everything appended before is below it. After a failed sync: see above.
  [[nodiscard]] Result<std::uint64_t> rotate();
  // Removes files numbered below; never the one being written.
  [[nodiscard]] Result<void> drop_below(std::uint64_t number);

  [[nodiscard]] std::uint64_t next_sequence() const;
  // Records before it are durable, but for void ones.
  [[nodiscard]] std::uint64_t synced_end() const;
  // Of the file that the next append goes to.
  [[nodiscard]] std::uint64_t current_number() const;
  // Of all files, those not yet dropped too.
  [[nodiscard]] std::uint64_t total_bytes() const;

 private:
  struct OldFile {
    std::uint64_t number = 0;
    std::uint64_t size = 0;
  };
  struct VoidRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  WriteAheadLog(io::FileSystem& files, std::string directory, WalOptions options);

  [[nodiscard]] Result<void> recover(std::uint64_t floor, const WalVisitor& visitor,
                                     WalReport& report, std::uint64_t first_sequence);
  [[nodiscard]] Result<void> begin_file_locked();
  [[nodiscard]] Result<void> sync_locked(std::unique_lock<std::mutex>& lock, std::uint64_t end);
  [[nodiscard]] Result<void> retire_locked(std::unique_lock<std::mutex>& lock);
  void end_file_locked();
  [[nodiscard]] Result<void> failure_locked() const;
  [[nodiscard]] std::uint64_t total_bytes_locked() const;
  [[nodiscard]] std::uint64_t next_sequence_locked() const;
  [[nodiscard]] std::uint64_t synced_end_locked() const;

  io::FileSystem& files_;
  std::string directory_;
  WalOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable sync_ended_;
  bool is_syncing_ = false;                // a thread syncs file_ without the mutex
  std::unique_ptr<RecordLogWriter> file_;  // nullptr until an append
  std::vector<OldFile> old_files_;
  std::uint64_t number_ = 1;         // of file_, or of the next one
  std::uint64_t previous_end_ = 1;   // where records before file_ end
  std::uint64_t next_sequence_ = 1;  // while there is no file_
  std::vector<VoidRange> voids_;
  std::optional<Error> failure_;  // until rotate()
};

}  // namespace weir::store
