#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "store/segment_writer.h"
#include "store/store.h"

namespace weir::store {
namespace {

TimeMs partition_of(TimeMs time, std::int64_t partition_ms) {
  if (partition_ms <= 0) {
    return 0;
  }
  const TimeMs number =
      time >= 0 ? time / partition_ms : -((-time + partition_ms - 1) / partition_ms);
  return number * partition_ms;
}

}  // namespace

Load::Load(Store& store, std::string table) : store_(store), table_(std::move(table)) {
  // The rest is for what else a segment holds, and for one that begins beside another.
  segment_effort_.bytes = std::min(segment_effort_.bytes, store.options_.load_memory_bytes / 6 * 5);
}

Load::~Load() { rollback(); }

Result<void> Load::use_newest_spec() {
  const auto table = store_.state()->table(table_);
  if (!table) {
    return fail(ErrorCode::kNotFound, fmt::format("there is no table {}", table_));
  }
  if (table->spec == spec_) {
    return {};
  }
  while (!open_.empty()) {
    WEIR_RETURN_IF_ERROR(end_segment(open_.begin()->first));
  }
  spec_ = table->spec;
  WEIR_ASSIGN_OR_RETURN(auto layout, make_table_layout(*spec_));
  layout_ = std::make_shared<const TableLayout>(std::move(layout));
  return {};
}

Result<void> Load::append(const column::Batch& batch, const std::vector<std::string>& names,
                          std::uint64_t first_ordinal) {
  if (batch.num_rows == 0) {
    return {};
  }
  WEIR_RETURN_IF_ERROR(use_newest_spec());
  columns_.assign(spec_->columns.size(), nullptr);
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto column = find_column(*spec_, names[c]);
    if (!column || (batch.columns[c].type() != spec_->columns[*column].type &&
                    batch.columns[c].type() != column::Type::kNull)) {
      return fail(ErrorCode::kInternal,
                  fmt::format("table {} has no column {} of that type", table_, names[c]));
    }
    if (batch.columns[c].is_deferred() && layout_->group_of[*column] == TableLayout::kNone) {
      return fail(ErrorCode::kInternal,
                  fmt::format("column {} of table {} is in no group and cannot come deferred",
                              names[c], table_));
    }
    columns_[*column] = &batch.columns[c];
  }
  SegmentRows rows;
  rows.columns = columns_;
  rows.num_rows = batch.num_rows;
  rows.first_ordinal = first_ordinal;
  num_rows_ += batch.num_rows;
  const column::Column* const times = layout_->time ? columns_[*layout_->time] : nullptr;
  const auto partition_at = [&](std::size_t row) {
    return times == nullptr || times->is_null(row)
               ? kTimeless
               : partition_of(times->data<std::int64_t>()[times->is_constant() ? 0 : row],
                              spec_->partition_ms);
  };
  const TimeMs first = partition_at(0);
  bool is_one = times == nullptr || times->is_constant();
  if (!is_one && !times->has_nulls()) {
    const auto [low, high] = std::minmax_element(times->data<std::int64_t>(),
                                                 times->data<std::int64_t>() + batch.num_rows);
    is_one = partition_of(*low, spec_->partition_ms) == partition_of(*high, spec_->partition_ms);
  }
  if (is_one) {
    WEIR_RETURN_IF_ERROR(append_to(first, rows));
  } else {
    std::map<TimeMs, std::vector<std::uint32_t>> parts;
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      parts[partition_at(row)].push_back(static_cast<std::uint32_t>(row));
    }
    for (const auto& [partition, part] : parts) {
      rows.rows = part.data();
      rows.num_rows = part.size();
      WEIR_RETURN_IF_ERROR(append_to(partition, rows));
    }
  }
  return keep_within_memory();
}

Result<void> Load::append_to(TimeMs partition, const SegmentRows& all) {
  SegmentRows rows = all;
  std::vector<std::uint32_t> rest;
  while (rows.num_rows > 0) {
    OpenSegment& segment = open_[partition];
    segment.last_append = ++num_appends_;
    if (!segment.writer) {
      WEIR_RETURN_IF_ERROR(store_.check_space());
      WEIR_RETURN_IF_ERROR(store_.files_.create_directories(store_.table_directory(table_)));
      segment.id = store_.take_segment_id();
      segment.spec = spec_;
      segment.layout = layout_;
      WEIR_ASSIGN_OR_RETURN(
          segment.writer,
          SegmentWriter::create(store_.files_, store_.segment_path(table_, segment.id),
                                *segment.spec, *segment.layout, partition, segment_effort_));
    }
    WEIR_ASSIGN_OR_RETURN(const std::size_t done, segment.writer->append(rows));
    if (done == rows.num_rows) {
      break;
    }
    // The segment is full: the rest begins the next one.
    WEIR_RETURN_IF_ERROR(end_segment(partition));
    if (rows.rows == nullptr) {
      for (std::size_t row = done; row < rows.num_rows; ++row) {
        rest.push_back(static_cast<std::uint32_t>(row));
      }
      rows.rows = rest.data();
    } else {
      rows.rows += done;
    }
    rows.num_rows -= done;
  }
  return {};
}

Result<void> Load::end_segment(TimeMs partition) {
  OpenSegment segment = std::move(open_[partition]);
  open_.erase(partition);
  if (!segment.writer) {
    return {};
  }
  auto meta = segment.writer->finish();
  if (!meta) {
    static_cast<void>(store_.files_.remove(store_.segment_path(table_, segment.id)));
    return tl::unexpected<Error>(std::move(meta).error());
  }
  meta->id = segment.id;
  ended_.push_back(std::move(*meta));
  return {};
}

// Flow logs come roughly by time, so a partition that nothing was added to for a while is over.
Result<void> Load::keep_within_memory() {
  std::size_t bytes = 0;
  for (const auto& [partition, segment] : open_) {
    bytes += segment.writer ? segment.writer->memory_bytes() : 0;
  }
  if (bytes <= store_.options_.load_memory_bytes || open_.size() < 2) {
    return {};
  }
  const auto idle = std::min_element(open_.begin(), open_.end(), [](const auto& a, const auto& b) {
    return a.second.last_append < b.second.last_append;
  });
  return end_segment(idle->first);
}

Result<void> Load::commit(std::vector<SourceMeta> sources, std::optional<std::uint64_t> wal_floor) {
  while (!open_.empty()) {
    WEIR_RETURN_IF_ERROR(end_segment(open_.begin()->first));
  }
  if (!ended_.empty()) {
    WEIR_RETURN_IF_ERROR(store_.files_.sync_directory(store_.table_directory(table_)));
  }
  if (!ended_.empty() || !sources.empty() || wal_floor) {
    Edit edit;
    edit.add_segments = ended_;
    edit.add_sources = std::move(sources);
    edit.wal_floor = wal_floor;
    WEIR_RETURN_IF_ERROR(store_.manifest_->apply(edit));
  }
  ended_.clear();
  num_rows_ = 0;
  return {};
}

void Load::rollback() {
  for (const auto& [partition, segment] : open_) {
    if (segment.writer) {
      static_cast<void>(store_.files_.remove(store_.segment_path(table_, segment.id)));
    }
  }
  for (const SegmentMeta& meta : ended_) {
    static_cast<void>(store_.files_.remove(store_.segment_path(table_, meta.id)));
  }
  open_.clear();
  ended_.clear();
  num_rows_ = 0;
}

}  // namespace weir::store
