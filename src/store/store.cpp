#include "store/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace weir::store {

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
// Where the manifest's end could not be read an edit may have named it: then it is put aside.
Result<void> Store::remove_orphans() {
  const auto state = manifest_->state();
  const bool is_kept = manifest_->report().torn_bytes > 0;
  const std::string aside = directory_ + "/quarantine";
  if (is_kept) {
    WEIR_RETURN_IF_ERROR(files_.create_directories(aside));
  }
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
        WEIR_RETURN_IF_ERROR(
            is_kept
                ? files_.rename(file.path, fmt::format("{}/{}-{}", aside, name,
                                                       file.path.substr(file.path.rfind('/') + 1)))
                : files_.remove(file.path));
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

}  // namespace weir::store
