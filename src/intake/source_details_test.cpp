#include "intake/source_details.h"

#include <gtest/gtest.h>

#include "intake/content_hash.h"

namespace weir::intake {
namespace {

TEST(SourceDetails, AreReadAsTheyWereWritten) {
  SourceDetails details;
  details.stored_bytes = 12;
  details.probe = 0xffff'ffff'ffff'fff1U;
  details.stored_hash = hash_of("x");
  details.is_text = true;
  details.path_key = 9;
  details.begin = 100;
  details.layout = "srcaddr bytes";
  details.rejected = {{"bad_number", 3}};
  details.odd = {{"end before start", 1}};
  details.notes = {"a \"note\""};
  details.where = "bytes > 5";
  details.sample = 10;
  details.repeats = 2;
  const SourceDetails read = read_details(to_text(details));
  EXPECT_EQ(to_text(read), to_text(details));
  EXPECT_EQ(read.probe, details.probe);
  EXPECT_EQ(read.stored_hash, details.stored_hash);
  EXPECT_EQ(read.rejected, details.rejected);
  EXPECT_EQ(read.sample, 10U);
}

TEST(SourceDetails, OfAnythingElseAreTheDefault) {
  for (const char* text : {"", "{", "[]", "{\"sample\":\"x\",\"rejected\":7}", "nonsense"}) {
    const SourceDetails read = read_details(text);
    EXPECT_EQ(read.sample, 1U) << text;
    EXPECT_TRUE(read.rejected.empty()) << text;
  }
}

}  // namespace
}  // namespace weir::intake
