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

  // codes[i] becomes the number of row rows[i] of `values` (all rows where `rows` is null).
  void encode(const column::Column& values, const std::uint32_t* rows, std::size_t num_rows,
              std::uint32_t* codes);

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
  std::uint32_t find_or_add(const T& value);
  template <class T, class At>
  void encode_values(const column::Column& column, const std::uint32_t* rows, std::size_t num_rows,
                     std::uint32_t* codes, At at);
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
