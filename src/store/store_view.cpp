#include <fmt/format.h>

#include "store/store.h"

namespace weir::store {

Result<std::unique_ptr<StoreView>> StoreView::open(io::FileSystem& files, std::string directory) {
  std::unique_ptr<StoreView> view(new StoreView(files, std::move(directory)));
  WEIR_ASSIGN_OR_RETURN(view->manifest_, ManifestReader::open(files, view->directory_));
  WEIR_RETURN_IF_ERROR(view->read_tail());
  return view;
}

Result<void> StoreView::read_tail() {
  // What is sealed while it is read is found in segments by the next try.
  constexpr int kMaxTries = 10;
  for (int attempt = 0; attempt < kMaxTries; ++attempt) {
    const std::uint64_t floor = manifest_->state()->wal_floor();
    if (floor != tail_floor_) {
      tail_.clear();
      cursor_ = {};
      tail_floor_ = floor;
    }
    WEIR_ASSIGN_OR_RETURN(
        const WalReport report,
        replay_write_ahead_log(
            files_, directory_, floor, cursor_,
            [&](std::uint64_t, std::uint64_t, std::string_view payload) -> Result<void> {
              WEIR_ASSIGN_OR_RETURN(TailRecord record, read_tail_record(payload));
              tail_.add(std::move(record));
              return {};
            }));
    if (!report.damages.empty()) {
      return tl::unexpected<Error>(report.damages.front());
    }
    WEIR_RETURN_IF_ERROR(manifest_->refresh());
    if (!report.is_superseded && manifest_->state()->wal_floor() == floor) {
      return {};
    }
  }
  return fail(ErrorCode::kIo,
              fmt::format("{}: the writer seals faster than it can be read", directory_));
}

Result<void> StoreView::refresh() {
  WEIR_RETURN_IF_ERROR(manifest_->refresh());
  return read_tail();
}

Result<std::shared_ptr<const TableSnapshot>> StoreView::snapshot(std::string_view table) {
  // A segment may be compacted away between reading its name and opening it; the next state names
  // what took its place. Once open, a file stays readable.
  constexpr int kMaxTries = 10;
  for (int attempt = 0;; ++attempt) {
    const auto described = state()->table(table);
    if (!described) {
      return fail(ErrorCode::kNotFound, fmt::format("{} has no table {}", directory_, table));
    }
    auto segments = readers_.open(files_, directory_, described->segments, table);
    if (!segments) {
      if (segments.error().code != ErrorCode::kNotFound || attempt >= kMaxTries) {
        return tl::unexpected<Error>(std::move(segments).error());
      }
      WEIR_RETURN_IF_ERROR(refresh());
      continue;
    }
    auto snapshot = std::make_shared<TableSnapshot>();
    snapshot->spec = described->spec;
    snapshot->segments = std::move(*segments);
    snapshot->tail = tail_.batches(*described->spec);
    return std::shared_ptr<const TableSnapshot>(std::move(snapshot));
  }
}

}  // namespace weir::store
