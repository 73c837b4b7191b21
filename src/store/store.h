#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "column/batch.h"
#include "io/file_system.h"
#include "store/manifest.h"
#include "store/segment_effort.h"
#include "store/segment_reader.h"
#include "store/stored_table.h"
#include "store/table_layout.h"
#include "store/tail.h"
#include "store/write_ahead_log.h"

namespace weir::store {

struct StoreOptions {
  // false: an acknowledged batch may be lost for up to a second (no sync of the write-ahead log
  // before the answer). Loads are always durable when they are committed.
  bool is_durable = true;
  // A write-ahead log that is damaged is opened with what of it is good; for who repairs it.
  bool accepts_damage = false;
  // What the writers of one load may hold in memory; past it the segment is ended that was left
  // alone for longest.
  std::size_t load_memory_bytes = 40U << 20;
  // Writing is refused with ErrorCode::kFull before less than this is free.
  std::uint64_t reserve_bytes = 64U << 20;
  // Rows of the write-ahead log that are sealed into segments.
  std::uint64_t max_tail_rows = 256 * 1024;
};

[[nodiscard]] std::string segment_path(std::string_view directory, std::string_view table,
                                       std::uint64_t id);

// Opened segments by id, so that a footer is read once. Not thread-safe.
class SegmentCache {
 public:
  // Opens those of `segments` that are not open yet, and forgets all others. By first ordinal.
  [[nodiscard]] Result<std::vector<std::shared_ptr<const SegmentReader>>> open(
      io::FileSystem& files, const std::string& directory,
      const std::vector<std::shared_ptr<const SegmentMeta>>& segments, std::string_view table);

 private:
  struct Entry {
    std::string table;
    std::shared_ptr<const SegmentReader> reader;
  };
  std::map<std::uint64_t, Entry> readers_;
};

class SegmentWriter;
struct SegmentRows;
class Store;

// Adds many rows at once: straight into segments, nothing of which is seen, or lasts, before
// commit() has returned. One thread; several loads of one store may run side by side.
class Load {
 public:
  ~Load();  // without commit: leaves nothing behind
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Adds rows of a batch. `names` are the table's columns that the batch's columns are; others are
  // null. `first_ordinal` is that of row 0; ordinals given to a load must rise.
  [[nodiscard]] Result<void> append(const column::Batch& batch,
                                    const std::vector<std::string>& names,
                                    std::uint64_t first_ordinal);
  [[nodiscard]] std::uint64_t num_rows() const { return num_rows_; }

  // Ends all segments, makes them last, and puts them and the sources into the manifest in one
  // edit. The load can be used again for what comes next.
  [[nodiscard]] Result<void> commit(std::vector<SourceMeta> sources) {
    return commit(std::move(sources), std::nullopt);
  }
  // Forgets the rows since the last commit.
  void rollback();

 private:
  friend class Store;
  Load(Store& store, std::string table);
  [[nodiscard]] Result<void> commit(std::vector<SourceMeta> sources,
                                    std::optional<std::uint64_t> wal_floor);
  [[nodiscard]] Result<void> use_newest_spec();
  [[nodiscard]] Result<void> append_to(TimeMs partition, const SegmentRows& all);
  [[nodiscard]] Result<void> end_segment(TimeMs partition);
  [[nodiscard]] Result<void> keep_within_memory();

  Store& store_;
  std::string table_;
  std::shared_ptr<const TableSpec> spec_;
  std::shared_ptr<const TableLayout> layout_;
  // The partitions being written, by their begin; rows without time have one of their own.
  struct OpenSegment {
    std::uint64_t id = 0;
    std::unique_ptr<SegmentWriter> writer;
    std::shared_ptr<const TableSpec> spec;  // what the writer refers to
    std::shared_ptr<const TableLayout> layout;
    std::uint64_t last_append = 0;  // of num_appends_
  };
  std::map<TimeMs, OpenSegment> open_;
  SegmentEffort segment_effort_ = kIncomingSegment;
  std::uint64_t num_appends_ = 0;
  std::vector<SegmentMeta> ended_;
  std::uint64_t num_rows_ = 0;
  std::vector<const column::Column*> columns_;
  std::vector<std::uint32_t> rows_;
};

// A data directory: tables of rows that last. One process writes it, under a lock; others read.
// Thread-safe.
//
//   DIR/LOCK, CURRENT, MANIFEST-n, wal-n, segments/TABLE/n.segment, quarantine/
class Store {
 public:
  // Makes the directory where there is none. kBusy, with the other's process id, where another
  // process writes there. Segment files that no edit names are removed; the rows of the write-ahead
  // log are replayed.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(io::FileSystem& files,
                                                           const Clock& clock,
                                                           std::string directory,
                                                           StoreOptions options = {});
  ~Store();

  // Makes a table, or appends to an existing one the columns that it lacks (they keep the group
  // that the spec gives them); what else differs is left as it is.
  [[nodiscard]] Result<void> put_table(const TableSpec& spec);
  [[nodiscard]] std::shared_ptr<const ManifestState> state() const { return manifest_->state(); }
  // kNotFound where there is no such table.
  [[nodiscard]] Result<std::shared_ptr<const TableSnapshot>> snapshot(std::string_view table);

  // The first of `count` ordinals that nobody else gets: objects that are read side by side take
  // theirs beforehand, so that the order of rows does not depend on who is faster.
  [[nodiscard]] std::uint64_t take_ordinals(std::uint64_t count);
  [[nodiscard]] Result<std::unique_ptr<Load>> start_load(const std::string& table);

  // Adds a few rows, of all columns of the table in their order: written ahead, so that they are
  // durable (see StoreOptions) and seen when it returns. For what comes in small batches.
  [[nodiscard]] Result<void> append(const std::string& table, const column::Batch& batch,
                                    const std::vector<SourceMeta>& sources = {});
  // Puts what is in the write-ahead log into segments.
  [[nodiscard]] Result<void> seal();

  // Rewrites the small segments of each partition as one. Readers keep what they have.
  struct CompactionReport {
    std::uint64_t segments_before = 0;
    std::uint64_t segments_after = 0;
    std::uint64_t bytes_before = 0;
    std::uint64_t bytes_after = 0;
    std::uint64_t rows = 0;
  };
  [[nodiscard]] Result<CompactionReport> compact(std::string_view table, const CancelToken* cancel);

  [[nodiscard]] Result<void> put_retention(const RetentionRule& rule);
  // The partitions that the rules no longer keep, oldest first, and why; as if `instead` were its
  // table's rule, where it is given.
  [[nodiscard]] std::vector<RemovedSegment> find_expired(
      const std::optional<RetentionRule>& instead = std::nullopt) const;
  // Removes them.
  [[nodiscard]] Result<std::vector<RemovedSegment>> apply_retention();
  // Whole partitions of [since, until).
  [[nodiscard]] std::vector<RemovedSegment> find_partitions(std::string_view table, TimeMs since,
                                                            TimeMs until,
                                                            const std::string& reason) const;
  // Removes them.
  [[nodiscard]] Result<std::vector<RemovedSegment>> drop_partitions(std::string_view table,
                                                                    TimeMs since, TimeMs until,
                                                                    const std::string& reason);

  // Takes segments out of their tables, for reasons, and their files into quarantine/.
  struct Quarantined {
    std::string table;
    std::uint64_t segment = 0;
    std::string reason;
  };
  [[nodiscard]] Result<void> quarantine(const std::vector<Quarantined>& segments);

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] io::FileSystem& files() { return files_; }

 private:
  friend class Load;
  Store(io::FileSystem& files, const Clock& clock, std::string directory, StoreOptions options);

  [[nodiscard]] std::string table_directory(std::string_view table) const;
  [[nodiscard]] std::string segment_path(std::string_view table, std::uint64_t id) const;
  [[nodiscard]] std::uint64_t take_segment_id();
  [[nodiscard]] Result<void> check_space();
  [[nodiscard]] Result<void> remove_orphans();
  [[nodiscard]] Result<bool> lacks_parts(
      const std::vector<std::shared_ptr<const SegmentMeta>>& segments, const TableSpec& spec) const;
  [[nodiscard]] Result<std::uint64_t> compact_partition(
      const std::vector<std::shared_ptr<const SegmentMeta>>& segments, const TableSpec& spec,
      const CancelToken* cancel, CompactionReport& report);
  [[nodiscard]] Result<void> remove_segments(const std::vector<RemovedSegment>& removed);

  io::FileSystem& files_;
  const Clock& clock_;
  std::string directory_;
  StoreOptions options_;
  std::unique_ptr<io::FileLock> lock_;
  std::unique_ptr<Manifest> manifest_;
  std::unique_ptr<WriteAheadLog> log_;
  std::mutex compaction_mutex_;  // one compacts at a time; taken before the next
  std::mutex mutex_;             // guards what follows
  std::condition_variable no_append_;
  std::uint64_t num_appending_ = 0;  // written ahead, not yet in the tail
  bool is_sealing_ = false;
  std::uint64_t next_segment_id_ = 1;
  std::uint64_t next_ordinal_ = 0;
  SegmentCache readers_;
  Tail tail_;
};

// Reads a data directory that another process may be writing: what was acknowledged before
// refresh() was called is seen after it. Takes no lock, writes nothing.
class StoreView {
 public:
  // kNotFound where there is no store.
  [[nodiscard]] static Result<std::unique_ptr<StoreView>> open(io::FileSystem& files,
                                                               std::string directory);
  [[nodiscard]] Result<void> refresh();
  [[nodiscard]] std::shared_ptr<const ManifestState> state() const { return manifest_->state(); }
  [[nodiscard]] Result<std::shared_ptr<const TableSnapshot>> snapshot(std::string_view table);

 private:
  StoreView(io::FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}
  [[nodiscard]] Result<void> read_tail();

  io::FileSystem& files_;
  std::string directory_;
  std::unique_ptr<ManifestReader> manifest_;
  SegmentCache readers_;
  std::uint64_t tail_floor_ = 0;
  WalCursor cursor_;
  Tail tail_;
};

}  // namespace weir::store
