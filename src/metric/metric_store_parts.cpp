// How a metric store writes its parts: sealing, merging, rolling up.

#include <algorithm>
#include <map>
#include <set>

#include "metric/metric_store.h"

namespace weir::metric {
namespace {

// Parts of one partition that are worth one file.
constexpr std::size_t kMergeParts = 4;
// A partition to which nothing more comes but by chance.
constexpr std::int64_t kClosedAfterS = 3 * 3'600;

// Samples of one series from several sources, brought to steps of `step_s` and merged where they
// fall together. Keeps copies of distributions.
class SampleMerger {
 public:
  explicit SampleMerger(std::uint32_t step_s) : step_s_(step_s) {}

  void add(const Sample& sample) {
    const auto [place, is_first] = by_time_.try_emplace(sample.time_s - sample.time_s % step_s_);
    Merged& merged = place->second;
    if (is_first) {  // most stay alone, and their values are implied
      merged.aggregate = sample.aggregate;
      if (sample.values != nullptr) {
        merged.values = *sample.values;
      }
      return;
    }
    if (merged.values.is_empty()) {
      add_values({0, merged.aggregate, nullptr}, merged.values);
    }
    merged.aggregate.merge(sample.aggregate);
    add_values(sample, merged.values);
  }
  // The samples ascending; they live until the next clear().
  std::span<const Sample> samples() {
    samples_.clear();
    for (const auto& [time_s, merged] : by_time_) {
      samples_.push_back(
          {time_s, merged.aggregate, merged.values.is_empty() ? nullptr : &merged.values});
    }
    return samples_;
  }
  void clear() { by_time_.clear(); }

 private:
  struct Merged {
    Aggregate aggregate;
    sketch::Distribution values;
  };
  std::uint32_t step_s_;
  std::map<std::uint32_t, Merged> by_time_;
  std::vector<Sample> samples_;
};

}  // namespace

Result<void> MetricStore::publish(PartList list, Parts parts) {
  WEIR_RETURN_IF_ERROR(write_part_list(files_, directory_, list));
  list_ = std::move(list);
  const std::unique_lock lock(mutex_);
  parts_ = std::make_shared<const Parts>(std::move(parts));
  return {};
}

Result<void> MetricStore::seal_locked() {
  if (sealing_ == nullptr) {
    const std::unique_lock gate(gate_);
    const std::unique_lock lock(mutex_);
    if (head_->num_samples() == 0) {
      last_seal_ms_ = clock_.now_ms();
      return {};
    }
    WEIR_ASSIGN_OR_RETURN(sealing_floor_, log_->rotate());
    is_log_failed_ = false;
    sealing_ = std::move(head_);
    head_ = std::make_shared<Head>();
    sealing_series_ = static_cast<SeriesId>(book_.num_series());
  }
  {
    const std::shared_lock lock(mutex_);
    WEIR_RETURN_IF_ERROR(series_log_->append(book_, sealing_series_));
  }
  if (is_log_failed_) {
    WEIR_RETURN_IF_ERROR(revive_log());
  }
  WEIR_RETURN_IF_ERROR(carry_batches_over());
  PartList list = list_;
  Parts parts = *parts_;
  list.wal_floor = sealing_floor_;
  WEIR_RETURN_IF_ERROR(write_head(*sealing_, list, parts));
  WEIR_RETURN_IF_ERROR(write_part_list(files_, directory_, list));
  list_ = std::move(list);
  {
    const std::unique_lock lock(mutex_);
    parts_ = std::make_shared<const Parts>(std::move(parts));
    sealing_ = nullptr;
    for (SeriesId id = 0; id < sealing_series_; ++id) {
      is_defined_[id] = true;
    }
  }
  last_seal_ms_ = clock_.now_ms();
  [[maybe_unused]] const auto dropped = log_->drop_below(list_.wal_floor);  // or when opened next
  return {};
}

// One part for each resolution and partition that the head has samples of.
Result<void> MetricStore::write_head(const Head& head, PartList& list, Parts& added) {
  for (const bool is_high_resolution : {true, false}) {
    const Tier& tier = options_.tiers[is_high_resolution ? 0 : 1];
    std::set<std::uint32_t> partitions;
    for (SeriesId id = 0; id < head.series_end(); ++id) {
      head.visit(id, is_high_resolution, 0, UINT32_MAX, [&](const Sample& sample) {
        partitions.insert(sample.time_s - sample.time_s % tier.partition_s);
      });
    }
    for (const std::uint32_t partition_s : partitions) {
      PartEntry entry{list.next_number++, tier.step_s, partition_s, 0};
      const std::string path = part_path(directory_, entry.number);
      WEIR_ASSIGN_OR_RETURN(auto writer, PartWriter::create(files_, path, tier.step_s));
      std::vector<Sample> samples;
      for (SeriesId id = 0; id < head.series_end(); ++id) {
        samples.clear();
        head.visit(id, is_high_resolution, partition_s, partition_s + tier.partition_s,
                   [&](const Sample& sample) { samples.push_back(sample); });
        WEIR_RETURN_IF_ERROR(writer->add(id, samples));
      }
      WEIR_ASSIGN_OR_RETURN(entry.size, writer->finish());
      WEIR_ASSIGN_OR_RETURN(auto reader, PartReader::open(files_, path));
      list.parts.push_back(entry);
      added.emplace_back(entry, std::move(reader));
    }
  }
  return {};
}

// Merges, rolls up or removes the parts of one partition; false where there is nothing to do.
Result<bool> MetricStore::merge_once(std::int64_t now_s) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::size_t>> by_partition;
  for (std::size_t i = 0; i < parts_->size(); ++i) {
    const PartEntry& entry = (*parts_)[i].first;
    by_partition[{entry.step_s, entry.partition_s}].push_back(i);
  }
  for (const auto& [key, places] : by_partition) {
    const std::size_t tier = tier_of(key.first);
    const std::int64_t end_s = std::int64_t{key.second} + options_.tiers[tier].partition_s;
    if (end_s + options_.tiers[tier].retention_s <= now_s) {
      if (tier + 1 == kNumTiers) {
        WEIR_RETURN_IF_ERROR(replace(places, kNumTiers, 0));
      } else {
        const std::uint32_t next_s = options_.tiers[tier + 1].partition_s;
        WEIR_RETURN_IF_ERROR(replace(places, tier + 1, key.second - key.second % next_s));
      }
      return true;
    }
    // The smallest together, so that a sample is rewritten a few times, not with every seal.
    std::vector<std::size_t> small = places;
    std::sort(small.begin(), small.end(), [&](std::size_t a, std::size_t b) {
      return (*parts_)[a].first.size < (*parts_)[b].first.size;
    });
    const bool is_closed = end_s + kClosedAfterS <= now_s;
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    while (count < small.size() &&
           (is_closed || count < 2 || (*parts_)[small[count]].first.size <= bytes)) {
      bytes += (*parts_)[small[count++]].first.size;
    }
    small.resize(count);
    if (count >= kMergeParts || (is_closed && count > 1)) {
      WEIR_RETURN_IF_ERROR(replace(small, tier, key.second));
      return true;
    }
  }
  return false;
}

// Puts one part of tier `to_tier` in the place of some; nothing where that is kNumTiers.
Result<void> MetricStore::replace(std::span<const std::size_t> places, std::size_t to_tier,
                                  std::uint32_t partition_s) {
  const auto old_parts = parts_;
  PartList list = list_;
  Parts parts;
  list.parts.clear();
  for (std::size_t i = 0; i < old_parts->size(); ++i) {
    if (std::find(places.begin(), places.end(), i) == places.end()) {
      parts.push_back((*old_parts)[i]);
      list.parts.push_back((*old_parts)[i].first);
    }
  }
  if (to_tier < kNumTiers) {
    const std::uint32_t step_s = options_.tiers[to_tier].step_s;
    PartEntry entry{list.next_number++, step_s, partition_s, 0};
    const std::string path = part_path(directory_, entry.number);
    WEIR_ASSIGN_OR_RETURN(auto writer, PartWriter::create(files_, path, step_s));
    std::set<SeriesId> series;
    for (const std::size_t i : places) {
      for (const ChunkPlace& place : (*old_parts)[i].second->chunks()) {
        series.insert(series.end(), place.series);
      }
    }
    SampleMerger merger(step_s);
    ChunkDecoder decoder;
    const SampleVisitor add = [&](const Sample& sample) { merger.add(sample); };
    for (const SeriesId id : series) {
      merger.clear();
      for (const std::size_t i : places) {
        WEIR_RETURN_IF_ERROR((*old_parts)[i].second->visit(id, 0, UINT32_MAX, true, decoder, add));
      }
      WEIR_RETURN_IF_ERROR(writer->add(id, merger.samples()));
    }
    WEIR_ASSIGN_OR_RETURN(entry.size, writer->finish());
    WEIR_ASSIGN_OR_RETURN(auto reader, PartReader::open(files_, path));
    list.parts.push_back(entry);
    parts.emplace_back(entry, std::move(reader));
  }
  WEIR_RETURN_IF_ERROR(publish(std::move(list), std::move(parts)));
  for (const std::size_t i : places) {  // a file that stays is removed when opened next
    [[maybe_unused]] const auto removed =
        files_.remove(part_path(directory_, (*old_parts)[i].first.number));
  }
  return {};
}

}  // namespace weir::metric
