#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/manifest_types.h"
#include "store/source_book.h"

namespace weir::store {

// A table at one moment.
struct TableState {
  std::shared_ptr<const TableSpec> spec;
  // By partition, then id.
  std::vector<std::shared_ptr<const SegmentMeta>> segments;
  std::optional<RetentionRule> retention;
  std::uint64_t num_rows = 0;
  std::uint64_t file_bytes = 0;
};

// What a data directory holds at one moment. Immutable: readers keep a shared_ptr to it for as long
// as they read, and see none of what happens later. Copies of it share whatever did not change.
class ManifestState {
 public:
  ManifestState();

  // The state after `edit`; this one stays as it is. Fails where the edit contradicts it (an id
  // twice, a segment that is not there, columns that are not appended), and then the shared book of
  // sources is untouched; otherwise the edit's sources are in it once publish_sources() is called.
  [[nodiscard]] Result<ManifestState> after(const Edit& edit) const;

  [[nodiscard]] const std::map<std::string, std::shared_ptr<const TableState>, std::less<>>&
  tables() const {
    return tables_;
  }
  // nullptr where there is none.
  [[nodiscard]] std::shared_ptr<const TableState> table(std::string_view name) const;
  [[nodiscard]] std::shared_ptr<const SegmentMeta> segment(std::uint64_t id) const;
  [[nodiscard]] std::uint64_t num_segments() const { return num_segments_; }

  // In constant time.
  [[nodiscard]] bool has_source(const SourceId& id) const;
  [[nodiscard]] Result<std::optional<SourceMeta>> find_source(const SourceId& id) const;
  [[nodiscard]] std::uint64_t num_sources() const { return num_sources_; }
  // In the order they were taken in, until told false.
  [[nodiscard]] Result<void> visit_sources(
      const std::function<bool(const SourceMeta&)>& visitor) const;

  // Those that were removed for a reason, oldest first.
  [[nodiscard]] const std::vector<RemovedSegment>& removed() const { return *removed_; }

  [[nodiscard]] std::uint64_t next_segment_id() const { return next_segment_id_; }
  [[nodiscard]] std::uint64_t next_ordinal() const { return next_ordinal_; }
  [[nodiscard]] std::uint64_t wal_floor() const { return wal_floor_; }

 private:
  friend class ManifestLog;

  using Tables = std::map<std::string, std::shared_ptr<const TableState>, std::less<>>;

  Tables tables_;
  std::uint64_t num_segments_ = 0;
  std::shared_ptr<const std::vector<RemovedSegment>> removed_;
  std::shared_ptr<SourceBook> sources_;
  std::uint64_t num_sources_ = 0;
  std::uint64_t next_segment_id_ = 1;
  std::uint64_t next_ordinal_ = 0;
  std::uint64_t wal_floor_ = 1;
};

}  // namespace weir::store
