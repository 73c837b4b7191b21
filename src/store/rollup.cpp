#include "store/rollup.h"

#include <algorithm>
#include <utility>

#include "base/int128.h"
#include "store/null_bits.h"
#include "store/segment_runs.h"

namespace weir::store {
namespace {

constexpr std::size_t kMaxRows = std::size_t{1} << 20;

bool is_silent(std::string_view status) { return status == "NODATA" || status == "SKIPDATA"; }

}  // namespace

RollupBuilder::RollupBuilder(Keys keys, std::size_t num_columns,
                             std::optional<std::size_t> silent_member, std::size_t max_bytes)
    : keys_(std::move(keys)),
      num_columns_(num_columns),
      silent_member_(silent_member),
      max_bytes_(max_bytes) {}

void RollupBuilder::give_up() {
  has_given_up_ = true;
  *this = RollupBuilder(keys_, num_columns_, silent_member_, max_bytes_);
  has_given_up_ = true;
}

std::uint32_t RollupBuilder::add_cell(std::uint32_t code, std::int64_t number) {
  const auto added = static_cast<std::uint32_t>(codes_.size());
  if (added % kPieceCells == 0) {
    cells_.push_back(std::make_unique<std::int64_t[]>(kPieceCells * cell_size()));
  }
  codes_.push_back(code);
  if (keys_.has_number) {
    numbers_.push_back(number);
  }
  std::int64_t* const words = cell(added);
  for (std::size_t c = 0; c < num_columns_; ++c) {
    words[1 + c * kNumParts + kLeast] = INT64_MAX;
    words[1 + c * kNumParts + kGreatest] = INT64_MIN;
  }
  return added;
}

std::uint32_t RollupBuilder::key_of(const TupleDictionary& group, std::uint32_t code) {
  const auto text_of = [&](std::size_t member) {
    const std::uint32_t value = group.value_code(code, member);
    return value == 0 ? std::string_view() : group.member(member).text(value);
  };
  if (keys_.where_member && text_of(*keys_.where_member) != keys_.where_text) {
    return kNoKey;
  }
  if (keys_.members.size() == group.num_members()) {
    return code;  // each is a key of its own
  }
  const std::uint32_t silence = silent_member_ && is_silent(text_of(*silent_member_)) ? 1 : 0;
  if (keys_.members.size() == 1) {
    const std::size_t place = group.value_code(code, keys_.members.front()) * 2 + silence;
    if (place >= first_of_value_.size()) {
      first_of_value_.resize(place + 1, kNoKey);
    }
    std::uint32_t& first = first_of_value_[place];
    first = first == kNoKey ? code : first;
    return first;
  }
  std::vector<std::uint32_t> values;
  for (const std::size_t member : keys_.members) {
    values.push_back(group.value_code(code, member));
  }
  values.push_back(silence);
  return first_of_values_.emplace(std::move(values), code).first->second;
}

// Gives each new code its key: the code that stands for its keys, then the cell.
void RollupBuilder::number_keys(const TupleDictionary& group) {
  for (auto code = static_cast<std::uint32_t>(key_of_code_.size()); code < group.size(); ++code) {
    std::uint32_t key = key_of(group, code);
    if (!keys_.has_number && key != kNoKey) {
      key = key == code ? add_cell(code, Rollup::kNoNumber) : key_of_code_[key];
    }
    key_of_code_.push_back(key);
  }
}

std::uint32_t RollupBuilder::find_cell(std::uint32_t code, std::int64_t number) {
  const auto [at, is_new] = pairs_.emplace(std::pair(code, number), 0U);
  if (is_new) {
    at->second = add_cell(code, number);
  }
  return at->second;
}

inline void RollupBuilder::add_row(std::uint32_t number, std::span<const Numbers> columns,
                                   std::size_t row) {
  std::int64_t* words = cell(number);
  ++words[0];
  ++words;
  for (const Numbers& column : columns) {
    if (!is_null_bit(column.nulls, row)) {
      const std::int64_t value = column.values[row];
      ++words[kValues];
      has_given_up_ |= __builtin_add_overflow(words[kSum], value, &words[kSum]);
      has_given_up_ |= value == INT64_MAX || value == INT64_MIN;
      words[kLeast] = std::min(words[kLeast], value);
      words[kGreatest] = std::max(words[kGreatest], value);
      const UInt128 squares =
          (static_cast<UInt128>(static_cast<std::uint64_t>(words[kHigh])) << 64 |
           static_cast<std::uint64_t>(words[kLow])) +
          static_cast<UInt128>(static_cast<Int128>(value) * value);
      words[kLow] = static_cast<std::int64_t>(squares);
      words[kHigh] = static_cast<std::int64_t>(squares >> 64);
    }
    words += kNumParts;
  }
}

void RollupBuilder::add(std::span<const std::uint32_t> codes, std::span<const Numbers> columns,
                        const Numbers& number, const TupleDictionary& group) {
  if (has_given_up_) {
    return;
  }
  number_keys(group);
  if (keys_.has_number) {
    for (std::size_t row = 0; row < codes.size(); ++row) {
      const std::uint32_t key = key_of_code_[codes[row]];
      if (key != kNoKey) {
        const bool is_null = is_null_bit(number.nulls, row);
        has_given_up_ |= !is_null && number.values[row] == Rollup::kNoNumber;
        add_row(find_cell(key, is_null ? Rollup::kNoNumber : number.values[row]), columns, row);
      }
    }
  } else {
    constexpr std::size_t kAhead = 16;
    row_cells_.resize(codes.size());
    for (std::size_t row = 0; row < codes.size(); ++row) {
      row_cells_[row] = key_of_code_[codes[row]];
    }
    for (std::size_t row = 0; row < codes.size(); ++row) {
      const std::uint32_t ahead = row_cells_[std::min(row + kAhead, codes.size() - 1)];
      if (ahead != kNoKey) {
        __builtin_prefetch(cell(ahead), 1);
        __builtin_prefetch(cell(ahead) + cell_size() - 1, 1);
      }
      if (row_cells_[row] != kNoKey) {
        add_row(row_cells_[row], columns, row);
      }
    }
  }
  if (has_given_up_ || memory_bytes() > max_bytes_ || codes_.size() > kMaxRows) {
    give_up();
  }
}

std::size_t RollupBuilder::memory_bytes() const {
  return cells_.size() * kPieceCells * cell_size() * sizeof(std::int64_t) + pairs_.size() * 48 +
         first_of_values_.size() * (80 + 4 * (keys_.members.size() + 1)) +
         (first_of_value_.capacity() + codes_.capacity() + key_of_code_.capacity() +
          row_cells_.capacity()) *
             4 +
         numbers_.capacity() * 8;
}

Rollup RollupBuilder::rollup() const {
  Rollup rollup;
  rollup.codes = codes_;
  rollup.numbers = numbers_;
  rollup.columns.resize(num_columns_);
  for (std::uint32_t number = 0; number < codes_.size(); ++number) {
    rollup.num_rows.push_back(static_cast<std::uint64_t>(cell(number)[0]));
    for (std::size_t c = 0; c < num_columns_; ++c) {
      const std::int64_t* const words = cell(number) + 1 + c * kNumParts;
      Rollup::Column& column = rollup.columns[c];
      column.num_values.push_back(static_cast<std::uint64_t>(words[kValues]));
      column.sums.push_back(words[kSum]);
      column.least.push_back(words[kLeast]);
      column.greatest.push_back(words[kGreatest]);
      column.squares_low.push_back(static_cast<std::uint64_t>(words[kLow]));
      column.squares_high.push_back(static_cast<std::uint64_t>(words[kHigh]));
    }
  }
  return rollup;
}

void write_rollup(const Rollup& rollup, std::string& out) {
  put_run(rollup.codes, out);
  if (!rollup.numbers.empty()) {
    put_sparse_run(rollup.numbers, Rollup::kNoNumber, out);
  }
  put_run(rollup.num_rows, out);
  for (const Rollup::Column& column : rollup.columns) {
    std::vector<std::uint64_t> num_nulls(rollup.num_rows.size());
    for (std::size_t i = 0; i < num_nulls.size(); ++i) {
      num_nulls[i] = rollup.num_rows[i] - column.num_values[i];
    }
    put_run(num_nulls, out);
    put_run(column.sums, out);
    put_sparse_run(column.least, INT64_MAX, out);
    put_sparse_run(column.greatest, INT64_MIN, out);
    put_run(column.squares_low, out);
    put_run(column.squares_high, out);
  }
}

Result<Rollup> read_rollup(std::string_view bytes, std::size_t num_rows, bool has_number,
                           std::uint32_t num_codes, const std::vector<bool>& wanted_columns) {
  codec::ByteReader reader(bytes);
  Rollup rollup;
  WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, rollup.codes));
  if (std::any_of(rollup.codes.begin(), rollup.codes.end(),
                  [num_codes](std::uint32_t code) { return code >= num_codes; })) {
    return fail(ErrorCode::kInput, "a segment's roll-up is of a key that no row has");
  }
  if (has_number && num_rows > 0) {
    WEIR_ASSIGN_OR_RETURN(rollup.numbers, take_sparse_run(reader, num_rows, Rollup::kNoNumber));
  }
  WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, rollup.num_rows));
  for (const bool is_wanted : wanted_columns) {
    Rollup::Column& column = rollup.columns.emplace_back();
    if (!is_wanted) {
      reader.text();
      reader.text();
      skip_sparse_run(reader);
      skip_sparse_run(reader);
      reader.text();
      reader.text();
      continue;
    }
    WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, column.num_values));
    for (std::size_t i = 0; i < num_rows; ++i) {
      column.num_values[i] = rollup.num_rows[i] - column.num_values[i];
    }
    WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, column.sums));
    WEIR_ASSIGN_OR_RETURN(column.least, take_sparse_run(reader, num_rows, INT64_MAX));
    WEIR_ASSIGN_OR_RETURN(column.greatest, take_sparse_run(reader, num_rows, INT64_MIN));
    WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, column.squares_low));
    WEIR_RETURN_IF_ERROR(take_run(reader, num_rows, column.squares_high));
  }
  if (!reader.is_at_end()) {
    return fail(ErrorCode::kInput, "a segment's roll-up is damaged");
  }
  return rollup;
}

}  // namespace weir::store
