#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/tuple_dictionary.h"

namespace weir::store {

// What the rows of one code, or of one minute and key, add up to.
struct Totals {
  std::vector<std::uint64_t> num_rows;
  std::vector<std::vector<std::int64_t>> sums;         // of each summed column
  std::vector<std::vector<std::uint64_t>> num_values;  // rows whose value is not null
  std::vector<TimeMs> min_time;                        // kNoTime: none; by code alone
  std::vector<TimeMs> max_until;                       // -kNoTime: none; by code alone
  std::vector<std::int64_t> minutes;                   // kNoMinute: no time; by minute alone
  std::vector<std::vector<std::uint32_t>> key_values;  // value numbers; by minute alone

  static constexpr TimeMs kNoTime = INT64_MAX;
  static constexpr std::int64_t kNoMinute = INT64_MIN;
};

// Cells of some numbers each, every one on cache lines of its own. Growing moves none of them.
class TotalCells {
 public:
  explicit TotalCells(std::size_t cell_size) : num_lines_((cell_size + 7) / 8) {}

  // Adds a cell of zeros.
  std::int64_t* add();
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::int64_t* at(std::size_t cell) const {
    return pieces_[cell / kPieceCells][cell % kPieceCells * num_lines_].numbers;
  }
  [[nodiscard]] std::size_t memory_bytes() const {
    return pieces_.size() * kPieceCells * num_lines_ * sizeof(Line);
  }

 private:
  static constexpr std::size_t kPieceCells = 1024;
  struct alignas(64) Line {
    std::int64_t numbers[8];
  };
  std::size_t num_lines_;  // of a cell
  std::size_t size_ = 0;
  std::vector<std::unique_ptr<Line[]>> pieces_;
};

// Adds up rows while a segment is written. A sum past 64 bits gives up all totals:
// has_overflowed().
class TotalsBuilder {
 public:
  // `minute_members` are members of the group.
  TotalsBuilder(std::size_t num_sums, std::vector<std::size_t> minute_members);

  struct Sum {
    const std::int64_t* values = nullptr;
    const std::uint64_t* nulls = nullptr;  // a bit a row; null: no nulls
  };
  struct Rows {
    std::span<const std::uint32_t> codes;
    std::span<const Sum> sums;
    const std::int64_t* times = nullptr;  // null: there is no time column
    const std::uint64_t* time_nulls = nullptr;
    const std::int64_t* untils = nullptr;
    const std::uint64_t* until_nulls = nullptr;
  };
  // `group` knows all codes of the rows.
  void add(const Rows& rows, const TupleDictionary& group);

  [[nodiscard]] bool has_overflowed() const { return has_overflowed_; }
  [[nodiscard]] std::size_t memory_bytes() const;
  [[nodiscard]] std::size_t num_codes() const { return code_cells_.size(); }
  [[nodiscard]] std::size_t num_minutes() const { return minute_cells_.size(); }
  [[nodiscard]] std::uint64_t num_rows_of(std::size_t code) const {
    return static_cast<std::uint64_t>(code_cells_.at(code)[kRows]);
  }
  [[nodiscard]] Totals by_code() const;
  [[nodiscard]] Totals by_minute() const;

 private:
  // A cell has all of a code, or of a minute and key, side by side: rows, least time, greatest
  // until, and of each sum the sum and how many values were null.
  enum CellPart : std::size_t { kRows, kMinTime, kMaxUntil, kSums };
  static void add_cell(TotalCells& cells);
  [[nodiscard]] Totals totals_of(const TotalCells& cells) const;
  void make_room(const TupleDictionary& group);
  std::size_t find_minute(std::int64_t minute, std::uint32_t key);

  std::size_t num_sums_;
  std::vector<std::size_t> minute_members_;
  TotalCells code_cells_;
  TotalCells minute_cells_;
  std::vector<std::int64_t> minutes_;       // of each minute cell
  std::vector<std::uint32_t> minute_keys_;  // of each minute cell
  std::vector<std::uint32_t> key_of_code_;
  std::vector<std::vector<std::uint32_t>> keys_;  // value numbers of each minute key
  std::map<std::vector<std::uint32_t>, std::uint32_t> key_numbers_;
  std::map<std::pair<std::int64_t, std::uint32_t>, std::uint32_t> minute_rows_;
  // What was looked up lately: rows come with few minutes and keys at a time.
  struct Recent {
    std::int64_t minute = 0;
    std::uint32_t key = ~std::uint32_t{0};
    std::uint32_t row = 0;
  };
  std::array<Recent, 1024> recent_;
  bool has_overflowed_ = false;
};

// Which columns of totals are read; the others stay empty. The rows always are.
struct TotalsWanted {
  bool is_all = true;
  std::vector<bool> sums;  // of each summed column, with its num_values
  bool min_time = false;
  bool max_until = false;

  [[nodiscard]] bool has_sum(std::size_t s) const { return is_all || sums[s]; }
};

// Bytes of totals, and back. `num_rows` codes or minute rows. Hardened against untrusted input.
void write_totals(const Totals& totals, bool is_by_minute, std::string& out);
[[nodiscard]] Result<Totals> read_totals(std::string_view bytes, std::size_t num_rows,
                                         std::size_t num_sums, std::size_t num_keys,
                                         bool is_by_minute, const TotalsWanted& wanted = {});

}  // namespace weir::store
