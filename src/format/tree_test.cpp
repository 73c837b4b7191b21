#include "format/tree.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "format/base64.h"
#include "format/cbor.h"
#include "format/xml_writer.h"

namespace weir::format {
namespace {

using std::string_literals::operator""s;

Tree sample() {
  return Tree::map({{"text", "a\"b"},
                    {"whole", 12},
                    {"negative", -500},
                    {"broken", 12.5},
                    {"yes", true},
                    {"nothing", Tree()},
                    {"list", Tree::List{1, "two", Tree::list()}},
                    {"map", Tree::map({{"inner", Tree::map()}})}});
}

TEST(TreeJson, ComesBackAsItWasWritten) {
  const auto read = read_json(write_json(sample()));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, sample());
}

TEST(TreeJson, WritesTimesAsSecondsAndBytesAsBase64) {
  EXPECT_EQ(write_json(Tree::List{Tree::time(1'500), Tree::time(2'000), Bytes{"\x00\xffz"s}}),
            R"([1.5,2,"AP96"])");
}

TEST(TreeJson, RefusesNothingAtAll) {
  const auto tree = read_json(std::string_view());
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().code, ErrorCode::kInput);
}

TEST(TreeJson, RefusesDepthAndCountPastTheLimits) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  EXPECT_EQ(read_json(deep).error().code, ErrorCode::kLimit);
  TreeLimits few;
  few.max_nodes = 3;
  EXPECT_EQ(read_json("[1,2,3]", few).error().code, ErrorCode::kLimit);
  EXPECT_TRUE(read_json("[1,2]", few));
  EXPECT_EQ(read_json("{\"a\":").error().code, ErrorCode::kInput);
}

TEST(TreeCbor, ComesBackAsItWasWritten) {
  Tree tree = sample();
  tree.set("bytes", Bytes{"\x00\x01"s});
  tree.set("time", Tree::time(1'795'322'025'000));
  tree.set("fraction", Tree::time(1'795'322'025'250));
  tree.set("large", std::int64_t{1} << 40);
  tree.set("long", std::string(70'000, 'x'));
  const auto read = read_cbor(write_cbor(tree));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, tree);
}

TEST(TreeCbor, ReadsWhatClientsSend) {
  // The examples of RFC 8949, appendix A, and a time as Smithy's clients write it.
  const auto value = [](const std::string& bytes) { return read_cbor(bytes).value(); };
  EXPECT_EQ(value("\xf9\x3e\x00"s), Tree(1.5));
  EXPECT_EQ(value("\xf9\x00\x01"s), Tree(5.960464477539063e-8));
  EXPECT_TRUE(std::isinf(value("\xf9\x7c\x00"s).number()));
  EXPECT_EQ(value("\xfa\x47\xc3\x50\x00"s), Tree(100000.0));
  EXPECT_EQ(value("\x39\x03\xe7"s), Tree(-1000));
  EXPECT_EQ(value("\x9f\x01\x82\x02\x03\xff"s), Tree(Tree::List{1, Tree::List{2, 3}}));
  EXPECT_EQ(value("\x7f\x65\x73\x74\x72\x65\x61\x64\x6d\x69\x6e\x67\xff"s), Tree("streaming"));
  EXPECT_EQ(value("\xbf\x61\x61\x01\xff"s), Tree::map({{"a", 1}}));
  EXPECT_EQ(value("\xc1\x1a\x51\x4b\x67\xb0"s), Tree::time(1'363'896'240'000));
}

TEST(TreeCbor, RefusesWhatLies) {
  for (const std::string& bytes :
       {""s, "\x5b\xff\xff\xff\xff\xff\xff\xff\xff"s, "\x9b\x00\x00\x00\x01\x00\x00\x00\x00"s,
        "\xff"s, "\x1c"s, "\xa1\x01\x02"s, "\x01\x01"s, "\x7f\x41\x61\xff"s, "\xc1\x61\x61"s,
        "\xc1\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00"s}) {
    EXPECT_FALSE(read_cbor(bytes));
  }
  EXPECT_EQ(read_cbor(std::string(1000, '\x81')).error().code, ErrorCode::kLimit);
}

TEST(Base64, EncodesWhatItDecodes) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) {
    std::string back;
    EXPECT_TRUE(decode_base64(encode_base64(text), back));
    EXPECT_EQ(back, text);
  }
  EXPECT_EQ(encode_base64("fooba"), "Zm9vYmE=");
}

TEST(XmlWriter, EscapesTextAndShortensEmptyElements) {
  std::string out;
  XmlWriter xml(out);
  xml.open("A", "http://x/");
  xml.element("B", "<&>\x01\xff");
  xml.element("C", "");
  xml.close();
  EXPECT_EQ(out, "<A xmlns=\"http://x/\"><B>&lt;&amp;&gt;\xef\xbf\xbd\xef\xbf\xbd</B><C/></A>");
}

}  // namespace
}  // namespace weir::format
