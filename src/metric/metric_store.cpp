#include "metric/metric_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace weir::metric {
namespace {

constexpr std::int64_t kIdleSealMs = 30 * 60 * 1000;

std::uint32_t clamp_seconds(TimeMs time_ms) {
  const TimeMs seconds = time_ms >= 0 ? time_ms / 1000 : 0;
  return static_cast<std::uint32_t>(std::min<TimeMs>(seconds, UINT32_MAX));
}

// Rounds up: the first whole second at or behind it.
std::uint32_t clamp_end_seconds(TimeMs time_ms) { return clamp_seconds(time_ms + 999); }

}  // namespace

MetricStore::MetricStore(io::FileSystem& files, std::string directory, const Clock& clock,
                         MetricStoreOptions options)
    : files_(files),
      directory_(std::move(directory)),
      clock_(clock),
      options_(std::move(options)),
      head_(std::make_shared<Head>()),
      parts_(std::make_shared<const Parts>()) {}

MetricStore::~MetricStore() = default;

Result<std::unique_ptr<MetricStore>> MetricStore::open(io::FileSystem& files, std::string directory,
                                                       const Clock& clock,
                                                       MetricStoreOptions options,
                                                       MetricOpenReport& report) {
  auto store = std::unique_ptr<MetricStore>(
      new MetricStore(files, std::move(directory), clock, std::move(options)));
  WEIR_RETURN_IF_ERROR(store->recover(report));
  return store;
}

Result<void> MetricStore::recover(MetricOpenReport& report) {
  WEIR_RETURN_IF_ERROR(io::make_durable_directory(files_, directory_));
  WEIR_ASSIGN_OR_RETURN(series_log_, SeriesLog::open(files_, directory_, book_));
  WEIR_ASSIGN_OR_RETURN(list_, read_part_list(files_, directory_));
  auto parts = std::make_shared<Parts>();
  std::set<std::string> named;
  for (const PartEntry& entry : list_.parts) {
    const std::string path = part_path(directory_, entry.number);
    named.insert(path);
    WEIR_ASSIGN_OR_RETURN(auto reader, PartReader::open(files_, path));
    for (const ChunkPlace& place : reader->chunks()) {
      if (place.series >= book_.num_series()) {
        return fail(ErrorCode::kInput,
                    fmt::format("{}: holds series {}, which {}/SERIES does not name; restore both "
                                "from one copy",
                                path, place.series, directory_));
      }
      TimeMs& last_ms = book_.entry(place.series).last_ms;
      last_ms = std::max(last_ms, TimeMs{place.last_s} * 1000);
    }
    parts->emplace_back(entry, std::move(reader));
  }
  parts_ = std::move(parts);
  is_defined_.assign(book_.num_series(), true);

  // Files that a crash left behind before a list named them.
  WEIR_ASSIGN_OR_RETURN(const auto found, files_.list(directory_));
  for (const io::FileInfo& file : found) {
    const std::string name = file.path.substr(file.path.find_last_of('/') + 1);
    if (name.starts_with("part-") && !named.contains(directory_ + "/" + name)) {
      WEIR_RETURN_IF_ERROR(files_.remove(directory_ + "/" + name));
    }
  }

  PutBatch batch;
  // Numbers in the log are those of the process that wrote a record; SERIES's are for ever.
  std::map<SeriesId, SeriesId> renamed;
  const auto visitor = [&](std::uint64_t, std::uint64_t sequence,
                           std::string_view payload) -> Result<void> {
    WEIR_RETURN_IF_ERROR(decode_batch(payload, batch));
    const auto unknown = [&](SeriesId id) {
      return fail(ErrorCode::kInput,
                  fmt::format("{}: record {} of the write-ahead log holds samples of series {}, "
                              "which nothing names",
                              directory_, sequence, id));
    };
    for (const PutBatch::Definition& definition : batch.definitions) {
      const auto id = book_.add_encoded(definition.name);
      if (!id) {
        return unknown(definition.series);
      }
      renamed[definition.series] = *id;
    }
    for (PutBatch::Item& item : batch.items) {
      const auto found_name = renamed.find(item.series);
      if (found_name != renamed.end()) {
        item.series = found_name->second;
      } else if (item.series >= series_log_->num_logged()) {
        return unknown(item.series);
      }
    }
    is_defined_.resize(book_.num_series(), false);
    report.replayed_samples += batch.items.size();
    apply(batch);
    return {};
  };
  store::WalOptions wal_options;
  wal_options.max_total_bytes =
      std::max<std::uint64_t>(512U << 20, options_.max_log_bytes * options_.hard_factor * 4);
  WEIR_ASSIGN_OR_RETURN(log_, store::WriteAheadLog::open(files_, directory_, list_.wal_floor,
                                                         wal_options, visitor, report.log));
  is_defined_.resize(book_.num_series(), false);
  report.num_parts = list_.parts.size();
  report.num_series = book_.num_series();
  last_seal_ms_ = clock_.now_ms();
  return {};
}

Result<SeriesId> MetricStore::series_for(const MetricName& name, Unit unit, PutBatch& batch) {
  if (book_.num_series() >= options_.max_series) {
    const auto found = book_.find_series(name, unit);
    if (!found) {
      ++refused_series_;
      return fail(ErrorCode::kLimit,
                  fmt::format("metric {} of {}: a new series would be one more than {}, the most "
                              "this store takes; remove a dimension of many values",
                              name.name, name.name_space, options_.max_series));
    }
  }
  const SeriesId id = book_.series(name, unit);
  if (id >= is_defined_.size()) {
    is_defined_.resize(book_.num_series(), false);
  }
  if (!is_defined_[id]) {
    PutBatch::Definition definition;
    definition.series = id;
    book_.encode_series(id, definition.name);
    batch.definitions.push_back(std::move(definition));
  }
  return id;
}

Result<void> MetricStore::resolve(std::string_view scope, std::string_view name_space,
                                  std::span<const Datum> datums, PutBatch& batch) {
  const TimeMs now_ms = clock_.now_ms();
  const RollupRule* rule = nullptr;
  for (const RollupRule& candidate : options_.rollups) {
    if (candidate.name_space == name_space) {
      rule = &candidate;
    }
  }
  batch.items.reserve(datums.size());
  for (const Datum& datum : datums) {
    PutBatch::Item item;
    item.is_high_resolution = datum.storage_resolution.value_or(60) == 1;
    item.time_s = clamp_seconds(datum.timestamp.value_or(now_ms));
    if (!item.is_high_resolution) {
      item.time_s -= item.time_s % 60;
    }
    if (datum.statistics) {
      item.form = PutBatch::Form::kStatistics;
      item.first = static_cast<std::uint32_t>(batch.sets.size());
      batch.sets.push_back(*datum.statistics);
    } else if (datum.value) {
      item.value = *datum.value + 0.0;  // no negative zero
    } else {
      item.form = PutBatch::Form::kValues;
      item.first = static_cast<std::uint32_t>(batch.values.size());
      item.num_values = static_cast<std::uint32_t>(datum.values.size());
      for (std::size_t i = 0; i < datum.values.size(); ++i) {
        batch.values.push_back({datum.values[i] + 0.0, datum.counts.empty() ? 1 : datum.counts[i]});
      }
    }
    const Unit unit = datum.unit.empty() ? Unit::kNone : parse_unit(datum.unit).value_or(Unit{});
    MetricName name{scope, name_space, datum.name, datum.dimensions};
    WEIR_ASSIGN_OR_RETURN(item.series, series_for(name, unit, batch));
    batch.items.push_back(item);
    if (rule == nullptr) {
      continue;
    }
    for (const auto& set : rule->dimension_sets) {
      std::vector<DimensionView> kept;
      for (const DimensionView& dimension : datum.dimensions) {
        if (std::find(set.begin(), set.end(), dimension.name) != set.end()) {
          kept.push_back(dimension);
        }
      }
      if (kept.size() == set.size() && kept.size() < datum.dimensions.size()) {
        name.dimensions = kept;
        WEIR_ASSIGN_OR_RETURN(item.series, series_for(name, unit, batch));
        batch.items.push_back(item);
      }
    }
  }
  return {};
}

void MetricStore::apply(const PutBatch& batch) {
  head_->add(batch);
  for (const PutBatch::Item& item : batch.items) {
    TimeMs& last_ms = book_.entry(item.series).last_ms;
    last_ms = std::max(last_ms, TimeMs{item.time_s} * 1000);
  }
  for (const BatchMemory::Entry& entry : batch.batches) {
    batches_.add(entry.key, entry.time_s);
  }
}

// After a failed sync: records that were not promised are void, and the log goes on in a new file.
Result<void> MetricStore::revive_log() {
  const std::unique_lock gate(gate_);
  if (!is_log_failed_) {
    return {};
  }
  WEIR_RETURN_IF_ERROR(log_->rotate());
  is_log_failed_ = false;
  return {};
}

Result<BegunPut> MetricStore::begin(std::string_view scope, std::string_view name_space,
                                    std::span<const Datum> datums, std::optional<BatchKey> key) {
  if (is_log_failed_) {
    WEIR_RETURN_IF_ERROR(revive_log());
  }
  if (log_->total_bytes() > options_.max_log_bytes * options_.hard_factor) {
    WEIR_RETURN_IF_ERROR(seal());
  }
  BegunPut put;
  std::string record;
  std::shared_lock gate(gate_);
  {
    const std::unique_lock lock(mutex_);
    WEIR_RETURN_IF_ERROR(resolve(scope, name_space, datums, put.batch));
  }
  if (key) {
    put.batch.batches.push_back({*key, clamp_seconds(clock_.now_ms())});
  }
  encode_batch(put.batch, record);
  WEIR_ASSIGN_OR_RETURN(put.sequence, log_->append(record));
  gate.release();  // end_puts() gives it back
  return put;
}

Result<BegunPut> MetricStore::begin_put(std::string_view scope, std::string_view name_space,
                                        std::span<const Datum> datums) {
  return begin(scope, name_space, datums, std::nullopt);
}

void MetricStore::end_puts(std::span<BegunPut* const> puts) {
  if (puts.empty()) {
    return;
  }
  if (options_.is_durable) {
    std::uint64_t newest = 0;
    for (const BegunPut* put : puts) {
      newest = std::max(newest, put->sequence);
    }
    const auto all = log_->sync(newest);
    for (BegunPut* put : puts) {  // where it failed, older records may be durable all the same
      put->outcome = all ? all : log_->sync(put->sequence);
      is_log_failed_ = is_log_failed_ || !put->outcome;
    }
  }
  {
    const std::unique_lock lock(mutex_);
    for (const BegunPut* put : puts) {
      if (!put->outcome) {
        continue;
      }
      for (const PutBatch::Definition& definition : put->batch.definitions) {
        is_defined_[definition.series] = options_.is_durable || is_defined_[definition.series];
      }
      apply(put->batch);
    }
  }
  gate_.unlock_shared(puts.size());
}

bool MetricStore::is_put_brief() const {
  if (is_log_failed_ || gate_.is_shut() ||
      log_->total_bytes() > options_.max_log_bytes * options_.hard_factor) {
    return false;
  }
  const std::unique_lock lock(mutex_, std::try_to_lock);  // a long list may be under way
  return lock.owns_lock();
}

Result<void> MetricStore::sync() {
  const std::shared_lock gate(gate_);
  const auto synced = log_->sync();
  is_log_failed_ = is_log_failed_ || !synced;
  return synced;
}

std::vector<MetricStore::UnitSeries> MetricStore::find(const MetricName& name,
                                                       std::optional<Unit> unit) const {
  const std::shared_lock lock(mutex_);
  std::vector<UnitSeries> found;
  if (const auto id = book_.find_metric(name)) {
    for (const auto& of_unit : book_.metric(*id).units) {
      if (!unit || of_unit.unit == *unit) {
        found.push_back({of_unit.unit, of_unit.series});
      }
    }
  }
  return found;
}

Result<Reading> MetricStore::read(std::span<const SeriesId> series, TimeMs start_ms, TimeMs end_ms,
                                  std::int64_t period_s, bool wants_distributions) const {
  if (period_s <= 0 || (end_ms - start_ms) / (period_s * 1000) > kMaxPeriods) {
    return fail(ErrorCode::kLimit,
                fmt::format("from {} to {} by {} seconds is more than {} periods; ask for longer "
                            "periods or less time",
                            start_ms, end_ms, period_s, kMaxPeriods));
  }
  Reading reading;
  reading.start_ms = start_ms;
  reading.period_ms = period_s * 1000;
  if (end_ms <= start_ms) {
    return reading;
  }
  const auto num_periods =
      static_cast<std::size_t>((end_ms - start_ms + reading.period_ms - 1) / reading.period_ms);
  reading.aggregates.resize(num_periods);
  if (wants_distributions) {
    // Exact while the values are there: what is summed up here never reaches the disk.
    reading.distributions.resize(num_periods, sketch::Distribution(100'000));
  }
  const auto add = [&](const Sample& sample) {
    const auto period =
        static_cast<std::size_t>((TimeMs{sample.time_s} * 1000 - start_ms) / reading.period_ms);
    reading.aggregates[period].merge(sample.aggregate);
    if (wants_distributions) {
      add_values(sample, reading.distributions[period]);
    }
  };
  // Samples whose resolution's time is over are there for the next resolution's periods alone.
  const std::int64_t now_s = clock_.now_ms() / 1000;
  const std::uint32_t to_s = clamp_end_seconds(end_ms);
  const auto from_of = [&](std::size_t tier) {
    const std::uint32_t from_s = clamp_end_seconds(start_ms);
    const bool serves_next = tier + 1 < kNumTiers && period_s >= options_.tiers[tier + 1].step_s;
    const std::size_t oldest = serves_next ? kNumTiers - 1 : tier;
    std::int64_t oldest_s = now_s - options_.tiers[oldest].retention_s;
    if (serves_next) {  // the coarsest resolution that this period can be made of
      for (std::size_t next = tier + 1; next < kNumTiers; ++next) {
        if (period_s >= options_.tiers[next].step_s) {
          oldest_s = now_s - options_.tiers[next].retention_s;
        }
      }
    }
    return static_cast<std::uint32_t>(
        std::max<std::int64_t>(from_s, std::max<std::int64_t>(oldest_s, 0)));
  };

  std::shared_ptr<const Head> sealing;
  std::shared_ptr<const Parts> parts;
  {
    const std::shared_lock lock(mutex_);
    sealing = sealing_;
    parts = parts_;
    for (const SeriesId id : series) {
      head_->visit(id, true, from_of(0), to_s, add);
      head_->visit(id, false, from_of(1), to_s, add);
    }
  }
  if (sealing != nullptr) {
    for (const SeriesId id : series) {
      sealing->visit(id, true, from_of(0), to_s, add);
      sealing->visit(id, false, from_of(1), to_s, add);
    }
  }
  ChunkDecoder decoder;
  const SampleVisitor visitor = add;
  for (const auto& [entry, part] : *parts) {
    const std::uint32_t from_s = from_of(tier_of(part->step_s()));
    if (part->last_s() < from_s || part->first_s() >= to_s) {
      continue;
    }
    for (const SeriesId id : series) {
      WEIR_RETURN_IF_ERROR(part->visit(id, from_s, to_s, wants_distributions, decoder, visitor));
    }
  }
  return reading;
}

std::vector<ListedMetric> MetricStore::list(const MetricFilter& filter, MetricId first,
                                            std::size_t limit) const {
  const std::shared_lock lock(mutex_);
  std::vector<ListedMetric> listed;
  const auto consider = [&](MetricId id) {
    const MetricEntry& metric = book_.metric(id);
    if ((filter.scope && metric.scope != *filter.scope) ||
        (filter.name_space && metric.name_space != *filter.name_space) ||
        (filter.name && metric.name != *filter.name)) {
      return;
    }
    for (const auto& wanted : filter.dimensions) {
      const bool has_it =
          std::any_of(metric.dimensions.begin(), metric.dimensions.end(), [&](const auto& d) {
            return d.name == wanted.name && (!wanted.value || d.value == *wanted.value);
          });
      if (!has_it) {
        return;
      }
    }
    const TimeMs last_ms = book_.last_ms(id);
    if (last_ms == INT64_MIN || last_ms < filter.active_since_ms) {
      return;
    }
    ListedMetric item{id, metric.scope, metric.name_space, metric.name, metric.dimensions,
                      {}, last_ms};
    for (const auto& of_unit : metric.units) {
      item.units.push_back(of_unit.unit);
    }
    listed.push_back(std::move(item));
  };
  if (filter.name_space && filter.name) {
    for (const MetricId id : book_.named(*filter.name_space, *filter.name)) {
      if (listed.size() >= limit) {
        break;
      }
      if (id >= first) {
        consider(id);
      }
    }
  } else {
    for (MetricId id = first; id < book_.num_metrics() && listed.size() < limit; ++id) {
      consider(id);
    }
  }
  return listed;
}

void MetricStore::set_rollups(std::vector<RollupRule> rollups) {
  const std::unique_lock lock(mutex_);
  options_.rollups = std::move(rollups);
}

MetricUsage MetricStore::usage() const {
  const std::shared_lock lock(mutex_);
  MetricUsage usage;
  usage.num_series = book_.num_series();
  usage.head_samples = head_->num_samples() + (sealing_ != nullptr ? sealing_->num_samples() : 0);
  usage.num_parts = parts_->size();
  for (const auto& [entry, part] : *parts_) {
    usage.part_samples += part->num_samples();
    usage.part_bytes += part->file_size();
  }
  usage.log_bytes = log_->total_bytes();
  usage.refused_series = refused_series_;
  usage.repeated_batches = repeated_batches_;
  return usage;
}

std::size_t MetricStore::tier_of(std::uint32_t step_s) const {
  for (std::size_t tier = 0; tier < kNumTiers; ++tier) {
    if (options_.tiers[tier].step_s == step_s) {
      return tier;
    }
  }
  return kNumTiers - 1;
}

Result<void> MetricStore::seal() {
  const std::lock_guard maintenance(maintenance_);
  return seal_locked();
}

Result<void> MetricStore::maintain() {
  const std::lock_guard maintenance(maintenance_);
  const TimeMs now_ms = clock_.now_ms();
  const MetricUsage now = usage();
  const bool is_idle = now.head_samples > 0 && now_ms - last_seal_ms_ >= kIdleSealMs;
  if (sealing_ != nullptr || now.head_samples >= options_.max_head_samples ||
      now.log_bytes >= options_.max_log_bytes || is_idle) {
    WEIR_RETURN_IF_ERROR(seal_locked());
  }
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool has_merged, merge_once(now_ms / 1000));
    if (!has_merged) {
      return {};
    }
  }
}

}  // namespace weir::metric
