#include "store/group_sums.h"

#include <algorithm>
#include <bit>

#include "base/int128.h"
#include "store/null_bits.h"

namespace weir::store {
namespace {

std::int64_t start_of(GroupSums::Kind kind) {
  return kind == GroupSums::Kind::kMin ? INT64_MAX : kind == GroupSums::Kind::kMax ? INT64_MIN : 0;
}

// Rows whose cells are on their way from memory.
constexpr std::size_t kCellsAhead = 24;

}  // namespace

std::int64_t bin_of(const column::GroupRequest::Bin& bin, TimeMs time) {
  const std::int64_t since = time - bin.offset_ms;
  const std::int64_t number =
      since >= 0 ? since / bin.width_ms : -((-since + bin.width_ms - 1) / bin.width_ms);
  return bin.offset_ms + number * bin.width_ms;
}

void GroupSums::reset(std::span<const std::uint32_t> representatives,
                      std::span<const Kind> measures) {
  representatives_.assign(representatives.begin(), representatives.end());
  measures_.assign(measures.begin(), measures.end());
  cell_words_ = 2 * std::max<std::size_t>(measures.size(), 1);
  words_.clear();
  bins_.clear();
  spilled_.clear();
}

std::size_t GroupSums::open_bin(std::int64_t bin) {
  const auto known = std::find_if(bins_.rbegin(), bins_.rend(),
                                  [&](const auto& candidate) { return candidate.first == bin; });
  if (known != bins_.rend()) {
    return known->second;
  }
  const std::size_t first = num_cells();
  const std::size_t end = first + num_keys() + 1;
  words_.resize(end * cell_words_, 0);
  for (std::size_t m = 0; m < measures_.size(); ++m) {
    const std::int64_t start = start_of(measures_[m]);
    for (std::size_t cell = first; start != 0 && cell < end; ++cell) {
      words_[cell * cell_words_ + word_of(m) + 1] = start;
    }
  }
  bins_.emplace_back(bin, first);
  return first;
}

void GroupSums::spill(std::size_t measure, std::size_t cell, std::int64_t value) {
  std::int64_t& held = words_[cell * cell_words_ + word_of(measure) + 1];
  const auto before = static_cast<std::int64_t>(static_cast<std::uint64_t>(held) -
                                                static_cast<std::uint64_t>(value));
  spilled_.push_back({measure, cell, before});
  held = value;
}

// A measure's words in a cell, of which the second is what it holds; those of the next one follow.
template <GroupSums::Kind kind>
inline void GroupSums::add_value(std::size_t measure, std::size_t cell, std::int64_t* words,
                                 std::int64_t value) {
  std::int64_t& held = words[1];
  if constexpr (kind == Kind::kSum) {
    if (__builtin_expect(__builtin_add_overflow(held, value, &held), 0)) {
      spill(measure, cell, value);
    }
  } else if constexpr (kind == Kind::kMin) {
    held = std::min(held, value);
  } else if constexpr (kind == Kind::kMax) {
    held = std::max(held, value);
  } else if constexpr (kind == Kind::kSquaresLow) {
    std::int64_t& high = words[3];
    const UInt128 sum = (static_cast<UInt128>(static_cast<std::uint64_t>(high)) << 64 |
                         static_cast<std::uint64_t>(held)) +
                        static_cast<UInt128>(static_cast<Int128>(value) * value);
    held = static_cast<std::int64_t>(sum);
    high = static_cast<std::int64_t>(sum >> 64);
  }
}

template <GroupSums::Kind kind>
void GroupSums::add_kind(std::size_t measure, std::span<const std::uint32_t> cells,
                         const std::int64_t* values, const std::uint64_t* nulls) {
  std::int64_t* const words = words_.data() + word_of(measure);
  const std::size_t cell_words = cell_words_;
  // To a sum a null adds its 0, so only extremes look for them row by row.
  constexpr bool is_extreme = kind == Kind::kMin || kind == Kind::kMax;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (is_extreme && is_null_bit(nulls, i)) {
      continue;
    }
    add_value<kind>(measure, cells[i], words + cells[i] * cell_words, values[i]);
  }
}

void GroupSums::add_nulls(std::size_t measure, std::span<const std::uint32_t> cells,
                          const std::uint64_t* nulls) {
  if (nulls == nullptr) {
    return;
  }
  for (std::size_t word = 0; word * 64 < cells.size(); ++word) {
    for (std::uint64_t left = nulls[word]; left != 0; left &= left - 1) {
      const std::size_t i = word * 64 + static_cast<std::size_t>(std::countr_zero(left));
      if (i < cells.size()) {
        words_[cells[i] * cell_words_ + word_of(measure)] += null_of(measure);
      }
    }
  }
}

void GroupSums::add(std::size_t measure, std::size_t cell, std::uint64_t num_rows,
                    std::uint64_t num_values, std::int64_t value) {
  std::int64_t* const words = &words_[cell * cell_words_ + word_of(measure)];
  words[0] += static_cast<std::int64_t>(num_rows - num_values) * null_of(measure);
  const auto cells = static_cast<std::uint32_t>(cell);
  if (num_values > 0) {
    add_values(measure, {&cells, 1}, &value, nullptr);
  }
}

void GroupSums::count_rows(std::span<const std::uint32_t> cells) {
  for (const std::uint32_t cell : cells) {
    ++words_[cell * cell_words_];
  }
}

void GroupSums::add_values(std::size_t measure, std::span<const std::uint32_t> cells,
                           const std::int64_t* values, const std::uint64_t* nulls) {
  add_nulls(measure, cells, nulls);
  switch (measures_[measure]) {
    case Kind::kSum:
      return add_kind<Kind::kSum>(measure, cells, values, nulls);
    case Kind::kMin:
      return add_kind<Kind::kMin>(measure, cells, values, nulls);
    case Kind::kMax:
      return add_kind<Kind::kMax>(measure, cells, values, nulls);
    case Kind::kSquaresLow:
      return add_kind<Kind::kSquaresLow>(measure, cells, values, nulls);
    case Kind::kCountRows:
    case Kind::kCount:
    case Kind::kSquaresHigh:  // goes with the lower half
      return;
  }
}

void GroupSums::count_and_sum(std::size_t measure, std::span<const std::uint32_t> cells,
                              const std::int64_t* values, const std::uint64_t* nulls) {
  add_nulls(measure, cells, nulls);
  std::int64_t* const words = words_.data();
  const std::size_t cell_words = cell_words_;
  const std::size_t sum = word_of(measure) + 1;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    __builtin_prefetch(words + cells[std::min(i + kCellsAhead, cells.size() - 1)] * cell_words, 1);
    std::int64_t* const cell = words + cells[i] * cell_words;
    ++cell[0];
    if (__builtin_expect(__builtin_add_overflow(cell[sum], values[i], &cell[sum]), 0)) {
      spill(measure, cells[i], values[i]);
    }
  }
}

void GroupSums::add_nulls(std::size_t measure, std::span<const std::uint32_t> cells) {
  for (const std::uint32_t cell : cells) {
    words_[cell * cell_words_ + word_of(measure)] += null_of(measure);
  }
}

void GroupSums::list(std::vector<Row>& rows) const {
  rows.clear();
  for (const auto& [bin, first] : bins_) {
    for (std::size_t key = 0; key < num_keys(); ++key) {
      if (num_rows_of(&words_[(first + key) * cell_words_]) > 0) {
        rows.push_back({representatives_[key], bin, first + key, false});
      }
    }
  }
  for (std::size_t s = 0; s < spilled_.size(); ++s) {
    const auto bin = std::find_if(bins_.rbegin(), bins_.rend(), [&](const auto& candidate) {
      return candidate.second <= spilled_[s].cell;
    });
    const std::size_t key = spilled_[s].cell - bin->second;
    if (key < num_keys()) {
      rows.push_back({representatives_[key], bin->first, s, true});
    }
  }
}

bool GroupSums::value(std::size_t measure, const Row& row, std::int64_t& out) const {
  const Kind kind = measures_[measure];
  if (row.is_spilled) {
    const Spilled& spilled = spilled_[row.cell];
    out = spilled.measure == measure ? spilled.sum : 0;
    return spilled.measure == measure || kind == Kind::kCountRows || kind == Kind::kCount ||
           kind == Kind::kSquaresLow || kind == Kind::kSquaresHigh;
  }
  const std::int64_t* const cell = &words_[row.cell * cell_words_];
  const std::int64_t* const words = cell + word_of(measure);
  const std::int64_t num_rows = num_rows_of(cell);
  const std::int64_t num_nulls = measure == 0 ? cell[0] >> 32 : words[0];
  switch (kind) {
    case Kind::kCountRows:
      out = num_rows;
      return true;
    case Kind::kCount:
      out = num_rows - num_nulls;
      return true;
    default:
      out = words[1];
      return num_rows > num_nulls;
  }
}

}  // namespace weir::store
