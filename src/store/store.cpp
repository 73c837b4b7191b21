#include "store/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "store/segment_writer.h"

namespace weir::store {
namespace {

constexpr TimeMs kTimeless = INT64_MIN;  // the partition of rows without time

TimeMs partition_of(TimeMs time, std::int64_t partition_ms) {
  if (partition_ms <= 0) {
    return 0;
  }
  const TimeMs number =
      time >= 0 ? time / partition_ms : -((-time + partition_ms - 1) / partition_ms);
  return number * partition_ms;
}

std::string age_text(std::int64_t ms) {
  constexpr std::int64_t kHourMs = 3'600'000;
  return ms % (24 * kHourMs) == 0 ? fmt::format("{} days", ms / (24 * kHourMs))
                                  : fmt::format("{} hours", ms / kHourMs);
}

}  // namespace

std::string segment_path(std::string_view directory, std::string_view table, std::uint64_t id) {
  return fmt::format("{}/segments/{}/{:010}.segment", directory, table, id);
}

Result<std::vector<std::shared_ptr<const SegmentReader>>> SegmentCache::open(
    io::FileSystem& files, const std::string& directory,
    const std::vector<std::shared_ptr<const SegmentMeta>>& segments, std::string_view table) {
  std::map<std::uint64_t, Entry> kept;
  for (auto& [id, entry] : readers_) {
    if (entry.table != table) {
      kept.emplace(id, entry);
    }
  }
  std::vector<std::shared_ptr<const SegmentReader>> opened;
  for (const auto& segment : segments) {
    const auto known = readers_.find(segment->id);
    std::shared_ptr<const SegmentReader> reader;
    if (known != readers_.end()) {
      reader = known->second.reader;
    } else {
      WEIR_ASSIGN_OR_RETURN(
          reader, SegmentReader::open(files, store::segment_path(directory, table, segment->id),
                                      segment->footer_hash));
    }
    kept.emplace(segment->id, Entry{std::string(table), reader});
    opened.push_back(std::move(reader));
  }
  readers_ = std::move(kept);
  std::stable_sort(opened.begin(), opened.end(), [](const auto& a, const auto& b) {
    return a->footer().first_ordinal < b->footer().first_ordinal;
  });
  return opened;
}

// ---- Load

Load::Load(Store& store, std::string table) : store_(store), table_(std::move(table)) {}

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

// ---- Store

Store::Store(io::FileSystem& files, const Clock& clock, std::string directory, StoreOptions options)
    : files_(files), clock_(clock), directory_(std::move(directory)), options_(options) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(io::FileSystem& files, const Clock& clock,
                                           std::string directory, StoreOptions options) {
  std::unique_ptr<Store> store(new Store(files, clock, std::move(directory), options));
  WEIR_RETURN_IF_ERROR(files.create_directories(store->directory_ + "/segments"));
  WEIR_ASSIGN_OR_RETURN(store->lock_, files.lock(store->directory_ + "/LOCK"));
  WEIR_RETURN_IF_ERROR(files.sync_directory(store->directory_));
  WEIR_ASSIGN_OR_RETURN(store->manifest_, Manifest::open(files, store->directory_));
  const auto state = store->manifest_->state();
  store->next_segment_id_ = state->next_segment_id();
  store->next_ordinal_ = state->next_ordinal();
  WEIR_RETURN_IF_ERROR(store->remove_orphans());
  WalReport report;
  WEIR_ASSIGN_OR_RETURN(
      store->log_, WriteAheadLog::open(
                       files, store->directory_, state->wal_floor(), WalOptions(),
                       [&](std::uint64_t, std::uint64_t, std::string_view payload) -> Result<void> {
                         WEIR_ASSIGN_OR_RETURN(TailRecord record, read_tail_record(payload));
                         store->tail_.add(std::move(record));
                         return {};
                       },
                       report));
  if (!report.damages.empty() && !options.accepts_damage) {
    return tl::unexpected<Error>(report.damages.front());
  }
  store->next_ordinal_ = std::max(store->next_ordinal_, store->tail_.end_ordinal());
  return store;
}

std::string Store::table_directory(std::string_view table) const {
  return fmt::format("{}/segments/{}", directory_, table);
}

std::string Store::segment_path(std::string_view table, std::uint64_t id) const {
  return store::segment_path(directory_, table, id);
}

std::uint64_t Store::take_segment_id() {
  const std::lock_guard lock(mutex_);
  return next_segment_id_++;
}

std::uint64_t Store::take_ordinals(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t first = next_ordinal_;
  next_ordinal_ += count;
  return first;
}

Result<void> Store::check_space() {
  WEIR_ASSIGN_OR_RETURN(const std::uint64_t free, files_.free_bytes(directory_));
  if (free < options_.reserve_bytes) {
    return fail(ErrorCode::kFull,
                fmt::format("{}: {} MiB are free, fewer than the {} MiB that are kept in reserve; "
                            "nothing was taken in, nothing deleted: make room and try again",
                            directory_, free >> 20, options_.reserve_bytes >> 20));
  }
  return {};
}

// What an interrupted load or a removed segment left: no edit names it, so nobody was promised it.
Result<void> Store::remove_orphans() {
  const auto state = manifest_->state();
  WEIR_ASSIGN_OR_RETURN(const auto tables, files_.list(directory_ + "/segments"));
  for (const io::FileInfo& table : tables) {
    if (!table.is_directory) {
      continue;
    }
    const std::string name = table.path.substr(table.path.rfind('/') + 1);
    std::set<std::string> known;
    if (const auto described = state->table(name)) {
      for (const auto& segment : described->segments) {
        known.insert(segment_path(name, segment->id));
      }
    }
    WEIR_ASSIGN_OR_RETURN(const auto found, files_.list(table.path));
    for (const io::FileInfo& file : found) {
      if (known.count(file.path) == 0 && file.path.ends_with(".segment")) {
        WEIR_RETURN_IF_ERROR(files_.remove(file.path));
      }
    }
  }
  return {};
}

Result<void> Store::put_table(const TableSpec& spec) {
  const auto known = state()->table(spec.name);
  TableSpec wanted = spec;
  if (known) {
    wanted = *known->spec;
    for (const ColumnSpec& column : spec.columns) {
      if (!find_column(wanted, column.name)) {
        wanted.columns.push_back(column);
      }
    }
    // A property may name columns that have only now come.
    wanted.properties = spec.properties;
    if (wanted.time_column.empty()) {
      wanted.time_column = spec.time_column;
    }
    if (wanted == *known->spec) {
      return {};
    }
  }
  WEIR_RETURN_IF_ERROR(make_table_layout(wanted));
  WEIR_RETURN_IF_ERROR(files_.create_directories(table_directory(spec.name)));
  WEIR_RETURN_IF_ERROR(files_.sync_directory(directory_ + "/segments"));
  Edit edit;
  edit.put_tables.push_back(std::move(wanted));
  return manifest_->apply(edit);
}

Result<std::shared_ptr<const TableSnapshot>> Store::snapshot(std::string_view table) {
  const std::lock_guard lock(mutex_);
  const auto described = state()->table(table);
  if (!described) {
    return fail(ErrorCode::kNotFound, fmt::format("{} has no table {}", directory_, table));
  }
  auto snapshot = std::make_shared<TableSnapshot>();
  snapshot->spec = described->spec;
  WEIR_ASSIGN_OR_RETURN(snapshot->segments,
                        readers_.open(files_, directory_, described->segments, table));
  snapshot->tail = tail_.batches(*described->spec);
  return std::shared_ptr<const TableSnapshot>(std::move(snapshot));
}

Result<std::unique_ptr<Load>> Store::start_load(const std::string& table) {
  WEIR_RETURN_IF_ERROR(check_space());
  std::unique_ptr<Load> load(new Load(*this, table));
  WEIR_RETURN_IF_ERROR(load->use_newest_spec());
  return load;
}

Result<void> Store::append(const std::string& table, const column::Batch& batch,
                           const std::vector<SourceMeta>& sources) {
  TailRecord record;
  record.table = table;
  record.sources = sources;
  record.batch.num_rows = batch.num_rows;
  for (const column::Column& column : batch.columns) {
    record.batch.columns.emplace_back().copy_from(column);
    record.batch.columns.back().flatten();
  }
  bool is_too_long = false;
  {
    std::unique_lock lock(mutex_);
    no_append_.wait(lock, [&] { return !is_sealing_; });
    const auto described = state()->table(table);
    if (!described || described->spec->columns.size() < batch.columns.size()) {
      return fail(ErrorCode::kInternal, fmt::format("a batch does not fit table {}", table));
    }
    record.first_ordinal = next_ordinal_;
    std::string payload;
    write_tail_record(record, payload);
    WEIR_RETURN_IF_ERROR(log_->append(payload));
    next_ordinal_ += batch.num_rows;
    ++num_appending_;
  }
  auto synced = options_.is_durable ? log_->sync() : Result<void>();
  {
    const std::lock_guard lock(mutex_);
    --num_appending_;
    if (synced) {
      tail_.add(std::move(record));
    }
    is_too_long = tail_.num_rows() > options_.max_tail_rows;
  }
  no_append_.notify_all();
  WEIR_RETURN_IF_ERROR(synced);
  return is_too_long ? seal() : Result<void>();
}

Result<void> Store::seal() {
  std::unique_lock lock(mutex_);
  no_append_.wait(lock, [&] { return !is_sealing_; });
  if (tail_.num_rows() == 0 && tail_.sources().empty()) {
    return {};
  }
  is_sealing_ = true;
  no_append_.wait(lock, [&] { return num_appending_ == 0; });
  lock.unlock();
  // Nobody changes the tail now; readers may look at it.
  const auto done = [&]() -> Result<void> {
    WEIR_ASSIGN_OR_RETURN(const std::uint64_t floor, log_->rotate());
    std::vector<std::unique_ptr<Load>> loads;
    Edit edit;
    for (const std::string& table : tail_.tables()) {
      WEIR_ASSIGN_OR_RETURN(auto load, start_load(table));
      const auto described = state()->table(table);
      std::vector<std::string> names;
      for (const ColumnSpec& column : described->spec->columns) {
        names.push_back(column.name);
      }
      for (const auto& batch : tail_.batches(*described->spec)) {
        WEIR_RETURN_IF_ERROR(load->append(batch->batch, names, batch->first_ordinal));
      }
      while (!load->open_.empty()) {
        WEIR_RETURN_IF_ERROR(load->end_segment(load->open_.begin()->first));
      }
      WEIR_RETURN_IF_ERROR(files_.sync_directory(table_directory(table)));
      edit.add_segments.insert(edit.add_segments.end(), load->ended_.begin(), load->ended_.end());
      loads.push_back(std::move(load));
    }
    edit.add_sources = tail_.sources();
    edit.wal_floor = floor;
    lock.lock();
    if (auto applied = manifest_->apply(edit); !applied) {
      lock.unlock();
      return applied;
    }
    tail_.clear();
    lock.unlock();
    for (const auto& load : loads) {
      load->ended_.clear();  // they belong to the manifest now
    }
    return log_->drop_below(floor);
  }();
  lock.lock();
  is_sealing_ = false;
  lock.unlock();
  no_append_.notify_all();
  return done;
}

Result<Store::CompactionReport> Store::compact(std::string_view table, const CancelToken* cancel) {
  CompactionReport report;
  WEIR_RETURN_IF_ERROR(seal());
  const auto described = state()->table(table);
  if (!described) {
    return fail(ErrorCode::kNotFound, fmt::format("{} has no table {}", directory_, table));
  }
  std::map<TimeMs, std::vector<std::shared_ptr<const SegmentMeta>>> partitions;
  for (const auto& segment : described->segments) {
    partitions[segment->partition].push_back(segment);
  }
  for (auto& [partition, segments] : partitions) {
    // What was compacted before is taken along only where as many rows have come since, so a row is
    // rewritten a few times in its life, not each time. Full ones stay as they are; one that came
    // in full still lacks compression and roll-ups.
    std::uint64_t num_new = 0;
    for (const auto& segment : segments) {
      num_new += segment->level == 0 ? segment->num_rows : 0;
    }
    std::erase_if(segments, [&](const auto& segment) {
      return segment->level > 0 &&
             (segment->num_rows >= kMaxSegmentRows / 2 || segment->num_rows > num_new);
    });
    WEIR_ASSIGN_OR_RETURN(const bool is_lacking, lacks_parts(segments, *described->spec));
    if (segments.size() < 2 && !is_lacking) {
      continue;
    }
    WEIR_RETURN_IF_ERROR(compact_partition(segments, *described->spec, cancel, report));
  }
  return report;
}

// Of a lone segment, which is written anew once: there was no memory for roll-ups when it came in,
// or its rare rows are worth keeping.
Result<bool> Store::lacks_parts(const std::vector<std::shared_ptr<const SegmentMeta>>& segments,
                                const TableSpec& spec) const {
  if (segments.size() != 1 || segments.front()->level > 0) {
    return false;
  }
  const SegmentMeta& segment = *segments.front();
  WEIR_ASSIGN_OR_RETURN(const TableLayout layout, make_table_layout(spec));
  WEIR_ASSIGN_OR_RETURN(
      const auto reader,
      SegmentReader::open(files_, segment_path(segment.table, segment.id), segment.footer_hash));
  const auto& totals = reader->footer().totals;
  return (totals && totals->rollups.size() < layout.rollups.size()) ||
         (!layout.rare.empty() && segment.num_rows >= kCompactedSegment.rare.least_rows);
}

Result<std::uint64_t> Store::compact_partition(
    const std::vector<std::shared_ptr<const SegmentMeta>>& segments, const TableSpec& spec,
    const CancelToken* cancel, CompactionReport& report) {
  auto snapshot = std::make_shared<TableSnapshot>();
  snapshot->spec = std::make_shared<const TableSpec>(spec);
  Edit edit;
  std::uint32_t level = 0;
  std::uint64_t bytes = 0;
  std::uint64_t num_rows = 0;
  for (const auto& segment : segments) {
    WEIR_ASSIGN_OR_RETURN(snapshot->segments.emplace_back(),
                          SegmentReader::open(files_, segment_path(segment->table, segment->id),
                                              segment->footer_hash));
    level = std::max(level, segment->level);
    bytes += segment->file_bytes;
    num_rows += segment->num_rows;
    RemovedSegment& removed = edit.remove_segments.emplace_back();
    removed.id = segment->id;
    removed.table = segment->table;
    removed.partition = segment->partition;
    removed.num_rows = segment->num_rows;
    removed.when_ms = clock_.now_ms();
  }
  std::stable_sort(snapshot->segments.begin(), snapshot->segments.end(),
                   [](const auto& a, const auto& b) {
                     return a->footer().first_ordinal < b->footer().first_ordinal;
                   });
  WEIR_ASSIGN_OR_RETURN(const auto load, start_load(spec.name));
  load->segment_effort_ = kCompactedSegment;
  StoredTable rows(snapshot);
  column::ScanRequest request;
  for (const ColumnSpec& column : spec.columns) {
    request.columns.push_back(column.name);
  }
  column::ScanContext context;
  context.cancel = cancel;
  WEIR_ASSIGN_OR_RETURN(const auto scan, rows.scan(request, context));
  WEIR_ASSIGN_OR_RETURN(const auto stream, scan->open_stream());
  column::Batch batch;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool is_more, stream->next(batch));
    if (!is_more) {
      break;
    }
    for (column::Column& column : batch.columns) {
      column.flatten();
    }
    WEIR_RETURN_IF_ERROR(load->append(batch, request.columns, batch.sequence));
  }
  if (load->num_rows() != num_rows) {
    return fail(ErrorCode::kInternal, "a compaction read another number of rows than there are");
  }
  while (!load->open_.empty()) {
    WEIR_RETURN_IF_ERROR(load->end_segment(load->open_.begin()->first));
  }
  WEIR_RETURN_IF_ERROR(files_.sync_directory(table_directory(spec.name)));
  for (SegmentMeta& segment : load->ended_) {
    segment.level = level + 1;
    report.bytes_after += segment.file_bytes;
  }
  edit.add_segments = load->ended_;
  WEIR_RETURN_IF_ERROR(manifest_->apply(edit));
  report.segments_before += segments.size();
  report.segments_after += load->ended_.size();
  report.bytes_before += bytes;
  report.rows += num_rows;
  load->ended_.clear();
  for (const auto& segment : segments) {
    static_cast<void>(files_.remove(segment_path(segment->table, segment->id)));
  }
  return num_rows;
}

Result<void> Store::quarantine(const std::vector<Quarantined>& segments) {
  if (segments.empty()) {
    return {};
  }
  const std::string aside = directory_ + "/quarantine";
  WEIR_RETURN_IF_ERROR(files_.create_directories(aside));
  Edit edit;
  for (const Quarantined& wanted : segments) {
    const auto known = state()->segment(wanted.segment);
    if (known == nullptr) {
      continue;
    }
    // First the file: one that no edit names would be removed when the store is opened next.
    auto moved =
        files_.rename(segment_path(wanted.table, wanted.segment),
                      fmt::format("{}/{}-{:010}.segment", aside, wanted.table, wanted.segment));
    if (!moved && moved.error().code != ErrorCode::kNotFound) {
      return moved;
    }
    edit.remove_segments.push_back({wanted.segment, wanted.table, known->partition, known->num_rows,
                                    wanted.reason, clock_.now_ms()});
  }
  WEIR_RETURN_IF_ERROR(files_.sync_directory(aside));
  return manifest_->apply(edit);
}

Result<void> Store::put_retention(const RetentionRule& rule) {
  Edit edit;
  edit.put_retention.push_back(rule);
  return manifest_->apply(edit);
}

Result<void> Store::remove_segments(const std::vector<RemovedSegment>& removed) {
  if (removed.empty()) {
    return {};
  }
  Edit edit;
  edit.remove_segments = removed;
  WEIR_RETURN_IF_ERROR(manifest_->apply(edit));
  for (const RemovedSegment& segment : removed) {
    // A file that cannot be removed now is an orphan, removed when the store is opened next.
    static_cast<void>(files_.remove(segment_path(segment.table, segment.id)));
  }
  return {};
}

std::vector<RemovedSegment> Store::find_expired(const std::optional<RetentionRule>& instead) const {
  std::vector<RemovedSegment> removed;
  const std::int64_t now = clock_.now_ms();
  const auto before = state();
  for (const auto& table : before->tables()) {
    const auto& known = instead && instead->table == table->spec->name ? instead : table->retention;
    if (!known) {
      continue;
    }
    const RetentionRule& rule = *known;
    std::uint64_t bytes = table->file_bytes;
    for (std::size_t i = 0; i < table->segments.size();) {
      // By whole partitions: segments are in their order.
      std::size_t end = i;
      std::uint64_t partition_bytes = 0;
      while (end < table->segments.size() &&
             table->segments[end]->partition == table->segments[i]->partition) {
        partition_bytes += table->segments[end++]->file_bytes;
      }
      const TimeMs partition = table->segments[i]->partition;
      std::string reason;
      if (rule.max_age_ms && partition != kTimeless &&
          partition + table->spec->partition_ms <= now - *rule.max_age_ms) {
        reason = "older than " + age_text(*rule.max_age_ms);
      } else if (rule.max_bytes && bytes > *rule.max_bytes) {
        reason = fmt::format("the oldest, over {} bytes", *rule.max_bytes);
      }
      if (reason.empty()) {
        if (!rule.max_bytes || bytes <= *rule.max_bytes) {
          break;
        }
      } else {
        bytes -= partition_bytes;
        for (std::size_t s = i; s < end; ++s) {
          const SegmentMeta& segment = *table->segments[s];
          removed.push_back(
              {segment.id, table->spec->name, partition, segment.num_rows, reason, now});
        }
      }
      i = end;
    }
  }
  return removed;
}

Result<std::vector<RemovedSegment>> Store::apply_retention() {
  auto removed = find_expired();
  WEIR_RETURN_IF_ERROR(remove_segments(removed));
  return removed;
}

std::vector<RemovedSegment> Store::find_partitions(std::string_view table, TimeMs since,
                                                   TimeMs until, const std::string& reason) const {
  std::vector<RemovedSegment> found;
  const auto described = state()->table(table);
  if (!described) {
    return found;
  }
  for (const auto& segment : described->segments) {
    if (segment->partition != kTimeless && segment->partition >= since &&
        segment->partition + described->spec->partition_ms <= until) {
      found.push_back({segment->id, std::string(table), segment->partition, segment->num_rows,
                       reason, clock_.now_ms()});
    }
  }
  return found;
}

Result<std::vector<RemovedSegment>> Store::drop_partitions(std::string_view table, TimeMs since,
                                                           TimeMs until,
                                                           const std::string& reason) {
  if (!state()->table(table)) {
    return fail(ErrorCode::kNotFound, fmt::format("{} has no table {}", directory_, table));
  }
  auto removed = find_partitions(table, since, until, reason);
  WEIR_RETURN_IF_ERROR(remove_segments(removed));
  return removed;
}

// ---- StoreView

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
