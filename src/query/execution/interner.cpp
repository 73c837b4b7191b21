#include "query/execution/interner.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace weir::query {

using column::Type;

namespace {

// NaN is behind every number.
bool is_less_number(double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

Interner::Word load_half(const char* bytes) {
  std::uint32_t half = 0;
  std::memcpy(&half, bytes, sizeof half);
  return half;
}

// The bytes of a text of at most seven, the first one lowest, zeros behind.
Interner::Word bytes_of(std::string_view text) {
  const char* bytes = text.data();
  const std::size_t size = text.size();
  if (size >= 4) {  // two halves that may overlap
    return load_half(bytes) | load_half(bytes + size - 4) << ((size - 4) * 8);
  }
  Interner::Word word = 0;
  for (std::size_t i = 0; i < size; ++i) {
    word |= static_cast<Interner::Word>(static_cast<unsigned char>(bytes[i])) << (i * 8);
  }
  return word;
}

// No value's word: codes are below 2^40, and the mark of an inline text leaves bits 59 to 62 free.
constexpr std::uint64_t kNoWord = ~std::uint64_t{0};

tl::unexpected<Error> dictionary_is_full() {
  return fail(ErrorCode::kLimit,
              "the texts and addresses to tell apart need more memory than there may be; raise "
              "--memory, narrow the range with --since and --until or a filter, or group by less");
}

}  // namespace

template <bool kAdds>
Interner::Word Interner::word_of(std::string_view value) {
  if (value.size() <= kMaxInlineText) {
    return kMark | static_cast<Word>(value.size()) << 56 | bytes_of(value);
  }
  const std::uint64_t hash = Dictionary::hash_of(value);
  if (texts_.empty()) {
    texts_.resize(kRemembered);
  }
  KnownText& known = texts_[hash % kRemembered];
  if (known.hash == hash && known.text == value) {
    return known.code;
  }
  const Word code = kAdds ? dictionary_.add(value, hash) : dictionary_.find(value, hash);
  if (code != kNoWord) {
    known = {hash, dictionary_.text_of(code), code};
  }
  return code;
}

template <bool kAdds>
Interner::Word Interner::word_of(const IpAddress& value) {
  if (value.is_v4()) [[likely]] {
    return value.v4();
  }
  const std::uint64_t hash = Dictionary::hash_of(value);
  if (addresses_.empty()) {
    addresses_.resize(kRemembered);
  }
  KnownAddress& known = addresses_[hash % kRemembered];
  if (known.code != 0 && known.address == value) {
    return known.code;
  }
  const Word code = kAdds ? dictionary_.add(value, hash) : dictionary_.find(value, hash);
  if (code == kNoWord) {
    return kNoWord;
  }
  known = {value, code | kMark};
  return known.code;
}

Interner::Word Interner::number(double value) {
  if (value == 0) {
    value = 0;  // -0 and 0 are one group
  }
  return std::isnan(value) ? 0x7ff8'0000'0000'0000 : std::bit_cast<Word>(value);
}

Result<Interner::Word> Interner::text(std::string_view value) {
  const Word word = word_of<true>(value);
  if (word == kNoWord) {
    return dictionary_is_full();
  }
  return word;
}

template <bool kAdds>
void Interner::encode_column(const column::Column& source, std::size_t num_rows, Word* words) {
  const std::size_t count = source.is_constant() ? 1 : num_rows;
  switch (source.type()) {
    case Type::kNull:
      std::fill_n(words, num_rows, 0);
      return;
    case Type::kBool: {
      const auto* values = source.data<std::uint8_t>();
      std::copy_n(values, count, words);
      break;
    }
    case Type::kDouble: {
      const auto* values = source.data<double>();
      std::transform(values, values + count, words, number);
      break;
    }
    case Type::kAddress: {
      const auto* values = source.data<IpAddress>();
      std::size_t num_v4 = 0;
      for (std::size_t i = 0; i < count; ++i) {
        words[i] = values[i].v4();
        num_v4 += values[i].is_v4() ? 1 : 0;
      }
      for (std::size_t i = 0; i < count && num_v4 < count; ++i) {
        words[i] = source.is_null(i) ? 0 : word_of<kAdds>(values[i]);
      }
      break;
    }
    case Type::kString: {
      const auto* values = source.data<std::string_view>();
      for (std::size_t i = 0; i < count; ++i) {
        words[i] = source.is_null(i) ? 0 : word_of<kAdds>(values[i]);
      }
      break;
    }
    default:
      std::memcpy(words, source.data<std::int64_t>(), count * sizeof *words);
      break;
  }
  if (source.is_constant()) {
    std::fill_n(words, num_rows, source.is_null(0) ? 0 : words[0]);
  } else if (source.has_nulls()) {
    for (std::size_t i = 0; i < num_rows; ++i) {
      words[i] = source.is_null(i) ? 0 : words[i];
    }
  }
}

Result<void> Interner::encode(const column::Column& source, std::size_t num_rows, Word* words) {
  encode_column<true>(source, num_rows, words);
  const bool may_be_refused = source.type() == Type::kString || source.type() == Type::kAddress;
  if (may_be_refused && std::find(words, words + num_rows, kNoWord) != words + num_rows) {
    return dictionary_is_full();
  }
  return {};
}

void Interner::encode_known(const column::Column& source, std::size_t num_rows, Word* words,
                            std::vector<bool>& unknown) {
  encode_column<false>(source, num_rows, words);
  if (source.type() == Type::kString || source.type() == Type::kAddress) {
    for (std::size_t i = 0; i < num_rows; ++i) {
      if (words[i] == kNoWord) {
        unknown[i] = true;
      }
    }
  }
}

void Interner::decode(Word word, std::size_t row, column::Column& out) const {
  switch (out.type()) {
    case Type::kNull:
      break;
    case Type::kBool:
      out.data<std::uint8_t>()[row] = static_cast<std::uint8_t>(word);
      break;
    case Type::kDouble:
      out.data<double>()[row] = std::bit_cast<double>(word);
      break;
    case Type::kAddress:
      out.data<IpAddress>()[row] = address_of(word);
      break;
    case Type::kString:
      out.data<std::string_view>()[row] =
          (word & kMark) != 0 ? out.arena().copy(text_of(word)) : dictionary_.text_of(word);
      break;
    default:
      out.data<std::int64_t>()[row] = static_cast<std::int64_t>(word);
      break;
  }
}

bool Interner::less(const Word& a, const Word& b, Type type) const {
  switch (type) {
    case Type::kDouble:
      return is_less_number(std::bit_cast<double>(a), std::bit_cast<double>(b));
    case Type::kAddress:
      return address_of(a) < address_of(b);
    case Type::kString:
      return text_of(a) < text_of(b);
    default:
      return static_cast<std::int64_t>(a) < static_cast<std::int64_t>(b);
  }
}

}  // namespace weir::query
