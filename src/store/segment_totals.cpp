#include "store/segment_totals.h"

#include <algorithm>
#include <cstring>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/numbers.h"

namespace weir::store {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;

bool is_null_bit(const std::uint64_t* nulls, std::size_t row) {
  return nulls != nullptr && ((nulls[row >> 6] >> (row & 63)) & 1) != 0;
}

std::int64_t minute_of(TimeMs time) {
  return time >= 0 ? time / kMinuteMs : -((-time + kMinuteMs - 1) / kMinuteMs);
}

// A run of numbers of which some are missing: 0 stands for missing, the others count from the
// smallest in steps of what divides them all, if that is a second.
template <class Missing>
void put_sparse_run(const std::vector<std::int64_t>& values, Missing is_missing, std::string& out) {
  std::int64_t base = INT64_MAX;
  for (const std::int64_t value : values) {
    base = is_missing(value) ? base : std::min(base, value);
  }
  base = base == INT64_MAX ? 0 : base;
  std::uint64_t scale = 1000;
  for (const std::int64_t value : values) {
    if (!is_missing(value) && (static_cast<std::uint64_t>(value) - base) % 1000 != 0) {
      scale = 1;
      break;
    }
  }
  std::vector<std::uint64_t> numbers;
  numbers.reserve(values.size());
  for (const std::int64_t value : values) {
    numbers.push_back(is_missing(value) ? 0
                                        : (static_cast<std::uint64_t>(value) - base) / scale + 1);
  }
  codec::put_varint(codec::to_zigzag(base), out);
  codec::put_varint(scale, out);
  std::string run;
  codec::encode_numbers(numbers, codec::Preference::kSize, run);
  codec::put_text(run, out);
}

Result<std::vector<std::int64_t>> take_sparse_run(codec::ByteReader& reader, std::size_t count,
                                                  std::int64_t missing) {
  const std::int64_t base = codec::from_zigzag(reader.varint());
  const std::uint64_t scale = reader.varint();
  codec::NumberDecoder decoder;
  WEIR_RETURN_IF_ERROR(decoder.open(reader.text(), count));
  std::vector<std::uint64_t> numbers(count);
  decoder.read(0, count, numbers.data());
  std::vector<std::int64_t> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = numbers[i] == 0 ? missing
                                : static_cast<std::int64_t>(static_cast<std::uint64_t>(base) +
                                                            (numbers[i] - 1) * scale);
  }
  return values;
}

template <class T>
void put_run(const std::vector<T>& values, std::string& out) {
  const std::vector<std::uint64_t> numbers(values.begin(), values.end());
  std::string run;
  codec::encode_numbers(numbers, codec::Preference::kSize, run);
  codec::put_text(run, out);
}

template <class T>
Result<void> take_run(codec::ByteReader& reader, std::size_t count, std::vector<T>& values) {
  codec::NumberDecoder decoder;
  WEIR_RETURN_IF_ERROR(decoder.open(reader.text(), count));
  std::vector<std::uint64_t> numbers(count);
  decoder.read(0, count, numbers.data());
  values.resize(count);
  std::transform(numbers.begin(), numbers.end(), values.begin(),
                 [](std::uint64_t number) { return static_cast<T>(number); });
  return {};
}

}  // namespace

TotalsBuilder::TotalsBuilder(std::size_t num_sums, std::vector<std::size_t> minute_members)
    : num_sums_(num_sums), minute_members_(std::move(minute_members)) {
  for (Totals* totals : {&by_code_, &by_minute_}) {
    totals->sums.resize(num_sums);
    totals->num_values.resize(num_sums);
  }
  by_minute_.key_values.resize(minute_members_.size());
}

void TotalsBuilder::make_room(const TupleDictionary& group) {
  const std::size_t before = by_code_.num_rows.size();
  const std::size_t size = group.size();
  by_code_.num_rows.resize(size, 0);
  by_code_.min_time.resize(size, Totals::kNoTime);
  by_code_.max_until.resize(size, -Totals::kNoTime);
  for (std::size_t s = 0; s < num_sums_; ++s) {
    by_code_.sums[s].resize(size, 0);
    by_code_.num_values[s].resize(size, 0);
  }
  std::vector<std::uint32_t> values(minute_members_.size());
  for (std::size_t code = before; code < size; ++code) {
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
  const auto [at, is_new] = minute_rows_.emplace(
      std::pair(minute, key), static_cast<std::uint32_t>(by_minute_.num_rows.size()));
  recent = {minute, key, at->second};
  if (is_new) {
    by_minute_.num_rows.push_back(0);
    by_minute_.minutes.push_back(minute);
    for (std::size_t s = 0; s < num_sums_; ++s) {
      by_minute_.sums[s].push_back(0);
      by_minute_.num_values[s].push_back(0);
    }
    for (std::size_t m = 0; m < minute_members_.size(); ++m) {
      by_minute_.key_values[m].push_back(keys_[key][m]);
    }
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
  std::vector<std::uint32_t> minute_rows(rows.codes.size());
  for (std::size_t i = 0; i < rows.codes.size(); ++i) {
    const std::uint32_t code = rows.codes[i];
    ++by_code_.num_rows[code];
    const bool has_time = rows.times != nullptr && !is_null_bit(rows.time_nulls, i);
    if (has_time) {
      by_code_.min_time[code] = std::min(by_code_.min_time[code], rows.times[i]);
    }
    if (rows.untils != nullptr && !is_null_bit(rows.until_nulls, i)) {
      by_code_.max_until[code] = std::max(by_code_.max_until[code], rows.untils[i]);
    }
    const std::int64_t minute = has_time ? minute_of(rows.times[i]) : Totals::kNoMinute;
    const std::uint32_t key = key_of_code_[code];
    if (minute != last_minute || key != last_key) {
      minute_row = find_minute(minute, key);
      last_minute = minute;
      last_key = key;
    }
    ++by_minute_.num_rows[minute_row];
    minute_rows[i] = static_cast<std::uint32_t>(minute_row);
  }
  for (std::size_t s = 0; s < num_sums_; ++s) {
    const Sum& sum = rows.sums[s];
    std::vector<std::int64_t>& code_sums = by_code_.sums[s];
    std::vector<std::int64_t>& minute_sums = by_minute_.sums[s];
    for (std::size_t i = 0; i < rows.codes.size(); ++i) {
      if (is_null_bit(sum.nulls, i)) {
        continue;
      }
      const std::uint32_t code = rows.codes[i];
      const std::uint32_t row = minute_rows[i];
      ++by_code_.num_values[s][code];
      ++by_minute_.num_values[s][row];
      has_overflowed_ |= __builtin_add_overflow(code_sums[code], sum.values[i], &code_sums[code]);
      has_overflowed_ |= __builtin_add_overflow(minute_sums[row], sum.values[i], &minute_sums[row]);
    }
  }
}

std::size_t TotalsBuilder::memory_bytes() const {
  return by_code_.num_rows.capacity() * (28 + 16 * num_sums_) +
         by_minute_.num_rows.capacity() * (60 + 16 * num_sums_);
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
    put_sparse_run(
        totals.minutes, [](std::int64_t minute) { return minute == Totals::kNoMinute; }, out);
    for (const auto& values : totals.key_values) {
      put_run(values, out);
    }
    return;
  }
  put_sparse_run(
      totals.min_time, [](TimeMs time) { return time == Totals::kNoTime; }, out);
  put_sparse_run(
      totals.max_until, [](TimeMs time) { return time == -Totals::kNoTime; }, out);
}

Result<Totals> read_totals(std::string_view bytes, std::size_t num_rows, std::size_t num_sums,
                           std::size_t num_keys, bool is_by_minute) {
  codec::ByteReader reader(bytes);
  Totals totals;
  WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, totals.num_rows));
  totals.sums.resize(num_sums);
  totals.num_values.resize(num_sums);
  for (std::size_t s = 0; s < num_sums; ++s) {
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
    WEIR_ASSIGN_OR_RETURN(totals.min_time, take_sparse_run(reader, num_rows, Totals::kNoTime));
    WEIR_ASSIGN_OR_RETURN(totals.max_until, take_sparse_run(reader, num_rows, -Totals::kNoTime));
  }
  if (!reader.is_at_end()) {
    return fail(ErrorCode::kInput, "a segment's totals are damaged");
  }
  return totals;
}

}  // namespace weir::store
