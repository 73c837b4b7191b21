#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "column/batch.h"
#include "store/value_dictionary.h"

namespace weir::store {

// Gives numbers to the distinct rows of a group of columns in the order they come, from 0 on: one
// code a row stands for all columns of the group. Not thread-safe.
class TupleDictionary {
 public:
  explicit TupleDictionary(std::span<const column::Type> members);

  // codes[i] becomes the number of row rows[i] (all rows where `rows` is null). `columns` stand in
  // the order of the members; null pointers are columns of nulls.
  void encode(std::span<const column::Column* const> columns, const std::uint32_t* rows,
              std::size_t num_rows, std::uint32_t* codes);

  [[nodiscard]] std::size_t size() const { return num_tuples_; }
  [[nodiscard]] std::size_t num_members() const { return members_.size(); }
  // The number of a member's value in a tuple, 0: null.
  [[nodiscard]] std::uint32_t value_code(std::size_t tuple, std::size_t member) const {
    return tuples_[tuple * members_.size() + member];
  }
  [[nodiscard]] const ValueDictionary& member(std::size_t index) const { return members_[index]; }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  [[nodiscard]] std::size_t find(std::uint64_t hash) const;
  std::uint32_t encode_row(std::span<const column::Column* const> columns, std::size_t row,
                           std::uint64_t hash);
  void grow();

  std::vector<ValueDictionary> members_;
  std::vector<std::uint32_t> tuples_;  // value codes, member by member within a tuple
  std::size_t num_tuples_ = 0;
  std::vector<std::uint64_t> tuple_hashes_;  // of the values
  std::vector<std::uint64_t> slots_;         // open addressing: hash's upper half, then number + 1
  // Of the rows at hand.
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint32_t> value_codes_;
  std::vector<std::uint8_t> differs_;
};

}  // namespace weir::store
