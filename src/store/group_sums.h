#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "column/scan.h"

namespace weir::store {

// Where the bin that holds `time` begins.
[[nodiscard]] std::int64_t bin_of(const column::GroupRequest::Bin& bin, TimeMs time);

// Partial aggregates of some groups of one segment: cells of a key and a bin. A cell's key is a
// code that stands for it in the segment's first group.
class GroupSums {
 public:
  using Kind = column::GroupRequest::Measure::Kind;

  // Forgets all. `representatives[k]` is a code that has key k.
  void reset(std::span<const std::uint32_t> representatives, std::span<const Kind> measures);

  // Where rows of a bin are added: a cell for each key, from the index returned on, and behind them
  // one that is never listed, for rows that do not count.
  [[nodiscard]] std::size_t open_bin(std::int64_t bin);
  [[nodiscard]] std::size_t num_keys() const { return representatives_.size(); }

  // Adds rows of which `num_values` have a value of the measure, with some sum or extreme; the rows
  // themselves are counted by add_rows().
  void add_rows(std::size_t cell, std::uint64_t num_rows) {
    words_[cell * cell_words_] += static_cast<std::int64_t>(num_rows);
  }
  void add(std::size_t measure, std::size_t cell, std::uint64_t num_rows, std::uint64_t num_values,
           std::int64_t value);

  // Adds a value of each row, or a null, to the cells of the rows; rows are counted apart. `nulls`:
  // a bit a value, null: none. The value of a null is 0.
  void count_rows(std::span<const std::uint32_t> cells);
  void add_values(std::size_t measure, std::span<const std::uint32_t> cells,
                  const std::int64_t* values, const std::uint64_t* nulls);
  // Both in one go, for a sum.
  void count_and_sum(std::size_t measure, std::span<const std::uint32_t> cells,
                     const std::int64_t* values, const std::uint64_t* nulls);
  // No row has a value.
  void add_nulls(std::size_t measure, std::span<const std::uint32_t> cells);
  void add_nulls(std::size_t measure, std::span<const std::uint32_t> cells,
                 const std::uint64_t* nulls);

  // Rows of the answer: a code, a bin, and a value for each measure.
  struct Row {
    std::uint32_t code = 0;
    std::int64_t bin = 0;  // kNoBin: no time
    std::size_t cell = 0;  // of `spilled` where `is_spilled`
    bool is_spilled = false;
  };
  static constexpr std::int64_t kNoBin = INT64_MIN;
  // Lists all cells that hold rows.
  void list(std::vector<Row>& rows) const;
  // A measure's value in a row; false: null.
  [[nodiscard]] bool value(std::size_t measure, const Row& row, std::int64_t& out) const;

 private:
  struct Spilled {
    std::size_t measure;
    std::size_t cell;
    std::int64_t sum;
  };
  // Puts what a sum holds aside as a row of its own and begins it anew with what came after; the
  // cell's sum has wrapped when it is called.
  void spill(std::size_t measure, std::size_t cell, std::int64_t value);
  template <Kind kind>
  void add_value(std::size_t measure, std::size_t cell, std::int64_t* words, std::int64_t value);
  template <Kind kind>
  void add_kind(std::size_t measure, std::span<const std::uint32_t> cells,
                const std::int64_t* values, const std::uint64_t* nulls);
  [[nodiscard]] std::size_t num_cells() const { return words_.size() / cell_words_; }

  // What a cell holds stands side by side, two words a measure: the number of nulls and the sum or
  // extreme. The first word has the number of rows in its lower half (a segment has not as many as
  // that holds), and the nulls of the first measure in its upper half: so a cell of one sum takes
  // 16 bytes, and few rows wait for memory.
  [[nodiscard]] static std::size_t word_of(std::size_t measure) { return 2 * measure; }
  [[nodiscard]] static std::int64_t null_of(std::size_t measure) {
    return measure == 0 ? std::int64_t{1} << 32 : 1;
  }
  [[nodiscard]] static std::int64_t num_rows_of(const std::int64_t* cell) {
    return cell[0] & 0xffff'ffff;
  }

  std::vector<std::uint32_t> representatives_;
  std::vector<Kind> measures_;
  std::size_t cell_words_ = 2;
  std::vector<std::int64_t> words_;
  std::vector<std::pair<std::int64_t, std::size_t>> bins_;  // and their first cells
  std::vector<Spilled> spilled_;
};

}  // namespace weir::store
