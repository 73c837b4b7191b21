#include "format/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace weir::format {
namespace {

std::string one_string(std::string_view text) {
  std::string out;
  JsonWriter writer(out);
  writer.string(text);
  return out;
}

std::string one_number(double value) {
  std::string out;
  JsonWriter writer(out);
  writer.number(value);
  return out;
}

TEST(JsonWriter, PlacesCommasAndColons) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("rows");
  writer.begin_array();
  writer.integer(-1);
  writer.unsigned_integer(~std::uint64_t{0});
  writer.boolean(true);
  writer.null();
  writer.begin_object();
  writer.end_object();
  writer.end_array();
  writer.key("n");
  writer.string("x");
  writer.end_object();
  EXPECT_EQ(out, R"({"rows":[-1,18446744073709551615,true,null,{}],"n":"x"})");
}

TEST(JsonWriter, AppendsAndStartsOver) {
  std::string out = "> ";
  JsonWriter writer(out);
  for (int i = 0; i < 3; ++i) {
    writer.begin_array();
    writer.integer(i);
    writer.end_array();
    writer.reset();
    out.push_back('\n');
  }
  EXPECT_EQ(out, "> [0]\n[1]\n[2]\n");
}

TEST(JsonWriter, OutputMayBeTakenBetweenValues) {
  std::string out;
  std::string taken;
  JsonWriter writer(out);
  writer.begin_array();
  for (int i = 0; i < 3; ++i) {
    writer.integer(i);
    taken += out;
    out.clear();
  }
  writer.end_array();
  EXPECT_EQ(taken + out, "[0,1,2]");
}

TEST(JsonWriter, NonFiniteNumbersAreNull) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_array();
  writer.number(std::nan(""));
  writer.number(std::numeric_limits<double>::infinity());
  writer.number(-std::numeric_limits<double>::infinity());
  writer.number(1.5);
  writer.end_array();
  EXPECT_EQ(out, "[null,null,null,1.5]");
}

TEST(JsonWriter, NumbersAreShortestAndReadBack) {
  EXPECT_EQ(one_number(0), "0");
  EXPECT_EQ(one_number(3), "3");
  EXPECT_EQ(one_number(0.1), "0.1");
  EXPECT_EQ(one_number(100000), "100000");
  EXPECT_EQ(one_number(9007199254740993.0), "9007199254740992");
  EXPECT_EQ(one_number(1e20), "100000000000000000000");
  EXPECT_EQ(one_number(1e21), "1e+21");
  EXPECT_EQ(one_number(-2.5e-7), "-2.5e-07");
  for (const double value : {1.0 / 3, 6.02214076e23, 5e-324, 1.7976931348623157e308}) {
    EXPECT_EQ(std::strtod(one_number(value).c_str(), nullptr), value);
  }
}

TEST(JsonWriter, EscapesWhatJsonDemands) {
  EXPECT_EQ(one_string("a\"b\\c\n\t"), R"("a\"b\\c\n\t")");
  EXPECT_EQ(one_string(std::string_view("\0\x1f", 2)), R"("\u0000\u001F")");
  EXPECT_EQ(one_string(""), R"("")");
  EXPECT_EQ(one_string("/"), R"("/")");
}

TEST(JsonWriter, KeepsValidUtf8) {
  EXPECT_EQ(one_string("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"),
            "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

TEST(JsonWriter, RepairsInvalidUtf8) {
  const std::string repaired = "\xef\xbf\xbd";
  EXPECT_EQ(one_string("a\xff z"), "\"a" + repaired + " z\"");
  EXPECT_EQ(one_string("\xc3"), "\"" + repaired + "\"");                 // cut off
  EXPECT_EQ(one_string("\xe2\x82"), "\"" + repaired + "\"");             // one for the subpart
  EXPECT_EQ(one_string("\xe2\x82z"), "\"" + repaired + "z\"");           // resumes at z
  EXPECT_EQ(one_string("\xc0\xaf"), "\"" + repaired + repaired + "\"");  // overlong
  EXPECT_EQ(one_string("\xed\xa0\x80"), "\"" + repaired + repaired + repaired + "\"");  // surrogate
  EXPECT_EQ(one_string("\xf4\x90\x80\x80"),
            "\"" + repaired + repaired + repaired + repaired + "\"");  // past U+10FFFF
  EXPECT_EQ(one_string("\x80 \xc3\xbc \x80"), "\"" + repaired + " \xc3\xbc " + repaired + "\"");
}

TEST(JsonWriter, RepairsKeysToo) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("k\xfe");
  writer.string("v\xfe");
  writer.end_object();
  EXPECT_EQ(out, "{\"k\xef\xbf\xbd\":\"v\xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace weir::format
