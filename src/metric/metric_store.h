#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"
#include "metric/batch_memory.h"
#include "metric/datum.h"
#include "metric/head.h"
#include "metric/part.h"
#include "metric/part_list.h"
#include "metric/put_batch.h"
#include "metric/put_gate.h"
#include "metric/series_book.h"
#include "metric/series_log.h"
#include "store/write_ahead_log.h"

namespace weir::metric {

// A resolution, how long samples of it are kept, and how they are divided into files. At the end of
// its time a partition is rolled up into the next resolution.
struct Tier {
  std::uint32_t step_s = 60;
  std::int64_t retention_s = 0;
  std::uint32_t partition_s = 86'400;  // a divisor of the next tier's
};
inline constexpr std::size_t kNumTiers = 4;
// As CloudWatch has them: 1 s for 3 hours, 60 s for 15 days, 5 minutes for 63 days, 1 hour for 455.
inline constexpr std::array<Tier, kNumTiers> kDefaultTiers = {
    Tier{1, 3 * 3'600, 3'600}, Tier{60, 15 * 86'400, 86'400}, Tier{300, 63 * 86'400, 7 * 86'400},
    Tier{3'600, 455 * 86'400, 28 * 86'400}};

// Counts each datum of a namespace also for series of fewer dimensions: an empty set is the series
// without dimensions. A set applies where the datum has all its names and others besides.
struct RollupRule {
  std::string name_space;
  std::vector<std::vector<std::string>> dimension_sets = {{}};
};

struct MetricStoreOptions {
  // false: an acknowledged datum may be lost for up to a second (sync() is then the caller's).
  bool is_durable = true;
  std::vector<RollupRule> rollups;
  std::array<Tier, kNumTiers> tiers = kDefaultTiers;
  // New series past it are refused (ErrorCode::kLimit); what is there goes on.
  std::size_t max_series = 1'000'000;
  // Samples in memory, and bytes of the write-ahead log, past which maintain() seals.
  std::size_t max_head_samples = 1'500'000;
  std::uint64_t max_log_bytes = 24U << 20;
  // Past this many times those, put() seals by itself before it goes on.
  std::uint64_t hard_factor = 4;
};

struct MetricOpenReport {
  store::WalReport log;
  std::uint64_t num_parts = 0;
  std::uint64_t num_series = 0;
  std::uint64_t replayed_samples = 0;
};

// A call whose record is in the log and may not be on the disk yet.
struct BegunPut {
  std::uint64_t sequence = 0;
  PutBatch batch;
  Result<void> outcome;  // once it is ended
};

// Periods of a read, one behind the other from start_ms on.
struct Reading {
  TimeMs start_ms = 0;
  std::int64_t period_ms = 60'000;
  std::vector<Aggregate> aggregates;                // without data where nothing was stored
  std::vector<sketch::Distribution> distributions;  // as many where asked for, else none
  [[nodiscard]] TimeMs time(std::size_t i) const {
    return start_ms + static_cast<TimeMs>(i) * period_ms;
  }
};

// A metric as lists show it. Texts live as long as the store.
struct ListedMetric {
  MetricId id = 0;
  std::string_view scope;
  std::string_view name_space;
  std::string_view name;
  std::vector<DimensionView> dimensions;
  std::vector<Unit> units;
  TimeMs last_ms = INT64_MIN;  // of its newest sample
};

// What ListMetrics asks for. Absent members match everything.
struct MetricFilter {
  std::optional<std::string> scope;
  std::optional<std::string> name_space;
  std::optional<std::string> name;
  struct DimensionFilter {
    std::string name;
    std::optional<std::string> value;
  };
  std::vector<DimensionFilter> dimensions;  // a metric must have all of them, and may have more
  TimeMs active_since_ms = INT64_MIN;       // newest sample at or after it
};

struct MetricUsage {
  std::uint64_t num_series = 0;
  std::uint64_t head_samples = 0;
  std::uint64_t part_samples = 0;
  std::uint64_t part_bytes = 0;
  std::uint64_t num_parts = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t refused_series = 0;    // since the store was opened
  std::uint64_t repeated_batches = 0;  // likewise: calls that had come before
};

// Time series of metrics that last: docs/formats/metric-part.md and metric-log.md. One process
// writes a directory (the caller holds its lock). Thread-safe.
//
//   DIR/wal-n, SERIES, PARTS, part-n
//
// A sample is what fell into one second or minute: count, sum, minimum, maximum, and the values
// themselves (exact up to 256 different ones, see sketch::Distribution). Reading and rolling up
// merge samples, so that any period answers as if it had been computed from the values.
class MetricStore {
 public:
  [[nodiscard]] static Result<std::unique_ptr<MetricStore>> open(io::FileSystem& files,
                                                                 std::string directory,
                                                                 const Clock& clock,
                                                                 MetricStoreOptions options,
                                                                 MetricOpenReport& report);
  ~MetricStore();

  // Stores datums that check_put() has passed, all or none. Durable when it returns (see
  // MetricStoreOptions::is_durable). After an error nothing of it is counted, and the call may be
  // repeated. kFull: no room on the disk; kLimit: too many series. A call whose `batch` came before
  // (BatchMemory says for how long that is known) is done already: it stores nothing.
  [[nodiscard]] Result<void> put(std::string_view scope, std::string_view name_space,
                                 std::span<const Datum> datums,
                                 std::optional<BatchKey> batch = std::nullopt);
  // put() in two steps, for who waits for the disk once for many calls: what was begun is to be
  // ended, by any thread. All are durable and seen, or have an error, when end_puts() returns.
  [[nodiscard]] Result<BegunPut> begin_put(std::string_view scope, std::string_view name_space,
                                           std::span<const Datum> datums);
  void end_puts(std::span<BegunPut* const> puts);
  // False where a put would have to wait now, or do more than its own: seal, or go on behind a
  // failed sync.
  [[nodiscard]] bool is_put_brief() const;
  // Makes everything put so far durable; for is_durable = false.
  [[nodiscard]] Result<void> sync();

  // The series of a metric: all of its units, or the given one.
  struct UnitSeries {
    Unit unit = Unit::kNone;
    SeriesId series = 0;
  };
  [[nodiscard]] std::vector<UnitSeries> find(const MetricName& name,
                                             std::optional<Unit> unit = std::nullopt) const;

  // Adds up the samples of some series (their units are not looked at) by periods of `period_s`
  // from `start_ms` on; samples at or after `end_ms` are left out. Samples past their resolution's
  // time count only for periods that the next one can serve. At most kMaxPeriods.
  static constexpr std::int64_t kMaxPeriods = 2'000'000;
  [[nodiscard]] Result<Reading> read(std::span<const SeriesId> series, TimeMs start_ms,
                                     TimeMs end_ms, std::int64_t period_s,
                                     bool wants_distributions) const;

  // Metrics in the order in which they came, from id `first` on, at most `limit`.
  [[nodiscard]] std::vector<ListedMetric> list(const MetricFilter& filter, MetricId first = 0,
                                               std::size_t limit = SIZE_MAX) const;

  // Seals, merges, rolls up and removes what it is time for. To be called every few seconds; does
  // little most times. After an error everything is as it was, and the next call tries again.
  [[nodiscard]] Result<void> maintain();
  // Moves all samples from memory and log into parts.
  [[nodiscard]] Result<void> seal();
  void set_rollups(std::vector<RollupRule> rollups);

  [[nodiscard]] MetricUsage usage() const;
  [[nodiscard]] const std::array<Tier, kNumTiers>& tiers() const { return options_.tiers; }

 private:
  using Parts = std::vector<std::pair<PartEntry, std::shared_ptr<const PartReader>>>;

  MetricStore(io::FileSystem& files, std::string directory, const Clock& clock,
              MetricStoreOptions options);
  [[nodiscard]] Result<void> recover(MetricOpenReport& report);
  [[nodiscard]] Result<void> resolve(std::string_view scope, std::string_view name_space,
                                     std::span<const Datum> datums, PutBatch& batch);
  [[nodiscard]] Result<SeriesId> series_for(const MetricName& name, Unit unit, PutBatch& batch);
  void apply(const PutBatch& batch);
  [[nodiscard]] bool begin_batch(const BatchKey& key);
  [[nodiscard]] Result<BegunPut> begin(std::string_view scope, std::string_view name_space,
                                       std::span<const Datum> datums, std::optional<BatchKey> key);
  [[nodiscard]] Result<void> carry_batches_over();
  [[nodiscard]] Result<void> revive_log();
  [[nodiscard]] Result<void> seal_locked();
  [[nodiscard]] Result<void> write_head(const Head& head, PartList& list, Parts& added);
  [[nodiscard]] Result<bool> merge_once(std::int64_t now_s);
  [[nodiscard]] Result<void> replace(std::span<const std::size_t> places, std::size_t to_tier,
                                     std::uint32_t partition_s);
  [[nodiscard]] Result<void> publish(PartList list, Parts parts);
  [[nodiscard]] std::size_t tier_of(std::uint32_t step_s) const;

  io::FileSystem& files_;
  std::string directory_;
  const Clock& clock_;
  MetricStoreOptions options_;

  // Held shared from a batch's append to its being seen, unique where the log is rotated: so what
  // is in the files before a rotation is in the head that is sealed.
  PutGate gate_;
  std::mutex maintenance_;  // one seal or merge at a time

  mutable std::shared_mutex mutex_;  // what follows
  SeriesBook book_;
  std::vector<bool> is_defined_;  // in SERIES, or in a durable record of this process
  std::shared_ptr<Head> head_;
  std::shared_ptr<const Head> sealing_;  // until its part is published
  std::shared_ptr<const Parts> parts_;
  std::uint64_t refused_series_ = 0;
  BatchMemory batches_;
  std::vector<BatchKey> batches_underway_;
  std::condition_variable_any batch_done_;
  std::uint64_t repeated_batches_ = 0;

  PartList list_;  // under maintenance_
  std::uint64_t sealing_floor_ = 0;
  SeriesId sealing_series_ = 0;
  std::unique_ptr<SeriesLog> series_log_;
  std::unique_ptr<store::WriteAheadLog> log_;
  std::atomic<bool> is_log_failed_{false};
  TimeMs last_seal_ms_ = 0;
};

}  // namespace weir::metric
