#include "intake/repeat_filter.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "intake/flow_table_spec.h"

namespace weir::intake {
namespace {

using column::Type;

constexpr TimeMs kHourMs = 3'600'000;
constexpr TimeMs kTimelessHour = INT64_MIN;
// Records remembered beyond the partition at hand.
constexpr std::size_t kMaxIdleRecords = 1'000'000;

TimeMs hour_of(TimeMs time) {
  const TimeMs rest = time % kHourMs;
  return time - (rest < 0 ? rest + kHourMs : rest);
}

}  // namespace

std::size_t RepeatFilter::HashSet::slot_of(const Hash& hash) const {
  std::size_t slot = hash[0] & (slots_.size() - 1);
  while (slots_[slot] != Hash{} && slots_[slot] != hash) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

bool RepeatFilter::HashSet::contains(const Hash& hash) const {
  return !slots_.empty() && slots_[slot_of(hash)] == hash;
}

void RepeatFilter::HashSet::insert(const Hash& hash) {
  if (size_ * 4 >= slots_.size() * 3) {
    std::vector<Hash> old(std::max<std::size_t>(slots_.size() * 2, 1024));
    old.swap(slots_);
    for (const Hash& known : old) {
      if (known != Hash{}) {
        slots_[slot_of(known)] = known;
      }
    }
  }
  Hash& slot = slots_[slot_of(hash)];
  size_ += slot == hash ? 0 : 1;
  slot = hash;
}

// The hash of a row is a sum over its values, each with its column's name: the order of the columns
// does not count, nor do columns without value.
void RepeatFilter::hash_rows(const column::Batch& batch, const std::vector<std::size_t>& columns,
                             const std::vector<std::string>& names) {
  hashes_.assign(batch.num_rows, Hash{1, 0});
  begins_.assign(batch.num_rows, kTimelessHour);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    flat_.copy_from(batch.columns[columns[c]]);
    flat_.flatten();
    if (flat_.type() == Type::kNull) {
      continue;
    }
    const std::uint64_t seed = XXH3_64bits(names[c].data(), names[c].size());
    const bool is_start = names[c] == "start";
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      if (flat_.is_null(row)) {
        continue;
      }
      XXH128_hash_t hash;
      if (flat_.type() == Type::kString) {
        const std::string_view text = flat_.data<std::string_view>()[row];
        hash = XXH3_128bits_withSeed(text.data(), text.size(), seed);
      } else if (flat_.type() == Type::kAddress) {
        hash = XXH3_128bits_withSeed(&flat_.data<IpAddress>()[row], sizeof(IpAddress), seed);
      } else {
        hash = XXH3_128bits_withSeed(&flat_.data<std::int64_t>()[row], sizeof(std::int64_t), seed);
      }
      hashes_[row][0] += hash.low64;
      hashes_[row][1] += hash.high64;
      if (is_start) {
        begins_[row] = hour_of(flat_.data<std::int64_t>()[row]);
      }
    }
  }
}

Result<void> RepeatFilter::choose(const column::Batch& batch,
                                  const std::vector<std::size_t>& columns,
                                  const std::vector<std::string>& names,
                                  std::vector<std::uint32_t>& rows) {
  // Partitions first: reading one uses the scratch that the rows' hashes lie in.
  hash_rows(batch, columns, names);
  std::vector<TimeMs> wanted = begins_;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  bool is_loaded = false;
  for (const TimeMs begin : wanted) {
    is_loaded = is_loaded || partitions_.count(begin) == 0;
    WEIR_ASSIGN_OR_RETURN(Partition* const used, partition(begin));
    used->last_used = ++num_uses_;
  }
  if (is_loaded) {
    hash_rows(batch, columns, names);
  }
  rows.clear();
  for (std::size_t row = 0; row < batch.num_rows; ++row) {
    if (!partitions_.at(begins_[row]).records.contains(hashes_[row])) {
      rows.push_back(static_cast<std::uint32_t>(row));
      current_.emplace_back(begins_[row], hashes_[row]);
    }
  }
  return {};
}

void RepeatFilter::end_object() {
  for (const auto& [begin, hash] : current_) {
    partitions_.at(begin).records.insert(hash);
  }
  current_.clear();
  forget_idle();
}

void RepeatFilter::forget_idle() {
  std::size_t num_records = 0;
  for (const auto& [begin, partition] : partitions_) {
    num_records += partition.records.size();
  }
  while (num_records > kMaxIdleRecords && partitions_.size() > 1) {
    const auto idle = std::min_element(
        partitions_.begin(), partitions_.end(),
        [](const auto& a, const auto& b) { return a.second.last_used < b.second.last_used; });
    num_records -= idle->second.records.size();
    partitions_.erase(idle);
  }
}

Result<RepeatFilter::Partition*> RepeatFilter::partition(TimeMs begin) {
  const auto known = partitions_.find(begin);
  if (known != partitions_.end()) {
    return &known->second;
  }
  Partition partition;
  WEIR_RETURN_IF_ERROR(load(begin, partition.records));
  return &partitions_.emplace(begin, std::move(partition)).first->second;
}

Result<void> RepeatFilter::load(TimeMs begin, HashSet& records) {
  WEIR_ASSIGN_OR_RETURN(auto snapshot, store_.snapshot(kFlowsTable));
  column::ScanRequest request;
  std::vector<std::size_t> columns;
  std::size_t start = 0;
  for (const store::ColumnSpec& column : snapshot->spec->columns) {
    if (!column.name.starts_with('@')) {
      start = column.name == "start" ? request.columns.size() : start;
      columns.push_back(request.columns.size());
      request.columns.push_back(column.name);
    }
  }
  if (request.columns.empty()) {
    return {};
  }
  if (begin != kTimelessHour) {
    request.range = {begin, begin + kHourMs};
  } else if (request.columns[start] == "start") {
    request.conjuncts.push_back({start, column::Comparison::kIsNull, {}});
  }
  store::StoredTable table(std::move(snapshot));
  WEIR_ASSIGN_OR_RETURN(const auto scan, table.scan(request, {}));
  WEIR_ASSIGN_OR_RETURN(const auto stream, scan->open_stream());
  column::Batch batch;
  while (true) {
    WEIR_ASSIGN_OR_RETURN(const bool is_more, stream->next(batch));
    if (!is_more) {
      return {};
    }
    hash_rows(batch, columns, request.columns);
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      if (begins_[row] == begin) {
        records.insert(hashes_[row]);
      }
    }
  }
}

}  // namespace weir::intake
