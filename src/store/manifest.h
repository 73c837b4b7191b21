#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "store/manifest_state.h"
#include "store/manifest_types.h"
#include "store/record_log.h"

namespace weir::store {

struct ManifestOptions {
  // The log is rewritten as a snapshot when edits outgrow both.
  std::uint64_t min_compaction_bytes = 1U << 20;
  std::uint32_t compaction_multiple = 2;  // of the snapshot's own bytes
};

struct LoadedManifest;

struct ManifestReport {
  std::uint64_t number = 0;          // of the MANIFEST file
  std::uint64_t file_bytes = 0;      // all of it
  std::uint64_t snapshot_bytes = 0;  // its first part
  // Bytes of an edit behind the last whole one when the file was opened: a write that a crash cut
  // short, which nobody was told had happened, or damage to the very last edit.
  std::uint64_t torn_bytes = 0;
  std::optional<Error> compaction_failure;  // of the last attempt; it is repeated
};

// The manifest of a data directory, for its one writer: docs/formats/manifest.md. Thread-safe.
//
// An edit is durable when apply() returns, and published only then. A failed apply() leaves the
// state before it, in memory; it can be tried again, and finds its own way back (cuts the file, or
// starts a new one) once the disk lets it. After a failed sync and a crash the edit may turn out to
// have been applied, whole.
class Manifest {
 public:
  // Makes an empty one where there is none (directory too). The caller holds the directory's lock.
  // Removes files that an interrupted compaction left. Refuses a manifest that is damaged, or
  // written by a newer Weir, with an error that names file and offset.
  [[nodiscard]] static Result<std::unique_ptr<Manifest>> open(io::FileSystem& files,
                                                              std::string directory,
                                                              ManifestOptions options = {});
  [[nodiscard]] std::shared_ptr<const ManifestState> state() const;
  // Appends, syncs, publishes.
  [[nodiscard]] Result<void> apply(const Edit& edit);
  // Rewrites the log as a snapshot; apply() does it when it is time.
  [[nodiscard]] Result<void> compact();
  [[nodiscard]] ManifestReport report() const;

 private:
  Manifest(io::FileSystem& files, std::string directory, ManifestOptions options);

  [[nodiscard]] Result<void> load_or_create();
  // Fails where files speak of a manifest though there is no CURRENT.
  [[nodiscard]] Result<void> check_nothing_is_lost(const std::vector<std::uint64_t>& numbers);
  void seal_last_edit();
  [[nodiscard]] Result<void> rewrite_locked();
  [[nodiscard]] Result<void> point_current_to(std::uint64_t number);
  void remove_other_files();
  void publish(ManifestState state);

  io::FileSystem& files_;
  std::string directory_;
  ManifestOptions options_;
  mutable std::mutex mutex_;  // held while writing
  std::unique_ptr<RecordLogWriter> log_;
  ManifestReport report_;
  std::uint64_t next_number_ = 1;
  std::uint64_t compaction_size_ = 0;  // of the log, at which the next attempt is due
  bool must_rewrite_ = false;          // the log is fenced, or CURRENT may name another one

  mutable std::mutex state_mutex_;
  std::shared_ptr<const ManifestState> state_;
};

// Follows a manifest that another process writes. Writes nothing, takes no lock. One thread.
class ManifestReader {
 public:
  // kNotFound where there is no manifest.
  [[nodiscard]] static Result<std::unique_ptr<ManifestReader>> open(io::FileSystem& files,
                                                                    std::string directory);
  [[nodiscard]] std::shared_ptr<const ManifestState> state() const { return state_; }
  // Reads what was appended since; true where the state changed.
  [[nodiscard]] Result<bool> refresh();
  [[nodiscard]] const ManifestReport& report() const { return report_; }

 private:
  ManifestReader(io::FileSystem& files, std::string directory);

  [[nodiscard]] Result<void> load();
  void publish(LoadedManifest loaded);

  io::FileSystem& files_;
  std::string directory_;
  std::shared_ptr<const ManifestState> state_;
  ManifestReport report_;
  LogHeader header_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace weir::store
