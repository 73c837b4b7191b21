#include "io/inflate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace weir::io {
namespace {

using ::testing::HasSubstr;

std::string deflated(std::string_view bytes, Compression compression = Compression::kGzip) {
  std::string out;
  const auto sink = make_deflate_sink(compression, 6);
  sink->write(bytes, out);
  sink->finish(out);
  return out;
}

struct Inflated {
  std::string bytes;
  InflateReport report;
  std::string error;
};

// Reads in pieces of `step` bytes.
Inflated inflated(std::string_view stored, Compression compression = Compression::kGzip,
                  std::size_t step = 4096, const InflateLimits& limits = {}) {
  const auto source = make_inflate_source(compression, make_memory_source(stored), limits);
  Inflated result;
  std::vector<char> buffer(step);
  while (true) {
    const auto size = source->read(buffer);
    if (!size) {
      result.error = size.error().message;
      break;
    }
    if (*size == 0) {
      break;
    }
    result.bytes.append(buffer.data(), *size);
  }
  result.report = source->report();
  return result;
}

std::string sample(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) {
    text += "2 123456789012 eni-" + std::to_string(i * 2'654'435'761 % 1'000'000) + " ACCEPT OK\n";
  }
  return text;
}

TEST(Inflate, SeveralMembersAreOneStreamHoweverTheyAreRead) {
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string one = sample(100'000);
    const std::string two = sample(10);
    const std::string stored =
        deflated(one, compression) + deflated("", compression) + deflated(two, compression);
    for (const std::size_t step : {1U, 7U, 4096U, 1U << 20}) {
      const Inflated result = inflated(stored, compression, step);
      EXPECT_EQ(result.error, "");
      EXPECT_TRUE(result.bytes == one + two) << step;
      EXPECT_EQ(result.report.members, 3U);
      EXPECT_EQ(result.report.input_bytes, stored.size());
      EXPECT_EQ(result.report.trailing_bytes, 0U);
      EXPECT_FALSE(result.report.is_truncated);
    }
  }
}

TEST(Inflate, GarbageBehindTheStreamIsCountedNotRead) {
  for (const std::string& tail : {std::string("garbage"), std::string(512, '\0')}) {
    const Inflated result = inflated(deflated("text") + tail);
    EXPECT_EQ(result.bytes, "text");
    EXPECT_EQ(result.report.trailing_bytes, tail.size());
    EXPECT_FALSE(result.report.is_truncated);
  }
}

// Wherever a stream is cut: what is given is the front of what went in, and the cut is told.
TEST(Inflate, EveryCutGivesAFrontAndIsTold) {
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string whole = sample(3'000);
    const std::string stored = deflated(whole, compression);
    for (std::size_t size = 4; size < stored.size(); ++size) {
      const Inflated result = inflated(std::string_view(stored).substr(0, size), compression);
      EXPECT_EQ(result.error, "");
      EXPECT_TRUE(whole.starts_with(result.bytes)) << size;
      EXPECT_TRUE(result.report.is_truncated || !result.report.error.empty()) << size;
    }
  }
}

TEST(Inflate, DamageIsToldAndNeverInvents) {
  const std::string whole = sample(3'000);
  const std::string stored = deflated(whole);
  for (std::size_t i = 10; i < stored.size(); i += 3) {
    std::string damaged = stored;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    const Inflated result = inflated(damaged);
    EXPECT_TRUE(!result.error.empty() || !result.report.error.empty() ||
                result.report.is_truncated || result.report.trailing_bytes > 0)
        << i;
  }
}

// Found by the fuzzer: libzstd refuses such a frame or takes it, by the size of the buffer.
TEST(Inflate, AFrameOfOtherSizeThanItDeclaresIsDamagedHoweverItIsRead) {
  // A single segment that declares 31 bytes; its last block is raw and empty. RFC 8878
  // section 3.1.1.
  const std::string_view lying("\x28\xb5\x2f\xfd\x20\x1f\x01\x00\x00", 9);
  const std::string honest = deflated(sample(5000), Compression::kZstd);
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{17}, std::size_t{31}, std::size_t{65'536}}) {
    const Inflated result = inflated(lying, Compression::kZstd, step);
    EXPECT_FALSE(result.report.error.empty()) << step;
    EXPECT_EQ(result.bytes, "") << step;
    EXPECT_EQ(inflated(honest, Compression::kZstd, step).report.error, "") << step;
  }
}

TEST(Inflate, BombsAreRefusedByRatioAndSize) {
  InflateLimits limits;
  limits.max_bytes = 1 << 20;
  const std::string bomb = deflated(std::string(16 << 20, 'a'));
  EXPECT_THAT(inflated(bomb, Compression::kGzip, 4096, limits).error, HasSubstr("inflates to"));
  const std::string zstd_bomb = deflated(std::string(64 << 20, 'a'), Compression::kZstd);
  EXPECT_NE(inflated(zstd_bomb, Compression::kZstd, 1 << 16).error, "");
}

TEST(Inflate, CompressionIsToldByMagicNumbers) {
  EXPECT_EQ(detect_compression(deflated("x")), Compression::kGzip);
  EXPECT_EQ(detect_compression(deflated("x", Compression::kZstd)), Compression::kZstd);
  EXPECT_EQ(detect_compression("version srcaddr"), Compression::kNone);
  EXPECT_EQ(detect_compression(""), Compression::kNone);
}

}  // namespace
}  // namespace weir::io
