#include "store/group_sums.h"

#include <algorithm>

namespace weir::store {
namespace {

std::int64_t start_of(GroupSums::Kind kind) {
  return kind == GroupSums::Kind::kMin ? INT64_MAX : kind == GroupSums::Kind::kMax ? INT64_MIN : 0;
}

}  // namespace

void GroupSums::reset(std::span<const std::uint32_t> representatives,
                      std::span<const Kind> measures) {
  representatives_.assign(representatives.begin(), representatives.end());
  measures_.resize(measures.size());
  for (std::size_t m = 0; m < measures.size(); ++m) {
    measures_[m].kind = measures[m];
    measures_[m].num_values.clear();
    measures_[m].values.clear();
  }
  counts_.clear();
  bins_.clear();
  spilled_.clear();
}

void GroupSums::make_room(std::size_t num_cells) {
  counts_.resize(num_cells, 0);
  for (Measure& measure : measures_) {
    measure.num_values.resize(num_cells, 0);
    measure.values.resize(num_cells, start_of(measure.kind));
  }
}

std::size_t GroupSums::open_bin(std::int64_t bin) {
  const auto known = std::find_if(bins_.rbegin(), bins_.rend(),
                                  [&](const auto& candidate) { return candidate.first == bin; });
  if (known != bins_.rend()) {
    return known->second;
  }
  const std::size_t first = counts_.size();
  make_room(first + num_keys());
  bins_.emplace_back(bin, first);
  return first;
}

void GroupSums::spill(std::size_t measure, std::size_t cell, std::int64_t value) {
  Measure& target = measures_[measure];
  const auto before = static_cast<std::int64_t>(static_cast<std::uint64_t>(target.values[cell]) -
                                                static_cast<std::uint64_t>(value));
  spilled_.push_back({measure, cell, before});
  target.values[cell] = value;
}

void GroupSums::list(std::vector<Row>& rows) const {
  rows.clear();
  for (const auto& [bin, first] : bins_) {
    for (std::size_t key = 0; key < num_keys(); ++key) {
      if (counts_[first + key] > 0) {
        rows.push_back({representatives_[key], bin, first + key, false});
      }
    }
  }
  for (std::size_t s = 0; s < spilled_.size(); ++s) {
    const auto bin = std::find_if(bins_.rbegin(), bins_.rend(), [&](const auto& candidate) {
      return candidate.second <= spilled_[s].cell;
    });
    rows.push_back({representatives_[spilled_[s].cell - bin->second], bin->first, s, true});
  }
}

bool GroupSums::value(std::size_t measure, const Row& row, std::int64_t& out) const {
  const Measure& source = measures_[measure];
  if (row.is_spilled) {
    const Spilled& spilled = spilled_[row.cell];
    out = spilled.measure == measure ? spilled.sum : 0;
    return spilled.measure == measure || source.kind == Kind::kCountRows ||
           source.kind == Kind::kCount;
  }
  switch (source.kind) {
    case Kind::kCountRows:
      out = static_cast<std::int64_t>(counts_[row.cell]);
      return true;
    case Kind::kCount:
      out = static_cast<std::int64_t>(source.num_values[row.cell]);
      return true;
    default:
      out = source.values[row.cell];
      return source.num_values[row.cell] > 0;
  }
}

}  // namespace weir::store
