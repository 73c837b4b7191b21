#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "column/scan.h"

namespace weir::store {

// Partial aggregates of some groups of one segment: cells of a key and a bin. A cell's key is a
// code that stands for it in the segment's first group.
class GroupSums {
 public:
  using Kind = column::GroupRequest::Measure::Kind;

  // Forgets all. `representatives[k]` is a code that has key k.
  void reset(std::span<const std::uint32_t> representatives, std::span<const Kind> measures);

  // Where rows of a bin are added: num_keys() cells from the index returned on.
  [[nodiscard]] std::size_t open_bin(std::int64_t bin);
  [[nodiscard]] std::size_t num_keys() const { return representatives_.size(); }

  void add_rows(std::size_t cell, std::uint64_t num_rows) { counts_[cell] += num_rows; }
  // Adds `count` values with some sum and extremes to a measure of a cell.
  void add(std::size_t measure, std::size_t cell, std::uint64_t num_values, std::int64_t value) {
    Measure& target = measures_[measure];
    target.num_values[cell] += num_values;
    switch (target.kind) {
      case Kind::kSum:
        if (__builtin_add_overflow(target.values[cell], value, &target.values[cell])) {
          spill(measure, cell, value);
        }
        break;
      case Kind::kMin:
        target.values[cell] = value < target.values[cell] ? value : target.values[cell];
        break;
      case Kind::kMax:
        target.values[cell] = value > target.values[cell] ? value : target.values[cell];
        break;
      default:
        break;
    }
  }
  // The arrays of a measure, for loops over many rows.
  struct Measure {
    Kind kind = Kind::kCountRows;
    std::vector<std::uint64_t> num_values;
    std::vector<std::int64_t> values;
  };
  [[nodiscard]] Measure& measure(std::size_t index) { return measures_[index]; }
  [[nodiscard]] std::vector<std::uint64_t>& counts() { return counts_; }
  // Puts what a sum holds aside as a row of its own and begins it anew with what came after; the
  // cell's sum has wrapped when it is called.
  void spill(std::size_t measure, std::size_t cell, std::int64_t value);

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
  void make_room(std::size_t num_cells);

  std::vector<std::uint32_t> representatives_;
  std::vector<std::uint64_t> counts_;
  std::vector<Measure> measures_;
  std::vector<std::pair<std::int64_t, std::size_t>> bins_;  // and their first cells
  std::vector<Spilled> spilled_;
};

}  // namespace weir::store
