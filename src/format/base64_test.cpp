#include "format/base64.h"

#include <gtest/gtest.h>

#include <string>

namespace weir::format {
namespace {

std::string decoded(std::string_view text) {
  std::string out;
  return decode_base64(text, out) ? out : "refused";
}

TEST(Base64, ReadsTheVectorsOfTheRfc) {  // RFC 4648 section 10
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm9v"), "foo");
  EXPECT_EQ(decoded("Zm9vYg=="), "foob");
  EXPECT_EQ(decoded("Zm9vYmE="), "fooba");
  EXPECT_EQ(decoded("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decoded("/+8="), "\xff\xef");
}

TEST(Base64, AcceptsLineBreaksAndMissingPadding) {
  EXPECT_EQ(decoded("Zm9v\r\nYmE"), "fooba");
  EXPECT_EQ(decoded("Zg"), "f");
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"Z", "Zm9vY", "Zm 9v", "Zg==Zg==", "Zg===", "Zm9v*", "\x80", "Zg=a"}) {
    EXPECT_EQ(decoded(text), "refused") << text;
  }
}

TEST(Base64, AppendsAndLeavesAsItWasOnRefusal) {
  std::string out = "x";
  EXPECT_TRUE(decode_base64("Zg==", out));
  EXPECT_EQ(out, "xf");
  EXPECT_FALSE(decode_base64("Zm9v!", out));
  EXPECT_EQ(out, "xf");
}

}  // namespace
}  // namespace weir::format
