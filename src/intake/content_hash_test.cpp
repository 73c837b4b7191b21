#include "intake/content_hash.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace weir::intake {
namespace {

TEST(ContentHash, DoesNotDependOnHowTheBytesCome) {
  Random random(7);
  std::string text;
  for (int i = 0; i < 200'000; ++i) {
    text += random.next() % 40 == 0 ? '\n' : static_cast<char>('a' + random.next() % 26);
  }
  const store::SourceId whole = hash_of(text);
  for (int round = 0; round < 20; ++round) {
    ContentHash hash;
    const std::uint64_t mark = random.next() % text.size();
    hash.reset(mark);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random.next() % 9000, text.size() - at);
      hash.watch(std::string_view(text).substr(at, size));
      at += size;
    }
    EXPECT_EQ(hash.digest(), whole);
    EXPECT_EQ(hash.size(), text.size());
    if (mark > 0) {
      EXPECT_EQ(hash.marked(), hash_of(text.substr(0, mark))) << mark;
    }
  }
}

TEST(ContentHash, LeavesALineWithoutNewlineOut) {
  ContentHash hash;
  hash.watch("one\ntw");
  hash.watch("o\nthree");
  EXPECT_EQ(hash.digest(5), hash_of("one\ntwo\n"));
  EXPECT_EQ(hash.digest(), hash_of("one\ntwo\nthree"));
}

TEST(ContentHash, ReadsItsOwnHex) {
  const store::SourceId id = hash_of("x");
  EXPECT_EQ(from_hex(to_hex(id)), id);
  EXPECT_FALSE(from_hex("0123").has_value());
  EXPECT_FALSE(from_hex(std::string(32, 'g')).has_value());
}

}  // namespace
}  // namespace weir::intake
