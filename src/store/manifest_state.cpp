#include "store/manifest_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace weir::store {
namespace {

bool is_before(const SegmentMeta& a, TimeMs partition, std::uint64_t id) {
  return a.partition != partition ? a.partition < partition : a.id < id;
}

auto place_of(const TableState& table, TimeMs partition, std::uint64_t id) {
  return std::lower_bound(
      table.segments.begin(), table.segments.end(), id,
      [&](const std::shared_ptr<const SegmentMeta>& segment, std::uint64_t wanted) {
        return is_before(*segment, partition, wanted);
      });
}

Result<void> check_columns(const TableSpec& before, const TableSpec& after) {
  for (std::size_t i = 0; i < before.columns.size(); ++i) {
    if (i >= after.columns.size() || after.columns[i].name != before.columns[i].name ||
        after.columns[i].type != before.columns[i].type) {
      return fail(ErrorCode::kInput,
                  fmt::format("table {}: column {} ({}) cannot change: columns are only appended",
                              before.name, i, before.columns[i].name));
    }
  }
  return {};
}

}  // namespace

ManifestState::ManifestState()
    : removed_(std::make_shared<std::vector<RemovedSegment>>()),
      sources_(std::make_shared<SourceBook>()) {}

Result<ManifestState> ManifestState::after(const Edit& edit) const {
  for (const SegmentMeta& added : edit.add_segments) {
    const bool is_removed = std::ranges::any_of(
        edit.remove_segments, [&](const RemovedSegment& at) { return at.id == added.id; });
    if (segment(added.id) != nullptr || is_removed) {
      return fail(ErrorCode::kInput, fmt::format("segment {} is added twice", added.id));
    }
  }
  ManifestState next = *this;
  WEIR_RETURN_IF_ERROR(next.check_sources(edit.add_sources));
  WEIR_RETURN_IF_ERROR(next.change(edit));
  return next;
}

Result<void> ManifestState::change(const Edit& edit) {
  for (const TableSpec& spec : edit.put_tables) {
    WEIR_RETURN_IF_ERROR(put_table(spec));
  }
  for (const RetentionRule& rule : edit.put_retention) {
    WEIR_ASSIGN_OR_RETURN(TableState* const table, open_table(rule.table));
    table->retention = rule;
  }
  for (const RemovedSegment& removed : edit.remove_segments) {
    WEIR_RETURN_IF_ERROR(remove_segment(removed));
  }
  for (const SegmentMeta& added : edit.add_segments) {
    WEIR_RETURN_IF_ERROR(add_segment(added));
  }
  num_sources_ += edit.add_sources.size();
  next_segment_id_ = std::max(next_segment_id_, edit.next_segment_id.value_or(0));
  next_ordinal_ = std::max(next_ordinal_, edit.next_ordinal.value_or(0));
  wal_floor_ = std::max(wal_floor_, edit.wal_floor.value_or(0));
  return {};
}

// The table for changing: copied first where another state has it too.
Result<TableState*> ManifestState::open_table(const std::string& name) {
  const auto found = tables_.find(name);
  if (found == tables_.end()) {
    return fail(ErrorCode::kInput, fmt::format("there is no table {}", name));
  }
  if (found->second.use_count() > 1) {
    found->second = std::make_shared<TableState>(*found->second);
  }
  return found->second.get();
}

Result<void> ManifestState::put_table(const TableSpec& spec) {
  if (!tables_.contains(spec.name)) {
    tables_[spec.name] = std::make_shared<TableState>();
  }
  WEIR_ASSIGN_OR_RETURN(TableState* const table, open_table(spec.name));
  if (table->spec != nullptr) {
    WEIR_RETURN_IF_ERROR(check_columns(*table->spec, spec));
  }
  table->spec = std::make_shared<const TableSpec>(spec);
  return {};
}

Result<void> ManifestState::remove_segment(const RemovedSegment& removed) {
  WEIR_ASSIGN_OR_RETURN(TableState* const table, open_table(removed.table));
  const auto at = place_of(*table, removed.partition, removed.id);
  if (at == table->segments.end() || (*at)->id != removed.id ||
      (*at)->partition != removed.partition) {
    return fail(ErrorCode::kInput, fmt::format("segment {} of table {} is removed and is not there",
                                               removed.id, removed.table));
  }
  table->num_rows -= (*at)->num_rows;
  table->file_bytes -= (*at)->file_bytes;
  table->segments.erase(at);
  --num_segments_;
  if (!removed.reason.empty()) {
    remember({removed});
  }
  return {};
}

Result<void> ManifestState::add_segment(const SegmentMeta& added) {
  WEIR_ASSIGN_OR_RETURN(TableState* const table, open_table(added.table));
  const auto at = place_of(*table, added.partition, added.id);
  if (at != table->segments.end() && (*at)->id == added.id && (*at)->partition == added.partition) {
    return fail(ErrorCode::kInput, fmt::format("segment {} is added twice", added.id));
  }
  if (added.first_ordinal > added.end_ordinal || added.id == UINT64_MAX ||
      added.min_time.has_value() != added.max_time.has_value() || added.min_time > added.max_time) {
    return fail(ErrorCode::kInput,
                fmt::format("segment {} contradicts itself in its times or ordinals", added.id));
  }
  table->num_rows += added.num_rows;
  table->file_bytes += added.file_bytes;
  table->segments.insert(at, std::make_shared<const SegmentMeta>(added));
  ++num_segments_;
  next_segment_id_ = std::max(next_segment_id_, added.id + 1);
  next_ordinal_ = std::max(next_ordinal_, added.end_ordinal);
  return {};
}

void ManifestState::remember(const std::vector<RemovedSegment>& removed) {
  if (removed_.use_count() > 1) {
    removed_ = std::make_shared<std::vector<RemovedSegment>>(*removed_);
  }
  removed_->insert(removed_->end(), removed.begin(), removed.end());
}

Result<void> ManifestState::check_sources(const std::vector<SourceMeta>& sources) const {
  std::set<SourceId> ids;
  for (const SourceMeta& source : sources) {
    if (has_source(source.id) || !ids.insert(source.id).second) {
      return fail(ErrorCode::kInput, fmt::format("{} was taken in before", source.name));
    }
    if (source.name.size() > kMaxSourceText || source.table.size() > kMaxSourceText ||
        source.details.size() > kMaxSourceText) {
      return fail(ErrorCode::kLimit,
                  fmt::format("the name or details of a source are over {} bytes", kMaxSourceText));
    }
  }
  return {};
}

Result<void> ManifestState::check_unique_segments() const {
  std::vector<std::uint64_t> ids;
  ids.reserve(num_segments_);
  for (const auto& [name, table] : tables_) {
    for (const auto& segment : table->segments) {
      ids.push_back(segment->id);
    }
  }
  std::ranges::sort(ids);
  const auto twice = std::ranges::adjacent_find(ids);
  return twice == ids.end()
             ? Result<void>()
             : fail(ErrorCode::kInput, fmt::format("segment {} is there twice", *twice));
}

std::vector<std::shared_ptr<const TableState>> ManifestState::tables() const {
  std::vector<std::shared_ptr<const TableState>> found;
  for (const auto& [name, table] : tables_) {
    found.push_back(table);
  }
  return found;
}

std::shared_ptr<const TableState> ManifestState::table(std::string_view name) const {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : found->second;
}

std::shared_ptr<const SegmentMeta> ManifestState::segment(std::uint64_t id) const {
  for (const auto& [name, table] : tables_) {
    for (const auto& segment : table->segments) {
      if (segment->id == id) {
        return segment;
      }
    }
  }
  return nullptr;
}

bool ManifestState::has_source(const SourceId& id) const {
  const auto place = sources_->find(id);
  return place && *place < num_sources_;
}

Result<std::optional<SourceMeta>> ManifestState::find_source(const SourceId& id) const {
  const auto place = sources_->find(id);
  if (!place || *place >= num_sources_) {
    return std::nullopt;
  }
  WEIR_ASSIGN_OR_RETURN(SourceMeta source, sources_->at(*place));
  return std::optional(std::move(source));
}

Result<void> ManifestState::visit_sources(
    const std::function<bool(const SourceMeta&)>& visitor) const {
  return sources_->visit(num_sources_, visitor);
}

}  // namespace weir::store
