#include "store/segment_totals.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "codec/byte_reader.h"
#include "store/null_bits.h"
#include "store/segment_runs.h"

namespace weir::store {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

std::int64_t minute_of(TimeMs time) {
  return time >= 0 ? time / kMinuteMs : -((-time + kMinuteMs - 1) / kMinuteMs);
}

}  // namespace

std::int64_t* TotalCells::add() {
  if (size_ % kPieceCells == 0) {
    pieces_.push_back(std::make_unique<Line[]>(kPieceCells * num_lines_));
  }
  return at(size_++);
}

TotalsBuilder::TotalsBuilder(std::size_t num_sums, std::vector<std::size_t> minute_members)
    : num_sums_(num_sums),
      minute_members_(std::move(minute_members)),
      code_cells_(kSums + 2 * num_sums),
      minute_cells_(kSums + 2 * num_sums) {}

void TotalsBuilder::add_cell(TotalCells& cells) {
  std::int64_t* const cell = cells.add();
  cell[kMinTime] = Totals::kNoTime;
  cell[kMaxUntil] = -Totals::kNoTime;
}

void TotalsBuilder::make_room(const TupleDictionary& group) {
  std::vector<std::uint32_t> values(minute_members_.size());
  for (std::size_t code = num_codes(); code < group.size(); ++code) {
    add_cell(code_cells_);
    for (std::size_t m = 0; m < values.size(); ++m) {
      values[m] = group.value_code(code, minute_members_[m]);
    }
    const auto [at, is_new] =
        key_numbers_.emplace(values, static_cast<std::uint32_t>(key_numbers_.size()));
    if (is_new) {
      keys_.push_back(values);
    }
    key_of_code_.push_back(at->second);
  }
}

std::size_t TotalsBuilder::find_minute(std::int64_t minute, std::uint32_t key) {
  Recent& recent = recent_[(static_cast<std::uint64_t>(minute) * 31 + key) % recent_.size()];
  if (recent.minute == minute && recent.key == key) {
    return recent.row;
  }
  const auto [at, is_new] =
      minute_rows_.emplace(std::pair(minute, key), static_cast<std::uint32_t>(minutes_.size()));
  recent = {minute, key, at->second};
  if (is_new) {
    add_cell(minute_cells_);
    minutes_.push_back(minute);
    minute_keys_.push_back(key);
  }
  return at->second;
}

void TotalsBuilder::add(const Rows& rows, const TupleDictionary& group) {
  if (has_overflowed_) {
    return;
  }
  make_room(group);
  std::int64_t last_minute = Totals::kNoMinute + 1;
  std::uint32_t last_key = 0;
  std::size_t minute_row = 0;
  constexpr std::size_t kAhead = 16;
  const std::size_t num_rows = rows.codes.size();
  for (std::size_t i = 0; i < num_rows; ++i) {
    __builtin_prefetch(code_cells_.at(rows.codes[std::min(i + kAhead, num_rows - 1)]), 1);
    const std::uint32_t code = rows.codes[i];
    std::int64_t* const cell = code_cells_.at(code);
    ++cell[kRows];
    const bool has_time = rows.times != nullptr && !is_null_bit(rows.time_nulls, i);
    if (has_time) {
      cell[kMinTime] = std::min(cell[kMinTime], rows.times[i]);
    }
    if (rows.untils != nullptr && !is_null_bit(rows.until_nulls, i)) {
      cell[kMaxUntil] = std::max(cell[kMaxUntil], rows.untils[i]);
    }
    const std::int64_t minute = has_time ? minute_of(rows.times[i]) : Totals::kNoMinute;
    const std::uint32_t key = key_of_code_[code];
    if (minute != last_minute || key != last_key) {
      minute_row = find_minute(minute, key);
      last_minute = minute;
      last_key = key;
    }
    std::int64_t* const minute_cell = minute_cells_.at(minute_row);
    ++minute_cell[kRows];
    for (std::size_t s = 0; s < num_sums_; ++s) {
      const Sum& sum = rows.sums[s];
      const std::size_t part = kSums + 2 * s;
      if (is_null_bit(sum.nulls, i)) {
        ++cell[part + 1];
        ++minute_cell[part + 1];
        continue;
      }
      has_overflowed_ |= __builtin_add_overflow(cell[part], sum.values[i], &cell[part]);
      has_overflowed_ |=
          __builtin_add_overflow(minute_cell[part], sum.values[i], &minute_cell[part]);
    }
  }
}

std::size_t TotalsBuilder::memory_bytes() const {
  return code_cells_.memory_bytes() + minute_cells_.memory_bytes() + key_of_code_.capacity() * 4 +
         minutes_.capacity() * 60;
}

Totals TotalsBuilder::totals_of(const TotalCells& cells) const {
  Totals totals;
  totals.sums.resize(num_sums_);
  totals.num_values.resize(num_sums_);
  for (std::size_t number = 0; number < cells.size(); ++number) {
    const std::int64_t* const cell = cells.at(number);
    totals.num_rows.push_back(static_cast<std::uint64_t>(cell[kRows]));
    totals.min_time.push_back(cell[kMinTime]);
    totals.max_until.push_back(cell[kMaxUntil]);
    for (std::size_t s = 0; s < num_sums_; ++s) {
      totals.sums[s].push_back(cell[kSums + 2 * s]);
      totals.num_values[s].push_back(
          static_cast<std::uint64_t>(cell[kRows] - cell[kSums + 2 * s + 1]));
    }
  }
  return totals;
}

Totals TotalsBuilder::by_code() const { return totals_of(code_cells_); }

Totals TotalsBuilder::by_minute() const {
  Totals totals = totals_of(minute_cells_);
  totals.min_time.clear();
  totals.max_until.clear();
  totals.minutes = minutes_;
  totals.key_values.resize(minute_members_.size());
  for (std::size_t m = 0; m < minute_members_.size(); ++m) {
    for (const std::uint32_t key : minute_keys_) {
      totals.key_values[m].push_back(keys_[key][m]);
    }
  }
  return totals;
}

void write_totals(const Totals& totals, bool is_by_minute, std::string& out) {
  put_run(totals.num_rows, out);
  for (std::size_t s = 0; s < totals.sums.size(); ++s) {
    put_run(totals.sums[s], out);
    std::vector<std::uint64_t> num_nulls(totals.num_rows.size());
    for (std::size_t i = 0; i < num_nulls.size(); ++i) {
      num_nulls[i] = totals.num_rows[i] - totals.num_values[s][i];
    }
    put_run(num_nulls, out);
  }
  if (is_by_minute) {
    put_sparse_run(totals.minutes, Totals::kNoMinute, out);
    for (const auto& values : totals.key_values) {
      put_run(values, out);
    }
    return;
  }
  put_sparse_run(totals.min_time, Totals::kNoTime, out);
  put_sparse_run(totals.max_until, -Totals::kNoTime, out);
}

Result<Totals> read_totals(std::string_view bytes, std::size_t num_rows, std::size_t num_sums,
                           std::size_t num_keys, bool is_by_minute, const TotalsWanted& wanted) {
  codec::ByteReader reader(bytes);
  Totals totals;
  WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, totals.num_rows));
  totals.sums.resize(num_sums);
  totals.num_values.resize(num_sums);
  for (std::size_t s = 0; s < num_sums; ++s) {
    if (!wanted.has_sum(s)) {
      reader.text();
      reader.text();
      continue;
    }
    WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, totals.sums[s]));
    WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, totals.num_values[s]));
    for (std::size_t i = 0; i < num_rows; ++i) {
      totals.num_values[s][i] = totals.num_rows[i] - totals.num_values[s][i];
    }
  }
  if (is_by_minute) {
    WEIR_ASSIGN_OR_RETURN(totals.minutes, take_sparse_run(reader, num_rows, Totals::kNoMinute));
    totals.key_values.resize(num_keys);
    for (auto& values : totals.key_values) {
      WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, values));
    }
  } else {
    for (const auto& [times, none, is_wanted] :
         {std::tuple(&totals.min_time, Totals::kNoTime, wanted.min_time),
          std::tuple(&totals.max_until, -Totals::kNoTime, wanted.max_until)}) {
      if (wanted.is_all || is_wanted) {
        WEIR_ASSIGN_OR_RETURN(*times, take_sparse_run(reader, num_rows, none));
      } else {
        skip_sparse_run(reader);
      }
    }
  }
  if (!reader.is_at_end()) {
    return fail(ErrorCode::kInput, "a segment's totals are damaged");
  }
  return totals;
}

}  // namespace weir::store
