#include "codec/doubles.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/int128.h"
#include "codec/byte_writer.h"
#include "codec/integers.h"

namespace weir::codec {
namespace {

// Powers of ten that are doubles exactly.
constexpr std::array<double, 23> kPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int kMaxExponent = 17;                    // digits behind the point
constexpr int kMinExponent = -12;                   // zeros before it
constexpr double kMaxInteger = 9007199254740992.0;  // 2^53

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

double from_decimal(std::int64_t integer, int exponent) {
  const auto number = static_cast<double>(integer);
  return exponent >= 0 ? number / kPowers[static_cast<std::size_t>(exponent)]
                       : number * kPowers[static_cast<std::size_t>(-exponent)];
}

std::optional<std::int64_t> to_decimal(double value, int exponent) {
  const double scaled = exponent >= 0 ? value * kPowers[static_cast<std::size_t>(exponent)]
                                      : value / kPowers[static_cast<std::size_t>(-exponent)];
  if (!(std::fabs(scaled) <= kMaxInteger)) {
    return std::nullopt;
  }
  const auto integer = static_cast<std::int64_t>(std::nearbyint(scaled));
  if (bits_of(from_decimal(integer, exponent)) != bits_of(value)) {
    return std::nullopt;
  }
  return integer;
}

// The smallest exponent that serves all of `values`, and their integers.
std::optional<int> find_decimals(std::span<const double> values, std::span<std::int64_t> out) {
  int exponent = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    while (true) {
      if (const auto integer = to_decimal(values[i], exponent)) {
        out[i] = *integer;
        break;
      }
      if (++exponent > kMaxExponent) {
        return std::nullopt;
      }
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {  // the early ones with the final exponent
    const auto integer = to_decimal(values[i], exponent);
    if (!integer) {
      return std::nullopt;
    }
    out[i] = *integer;
  }
  while (exponent <= 0 && exponent > kMinExponent) {  // trailing zeros of large numbers
    if (!std::all_of(out.begin(), out.end(), [](std::int64_t n) { return n % 10 == 0; }) ||
        std::all_of(out.begin(), out.end(), [](std::int64_t n) { return n == 0; })) {
      break;
    }
    std::array<std::int64_t, kIntegerBlock> shorter{};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto integer = to_decimal(values[i], exponent - 1);
      if (!integer) {
        return exponent;
      }
      shorter[i] = *integer;
    }
    std::copy_n(shorter.begin(), out.size(), out.begin());
    --exponent;
  }
  return exponent;
}

class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}
  void put(std::uint64_t bits, unsigned count) {  // count up to 64
    held_ |= static_cast<UInt128>(bits) << num_held_;
    num_held_ += count;
    while (num_held_ >= 8) {
      out_ += static_cast<char>(static_cast<unsigned char>(held_));
      held_ >>= 8;
      num_held_ -= 8;
    }
  }
  void flush() {
    if (num_held_ > 0) {
      out_ += static_cast<char>(static_cast<unsigned char>(held_));
      num_held_ = 0;
      held_ = 0;
    }
  }

 private:
  std::string& out_;
  UInt128 held_ = 0;
  unsigned num_held_ = 0;
};

class BitSource {
 public:
  explicit BitSource(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t take(unsigned count) {
    while (num_held_ < count) {
      if (place_ == bytes_.size()) {
        is_good_ = false;
        return 0;
      }
      held_ |= static_cast<UInt128>(static_cast<unsigned char>(bytes_[place_++])) << num_held_;
      num_held_ += 8;
    }
    const auto low = static_cast<std::uint64_t>(held_);
    held_ >>= count;
    num_held_ -= count;
    return count == 64 ? low : low & ((std::uint64_t{1} << count) - 1);
  }
  [[nodiscard]] bool is_good() const { return is_good_; }

 private:
  std::string_view bytes_;
  std::size_t place_ = 0;
  UInt128 held_ = 0;
  unsigned num_held_ = 0;
  bool is_good_ = true;
};

// Bit 0: equal to the one before. Bits 1, 0: differs within the window of the one before. Bits 1,
// 1: a new window: 6 bits of leading zeros, 6 of length less one.
void encode_xor(std::span<const double> values, std::string& out) {
  BitWriter writer(out);
  std::uint64_t before = 0;
  unsigned shift = 0;
  unsigned length = 0;
  for (const double value : values) {
    const std::uint64_t difference = bits_of(value) ^ before;
    before = bits_of(value);
    if (difference == 0) {
      writer.put(0, 1);
      continue;
    }
    const auto leading = static_cast<unsigned>(std::countl_zero(difference));
    const auto trailing = static_cast<unsigned>(std::countr_zero(difference));
    const unsigned needed = 64 - leading - trailing;
    const bool fits = length > 0 && trailing >= shift && 64 - leading <= shift + length;
    if (fits && length <= needed + 12) {
      writer.put(1, 2);
    } else {
      shift = trailing;
      length = needed;
      writer.put(3, 2);
      writer.put(leading, 6);
      writer.put(length - 1, 6);
    }
    writer.put(difference >> shift, length);
  }
  writer.flush();
}

bool decode_xor(std::string_view bytes, std::span<double> out) {
  BitSource source(bytes);
  std::uint64_t before = 0;
  unsigned shift = 0;
  unsigned length = 0;
  for (double& value : out) {
    if (source.take(1) != 0) {
      if (source.take(1) != 0) {
        const auto leading = static_cast<unsigned>(source.take(6));
        length = static_cast<unsigned>(source.take(6)) + 1;
        if (leading + length > 64) {
          return false;
        }
        shift = 64 - leading - length;
      }
      if (length == 0) {
        return false;
      }
      before ^= source.take(length) << shift;
    }
    value = std::bit_cast<double>(before);
  }
  return source.is_good();
}

void encode_block(std::span<const double> values, std::string& out) {
  std::array<std::int64_t, kIntegerBlock> integers;
  const auto decimals = std::span(integers).first(values.size());
  std::string decimal_bytes;
  if (const auto exponent = find_decimals(values, decimals)) {
    decimal_bytes += static_cast<char>(DoubleForm::kDecimal);
    decimal_bytes += static_cast<char>(*exponent);
    encode_integer_block(decimals, decimal_bytes);
    if (decimal_bytes.size() <= 4 * values.size()) {  // shorter than any XOR is likely to be
      out += decimal_bytes;
      return;
    }
  }
  std::string xor_bytes;
  encode_xor(values, xor_bytes);
  const std::size_t plain_size = 8 * values.size();
  if (!decimal_bytes.empty() && decimal_bytes.size() <= std::min(xor_bytes.size(), plain_size)) {
    out += decimal_bytes;
  } else if (xor_bytes.size() < plain_size) {
    out += static_cast<char>(DoubleForm::kXor);
    put_text(xor_bytes, out);
  } else {
    out += static_cast<char>(DoubleForm::kPlain);
    out.append(reinterpret_cast<const char*>(values.data()), plain_size);
  }
}

bool decode_block(ByteReader& in, std::span<double> out) {
  switch (static_cast<DoubleForm>(in.fixed<std::uint8_t>())) {
    case DoubleForm::kDecimal: {
      const int byte = in.fixed<std::uint8_t>();
      const int exponent = byte < 128 ? byte : byte - 256;
      std::array<std::int64_t, kIntegerBlock> integers;
      const auto numbers = std::span(integers).first(out.size());
      if (exponent > kMaxExponent || exponent < kMinExponent ||
          !decode_integer_block(in, numbers)) {
        return false;
      }
      for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = from_decimal(numbers[i], exponent);
      }
      return true;
    }
    case DoubleForm::kXor:
      return decode_xor(in.text(), out) && in.is_good();
    case DoubleForm::kPlain: {
      const std::string_view bytes = in.take(8 * out.size());
      if (!in.is_good()) {
        return false;
      }
      std::memcpy(out.data(), bytes.data(), bytes.size());
      return true;
    }
  }
  return false;
}

}  // namespace

void encode_doubles(std::span<const double> values, std::string& out) {
  for (std::size_t begin = 0; begin < values.size(); begin += kIntegerBlock) {
    encode_block(values.subspan(begin, std::min(kIntegerBlock, values.size() - begin)), out);
  }
}

Result<void> decode_doubles(ByteReader& in, std::span<double> out) {
  for (std::size_t begin = 0; begin < out.size(); begin += kIntegerBlock) {
    if (!decode_block(in, out.subspan(begin, std::min(kIntegerBlock, out.size() - begin)))) {
      return fail(ErrorCode::kInput, "a run of doubles is damaged");
    }
  }
  return {};
}

}  // namespace weir::codec
