#include <algorithm>
#include <array>
#include <cstdint>

#include "simulate/conversations.h"

namespace weir::simulate {
namespace {

// A distribution by its values at fixed quantiles, straight lines between. Whole numbers only, so
// that every machine draws the same.
using Ladder = std::array<std::uint32_t, 9>;
constexpr std::array<std::uint32_t, 9> kQuantiles = {0,      16'384, 32'768, 49'152, 58'982,
                                                     63'570, 64'881, 65'470, 65'536};

std::uint32_t draw_ladder(const Ladder& ladder, Random& random) {
  const auto at = static_cast<std::uint32_t>(random.below(65'536));
  std::size_t step = 0;
  while (at >= kQuantiles[step + 1]) {
    ++step;
  }
  const std::uint64_t low = ladder[step];
  const std::uint64_t high = ladder[step + 1];
  const std::uint64_t along = at - kQuantiles[step];
  return static_cast<std::uint32_t>(low + (high - low) * along /
                                              (kQuantiles[step + 1] - kQuantiles[step]));
}

// Quantiles 0, 25, 50, 75, 90, 97, 99, 99.9 and 100 %.
struct ClassShape {
  Ladder packets_out;
  Ladder packets_in;                            // 0 everywhere = no answer
  std::uint32_t bytes_out_low, bytes_out_high;  // a packet
  std::uint32_t bytes_in_low, bytes_in_high;
  Ladder seconds;
};

constexpr Ladder kNothing = {};
constexpr Ladder kBrief = {0, 0, 0, 1, 1, 2, 3, 8, 20};

constexpr std::array<ClassShape, kNumTrafficClasses> kShapes = {{
    // page
    {{5, 9, 14, 24, 60, 180, 600, 2'400, 9'000},
     {4, 8, 16, 36, 120, 500, 1'800, 9'000, 30'000},
     60,
     260,
     420,
     1'380,
     {0, 1, 4, 12, 40, 90, 300, 1'200, 5'400}},
    // forwarded
    {{5, 8, 12, 22, 55, 170, 550, 2'000, 8'000},
     {5, 8, 15, 34, 110, 460, 1'700, 8'000, 28'000},
     90,
     420,
     400,
     1'380,
     {0, 0, 1, 4, 20, 60, 120, 300, 600}},
    // call
    {{5, 6, 9, 14, 30, 80, 220, 900, 3'000},
     {4, 6, 9, 16, 40, 120, 360, 1'600, 6'000},
     120,
     600,
     160,
     1'200,
     {0, 0, 0, 1, 5, 30, 60, 180, 300}},
    // query
    {{6, 9, 15, 30, 80, 260, 900, 4'000, 12'000},
     {5, 9, 16, 40, 140, 600, 2'400, 12'000, 40'000},
     80,
     220,
     140,
     1'300,
     {0, 0, 0, 1, 3, 12, 60, 240, 900}},
    // pool
    {{600, 2'000, 6'000, 14'000, 40'000, 90'000, 160'000, 300'000, 500'000},
     {600, 2'200, 7'000, 18'000, 60'000, 140'000, 260'000, 500'000, 900'000},
     80,
     200,
     160,
     900,
     {1'200, 2'400, 3'600, 7'200, 10'800, 14'400, 21'600, 28'800, 43'200}},
    // cache lookup
    {{4, 5, 7, 11, 24, 60, 180, 700, 2'000},
     {3, 5, 7, 11, 26, 70, 220, 900, 2'600},
     60,
     160,
     80,
     700,
     kBrief},
    // API call
    {{8, 10, 13, 18, 32, 80, 240, 900, 4'000},
     {7, 10, 14, 22, 48, 140, 420, 1'800, 7'000},
     110,
     480,
     300,
     1'300,
     {0, 0, 1, 2, 6, 30, 60, 120, 300}},
    // download
    {{10, 40, 120, 420, 1'600, 6'000, 20'000, 60'000, 120'000},
     {14, 80, 260, 900, 3'600, 14'000, 48'000, 140'000, 280'000},
     54,
     180,
     900,
     1'440,
     {0, 1, 3, 9, 30, 70, 150, 400, 900}},
    // scrape
    {{7, 8, 9, 10, 12, 16, 20, 30, 60},
     {8, 12, 16, 24, 40, 60, 90, 140, 240},
     70,
     140,
     700,
     1'380,
     {0, 0, 0, 0, 1, 1, 2, 4, 8}},
    // datagram
    {{1, 2, 5, 14, 50, 140, 400, 1'200, 3'000},
     kNothing,
     90,
     380,
     0,
     0,
     {0, 2, 8, 20, 40, 58, 70, 90, 110}},
    // time
    {{1, 1, 1, 1, 2, 4, 6, 8, 8},
     {1, 1, 1, 1, 2, 4, 6, 8, 8},
     76,
     76,
     76,
     76,
     {0, 0, 0, 0, 0, 2, 4, 8, 12}},
    // ping
    {{1, 1, 2, 3, 5, 10, 30, 60, 60},
     {1, 1, 2, 3, 5, 10, 30, 60, 60},
     84,
     84,
     84,
     84,
     {0, 0, 1, 2, 4, 9, 29, 59, 59}},
    // shell
    {{20, 60, 180, 600, 2'000, 6'000, 12'000, 20'000, 30'000},
     {18, 60, 180, 640, 2'400, 8'000, 16'000, 28'000, 44'000},
     70,
     120,
     90,
     420,
     {2, 60, 240, 900, 2'400, 4'800, 7'200, 10'800, 14'400}},
    // knock
    {{1, 1, 1, 1, 1, 1, 1, 1, 1}, kNothing, 40, 60, 0, 0, kNothing},
}};

std::uint32_t bytes_for(std::uint32_t packets, std::uint32_t low, std::uint32_t high,
                        Random& random) {
  const auto each = static_cast<std::uint32_t>(low + random.below(high - low + 1));
  // A remainder, so that byte counts are not multiples of the packet size.
  const std::uint64_t slack = packets > 1 ? random.below(each / 2 + 1) : 0;
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(packets) * each + slack);
}

}  // namespace

VolumeTables::VolumeTables(Random& random) {
  volumes_.reserve(kNumTrafficClasses * kDraws);
  for (const ClassShape& shape : kShapes) {
    for (std::size_t i = 0; i < kDraws; ++i) {
      Volume volume;
      volume.packets_out = draw_ladder(shape.packets_out, random);
      if (shape.packets_in[8] > 0) {
        // An answer is of the size of its question: about the same place on its own ladder.
        const std::uint32_t free = draw_ladder(shape.packets_in, random);
        const std::uint64_t like = static_cast<std::uint64_t>(volume.packets_out) *
                                   shape.packets_in[4] / std::max(shape.packets_out[4], 1U);
        volume.packets_in =
            std::max<std::uint32_t>(1, static_cast<std::uint32_t>((free + 3 * like) / 4));
      }
      volume.bytes_out =
          bytes_for(volume.packets_out, shape.bytes_out_low, shape.bytes_out_high, random);
      volume.bytes_in =
          bytes_for(volume.packets_in, shape.bytes_in_low, shape.bytes_in_high, random);
      volume.duration_s = draw_ladder(shape.seconds, random);
      volumes_.push_back(volume);
    }
  }
}

}  // namespace weir::simulate
