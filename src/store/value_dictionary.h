#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "column/column.h"

namespace weir::store {

// Gives numbers to the distinct values of a column in the order they come; 0 is null. Not
// thread-safe.
class ValueDictionary {
 public:
  explicit ValueDictionary(column::Type type) : type_(type), slots_(kLeastSlots, 0) {}

  // The number of the value in row `row` of `values`, which is added where it is new.
  std::uint32_t encode(const column::Column& values, std::size_t row);

  // hashes[i] takes in the value of row rows[i] (row i where `rows` is null): equal values change
  // equal hashes alike.
  void add_to_hashes(const column::Column& values, const std::uint32_t* rows, std::size_t num_rows,
                     std::uint64_t* hashes) const;
  // Sets differs[i] where the value of row rows[i] is another than the one with number codes[i].
  void mark_differences(const column::Column& values, const std::uint32_t* rows,
                        std::size_t num_rows, const std::uint32_t* codes,
                        std::uint8_t* differs) const;

  [[nodiscard]] column::Type type() const { return type_; }
  // Values, null not counted.
  [[nodiscard]] std::size_t size() const { return num_values_; }
  // Of a dictionary of texts: the one with number `code`, empty for null.
  [[nodiscard]] std::string_view text(std::uint32_t code) const {
    return code == 0 ? std::string_view() : texts_[code - 1];
  }
  [[nodiscard]] std::size_t memory_bytes() const;
  // Appends all values in the order of their numbers, from 1 on.
  void write(std::string& out) const;

 private:
  static constexpr std::size_t kLeastSlots = 64;

  template <class T>
  [[nodiscard]] std::vector<T>& values();
  template <class T>
  [[nodiscard]] const std::vector<T>& values() const {
    return const_cast<ValueDictionary*>(this)->values<T>();
  }
  template <class T>
  std::uint32_t find_or_add(const T& value);
  template <class T>
  void grow();

  column::Type type_;
  std::size_t num_values_ = 0;
  std::vector<std::uint32_t> slots_;  // open addressing: number, 0: free
  std::vector<std::string_view> texts_;
  std::vector<IpAddress> addresses_;
  std::vector<std::int64_t> integers_;  // doubles by their bits
  Arena arena_;
};

// Reads what write() wrote into a flat column: row n is the value with number n, row 0 null. Texts
// point into the column's arena. Hardened against untrusted input.
[[nodiscard]] Result<void> read_values(column::Type type, std::string_view bytes,
                                       std::size_t num_values, column::Column& out);

}  // namespace weir::store
