#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/tuple_dictionary.h"

namespace weir::store {

// What the rows of a segment add up to by some keys: columns of the first group, and perhaps one
// whole number beside. NODATA and SKIPDATA rows have rows of their own, even where their keys are
// those of others.
struct Rollup {
  static constexpr std::int64_t kNoNumber = INT64_MIN;

  // A summed column; of rows without a value least, greatest and sums are nothing's.
  struct Column {
    std::vector<std::uint64_t> num_values;  // rows whose value is not null
    std::vector<std::int64_t> sums;
    std::vector<std::int64_t> least;
    std::vector<std::int64_t> greatest;
    std::vector<std::uint64_t> squares_low;  // of the sum of squares, 128 bits
    std::vector<std::uint64_t> squares_high;
  };
  std::vector<std::uint32_t> codes;   // one that has the keys of the group
  std::vector<std::int64_t> numbers;  // kNoNumber: null; empty where no number is a key
  std::vector<std::uint64_t> num_rows;
  std::vector<Column> columns;
};

// Adds up rows while a segment is written. A sum past 64 bits, a value at the end of what 64 bits
// hold and more keys than there is memory for give the roll-up up: has_given_up().
class RollupBuilder {
 public:
  struct Keys {
    std::vector<std::size_t> members;  // of the group
    bool has_number = false;
    // Rows alone that have this text.
    std::optional<std::size_t> where_member;
    std::string where_text;
  };
  // `silent_member`: the one whose values NODATA and SKIPDATA stand apart.
  RollupBuilder(Keys keys, std::size_t num_columns, std::optional<std::size_t> silent_member,
                std::size_t max_bytes);

  struct Numbers {
    const std::int64_t* values = nullptr;
    const std::uint64_t* nulls = nullptr;  // a bit a row; null: no nulls
  };
  // `group` knows all codes. `number` is the key where one is.
  void add(std::span<const std::uint32_t> codes, std::span<const Numbers> columns,
           const Numbers& number, const TupleDictionary& group);

  [[nodiscard]] bool has_given_up() const { return has_given_up_; }
  [[nodiscard]] std::size_t memory_bytes() const;
  [[nodiscard]] Rollup rollup() const;

 private:
  // A cell has the number of rows, then of each column the parts below.
  enum Part : std::size_t { kValues, kSum, kLeast, kGreatest, kLow, kHigh, kNumParts };
  static constexpr std::uint32_t kNoKey = ~std::uint32_t{0};

  [[nodiscard]] std::size_t cell_size() const { return 1 + kNumParts * num_columns_; }
  void number_keys(const TupleDictionary& group);
  [[nodiscard]] std::uint32_t key_of(const TupleDictionary& group, std::uint32_t code);
  [[nodiscard]] std::uint32_t add_cell(std::uint32_t code, std::int64_t number);
  [[nodiscard]] std::uint32_t find_cell(std::uint32_t code, std::int64_t number);
  [[nodiscard]] std::int64_t* cell(std::uint32_t number) const {
    return cells_[number / kPieceCells].get() + number % kPieceCells * cell_size();
  }
  void add_row(std::uint32_t number, std::span<const Numbers> columns, std::size_t row);
  void give_up();

  Keys keys_;
  std::size_t num_columns_;
  std::optional<std::size_t> silent_member_;
  std::size_t max_bytes_;
  // By code: the cell, or where a number is a key what it makes a pair with; kNoKey: not wanted.
  std::vector<std::uint32_t> key_of_code_;
  // The first code of each key: by the number of the value, twice that and one where it is silent,
  // of one member; by the numbers of all of them where there are more.
  std::vector<std::uint32_t> first_of_value_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> first_of_values_;
  struct PairHash {
    std::size_t operator()(const std::pair<std::uint32_t, std::int64_t>& pair) const {
      return (pair.first * 0x9e37'79b9'7f4a'7c15 ^ static_cast<std::uint64_t>(pair.second)) *
             0xd6e8'feb8'6659'fd93;
    }
  };
  std::unordered_map<std::pair<std::uint32_t, std::int64_t>, std::uint32_t, PairHash> pairs_;
  std::vector<std::uint32_t> codes_;   // of each cell
  std::vector<std::int64_t> numbers_;  // likewise
  // Pieces of as many cells, so that growing copies nothing and leaves no room over.
  static constexpr std::size_t kPieceCells = 256;
  std::vector<std::unique_ptr<std::int64_t[]>> cells_;
  std::vector<std::uint32_t> row_cells_;
  bool has_given_up_ = false;
};

// Bytes of a roll-up, and back: `num_rows` rows, of which `num_codes` bounds the codes. Of columns
// that are not wanted only the number of values is read. Hardened against untrusted input.
void write_rollup(const Rollup& rollup, std::string& out);
[[nodiscard]] Result<Rollup> read_rollup(std::string_view bytes, std::size_t num_rows,
                                         bool has_number, std::uint32_t num_codes,
                                         const std::vector<bool>& wanted_columns);

}  // namespace weir::store
