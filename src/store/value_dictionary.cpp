#include "store/value_dictionary.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <cstring>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/numbers.h"
#include "codec/texts.h"

namespace weir::store {
namespace {

using column::Column;
using column::Type;

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
inline bool is_same(std::string_view a, std::string_view b) {
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

}  // namespace

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

template <class T>
void ValueDictionary::grow() {
  std::vector<std::uint32_t> wider(slots_.size() * 2, 0);
  const std::size_t mask = wider.size() - 1;
  const std::vector<T>& known = values<T>();
  for (std::size_t i = 0; i < known.size(); ++i) {
    std::size_t slot = hash_value(known[i]) & mask;
    while (wider[slot] != 0) {
      slot = (slot + 1) & mask;
    }
    wider[slot] = static_cast<std::uint32_t>(i + 1);
  }
  slots_ = std::move(wider);
}

template <class T>
std::uint32_t ValueDictionary::find_or_add(const T& value) {
  std::vector<T>& known = values<T>();
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash_value(value) & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (is_same(known[slots_[slot] - 1], value)) {
      return slots_[slot];
    }
  }
  if constexpr (std::is_same_v<T, std::string_view>) {
    known.push_back(arena_.copy(value));
  } else {
    known.push_back(value);
  }
  ++num_values_;
  const auto code = static_cast<std::uint32_t>(num_values_);
  slots_[slot] = code;
  if (num_values_ * 2 > slots_.size()) {
    grow<T>();
  }
  return code;
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

// Calls f(i, place, is_null) for rows[i], or row i where `rows` is null.
template <class F>
void for_each_row(const Column& column, const std::uint32_t* rows, std::size_t num_rows, F f) {
  const std::uint64_t* const nulls = column.has_nulls() ? column.null_mask() : nullptr;
  if (nulls == nullptr && rows == nullptr) {
    for (std::size_t i = 0; i < num_rows; ++i) {
      f(i, i, false);
    }
  } else if (nulls == nullptr) {
    for (std::size_t i = 0; i < num_rows; ++i) {
      f(i, rows[i], false);
    }
  } else {
    for (std::size_t i = 0; i < num_rows; ++i) {
      const std::size_t row = rows != nullptr ? rows[i] : i;
      f(i, row, ((nulls[row >> 6] >> (row & 63)) & 1) != 0);
    }
  }
}

constexpr std::uint64_t kNullHash = 0x51'7cc1'b727'220a;

std::uint64_t add_to_hash(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e37'79b9'7f4a'7c15;
  return hash ^ (hash >> 32);
}

// The like of hash_value, but in few steps for the short texts and addresses of rows.
std::uint64_t row_hash(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::uint64_t row_hash(const IpAddress& value) {
  return value.low ^ std::rotl(value.high * 0xd6e8'feb8'6659'fd93, 32);
}
std::uint64_t row_hash(std::string_view value) {
  const std::size_t size = value.size();
  std::uint64_t hash = size;
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) {
      hash = (hash ^ load_bytes<std::uint64_t>(value.data() + i)) * 0xd6e8'feb8'6659'fd93;
      hash ^= hash >> 29;
    }
    return hash ^ load_bytes<std::uint64_t>(value.data() + size - 8);
  }
  if (size >= 4) {
    return hash ^ (std::uint64_t{load_bytes<std::uint32_t>(value.data())} << 32) ^
           (std::uint64_t{load_bytes<std::uint32_t>(value.data() + size - 4)} << 8);
  }
  for (const char c : value) {
    hash = hash << 8 | static_cast<unsigned char>(c);
  }
  return hash;
}

}  // namespace

std::uint32_t ValueDictionary::encode(const Column& column, std::size_t row) {
  if (column.type() == Type::kNull || column.is_null(row)) {
    return 0;
  }
  return visit_values(type_, column,
                      [&](auto at) { return find_or_add(at(column.is_constant() ? 0 : row)); });
}

void ValueDictionary::add_to_hashes(const Column& column, const std::uint32_t* rows,
                                    std::size_t num_rows, std::uint64_t* hashes) const {
  if (num_rows == 0) {
    return;
  }
  if (column.type() == Type::kNull || column.is_constant()) {
    const bool is_null = column.type() == Type::kNull || column.is_null(0);
    const std::uint64_t value =
        is_null ? kNullHash : visit_values(type_, column, [](auto at) { return row_hash(at(0)); });
    for (std::size_t i = 0; i < num_rows; ++i) {
      hashes[i] = add_to_hash(hashes[i], value);
    }
    return;
  }
  visit_values(type_, column, [&](auto at) {
    for_each_row(column, rows, num_rows, [&](std::size_t i, std::size_t row, bool is_null) {
      hashes[i] = add_to_hash(hashes[i], is_null ? kNullHash : row_hash(at(row)));
    });
  });
}

void ValueDictionary::mark_differences(const Column& column, const std::uint32_t* rows,
                                       std::size_t num_rows, const std::uint32_t* codes,
                                       std::uint8_t* differs) const {
  if (num_rows == 0) {
    return;
  }
  if (column.type() == Type::kNull || (column.is_constant() && column.is_null(0))) {
    for (std::size_t i = 0; i < num_rows; ++i) {
      differs[i] = static_cast<std::uint8_t>(differs[i] | (codes[i] != 0 ? 1 : 0));
    }
    return;
  }
  visit_values(type_, column, [&](auto at) {
    const auto* const known = values<decltype(at(0))>().data();
    const auto compare = [&](std::size_t i, const auto& value, bool is_null) {
      const std::uint32_t code = codes[i];
      if (is_null || code == 0) {
        differs[i] = static_cast<std::uint8_t>(differs[i] | (is_null != (code == 0) ? 1 : 0));
      } else {
        differs[i] =
            static_cast<std::uint8_t>(differs[i] | (is_same(known[code - 1], value) ? 0 : 1));
      }
    };
    if (column.is_constant()) {
      const auto value = at(0);
      for (std::size_t i = 0; i < num_rows; ++i) {
        compare(i, value, false);
      }
      return;
    }
    for_each_row(column, rows, num_rows, [&](std::size_t i, std::size_t row, bool is_null) {
      compare(i, at(row), is_null);
    });
  });
}

std::size_t ValueDictionary::memory_bytes() const {
  return slots_.capacity() * 4 + texts_.capacity() * 16 + addresses_.capacity() * 16 +
         integers_.capacity() * 8 + arena_.allocated_bytes();
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
