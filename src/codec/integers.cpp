#include "codec/integers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/int128.h"
#include "codec/byte_writer.h"

namespace weir::codec {
namespace {

// How often differences are taken; also how many numbers stand in front of the packed ones.
constexpr unsigned kMaxOrder = 2;

using Block = std::array<std::uint64_t, kIntegerBlock>;

// Subtracts neighbours; arithmetic wraps, so every input has an inverse.
void take_steps(Block& numbers, std::size_t begin, std::size_t count) {
  for (std::size_t i = count; i-- > begin;) {
    numbers[i] -= numbers[i - 1];
  }
}

struct Range {
  std::uint64_t base = 0;  // of two's complement, smallest as signed
  unsigned width = 0;      // bits of the largest distance to it
};

Range range_of(const Block& numbers, std::size_t begin, std::size_t count) {
  if (begin >= count) {
    return {};
  }
  auto low = static_cast<std::int64_t>(numbers[begin]);
  auto high = low;
  for (std::size_t i = begin + 1; i < count; ++i) {
    low = std::min(low, static_cast<std::int64_t>(numbers[i]));
    high = std::max(high, static_cast<std::int64_t>(numbers[i]));
  }
  const std::uint64_t distance = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  return {static_cast<std::uint64_t>(low), static_cast<unsigned>(std::bit_width(distance))};
}

std::size_t varint_size(std::uint64_t zigzag) {
  return std::max<std::size_t>(1, (static_cast<std::size_t>(std::bit_width(zigzag)) + 6) / 7);
}

void put_signed(std::uint64_t value, std::string& out) {
  put_varint(to_zigzag(static_cast<std::int64_t>(value)), out);
}

void pack(const Block& numbers, std::size_t begin, std::size_t count, const Range& range,
          std::string& out) {
  if (range.width == 0) {
    return;
  }
  UInt128 held = 0;
  unsigned num_held = 0;
  for (std::size_t i = begin; i < count; ++i) {
    held |= static_cast<UInt128>(numbers[i] - range.base) << num_held;
    num_held += range.width;
    while (num_held >= 8) {
      out += static_cast<char>(static_cast<unsigned char>(held));
      held >>= 8;
      num_held -= 8;
    }
  }
  if (num_held > 0) {
    out += static_cast<char>(static_cast<unsigned char>(held));
  }
}

bool unpack(ByteReader& in, std::size_t begin, std::size_t count, const Range& range,
            Block& numbers) {
  const std::size_t num_packed = count - begin;
  const std::string_view bytes = in.take((num_packed * range.width + 7) / 8);
  if (!in.is_good()) {
    return false;
  }
  const std::uint64_t mask =
      range.width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << range.width) - 1;
  std::size_t bit = 0;
  for (std::size_t i = begin; i < count; ++i, bit += range.width) {
    const std::size_t byte = bit / 8;
    unsigned char window[16] = {};
    std::memcpy(window, bytes.data() + byte, std::min<std::size_t>(9, bytes.size() - byte));
    std::uint64_t low = 0;
    std::memcpy(&low, window, 8);
    const unsigned shift = bit % 8;
    std::uint64_t value = low >> shift;
    if (shift != 0) {
      value |= static_cast<std::uint64_t>(window[8]) << (64 - shift);
    }
    numbers[i] = (value & mask) + range.base;
  }
  return true;
}

}  // namespace

void encode_integer_block(std::span<const std::int64_t> values, std::string& out) {
  const std::size_t count = values.size();
  Block numbers{};
  std::memcpy(numbers.data(), values.data(), count * sizeof(std::int64_t));
  Block best = numbers;
  unsigned best_order = 0;
  Range best_range = range_of(numbers, 0, count);
  const auto cost = [&](const Block& block, unsigned order, const Range& range) {
    std::size_t bytes = 1 + varint_size(to_zigzag(static_cast<std::int64_t>(range.base)));
    for (unsigned i = 0; i < order; ++i) {
      bytes += varint_size(to_zigzag(static_cast<std::int64_t>(block[i])));
    }
    return bytes + ((count - order) * range.width + 7) / 8;
  };
  std::size_t best_cost = cost(numbers, 0, best_range);
  for (unsigned order = 1; order <= kMaxOrder && order < count; ++order) {
    take_steps(numbers, order, count);
    const Range range = range_of(numbers, order, count);
    const std::size_t bytes = cost(numbers, order, range);
    if (bytes < best_cost) {
      best_cost = bytes;
      best = numbers;
      best_order = order;
      best_range = range;
    }
  }
  // 3 orders times 65 widths fit into a byte.
  out += static_cast<char>(static_cast<unsigned char>(best_order * 65 + best_range.width));
  for (unsigned i = 0; i < best_order; ++i) {
    put_signed(best[i], out);
  }
  put_signed(best_range.base, out);
  pack(best, best_order, count, best_range, out);
}

bool decode_integer_block(ByteReader& in, std::span<std::int64_t> out) {
  const unsigned head = in.fixed<std::uint8_t>();
  const unsigned order = head / 65;
  if (!in.is_good() || order > kMaxOrder || order > out.size() || out.size() > kIntegerBlock) {
    return false;
  }
  Block numbers;
  for (unsigned i = 0; i < order; ++i) {
    numbers[i] = static_cast<std::uint64_t>(from_zigzag(in.varint()));
  }
  Range range;
  range.base = static_cast<std::uint64_t>(from_zigzag(in.varint()));
  range.width = head % 65;
  if (!in.is_good() || !unpack(in, order, out.size(), range, numbers)) {
    return false;
  }
  for (unsigned step = order; step > 0; --step) {
    for (std::size_t i = step; i < out.size(); ++i) {
      numbers[i] += numbers[i - 1];
    }
  }
  std::memcpy(out.data(), numbers.data(), out.size() * sizeof(std::int64_t));
  return true;
}

void encode_integers(std::span<const std::int64_t> values, std::string& out) {
  for (std::size_t begin = 0; begin < values.size(); begin += kIntegerBlock) {
    encode_integer_block(values.subspan(begin, std::min(kIntegerBlock, values.size() - begin)),
                         out);
  }
}

Result<void> decode_integers(ByteReader& in, std::span<std::int64_t> out) {
  for (std::size_t begin = 0; begin < out.size(); begin += kIntegerBlock) {
    if (!decode_integer_block(in,
                              out.subspan(begin, std::min(kIntegerBlock, out.size() - begin)))) {
      return fail(ErrorCode::kInput, "a run of integers is damaged");
    }
  }
  return {};
}

}  // namespace weir::codec
