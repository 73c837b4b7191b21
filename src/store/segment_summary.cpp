#include "store/segment_summary.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "store/null_bits.h"
#include "store/ranking.h"

namespace weir::store {
namespace {

constexpr std::size_t kMaxCoverageMinutes = 64 * 4096;

std::vector<std::size_t> members_of(const TableLayout& layout,
                                    const std::vector<std::size_t>& columns) {
  std::vector<std::size_t> members;
  for (const std::size_t column : columns) {
    members.push_back(layout.member_of[column]);
  }
  return members;
}

}  // namespace

SegmentSummary::SegmentSummary(const TableLayout& layout, std::size_t rollup_bytes)
    : layout_(layout), totals_(layout.totals.size(), members_of(layout, layout.minutes)) {
  for (const TableLayout::Rollup& rollup : layout.rollups) {
    RollupBuilder::Keys keys;
    keys.members = members_of(layout, rollup.keys);
    keys.has_number = rollup.number.has_value();
    if (rollup.where) {
      keys.where_member = layout.member_of[*rollup.where];
      keys.where_text = rollup.where_text;
    }
    rollups_.emplace_back(
        std::move(keys), layout.totals.size(),
        layout.silent ? std::optional(layout.member_of[*layout.silent]) : std::nullopt,
        rollup_bytes);
  }
}

void SegmentSummary::add_block(std::span<const std::uint32_t> codes, const NumbersOf& numbers_of,
                               const TupleDictionary& group) {
  if (layout_.totals.empty()) {
    return;
  }
  add_rollups(codes, numbers_of, group);
  add_totals(codes, numbers_of, group);
}

void SegmentSummary::add_totals(std::span<const std::uint32_t> codes, const NumbersOf& numbers_of,
                                const TupleDictionary& group) {
  std::vector<TotalsBuilder::Sum> sums;
  for (const std::size_t column : layout_.totals) {
    const Numbers numbers = numbers_of(column);
    sums.push_back({numbers.values, numbers.nulls});
  }
  TotalsBuilder::Rows rows;
  rows.codes = codes;
  rows.sums = sums;
  if (layout_.time) {
    const Numbers times = numbers_of(*layout_.time);
    rows.times = times.values;
    rows.time_nulls = times.nulls;
  }
  if (layout_.until) {
    const Numbers untils = numbers_of(*layout_.until);
    rows.untils = untils.values;
    rows.until_nulls = untils.nulls;
  }
  totals_.add(rows, group);
  mark_minutes(rows);
}

// Rows near each other are near in time: mostly a look at the outermost times is enough.
void SegmentSummary::mark_minutes(const TotalsBuilder::Rows& rows) {
  constexpr std::size_t kStep = 512;
  const auto until_of = [&](std::size_t i) {
    return rows.untils != nullptr && !is_null_bit(rows.until_nulls, i) ? rows.untils[i]
                                                                       : rows.times[i];
  };
  for (std::size_t begin = 0; rows.times != nullptr && begin < rows.codes.size(); begin += kStep) {
    const std::size_t end = std::min(begin + kStep, rows.codes.size());
    TimeMs first = INT64_MAX;
    TimeMs last = INT64_MIN;
    for (std::size_t i = begin; i < end; ++i) {
      if (!is_null_bit(rows.time_nulls, i)) {
        first = std::min(first, rows.times[i]);
        last = std::max({last, rows.times[i], until_of(i)});
      }
    }
    if (first > last || (first >= 0 && coverage_.is_covered(first, last))) {
      continue;
    }
    for (std::size_t i = begin; i < end; ++i) {
      if (!is_null_bit(rows.time_nulls, i)) {
        coverage_.mark(rows.times[i], until_of(i));
      }
    }
  }
}

void SegmentSummary::add_rollups(std::span<const std::uint32_t> codes, const NumbersOf& numbers_of,
                                 const TupleDictionary& group) {
  const auto numbers = [&](std::size_t column) -> RollupBuilder::Numbers {
    const Numbers found = numbers_of(column);
    return {found.values, found.nulls};
  };
  std::vector<RollupBuilder::Numbers> columns;
  for (const std::size_t column : layout_.totals) {
    columns.push_back(numbers(column));
  }
  for (std::size_t r = 0; r < rollups_.size(); ++r) {
    const auto number = layout_.rollups[r].number;
    rollups_[r].add(codes, columns, number ? numbers(*number) : RollupBuilder::Numbers{}, group);
  }
}

void SegmentSummary::write(const TupleDictionary& group, const Put& put,
                           SegmentFooter& footer) const {
  if (!layout_.totals.empty() && !totals_.has_overflowed()) {
    write_totals_section(group, put, footer.totals.emplace());
  }
  if (layout_.silent && !layout_.totals.empty()) {
    for (std::size_t code = 0; code < totals_.num_codes(); ++code) {
      const std::string_view status = status_of(group, code);
      const std::uint64_t rows = totals_.num_rows_of(code);
      footer.num_nodata += status == "NODATA" ? rows : 0;
      footer.num_skipdata += status == "SKIPDATA" ? rows : 0;
    }
  }
  const auto minutes = coverage_.minutes();
  if (minutes.words.size() * 64 <= kMaxCoverageMinutes) {
    footer.coverage_minute = minutes.first_minute;
    footer.coverage = minutes.words;
  }
}

void SegmentSummary::write_totals_section(const TupleDictionary& group, const Put& put,
                                          SegmentTotals& totals) const {
  totals.columns.assign(layout_.totals.begin(), layout_.totals.end());
  totals.minute_keys.assign(layout_.minutes.begin(), layout_.minutes.end());
  std::string bytes;
  const Totals by_code = totals_.by_code();
  write_totals(by_code, false, bytes);
  totals.by_code = put(bytes);
  bytes.clear();
  write_totals(totals_.by_minute(), true, bytes);
  totals.num_minutes = static_cast<std::uint32_t>(totals_.num_minutes());
  totals.by_minute = put(bytes);
  write_rankings(by_code, group, put, totals);
  write_rollups(put, totals);
}

void SegmentSummary::write_rankings(const Totals& by_code, const TupleDictionary& group,
                                    const Put& put, SegmentTotals& totals) const {
  std::vector<std::uint8_t> is_silent(by_code.num_rows.size(), 0);
  for (std::size_t code = 0; layout_.silent && code < is_silent.size(); ++code) {
    const std::string_view status = status_of(group, code);
    is_silent[code] = status == "NODATA" || status == "SKIPDATA" ? 1 : 0;
  }
  std::string bytes;
  for (const std::vector<std::size_t>& keys : layout_.ranks) {
    const auto ranking = rank_keys(by_code, group, members_of(layout_, keys), is_silent);
    if (!ranking) {
      continue;
    }
    SegmentRanking& written = totals.rankings.emplace_back();
    written.keys.assign(keys.begin(), keys.end());
    written.num_keys = static_cast<std::uint32_t>(ranking->totals.num_rows.size());
    bytes.clear();
    write_ranking(*ranking, bytes);
    written.extent = put(bytes);
  }
}

void SegmentSummary::write_rollups(const Put& put, SegmentTotals& totals) const {
  std::string bytes;
  for (std::size_t r = 0; r < rollups_.size(); ++r) {
    if (rollups_[r].has_given_up()) {
      continue;
    }
    const TableLayout::Rollup& layout = layout_.rollups[r];
    const Rollup rollup = rollups_[r].rollup();
    SegmentRollup& written = totals.rollups.emplace_back();
    written.keys.assign(layout.keys.begin(), layout.keys.end());
    if (layout.number) {
      written.number = static_cast<std::uint32_t>(*layout.number);
    }
    if (layout.where) {
      written.where = static_cast<std::uint32_t>(*layout.where);
    }
    written.where_text = layout.where_text;
    written.num_rows = static_cast<std::uint32_t>(rollup.codes.size());
    bytes.clear();
    write_rollup(rollup, bytes);
    written.extent = put(bytes);
  }
}

std::string_view SegmentSummary::status_of(const TupleDictionary& group, std::size_t code) const {
  const std::size_t member = layout_.member_of[*layout_.silent];
  return group.member(member).text(group.value_code(code, member));
}

std::size_t SegmentSummary::memory_bytes() const {
  std::size_t bytes = totals_.memory_bytes();
  for (const RollupBuilder& rollup : rollups_) {
    bytes += rollup.memory_bytes();
  }
  return bytes;
}

}  // namespace weir::store
