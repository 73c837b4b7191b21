#include "query/execution/interner.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace weir::query {

using column::Type;

namespace {

// NaN is behind every number.
bool is_less_number(double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

}  // namespace

std::size_t Interner::TextHash::operator()(std::string_view value) const {
  std::uint64_t hash = value.size() * 0x9e3779b97f4a7c15;
  const char* bytes = value.data();
  std::size_t left = value.size();
  while (left >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, 8);
    hash = std::rotl((hash ^ word) * 0xff51afd7ed558ccd, 29);
    bytes += 8;
    left -= 8;
  }
  std::uint64_t tail = 0;
  if (left > 0) {
    std::memcpy(&tail, bytes, left);
  }
  hash = (hash ^ tail) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 32);
}

std::uint64_t Interner::code_of(const IpAddress& value) {
  const auto [place, is_new] = address_codes_.try_emplace(value, addresses_.size());
  if (is_new) {
    addresses_.push_back(value);
  }
  return place->second | kCodeBit;
}

std::uint64_t Interner::text(std::string_view value) {
  if (last_text_ < texts_.size() && texts_[last_text_] == value) {
    return last_text_;
  }
  auto place = text_codes_.find(value);
  if (place == text_codes_.end()) {
    const std::string_view kept = bytes_.copy(value);
    place = text_codes_.emplace(kept, texts_.size()).first;
    texts_.push_back(kept);
  }
  last_text_ = place->second;
  return last_text_;
}

std::uint64_t Interner::number(double value) {
  if (value == 0) {
    value = 0;  // -0 and 0 are one group
  }
  return std::isnan(value) ? 0x7ff8'0000'0000'0000 : std::bit_cast<std::uint64_t>(value);
}

void Interner::encode(const column::Column& source, std::size_t num_rows, std::uint64_t* words) {
  const std::size_t count = source.is_constant() ? 1 : num_rows;
  switch (source.type()) {
    case Type::kNull:
      std::fill_n(words, num_rows, 0);
      return;
    case Type::kBool: {
      const auto* values = source.data<std::uint8_t>();
      for (std::size_t i = 0; i < count; ++i) {
        words[i] = values[i];
      }
      break;
    }
    case Type::kDouble: {
      const auto* values = source.data<double>();
      for (std::size_t i = 0; i < count; ++i) {
        words[i] = number(values[i]);
      }
      break;
    }
    case Type::kAddress: {
      const auto* values = source.data<IpAddress>();
      for (std::size_t i = 0; i < count; ++i) {
        if (values[i].is_v4()) [[likely]] {
          words[i] = values[i].v4();
        } else {
          words[i] = source.is_null(i) ? 0 : code_of(values[i]);
        }
      }
      break;
    }
    case Type::kString: {
      const auto* values = source.data<std::string_view>();
      for (std::size_t i = 0; i < count; ++i) {
        words[i] = source.is_null(i) ? 0 : text(values[i]);
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

void Interner::decode(std::uint64_t word, std::size_t row, column::Column& out) const {
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
      out.data<std::string_view>()[row] = text_of(word);
      break;
    default:
      out.data<std::int64_t>()[row] = static_cast<std::int64_t>(word);
      break;
  }
}

std::uint64_t Interner::translate(std::uint64_t word, Type type, const Interner& other) {
  switch (type) {
    case Type::kAddress:
      return address(other.address_of(word));
    case Type::kString:
      return text(other.text_of(word));
    default:
      return word;
  }
}

bool Interner::less(std::uint64_t a, std::uint64_t b, Type type) const {
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

std::size_t Interner::memory_bytes() const {
  return bytes_.allocated_bytes() + texts_.capacity() * sizeof(std::string_view) +
         addresses_.capacity() * sizeof(IpAddress) +
         text_codes_.bucket_count() * (sizeof(std::string_view) + 9) +
         address_codes_.bucket_count() * (sizeof(IpAddress) + 9);
}

}  // namespace weir::query
