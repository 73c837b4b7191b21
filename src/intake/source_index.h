#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "intake/source_details.h"
#include "store/manifest_state.h"

namespace weir::intake {

// Finds what has been taken in by the look of a stored file, and by its path: 24 bytes an object.
// Thread-safe.
class SourceIndex {
 public:
  // Of all sources that `state` knows of.
  [[nodiscard]] Result<void> load(const store::ManifestState& state);
  // At which rate connections were sampled, where anything was taken in.
  [[nodiscard]] std::optional<std::uint32_t> sample() const { return sample_; }
  void add(const store::SourceId& id, const SourceDetails& details);

  // The hashes of stored files that had this probe.
  [[nodiscard]] std::vector<store::SourceId> find_probe(std::uint64_t probe) const;
  // The last part taken in of the file at a path.
  [[nodiscard]] std::optional<store::SourceId> find_path(std::uint64_t path_key) const;

 private:
  using Entry = std::pair<std::uint64_t, store::SourceId>;
  mutable std::mutex mutex_;
  std::vector<Entry> probes_;  // by probe
  std::unordered_multimap<std::uint64_t, store::SourceId> new_probes_;
  std::unordered_map<std::uint64_t, store::SourceId> paths_;  // of texts alone
  std::optional<std::uint32_t> sample_;
};

}  // namespace weir::intake
