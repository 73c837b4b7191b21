#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <random>
#include <string>
#include <vector>

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/numbers.h"
#include "codec/packing_kernel.h"
#include "codec/texts.h"

namespace weir::codec {
namespace {

using Numbers = std::vector<std::uint64_t>;

TEST(PackingKernel, EveryKernelPacksAsTheReferenceDoes) {
  std::mt19937_64 random(1);
  for (const PackingKernel* kernel : available_packing_kernels()) {
    for (unsigned width = 0; width <= 32; ++width) {
      std::array<std::uint32_t, kPackedVector> numbers;
      const std::uint64_t mask = (std::uint64_t{1} << width) - 1;
      for (std::uint32_t& number : numbers) {
        number = static_cast<std::uint32_t>(random() & mask);
      }
      std::vector<unsigned char> expected(packed_bytes(width) + 1);
      std::vector<unsigned char> packed(packed_bytes(width) + 1);
      scalar_packing_kernel()->pack(numbers.data(), width, expected.data() + 1);
      kernel->pack(numbers.data(), width, packed.data() + 1);  // unaligned
      ASSERT_EQ(packed, expected) << kernel->name << " " << width;
      std::array<std::uint32_t, kPackedVector> read{};
      kernel->unpack(packed.data() + 1, width, read.data());
      ASSERT_EQ(read, numbers) << kernel->name << " " << width;
      for (std::size_t count = 0; count <= 257; ++count) {
        std::vector<std::uint64_t> wide(count + 1, 7);
        kernel->widen(numbers.data(), count, ~std::uint64_t{0} - 5, wide.data());
        for (std::size_t i = 0; i < count; ++i) {
          ASSERT_EQ(wide[i], numbers[i] - 6ULL);
        }
        ASSERT_EQ(wide[count], 7U);
      }
    }
  }
}

TEST(PackingKernel, EveryKernelMeasuresAsTheReferenceDoes) {
  std::mt19937_64 random(3);
  for (const PackingKernel* kernel : available_packing_kernels()) {
    for (unsigned width = 0; width <= 64; ++width) {
      Numbers numbers(kPackedVector);
      for (std::uint64_t& number : numbers) {
        const auto bits = static_cast<unsigned>(random() % (width + 1));
        number = 5 + (bits == 0 ? 0 : random() >> (64 - bits));  // may wrap around
      }
      std::array<std::uint32_t, 65> expected{};
      for (const std::uint64_t number : numbers) {
        ++expected[static_cast<std::size_t>(std::bit_width(number - 5))];
      }
      std::array<std::uint32_t, 65> counts;
      counts.fill(9);
      kernel->count_widths(numbers.data(), 5, counts.data());
      ASSERT_EQ(counts, expected) << kernel->name << " " << width;
      for (const std::size_t count : {1, 2, 7, 8, 9, 63, 64, 65, 1000}) {
        std::uint64_t least = 0;
        std::uint64_t greatest = 0;
        std::size_t num_runs = 0;
        kernel->measure(numbers.data(), count, &least, &greatest, &num_runs);
        const auto end = numbers.begin() + static_cast<std::ptrdiff_t>(count);
        ASSERT_EQ(least, *std::min_element(numbers.begin(), end)) << kernel->name;
        ASSERT_EQ(greatest, *std::max_element(numbers.begin(), end)) << kernel->name;
        Numbers distinct(numbers.begin(), end);
        distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
        ASSERT_EQ(num_runs, distinct.size()) << kernel->name;
      }
    }
  }
}

// Reads a run whole, in pieces that fit nothing, and as codes.
void expect_reads(const std::string& bytes, const Numbers& values, const std::string& what) {
  NumberDecoder decoder;
  const auto opened = decoder.open(bytes, values.size());
  ASSERT_TRUE(opened) << what << ": " << opened.error().message;
  Numbers read(values.size());
  decoder.read(0, values.size(), read.data());
  ASSERT_EQ(read, values) << what;
  std::mt19937_64 random(values.size());
  for (int i = 0; i < 20 && !values.empty(); ++i) {
    const std::size_t first = random() % values.size();
    const std::size_t count = random() % (values.size() - first + 1);
    Numbers part(count);
    decoder.read(first, count, part.data());
    ASSERT_TRUE(std::equal(part.begin(), part.end(), values.begin() + first)) << what;
    std::vector<std::uint32_t> codes(count);
    decoder.read(first, count, codes.data());
    std::vector<std::uint32_t> places;
    for (std::size_t k = 0; k < count; ++k) {
      ASSERT_EQ(codes[k], static_cast<std::uint32_t>(values[first + k])) << what;
      if (random() % 3 == 0) {
        places.push_back(static_cast<std::uint32_t>(first + k));
      }
    }
    Numbers picked(places.size());
    decoder.pick(places, picked.data());
    for (std::size_t k = 0; k < places.size(); ++k) {
      ASSERT_EQ(picked[k], values[places[k]]) << what;
    }
  }
}

std::vector<std::pair<std::string, Numbers>> sample_runs() {
  std::mt19937_64 random(2);
  std::vector<std::pair<std::string, Numbers>> runs;
  for (const std::size_t count : {0, 1, 2, 31, 32, 33, 255, 256, 257, 1023, 1024, 1025, 5000}) {
    const auto make = [&](const char* name, auto next) {
      Numbers values(count);
      for (std::size_t i = 0; i < count; ++i) {
        values[i] = next(i);
      }
      runs.emplace_back(std::string(name) + " x " + std::to_string(count), std::move(values));
    };
    make("constant", [](std::size_t) { return 42U; });
    make("largest", [](std::size_t) { return ~std::uint64_t{0}; });
    make("rising", [](std::size_t i) { return 1'767'571'190'000U + i / 7; });
    make("steps", [](std::size_t i) { return i / 300; });
    make("codes", [&](std::size_t) { return random() % 60'000; });
    make("outliers", [&](std::size_t i) { return i % 97 == 0 ? random() : random() % 900; });
    std::uint64_t last = 0;
    make("twice or thrice", [&](std::size_t) {
      last = random() % 5 < 2 ? random() % 60'000 : last;
      return last;
    });
    make("unique", [&](std::size_t) { return random(); });
    make("both ends", [](std::size_t i) { return i % 2 == 0 ? 0 : ~std::uint64_t{0}; });
    make("text like",
         [&](std::size_t i) { return (i * i / 3) % 251 + (random() % 50 == 0) * 70'000; });
  }
  return runs;
}

TEST(Numbers, EveryRunComesBack) {
  for (const auto& [name, values] : sample_runs()) {
    for (const Preference preference :
         {Preference::kSize, Preference::kSpeed, Preference::kPacked}) {
      std::string bytes;
      encode_numbers(values, preference, bytes);
      expect_reads(bytes, values, name);
    }
  }
}

TEST(Numbers, AnEncoderLearnsWhetherCompressingPays) {
  std::mt19937_64 random(4);
  Numbers chance(4096);
  for (std::uint64_t& number : chance) {
    number = random() % 60'000;
  }
  Numbers repeated(4096);
  for (std::size_t i = 0; i < repeated.size(); ++i) {
    repeated[i] = chance[i % 64];
  }
  NumberEncoder encoder(Preference::kSize);
  const auto encode = [&](const Numbers& values) {
    std::string bytes;
    const Encoding encoding = encoder.encode(values, bytes);
    expect_reads(bytes, values, std::string(name_of(encoding)));
    return encoding;
  };
  EXPECT_EQ(encode(repeated), Encoding::kZstd);
  for (int i = 0; i < 100; ++i) {
    EXPECT_NE(encode(chance), Encoding::kZstd);
  }
  // It is not given up for good.
  int num_passed_over = 0;
  while (encode(repeated) != Encoding::kZstd) {
    ASSERT_LE(++num_passed_over, 16);
  }
  EXPECT_EQ(encode(repeated), Encoding::kZstd);
  std::string packed;
  EXPECT_NE(encode_numbers(repeated, Preference::kPacked, packed), Encoding::kZstd);
}

TEST(Numbers, EveryFormHoldsEveryRun) {
  for (const auto& [name, values] : sample_runs()) {
    if (values.empty()) {
      continue;
    }
    for (const Encoding encoding : {Encoding::kRunLength, Encoding::kPacked, Encoding::kZstd,
                                    Encoding::kPlain, Encoding::kRepeated}) {
      std::string bytes;
      encode_numbers_as(encoding, values, bytes);
      ASSERT_EQ(bytes.front(), static_cast<char>(encoding));
      expect_reads(bytes, values, name + " " + std::string(name_of(encoding)));
    }
  }
}

TEST(Numbers, TheFormSuitsTheRun) {
  const auto form_of = [](std::size_t count, auto next) {
    Numbers values(count);
    for (std::size_t i = 0; i < count; ++i) {
      values[i] = next(i);
    }
    std::string bytes;
    return encode_numbers(values, Preference::kSpeed, bytes);
  };
  std::mt19937_64 random(3);
  EXPECT_EQ(form_of(9000, [](std::size_t) { return 5; }), Encoding::kConstant);
  EXPECT_EQ(form_of(9000, [](std::size_t i) { return i / 1000; }), Encoding::kRunLength);
  EXPECT_EQ(form_of(9216, [&](std::size_t) { return random() % 30'000; }), Encoding::kPacked);
  EXPECT_EQ(form_of(9000, [&](std::size_t) { return random(); }), Encoding::kPlain);
  EXPECT_EQ(form_of(9000, [&](std::size_t i) { return i / 3 * 7919 % 65'521; }),
            Encoding::kRepeated);
  EXPECT_EQ(form_of(9000, [&](std::size_t i) { return i % 4 * 1000 + i / 64 % 3; }),
            Encoding::kZstd);
}

TEST(Numbers, NoNumbersAreNotRepeated) {
  NumberDecoder decoder;
  for (const std::string_view bytes : {"\x05", "\x05\x01", "\x05\x01\x04"}) {
    EXPECT_FALSE(decoder.open(bytes, 0));
  }
}

TEST(Numbers, NoCutOrFlipGoesPastTheBuffers) {
  std::mt19937_64 random(4);
  for (const auto& [name, values] : sample_runs()) {
    if (values.empty() || values.size() > 1100) {
      continue;
    }
    for (const Encoding encoding : {Encoding::kRunLength, Encoding::kPacked, Encoding::kZstd,
                                    Encoding::kPlain, Encoding::kRepeated}) {
      std::string bytes;
      encode_numbers_as(encoding, values, bytes);
      for (int i = 0; i < 50; ++i) {
        std::string damaged = bytes;
        if (i % 2 == 0) {
          damaged.resize(random() % damaged.size());
        } else {
          damaged[random() % damaged.size()] ^= static_cast<char>(1U << (random() % 8));
        }
        NumberDecoder decoder;
        if (decoder.open(damaged, values.size())) {  // then it can be read whole
          Numbers read(values.size());
          decoder.read(0, values.size(), read.data());
        }
      }
    }
  }
}

TEST(Texts, EveryRunComesBack) {
  std::mt19937_64 random(5);
  for (const std::size_t count : {0, 1, 3, 100, 5000}) {
    std::vector<std::string> owned;
    for (std::size_t i = 0; i < count; ++i) {
      std::string text(random() % 40, 'x');
      for (char& c : text) {
        c = static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 4);
      }
      owned.push_back(text);
    }
    const std::vector<std::string_view> texts(owned.begin(), owned.end());
    std::string bytes;
    encode_texts(texts, bytes);
    TextDecoder decoder;
    ASSERT_TRUE(decoder.open(bytes, count));
    ASSERT_EQ(decoder.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(decoder.text(i), owned[i]);
    }
    for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + bytes.size() / 50) {
      EXPECT_FALSE(decoder.open(std::string_view(bytes).substr(0, cut), count) && count > 0);
    }
  }
}

TEST(Bytes, NumbersOfSevenBits) {
  std::string bytes;
  const Numbers values = {0, 1, 127, 128, 300, std::uint64_t{1} << 63, ~std::uint64_t{0}};
  for (const std::uint64_t value : values) {
    put_varint(value, bytes);
  }
  ByteReader reader(bytes);
  for (const std::uint64_t value : values) {
    EXPECT_EQ(reader.varint(), value);
  }
  EXPECT_TRUE(reader.is_at_end());
  EXPECT_EQ(reader.varint(), 0U);
  EXPECT_FALSE(reader.is_good());
  ByteReader endless(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11));
  endless.varint();
  EXPECT_FALSE(endless.is_good());
  for (const std::int64_t value : {0L, -1L, 1L, INT64_MIN, INT64_MAX}) {
    EXPECT_EQ(from_zigzag(to_zigzag(value)), value);
  }
}

}  // namespace
}  // namespace weir::codec
