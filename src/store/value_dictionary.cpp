#include "store/value_dictionary.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/numbers.h"
#include "codec/texts.h"
#include "store/null_bits.h"

namespace weir::store {
namespace {

using column::Column;
using column::Type;

constexpr std::size_t kLeastSlots = 64;
constexpr std::size_t kInCache = 1024;  // slots
constexpr std::size_t kLeastRecent = 16;
constexpr std::size_t kMostRecent = 8192;
constexpr std::size_t kLongestRecent = 24;

std::uint64_t mix_number(std::uint64_t value) {
  value *= 0x9e37'79b9'7f4a'7c15;
  return value ^ (value >> 29);
}

template <class T>
T load_bytes(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

// Texts of a dictionary are mostly short; calling memcmp costs more than comparing them.
[[gnu::always_inline]] inline bool is_same(std::string_view a, std::string_view b) {
  const std::size_t size = a.size();
  if (size != b.size()) {
    return false;
  }
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) {
      if (load_bytes<std::uint64_t>(a.data() + i) != load_bytes<std::uint64_t>(b.data() + i)) {
        return false;
      }
    }
    return load_bytes<std::uint64_t>(a.data() + size - 8) ==
           load_bytes<std::uint64_t>(b.data() + size - 8);
  }
  if (size >= 4) {
    return load_bytes<std::uint32_t>(a.data()) == load_bytes<std::uint32_t>(b.data()) &&
           load_bytes<std::uint32_t>(a.data() + size - 4) ==
               load_bytes<std::uint32_t>(b.data() + size - 4);
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) {
      return false;
    }
  }
  return true;
}
template <class T>
bool is_same(const T& a, const T& b) {
  return a == b;
}

std::uint64_t hash_value(std::string_view value) { return XXH3_64bits(value.data(), value.size()); }
std::uint64_t hash_value(const IpAddress& value) {
  return mix_number(value.low ^ std::rotl(value.high * 0xd6e8'feb8'6659'fd93, 32));
}
std::uint64_t hash_value(std::int64_t value) {
  return mix_number(static_cast<std::uint64_t>(value));
}

// Whether the value is told by its lower half.
bool is_short(std::string_view) { return false; }
bool is_short(const IpAddress& value) { return value.is_v4(); }
bool is_short(std::int64_t value) { return static_cast<std::uint64_t>(value) >> 32 == 0; }
std::uint32_t low_half(std::string_view) { return 0; }
std::uint32_t low_half(const IpAddress& value) { return static_cast<std::uint32_t>(value.low); }
std::uint32_t low_half(std::int64_t value) { return static_cast<std::uint32_t>(value); }

std::size_t slot_of_short(std::uint32_t key, std::size_t mask) {
  return (key * 0x9e37'79b9'7f4a'7c15) >> 32 & mask;
}

// Of a text its first, second and last eight bytes: all of it where it has kLongestRecent at most.
[[gnu::always_inline]] inline RecentText to_recent(std::string_view text) {
  RecentText recent;
  const char* const at = text.data();
  const std::size_t size = text.size();
  recent.size = static_cast<std::uint32_t>(size);
  if (size >= 8) {
    recent.words[0] = load_bytes<std::uint64_t>(at);
    recent.words[1] = size > 16 ? load_bytes<std::uint64_t>(at + 8) : 0;
    recent.words[2] = load_bytes<std::uint64_t>(at + size - 8);
  } else if (size >= 4) {
    recent.words[0] = load_bytes<std::uint32_t>(at);
    recent.words[2] = load_bytes<std::uint32_t>(at + size - 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) {
      recent.words[0] = recent.words[0] << 8 | static_cast<unsigned char>(at[i]);
    }
  }
  return recent;
}
inline bool is_same(const RecentText& a, const RecentText& b) {
  return ((a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1]) | (a.words[2] ^ b.words[2]) |
          (a.size ^ b.size)) == 0;
}
std::size_t place_of(const RecentText& text, std::size_t num_places) {
  const std::uint64_t mixed =
      (text.words[0] ^ std::rotl(text.words[1], 32)) * 0x9e37'79b9'7f4a'7c15 +
      (text.words[2] + text.size) * 0xd6e8'feb8'6659'fd93;
  return (mixed ^ mixed >> 32) & (num_places - 1);
}

}  // namespace

// Rows to look at: rows[first + i], or first + i where there is no list.
struct ValueDictionary::RowsOfColumn {
  const std::uint32_t* rows = nullptr;
  std::size_t first = 0;
  std::size_t count = 0;
  const std::uint64_t* nulls = nullptr;

  [[nodiscard]] std::size_t at(std::size_t i) const {
    return rows != nullptr ? rows[first + i] : first + i;
  }
  [[nodiscard]] bool is_null(std::size_t row) const { return is_null_bit(nulls, row); }
};

template <>
std::vector<std::string_view>& ValueDictionary::values() {
  return texts_;
}
template <>
std::vector<IpAddress>& ValueDictionary::values() {
  return addresses_;
}
template <>
std::vector<std::int64_t>& ValueDictionary::values() {
  return integers_;
}

ValueDictionary::ValueDictionary(Type type) : type_(type), long_slots_(kLeastSlots, 0) {
  if (type == Type::kString) {
    recent_.resize(kLeastRecent);
  } else {
    short_slots_.resize(kLeastSlots, 0);
  }
}

template <class T>
void ValueDictionary::grow_long() {
  std::vector<std::uint32_t> wider(long_slots_.size() * 2, 0);
  const std::size_t mask = wider.size() - 1;
  const std::vector<T>& known = values<T>();
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (is_short(known[i])) {
      continue;
    }
    std::size_t slot = hash_value(known[i]) & mask;
    while (wider[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    wider[slot] = static_cast<std::uint32_t>(i + 1);
  }
  long_slots_ = std::move(wider);
}

void ValueDictionary::grow_short() {
  std::vector<std::uint64_t> wider(short_slots_.size() * 2, 0);
  const std::size_t mask = wider.size() - 1;
  for (const std::uint64_t entry : short_slots_) {
    std::size_t slot = slot_of_short(static_cast<std::uint32_t>(entry >> 32), mask);
    while (entry != 0 && wider[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    wider[slot] = entry != 0 ? entry : wider[slot];
  }
  short_slots_ = std::move(wider);
}

template <class T>
std::uint32_t ValueDictionary::add(const T& value) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    texts_.push_back(arena_.copy(value));
  } else {
    values<T>().push_back(value);
  }
  return static_cast<std::uint32_t>(++num_values_);
}

template <class T>
std::uint32_t ValueDictionary::find_or_add_long(const T& value) {
  const std::vector<T>& known = values<T>();
  const std::size_t mask = long_slots_.size() - 1;
  std::size_t slot = hash_value(value) & mask;
  for (; long_slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (is_same(known[long_slots_[slot] - 1], value)) {
      return long_slots_[slot];
    }
  }
  const std::uint32_t code = add(value);
  long_slots_[slot] = code;
  if ((num_values_ - num_short_) * 2 > long_slots_.size()) {
    grow_long<T>();
  }
  return code;
}

template <class T>
std::uint32_t ValueDictionary::find_or_add_short(std::uint32_t key, const T& value) {
  const std::size_t mask = short_slots_.size() - 1;
  std::size_t slot = slot_of_short(key, mask);
  for (; short_slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (short_slots_[slot] >> 32 == key) {
      return static_cast<std::uint32_t>(short_slots_[slot]);
    }
  }
  const std::uint32_t code = add(value);
  short_slots_[slot] = std::uint64_t{key} << 32 | code;
  if (++num_short_ * 2 > short_slots_.size()) {
    grow_short();
  }
  return code;
}

template <class T>
std::uint32_t ValueDictionary::find_or_add(const T& value) {
  return is_short(value) ? find_or_add_short(low_half(value), value) : find_or_add_long(value);
}

// Texts come as they are, mostly the same many times over, or many by turns: then the places they
// ask for are on their way before they are looked at.
void ValueDictionary::encode_texts(const std::string_view* texts, const RowsOfColumn& rows,
                                   std::uint32_t* codes, std::size_t stride) {
  constexpr std::size_t kStep = 128;
  std::array<RecentText, kStep> wanted;
  std::array<std::uint32_t, kStep> places;
  for (std::size_t begin = 0; begin < rows.count; begin += kStep) {
    const std::size_t count = std::min(kStep, rows.count - begin);
    bool is_one = true;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = rows.at(begin + i);
      const bool is_null = rows.is_null(row);
      wanted[i] = to_recent(is_null ? std::string_view() : texts[row]);
      is_one =
          is_one && !is_null && is_same(wanted[i], wanted[0]) && wanted[i].size <= kLongestRecent;
    }
    if (is_one) {
      const std::uint32_t code =
          find_or_add_text(wanted[0], place_of(wanted[0], recent_.size()), texts[rows.at(begin)]);
      for (std::size_t i = 0; i < count; ++i) {
        codes[(begin + i) * stride] = code;
      }
      continue;
    }
    const std::size_t num_places = recent_.size();
    for (std::size_t i = 0; i < count; ++i) {
      places[i] = static_cast<std::uint32_t>(place_of(wanted[i], num_places));
      __builtin_prefetch(&recent_[places[i]]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = rows.at(begin + i);
      codes[(begin + i) * stride] =
          rows.is_null(row) ? 0 : find_or_add_text(wanted[i], places[i], texts[row]);
    }
  }
}

inline std::uint32_t ValueDictionary::find_or_add_text(const RecentText& wanted, std::size_t place,
                                                       std::string_view text) {
  // Since the place was found the table may have grown: then what stands there is another.
  const RecentText& recent = recent_[place];
  if (recent.code != 0 && is_same(recent, wanted)) {
    return recent.code;
  }
  const std::uint32_t code = find_or_add_long(text);
  remember(wanted, code);
  return code;
}

void ValueDictionary::remember(RecentText text, std::uint32_t code) {
  if (text.size > kLongestRecent) {
    return;
  }
  if (num_values_ * 4 > recent_.size() && recent_.size() < kMostRecent) {
    recent_.assign(recent_.size() * 4, {});
  }
  text.code = code;
  recent_[place_of(text, recent_.size())] = text;
}

// 0: it is not known.
[[gnu::always_inline]] inline std::uint32_t ValueDictionary::find_short(std::uint32_t key) const {
  const std::size_t mask = short_slots_.size() - 1;
  std::size_t slot = slot_of_short(key, mask);
  while (short_slots_[slot] != 0 && short_slots_[slot] >> 32 != key) {
    slot = (slot + 1) & mask;
  }
  return static_cast<std::uint32_t>(short_slots_[slot]);
}

namespace {

// Calls f(type, at) where at(place) is the value of type at a place of `column`.
template <class F>
decltype(auto) visit_values(Type type, const Column& column, F f) {
  switch (type) {
    case Type::kString:
      return f([values = column.data<std::string_view>()](std::size_t at) { return values[at]; });
    case Type::kAddress:
      return f([values = column.data<IpAddress>()](std::size_t at) { return values[at]; });
    case Type::kBool:
      return f([values = column.data<std::uint8_t>()](std::size_t at) {
        return std::int64_t{values[at]};
      });
    case Type::kDouble:
      return f([values = column.data<double>()](std::size_t at) {
        return std::bit_cast<std::int64_t>(values[at]);
      });
    default:
      return f([values = column.data<std::int64_t>()](std::size_t at) { return values[at]; });
  }
}

}  // namespace

void ValueDictionary::encode(const Column& column, const std::uint32_t* rows, std::size_t first,
                             std::size_t num_rows, std::uint32_t* codes, std::size_t stride) {
  if (num_rows == 0) {
    return;
  }
  if (column.type() == Type::kNull || column.is_constant()) {
    const bool is_null = column.type() == Type::kNull || column.is_null(0);
    const std::uint32_t code =
        is_null ? 0 : visit_values(type_, column, [&](auto at) { return find_or_add(at(0)); });
    for (std::size_t i = 0; i < num_rows; ++i) {
      codes[i * stride] = code;
    }
    return;
  }
  const RowsOfColumn rows_of{rows, first, num_rows,
                             column.has_nulls() ? column.null_mask() : nullptr};
  if (type_ == Type::kString) {
    encode_texts(column.data<std::string_view>(), rows_of, codes, stride);
    return;
  }
  visit_values(type_, column, [&](auto at) {
    const std::size_t mask = short_slots_.size() - 1;
    for (std::size_t i = 0; i < num_rows && mask >= kInCache; ++i) {
      __builtin_prefetch(&short_slots_[slot_of_short(low_half(at(rows_of.at(i))), mask)]);
    }
    for (std::size_t i = 0; i < num_rows; ++i) {
      const std::size_t row = rows_of.at(i);
      if (rows_of.is_null(row)) {
        codes[i * stride] = 0;
        continue;
      }
      const auto value = at(row);
      const std::uint32_t code = is_short(value) ? find_short(low_half(value)) : 0;
      codes[i * stride] = code != 0 ? code : find_or_add(value);
    }
  });
}

std::size_t ValueDictionary::memory_bytes() const {
  return long_slots_.capacity() * 4 + short_slots_.capacity() * 8 +
         recent_.capacity() * sizeof(recent_[0]) + texts_.capacity() * 16 +
         addresses_.capacity() * 16 + integers_.capacity() * 8 + arena_.allocated_bytes();
}

void ValueDictionary::write(std::string& out) const {
  if (type_ == Type::kString) {
    codec::encode_texts(texts_, out);
    return;
  }
  std::string run;
  std::vector<std::uint64_t> numbers;
  if (type_ == Type::kAddress) {
    // IPv4 addresses have nothing in the upper half but the prefix that says so.
    for (const bool is_high : {true, false}) {
      numbers.clear();
      run.clear();
      for (const IpAddress& address : addresses_) {
        numbers.push_back(is_high ? address.high : address.low);
      }
      codec::encode_numbers(numbers, codec::Preference::kSize, run);
      codec::put_text(run, out);
    }
    return;
  }
  for (const std::int64_t value : integers_) {
    numbers.push_back(static_cast<std::uint64_t>(value));
  }
  codec::encode_numbers(numbers, codec::Preference::kSize, run);
  codec::put_text(run, out);
}

Result<void> read_values(Type type, std::string_view bytes, std::size_t num_values, Column& out) {
  const auto damaged = [] {
    return fail(ErrorCode::kInput, "the values of a dictionary are damaged");
  };
  out.reset(type, num_values + 1);
  out.set_null(0);
  if (type == Type::kString) {
    codec::TextDecoder texts;
    WEIR_RETURN_IF_ERROR(texts.open(bytes, num_values));
    for (std::size_t i = 0; i < num_values; ++i) {
      out.data<std::string_view>()[i + 1] = out.arena().copy(texts.text(i));
    }
    return {};
  }
  codec::ByteReader reader(bytes);
  codec::NumberDecoder decoder;
  std::vector<std::uint64_t> numbers(num_values);
  if (type == Type::kAddress) {
    for (const bool is_high : {true, false}) {
      WEIR_RETURN_IF_ERROR(decoder.open(reader.text(), num_values));
      decoder.read(0, num_values, numbers.data());
      for (std::size_t i = 0; i < num_values; ++i) {
        IpAddress& address = out.data<IpAddress>()[i + 1];
        (is_high ? address.high : address.low) = numbers[i];
      }
    }
  } else {
    WEIR_RETURN_IF_ERROR(decoder.open(reader.text(), num_values));
    decoder.read(0, num_values, numbers.data());
    for (std::size_t i = 0; i < num_values; ++i) {
      switch (type) {
        case Type::kBool:
          out.data<std::uint8_t>()[i + 1] = numbers[i] != 0 ? 1 : 0;
          break;
        case Type::kDouble:
          out.data<double>()[i + 1] = std::bit_cast<double>(numbers[i]);
          break;
        default:
          out.data<std::int64_t>()[i + 1] = static_cast<std::int64_t>(numbers[i]);
          break;
      }
    }
  }
  return reader.is_at_end() ? Result<void>() : damaged();
}

}  // namespace weir::store
