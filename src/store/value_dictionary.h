#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "column/column.h"

namespace weir::store {

// A short text that is compared without a look at its bytes. code 0: none.
struct RecentText {
  std::array<std::uint64_t, 3> words{};
  std::uint32_t size = 0;
  std::uint32_t code = 0;
};

// Gives numbers to the distinct values of a column in the order they come; 0 is null. Not
// thread-safe.
class ValueDictionary {
 public:
  explicit ValueDictionary(column::Type type);

  // codes[i * stride] becomes the number of the value in row rows[first + i], or first + i
  // where `rows` is null; values that are new are added.
  void encode(const column::Column& values, const std::uint32_t* rows, std::size_t first,
              std::size_t num_rows, std::uint32_t* codes, std::size_t stride);

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
  template <class T>
  std::vector<T>& values();
  template <class T>
  std::uint32_t find_or_add(const T& value);
  struct RowsOfColumn;
  void encode_texts(const std::string_view* texts, const RowsOfColumn& rows, std::uint32_t* codes,
                    std::size_t stride);
  [[nodiscard]] std::uint32_t find_or_add_text(const RecentText& wanted, std::size_t place,
                                               std::string_view text);
  void remember(RecentText text, std::uint32_t code);
  [[nodiscard]] std::uint32_t find_short(std::uint32_t key) const;
  template <class T>
  std::uint32_t find_or_add_long(const T& value);
  template <class T>
  std::uint32_t find_or_add_short(std::uint32_t key, const T& value);
  template <class T>
  std::uint32_t add(const T& value);
  template <class T>
  void grow_long();
  void grow_short();

  column::Type type_;
  std::size_t num_values_ = 0;
  // Open addressing. Short values are IPv4 addresses and numbers of 32 bits: their slots hold them
  // in the upper half, the number in the lower; those of the others the number. 0: free.
  std::vector<std::uint64_t> short_slots_;
  std::vector<std::uint32_t> long_slots_;
  std::size_t num_short_ = 0;
  std::vector<RecentText> recent_;  // of texts: some met lately, by a hash of few steps
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
