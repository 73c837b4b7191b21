#include "store/store_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "store/manifest.h"
#include "store/rare_rows.h"
#include "store/segment_format.h"
#include "store/store.h"
#include "store/write_ahead_log.h"

namespace weir::store {
namespace {

// All extents of a segment, the footer left out.
Result<std::vector<Extent>> extents_of(const SegmentReader& segment) {
  const SegmentFooter& footer = segment.footer();
  std::vector<Extent> extents;
  const auto add = [&](const Extent& extent) {
    if (extent.size > 0) {
      extents.push_back(extent);
    }
  };
  for (const Block& block : footer.blocks) {
    for (const Chunk& chunk : block.chunks) {
      add(chunk.extent);
    }
  }
  for (const SegmentGroup& group : footer.groups) {
    add(group.values);
    add(group.tuples);
    add(group.presence);
  }
  if (footer.totals) {
    add(footer.totals->by_code);
    add(footer.totals->by_minute);
    for (const SegmentRanking& ranking : footer.totals->rankings) {
      add(ranking.extent);
    }
    for (const SegmentRollup& rollup : footer.totals->rollups) {
      add(rollup.extent);
    }
  }
  for (const SegmentRareRows& rare : footer.rare_rows) {
    add(rare.index);
    WEIR_ASSIGN_OR_RETURN(const RareIndex index, RareIndex::of(segment, rare));
    for (const RareIndex::Part& part : index.blocks) {
      for (const Chunk& chunk : part.chunks) {
        add(chunk.extent);
      }
    }
  }
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.offset < b.offset; });
  return extents;
}

class StoreChecker {
 public:
  StoreChecker(io::FileSystem& files, std::string directory, const CancelToken* cancel)
      : files_(files), directory_(std::move(directory)), cancel_(cancel) {}

  Result<CheckReport> run() {
    auto manifest = ManifestReader::open(files_, directory_);
    if (!manifest) {
      if (manifest.error().code != ErrorCode::kInput) {
        return tl::unexpected<Error>(std::move(manifest).error());
      }
      report_.damages.push_back(
          {Damage::Of::kManifest, directory_, manifest.error().message, "", 0, 0});
      return report_;
    }
    const auto state = (*manifest)->state();
    report_.torn_bytes = (*manifest)->report().torn_bytes;
    report_.bytes += (*manifest)->report().file_bytes;
    WEIR_RETURN_IF_ERROR(check_sources(*state));
    for (const auto& table : state->tables()) {
      WEIR_RETURN_IF_ERROR(check_table(*table));
    }
    WEIR_RETURN_IF_ERROR(check_log(*state));
    return report_;
  }

 private:
  Result<void> check_sources(const ManifestState& state) {
    auto visited = state.visit_sources([&](const SourceMeta&) {
      ++report_.sources;
      return true;
    });
    if (!visited) {
      report_.damages.push_back(
          {Damage::Of::kManifest, directory_, visited.error().message, "", 0, 0});
    }
    return {};
  }

  Result<void> check_table(const TableState& table) {
    std::set<std::string> known;
    for (const auto& segment : table.segments) {
      if (cancel_ != nullptr && cancel_->is_cancelled()) {
        return fail(ErrorCode::kCancelled, "interrupted");
      }
      const std::string path = segment_path(directory_, segment->table, segment->id);
      known.insert(path);
      ++report_.segments;
      report_.rows += segment->num_rows;
      const auto checked = [&]() -> Result<std::uint64_t> {
        WEIR_ASSIGN_OR_RETURN(const auto reader,
                              SegmentReader::open(files_, path, segment->footer_hash));
        return check_segment(*reader);
      }();
      if (checked) {
        report_.bytes += *checked;
      } else {
        report_.damages.push_back({Damage::Of::kSegment, path, checked.error().message,
                                   segment->table, segment->id, segment->num_rows});
      }
    }
    const auto found = files_.list(fmt::format("{}/segments/{}", directory_, table.spec->name));
    if (found) {
      for (const io::FileInfo& file : *found) {
        if (!known.contains(file.path)) {
          report_.orphans.push_back(file.path);
        }
      }
    }
    return {};
  }

  Result<void> check_log(const ManifestState& state) {
    WalCursor cursor;
    auto replayed = replay_write_ahead_log(
        files_, directory_, state.wal_floor(), cursor,
        [&](std::uint64_t, std::uint64_t, std::string_view payload) -> Result<void> {
          report_.bytes += payload.size();
          WEIR_ASSIGN_OR_RETURN(const TailRecord record, read_tail_record(payload));
          report_.rows += record.batch.num_rows;
          return {};
        });
    if (!replayed) {
      report_.damages.push_back({Damage::Of::kLog, directory_, replayed.error().message, "", 0, 0});
      return {};
    }
    report_.log_records = replayed->num_records;
    report_.torn_bytes += replayed->torn_bytes;
    for (const Error& damage : replayed->damages) {
      report_.damages.push_back({Damage::Of::kLog, directory_, damage.message, "", 0, 0});
    }
    return {};
  }

  io::FileSystem& files_;
  std::string directory_;
  const CancelToken* cancel_;
  CheckReport report_;
};

}  // namespace

Result<std::uint64_t> check_segment(const SegmentReader& segment) {
  std::string buffer;
  std::uint64_t end = kSegmentHeaderBytes;
  WEIR_ASSIGN_OR_RETURN(const std::vector<Extent> extents, extents_of(segment));
  for (const Extent& extent : extents) {
    if (extent.offset > end) {
      return tl::unexpected<Error>(
          segment.at_file(Error{ErrorCode::kInput, "they are under no checksum"},
                          fmt::format("{} bytes at {}", extent.offset - end, end)));
    }
    WEIR_ASSIGN_OR_RETURN(const std::string_view bytes, segment.read(extent, buffer));
    end = std::max(end, extent.offset + bytes.size());
  }
  return segment.file_bytes();
}

Result<CheckReport> check_store(io::FileSystem& files, const std::string& directory,
                                const CancelToken* cancel) {
  return StoreChecker(files, directory, cancel).run();
}

}  // namespace weir::store
