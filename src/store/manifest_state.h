#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

// What a data directory holds at one moment. Immutable once published: readers keep a shared_ptr to
// it for as long as they read, and see none of what happens later. States share what did not change
// between them, so one more costs the tables that its edit touched.
class ManifestState {
 public:
  static constexpr std::size_t kMaxSourceText = 64U
                                                << 10;  // bytes of a source's name, of its details

  ManifestState();

  // The state after `edit`; this one stays as it is. Fails where the edit contradicts it: an id
  // twice, a source that was taken in before, a segment that is not there, columns not appended.
  // The new state answers for the edit's sources only once the manifest has published it.
  [[nodiscard]] Result<ManifestState> after(const Edit& edit) const;

  // By name.
  [[nodiscard]] std::vector<std::shared_ptr<const TableState>> tables() const;
  // nullptr where there is none.
  [[nodiscard]] std::shared_ptr<const TableState> table(std::string_view name) const;
  // nullptr where there is none. Looks through all of them.
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
  friend class Manifest;
  friend class ManifestLoader;
  friend class SnapshotWriter;

  // Changes this state in place, before it is published. Leaves it in between where it fails.
  [[nodiscard]] Result<void> change(const Edit& edit);
  [[nodiscard]] Result<TableState*> open_table(const std::string& name);
  [[nodiscard]] Result<void> put_table(const TableSpec& spec);
  [[nodiscard]] Result<void> add_segment(const SegmentMeta& added);
  [[nodiscard]] Result<void> remove_segment(const RemovedSegment& removed);
  void remember(const std::vector<RemovedSegment>& removed);
  [[nodiscard]] Result<void> check_sources(const std::vector<SourceMeta>& sources) const;
  [[nodiscard]] Result<void> check_unique_segments() const;

  std::map<std::string, std::shared_ptr<TableState>, std::less<>> tables_;
  std::uint64_t num_segments_ = 0;
  std::shared_ptr<std::vector<RemovedSegment>> removed_;
  std::shared_ptr<SourceBook> sources_;
  std::uint64_t num_sources_ = 0;
  std::uint64_t next_segment_id_ = 1;
  std::uint64_t next_ordinal_ = 0;
  std::uint64_t wal_floor_ = 1;
};

}  // namespace weir::store
