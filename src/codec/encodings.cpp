#include "codec/encodings.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <memory>
#include <vector>

#include "codec/byte_writer.h"
#include "codec/packing_kernel.h"

namespace weir::codec {
namespace {

// Bytes of a number kept aside: its place, and what is above the width, as a varint.
std::size_t exception_bytes(unsigned extra_bits) { return 2 + (extra_bits + 6) / 7; }

void append_offsets(std::span<const std::uint64_t> values, std::uint64_t base, unsigned width,
                    std::string& out) {
  const std::size_t begin = out.size();
  out.resize(begin + values.size() * width);
  char* at = out.data() + begin;
  const auto write = [&]<class T>(T) {
    for (const std::uint64_t value : values) {
      const T narrow = static_cast<T>(value - base);
      std::memcpy(at, &narrow, sizeof(T));
      at += sizeof(T);
    }
  };
  switch (width) {
    case 1:
      write(std::uint8_t{});
      break;
    case 2:
      write(std::uint16_t{});
      break;
    case 4:
      write(std::uint32_t{});
      break;
    default:
      write(std::uint64_t{});
      break;
  }
}

}  // namespace

NumberStatistics measure(std::span<const std::uint64_t> values) {
  NumberStatistics statistics;
  packing_kernel().measure(values.data(), values.size(), &statistics.min, &statistics.max,
                           &statistics.num_runs);
  return statistics;
}

namespace run_length {

std::size_t estimate(const NumberStatistics& statistics) {
  const auto bits = static_cast<std::size_t>(std::bit_width(statistics.max));
  return 4 + statistics.num_runs * (2 + (bits + 6) / 7);
}

void encode(std::span<const std::uint64_t> values, std::string& out) {
  std::string pairs;
  std::size_t num_runs = 0;
  for (std::size_t begin = 0; begin < values.size();) {
    std::size_t end = begin + 1;
    while (end < values.size() && values[end] == values[begin]) {
      ++end;
    }
    put_varint(end - begin, pairs);
    put_varint(values[begin], pairs);
    ++num_runs;
    begin = end;
  }
  put_varint(num_runs, out);
  out += pairs;
}

}  // namespace run_length

namespace packed {

std::size_t estimate(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
                     std::vector<Plan>& plans) {
  const std::size_t num_vectors = values.size() / kPackedVector;
  plans.resize(num_vectors);
  std::size_t bytes =
      12 + values.size() % kPackedVector * plain::width_for(statistics.max - statistics.min);
  for (std::size_t v = 0; v < num_vectors; ++v) {
    std::array<std::uint32_t, 65> num_of;
    packing_kernel().count_widths(values.data() + v * kPackedVector, statistics.min, num_of.data());
    unsigned widest = 64;
    while (num_of[widest] == 0) {
      --widest;
    }
    std::size_t best = ~std::size_t{0};
    std::size_t num_above = 0;
    // Narrower vectors keep more aside; once these alone take more than the best, no better one
    // follows.
    for (unsigned bits = widest; bits <= 64 && num_above * exception_bytes(1) < best; --bits) {
      if (bits <= 32) {
        std::size_t cost = packed_bytes(bits);
        for (unsigned wider = bits + 1; wider <= widest; ++wider) {
          cost += num_of[wider] * exception_bytes(wider - bits);
        }
        if (cost < best) {
          best = cost;
          plans[v] = {static_cast<std::uint8_t>(bits), static_cast<std::uint16_t>(num_above)};
        }
      }
      num_above += num_of[bits];
    }
    bytes += 3 + best;
  }
  return bytes;
}

void encode(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
            std::span<const Plan> plans, std::string& out) {
  put_varint(statistics.min, out);
  std::array<std::uint32_t, kPackedVector> low;
  const PackingKernel& kernel = packing_kernel();
  for (const Plan& plan : plans) {
    out += static_cast<char>(plan.width);
    put_fixed(plan.num_exceptions, out);
  }
  for (std::size_t v = 0; v < plans.size(); ++v) {
    const std::uint64_t* const at = values.data() + v * kPackedVector;
    for (std::size_t i = 0; i < kPackedVector; ++i) {
      low[i] = static_cast<std::uint32_t>(at[i] - statistics.min);
    }
    const std::size_t begin = out.size();
    out.resize(begin + packed_bytes(plans[v].width));
    kernel.pack(low.data(), plans[v].width, reinterpret_cast<unsigned char*>(out.data() + begin));
  }
  for (std::size_t v = 0; v < plans.size(); ++v) {
    if (plans[v].num_exceptions == 0) {
      continue;
    }
    const std::uint64_t* const at = values.data() + v * kPackedVector;
    for (std::size_t i = 0; i < kPackedVector; ++i) {
      const std::uint64_t above = (at[i] - statistics.min) >> plans[v].width;
      if (above != 0) {
        put_fixed(static_cast<std::uint16_t>(i), out);
        put_varint(above, out);
      }
    }
  }
  const auto tail = values.subspan(plans.size() * kPackedVector);
  append_offsets(tail, statistics.min, plain::width_for(statistics.max - statistics.min), out);
}

}  // namespace packed

namespace repeated {

bool is_likely(std::size_t num_values, const NumberStatistics& statistics) {
  constexpr std::size_t kLeastValues = 256;
  return num_values >= kLeastValues && statistics.num_runs * 32 >= num_values &&
         statistics.num_runs * 10 <= num_values * 7;
}

void encode(std::span<const std::uint64_t> values, std::vector<std::uint64_t>& distinct,
            std::string& out) {
  distinct.resize(values.size());
  std::size_t num_distinct = 0;
  std::uint64_t before = ~values.front();
  const std::size_t begin = out.size();
  out.resize(begin + (values.size() + 7) / 8);
  for (std::size_t first = 0; first < values.size(); first += 8) {
    unsigned bits = 0;
    const std::size_t count = std::min<std::size_t>(8, values.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t value = values[first + i];
      const bool is_other = value != before;
      distinct[num_distinct] = value;
      num_distinct += is_other ? 1 : 0;
      bits |= static_cast<unsigned>(is_other) << i;
      before = value;
    }
    out[begin + first / 8] = static_cast<char>(bits);
  }
  distinct.resize(num_distinct);
}

}  // namespace repeated

namespace plain {

unsigned width_for(std::uint64_t range) {
  return range < 1U << 8 ? 1 : range < 1U << 16 ? 2 : range < std::uint64_t{1} << 32 ? 4 : 8;
}

void encode(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
            std::string& out) {
  const unsigned width = width_for(statistics.max - statistics.min);
  put_varint(statistics.min, out);
  out += static_cast<char>(width);
  append_offsets(values, statistics.min, width, out);
}

}  // namespace plain

namespace zstd {

void encode(std::span<const std::uint64_t> values, const NumberStatistics& statistics,
            std::string& out) {
  struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  // Making a context costs more than compressing a block.
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  thread_local std::string offsets;
  const unsigned width = plain::width_for(statistics.max - statistics.min);
  offsets.clear();
  append_offsets(values, statistics.min, width, offsets);
  put_varint(statistics.min, out);
  out += static_cast<char>(width);
  const std::size_t begin = out.size();
  out.resize(begin + ZSTD_compressBound(offsets.size()));
  const std::size_t size = ZSTD_compressCCtx(context.get(), out.data() + begin, out.size() - begin,
                                             offsets.data(), offsets.size(), 1);
  assert(ZSTD_isError(size) == 0);
  out.resize(begin + size);
}

}  // namespace zstd

}  // namespace weir::codec
