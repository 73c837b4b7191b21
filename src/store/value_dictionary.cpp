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

template <class T, class At>
void ValueDictionary::encode_values(const Column& column, const std::uint32_t* rows,
                                    std::size_t num_rows, std::uint32_t* codes, At at) {
  // Neighbours are often equal, and equal values that are short are told without hashing.
  T last{};
  std::uint32_t last_code = 0;
  const auto encode_row = [&](std::size_t i, std::size_t row) {
    const T value = at(row);
    if (last_code == 0 || !is_same(value, last)) {
      last_code = find_or_add(value);
      last = value;
    }
    codes[i] = last_code;
  };
  const std::uint64_t* const nulls = column.has_nulls() ? column.null_mask() : nullptr;
  if (nulls == nullptr && rows == nullptr) {
    for (std::size_t i = 0; i < num_rows; ++i) {
      encode_row(i, i);
    }
    return;
  }
  for (std::size_t i = 0; i < num_rows; ++i) {
    const std::size_t row = rows != nullptr ? rows[i] : i;
    if (nulls != nullptr && ((nulls[row >> 6] >> (row & 63)) & 1) != 0) {
      codes[i] = 0;
    } else {
      encode_row(i, row);
    }
  }
}

void ValueDictionary::encode(const Column& column, const std::uint32_t* rows, std::size_t num_rows,
                             std::uint32_t* codes) {
  if (num_rows == 0) {
    return;
  }
  if (column.type() == Type::kNull) {
    std::memset(codes, 0, num_rows * sizeof(std::uint32_t));
    return;
  }
  if (column.is_constant() && num_rows > 1) {
    const std::uint32_t first = 0;
    encode(column, &first, 1, codes);
    std::fill(codes + 1, codes + num_rows, codes[0]);
    return;
  }
  const auto place = [&](std::size_t row) { return column.is_constant() ? 0 : row; };
  switch (type_) {
    case Type::kString:
      encode_values<std::string_view>(column, rows, num_rows, codes, [&](std::size_t row) {
        return column.data<std::string_view>()[place(row)];
      });
      break;
    case Type::kAddress:
      encode_values<IpAddress>(column, rows, num_rows, codes, [&](std::size_t row) {
        return column.data<IpAddress>()[place(row)];
      });
      break;
    case Type::kBool:
      encode_values<std::int64_t>(column, rows, num_rows, codes, [&](std::size_t row) {
        return std::int64_t{column.data<std::uint8_t>()[place(row)]};
      });
      break;
    case Type::kDouble:
      encode_values<std::int64_t>(column, rows, num_rows, codes, [&](std::size_t row) {
        return std::bit_cast<std::int64_t>(column.data<double>()[place(row)]);
      });
      break;
    default:
      encode_values<std::int64_t>(column, rows, num_rows, codes, [&](std::size_t row) {
        return column.data<std::int64_t>()[place(row)];
      });
      break;
  }
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
