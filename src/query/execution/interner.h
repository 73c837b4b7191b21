#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/ip_address.h"
#include "column/column.h"

namespace weir::query {

// Gives values one 64-bit word each, so that keys and states have a fixed width: numbers and times
// are their own bits, an IPv4 address is its number, IPv6 addresses and strings get a code. Words
// of one interner and type are equal exactly where the values are. Not thread-safe.
class Interner {
 public:
  static constexpr std::uint64_t kCodeBit = std::uint64_t{1} << 63;  // of an IPv6 address

  [[nodiscard]] std::uint64_t address(const IpAddress& value) {
    return value.is_v4() ? value.v4() : code_of(value);
  }
  [[nodiscard]] std::uint64_t text(std::string_view value);
  [[nodiscard]] static std::uint64_t number(double value);

  [[nodiscard]] IpAddress address_of(std::uint64_t word) const {
    return (word & kCodeBit) == 0 ? IpAddress::from_v4(static_cast<std::uint32_t>(word))
                                  : addresses_[word & ~kCodeBit];
  }
  [[nodiscard]] std::string_view text_of(std::uint64_t word) const { return texts_[word]; }

  // Words of all rows of a column; those of null rows are 0.
  void encode(const column::Column& source, std::size_t num_rows, std::uint64_t* words);
  // Puts the value of `word` into row `row` of `out`. Strings stay in this interner.
  void decode(std::uint64_t word, std::size_t row, column::Column& out) const;
  // The word here of what is `word` in `other`.
  [[nodiscard]] std::uint64_t translate(std::uint64_t word, column::Type type,
                                        const Interner& other);
  // Ascending order of values, as of columns.
  [[nodiscard]] bool less(std::uint64_t a, std::uint64_t b, column::Type type) const;

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  [[nodiscard]] std::uint64_t code_of(const IpAddress& value);

  struct AddressHash {
    std::size_t operator()(const IpAddress& value) const {
      return (value.high ^ 0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd ^
             (value.low * 0xc4ceb9fe1a85ec53);
    }
  };
  struct TextHash {
    std::size_t operator()(std::string_view value) const;
  };
  boost::unordered_flat_map<IpAddress, std::uint64_t, AddressHash> address_codes_;
  std::vector<IpAddress> addresses_;
  boost::unordered_flat_map<std::string_view, std::uint64_t, TextHash> text_codes_;
  std::vector<std::string_view> texts_;
  Arena bytes_;
  std::uint64_t last_text_ = 0;  // most columns of text repeat themselves
};

}  // namespace weir::query
