#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
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
  // the order of the members; null pointers are columns of nulls. Of deferred columns only what has
  // a code that is new is read.
  void encode(std::span<const column::Column* const> columns, const std::uint32_t* rows,
              std::size_t num_rows, std::uint32_t* codes);

  [[nodiscard]] std::size_t size() const { return num_tuples_; }
  [[nodiscard]] std::size_t num_members() const { return members_.size(); }
  // The number of a member's value in a tuple, 0: null.
  [[nodiscard]] std::uint32_t value_code(std::size_t tuple, std::size_t member) const {
    return tuples_[tuple * stride_ + member];
  }
  [[nodiscard]] const ValueDictionary& member(std::size_t index) const { return members_[index]; }
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  void encode_step(std::span<const column::Column* const> columns, const std::uint32_t* rows,
                   std::size_t first, std::size_t num_rows, std::uint32_t* codes);
  void encode_stored(std::span<const column::Column* const> columns, const std::uint32_t* rows,
                     std::size_t num_rows, std::uint32_t* codes);
  void encode_deferred(std::span<const column::Column* const> columns,
                       const column::Column& deferred, const std::uint32_t* rows,
                       std::size_t num_rows, std::uint32_t* codes);
  // Reads the columns, of all rows or of those named, into read_.
  void read_columns(std::span<const column::Column* const> columns,
                    std::span<const std::uint32_t> rows);
  [[nodiscard]] std::uint64_t hash_of(const std::uint32_t* values) const;
  [[nodiscard]] bool is_same(std::size_t tuple, const std::uint32_t* values) const;
  [[nodiscard]] std::uint32_t find_or_add(std::uint64_t hash, const std::uint32_t* values);
  void grow();

  std::vector<ValueDictionary> members_;
  std::size_t stride_;                  // of a tuple: its members, and a zero where they are odd
  std::vector<std::uint64_t> factors_;  // of the hash, of two members each
  std::vector<std::uint32_t> tuples_;   // value codes, member by member within a tuple
  std::size_t num_tuples_ = 0;
  // Open addressing, 0: free. Below the hash's uppermost bits number + 1, of kNumberBits.
  std::vector<std::uint32_t> slots_;
  // Of the rows at hand.
  std::vector<std::uint32_t> values_;  // as tuples_
  std::vector<std::uint64_t> hashes_;
  // What codes of deferred columns came to, of the space that they were last of, and by which of
  // its columns; none: one of nulls.
  std::shared_ptr<const column::CodeSpace> space_;
  std::vector<std::optional<std::size_t>> deferred_members_;
  std::vector<std::uint32_t> tuple_of_code_;
  std::vector<column::Column> read_;
  std::vector<const column::Column*> read_columns_;
  std::vector<std::uint32_t> new_rows_;
  std::vector<std::uint32_t> new_tuples_;
};

}  // namespace weir::store
