#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "store/manifest_state.h"
#include "store/record_log.h"

namespace weir::store {

// The files of a manifest: docs/formats/manifest.md.

[[nodiscard]] std::string manifest_path(const std::string& directory, std::uint64_t number);
// Numbers of the MANIFEST files in a directory, in order.
[[nodiscard]] Result<std::vector<std::uint64_t>> list_manifests(io::FileSystem& files,
                                                                const std::string& directory);

// The number that CURRENT names; nullopt where there is no CURRENT.
[[nodiscard]] Result<std::optional<std::uint64_t>> read_current(io::FileSystem& files,
                                                                const std::string& directory);
[[nodiscard]] std::string encode_current(std::uint64_t number);

// What a MANIFEST file says, as far as it has been read.
struct LoadedManifest {
  ManifestState state;
  LogHeader header;
  std::uint64_t next_sequence = 0;
  std::uint64_t good_size = 0;
  std::uint64_t file_size = 0;
  std::uint64_t snapshot_bytes = 0;  // 0 while the snapshot is incomplete
};

// Reads a whole file. Fails where it is damaged; an incomplete snapshot is left to the caller.
[[nodiscard]] Result<LoadedManifest> load_manifest(io::FileSystem& files,
                                                   const std::string& directory,
                                                   std::uint64_t number);
// Reads on from where `loaded` ends. Where it fails, `loaded` is of no more use.
[[nodiscard]] Result<void> load_tail(io::FileSystem& files, const std::string& directory,
                                     LoadedManifest& loaded);

// Writes MANIFEST-<number> with all of a state, durable; a file that cannot be finished is removed.
[[nodiscard]] Result<std::unique_ptr<RecordLogWriter>> write_snapshot(io::FileSystem& files,
                                                                      const std::string& directory,
                                                                      std::uint64_t number,
                                                                      const ManifestState& state);

}  // namespace weir::store
