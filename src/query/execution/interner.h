#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "column/column.h"
#include "query/execution/dictionary.h"

namespace weir::query {

// Gives values one 64-bit word each, so that keys and states have a fixed width: numbers and times
// are their own bits, an IPv4 address is its number, a text of up to seven bytes is its bytes;
// IPv6 addresses and longer texts get a code of the dictionary. Words of one dictionary and type
// are equal exactly where the values are, whichever interner gave them. One a thread; remembers
// the codes it met last.
class Interner {
 public:
  using Word = std::uint64_t;

  explicit Interner(Dictionary& dictionary) : dictionary_(dictionary) {}

  // Words of all rows of a column; those of null rows are 0. Fails where the budget refuses.
  [[nodiscard]] Result<void> encode(const column::Column& source, std::size_t num_rows,
                                    Word* words);
  // The same without adding anything: unknown[i] becomes true where a value has no word yet.
  void encode_known(const column::Column& source, std::size_t num_rows, Word* words,
                    std::vector<bool>& unknown);
  // The word of one text.
  [[nodiscard]] Result<Word> text(std::string_view value);
  [[nodiscard]] static Word number(double value);

  [[nodiscard]] IpAddress address_of(Word word) const {
    return (word & kMark) == 0 ? IpAddress::from_v4(static_cast<std::uint32_t>(word))
                               : dictionary_.address_of(word & ~kMark);
  }
  // The view may be of `word` itself.
  [[nodiscard]] std::string_view text_of(const Word& word) const {
    static_assert(std::endian::native == std::endian::little);
    return (word & kMark) != 0
               ? std::string_view(reinterpret_cast<const char*>(&word), word >> 56 & 7)
               : dictionary_.text_of(word);
  }
  // Puts the value of `word` into row `row` of `out`. Longer texts stay in the dictionary.
  void decode(Word word, std::size_t row, column::Column& out) const;
  // Ascending order of values, as of columns.
  [[nodiscard]] bool less(const Word& a, const Word& b, column::Type type) const;

 private:
  // The highest bit: of an IPv6 address's code, and of a text that is its own word.
  static constexpr Word kMark = Word{1} << 63;
  static constexpr std::size_t kMaxInlineText = 7;
  static constexpr std::size_t kRemembered = 1024;

  struct KnownText {
    std::uint64_t hash = 0;
    std::string_view text;
    Word code = 0;
  };
  struct KnownAddress {
    IpAddress address;
    Word code = 0;
  };
  template <bool kAdds>
  [[nodiscard]] Word word_of(std::string_view value);
  template <bool kAdds>
  [[nodiscard]] Word word_of(const IpAddress& value);
  template <bool kAdds>
  void encode_column(const column::Column& source, std::size_t num_rows, Word* words);

  Dictionary& dictionary_;
  std::vector<KnownText> texts_;
  std::vector<KnownAddress> addresses_;
};

}  // namespace weir::query
