#include "flowlog/line_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "flowlog/line_parser_fixture.h"

namespace weir::flowlog {
namespace {

using column::Comparison;
using column::Predicate;
using column::Value;

constexpr std::string_view kOkLine =
    "2 123456789012 eni-0a1b2c3d 10.0.1.5 203.0.113.9 49152 443 6 10 8400 1767225600 1767225660 "
    "ACCEPT OK";
constexpr std::string_view kNodataLine =
    "2 123456789012 eni-0a1b2c3d - - - - - - - 1767225600 1767225660 - NODATA";

// Each test runs by the scalar reference and by every kernel that this machine has.
class LineParserTest : public testing::TestWithParam<KernelChoice> {
 protected:
  Answer parse(std::string_view lines, const LineParser::Options& options,
               std::string_view header = kDefault, bool is_last = true) {
    const auto parser = make_line_parser(layout_of(header), options, GetParam());
    return parse_all(*parser, lines, is_last);
  }
  Answer parse(std::string_view lines) { return parse(lines, all_columns(layout_of(kDefault))); }
};

// Lines around the one of interest, so that kernels are in their stride.
std::string amid(std::string_view line) {
  std::string text;
  for (int i = 0; i < 5; ++i) {
    text.append(kOkLine).append("\n");
  }
  text.append(line).append("\n");
  for (int i = 0; i < 5; ++i) {
    text.append(kOkLine).append("\n");
  }
  return text;
}

TEST_P(LineParserTest, GivesEveryFieldItsType) {
  const Answer answer = parse(std::string(kOkLine) + "\n");
  ASSERT_EQ(answer.rows.size(), 1U);
  EXPECT_EQ(answer.rows[0],
            "2|123456789012|eni-0a1b2c3d|10.0.1.5|203.0.113.9|49152|443|6|10|8400|"
            "2026-01-01T00:00:00Z|2026-01-01T00:01:00Z|ACCEPT|OK|");
  EXPECT_EQ(answer.tally,
            "1 ok, 0 nodata, 0 skipdata, 0 odd, 0 backwards, from 1767225600000 to 1767225660000");
}

TEST_P(LineParserTest, AbsentValuesAreNullNotZero) {
  const Answer answer = parse(amid(kNodataLine));
  ASSERT_EQ(answer.rows.size(), 11U);
  EXPECT_EQ(answer.rows[5],
            "2|123456789012|eni-0a1b2c3d|null|null|null|null|null|null|null|"
            "2026-01-01T00:00:00Z|2026-01-01T00:01:00Z|null|NODATA|");
  EXPECT_EQ(answer.rows[6], answer.rows[4]);
}

TEST_P(LineParserTest, RefusesWithReasonAndPlaceAndKeepsTheNeighbours) {
  using std::string_view_literals::operator""sv;
  const struct {
    std::string_view line;
    std::string_view said;
  } cases[] = {
      {"2 123456789012 eni-1 10.0.1.5 203.0.113.9 49152 443 6 10 8400 1767225600 1767225660 OK",
       "too few fields at 87"},
      {"2 1 eni-1 10.0.1.5 203.0.113.9 49152 443 6 10 8400 1767225600 1767225660 ACCEPT OK more",
       "too many fields at 84"},
      {"2 1 eni-1 10.0.1.256 203.0.113.9 49152 443 6 10 8400 1767225600 1767225660 ACCEPT OK",
       "not an address at 11"},
      {"2 1 eni-1 10.0.1.05 203.0.113.9 49152 443 6 10 8400 1767225600 1767225660 ACCEPT OK",
       "not an address at 11"},
      {"2 1 eni-1 10.0.1.5 203.0.113 49152 443 6 10 8400 1767225600 1767225660 ACCEPT OK",
       "not an address at 20"},
      {"2 1 eni-1 10.0.1.5 10.0.1.6 65536 443 6 10 8400 1767225600 1767225660 ACCEPT OK",
       "number out of range at 29"},
      {"2 1 eni-1 10.0.1.5 10.0.1.6 1 4x3 6 10 8400 1767225600 1767225660 ACCEPT OK",
       "not a number at 31"},
      {"2 1 eni-1 10.0.1.5 10.0.1.6 1 443 6 10 99999999999999999999 1767225600 1767225660 ACCEPT "
       "OK",
       "number out of range at 40"},
      {"2 1 eni-1 10.0.1.5 10.0.1.6 1 443 6 10 -5 1767225600 1767225660 ACCEPT OK",
       "not a number at 40"},
      {"2 1 eni-1 10.0.1.5 10.0.1.6 1 443 6 10 5 yesterday 1767225660 ACCEPT OK",
       "not a time at 42"},
      {"2 1 eni-1 10.0.1.5 10.0.1.6 1 443 6 10 5 9999999999999999 1767225660 ACCEPT OK",
       "not a time at 42"},
      {"bogus line", "too few fields at 11"},
      {"2 1 eni-\xff 10.0.1.5 10.0.1.6 1 443 6 10 5 1767225600 1767225660 ACCEPT OK",
       "invalid UTF-8 at 9"},
      {"2 1 eni-\0 10.0.1.5 10.0.1.6 1 443 6 1 5 1767225600 1767225660 ACCEPT OK"sv,
       "NUL byte at 9"},
  };
  for (const auto& [line, said] : cases) {
    const Answer answer = parse(amid(line));
    EXPECT_EQ(answer.rows.size(), 10U) << line;
    ASSERT_EQ(answer.refused.size(), 1U) << line;
    EXPECT_TRUE(answer.refused[0].ends_with(said)) << line << "\n" << answer.refused[0];
  }
}

TEST_P(LineParserTest, AcceptsWhatOnlyLooksOdd) {
  const Answer plain = parse(amid(kOkLine));
  std::string spaced(kOkLine);
  spaced.insert(spaced.find(' '), "  \t");
  std::string trailing = std::string(kOkLine) + "  ";
  for (const std::string& line :
       {spaced, trailing, std::string(kOkLine) + "\r", "  " + std::string(kOkLine)}) {
    EXPECT_EQ(parse(amid(line)).rows, plain.rows) << line;
  }
  const std::string with_bom = "\xef\xbb\xbf" + amid(kOkLine);
  EXPECT_EQ(parse(with_bom).rows, plain.rows);
  EXPECT_EQ(parse("\n\n" + amid(kOkLine) + "\r\n\n").rows, plain.rows);
}

TEST_P(LineParserTest, CountsOddProtocolsAndBackwardTimesButKeepsTheRecords) {
  const Answer answer =
      parse(amid("2 1 eni-1 10.0.1.5 10.0.1.6 0 0 8080 10 5 1767225660 1767225600 ACCEPT OK"));
  EXPECT_EQ(answer.rows.size(), 11U);
  EXPECT_NE(answer.tally.find("1 odd, 1 backwards"), std::string::npos) << answer.tally;
}

TEST_P(LineParserTest, EveryProtocolNumberPasses) {
  std::string lines;
  for (int protocol = 0; protocol < 256; ++protocol) {
    lines += "2 1 eni-1 10.0.1.5 10.0.1.6 0 0 " + std::to_string(protocol) +
             " 10 5 1767225600 1767225660 ACCEPT OK\n";
  }
  EXPECT_EQ(parse(lines).rows.size(), 256U);
}

TEST_P(LineParserTest, ReadsMillisecondsBySize) {
  LineParser::Options options;
  options.columns = {"start"};
  const Answer answer = parse(
      amid("2 1 eni-1 10.0.1.5 10.0.1.6 0 0 6 10 5 1767225600250 1767225660 ACCEPT OK"), options);
  EXPECT_EQ(answer.rows[5], "2026-01-01T00:00:00.250Z|");
}

TEST_P(LineParserTest, MixesAddressFamilies) {
  LineParser::Options options;
  options.columns = {"srcaddr", "dstaddr"};
  const Answer answer =
      parse(amid("2 1 eni-1 2001:db8::1 ::ffff:1.2.3.4 0 0 6 10 5 1767225600 1767225660 ACCEPT OK"),
            options);
  EXPECT_EQ(answer.rows[5], "2001:db8::1|1.2.3.4|");
}

TEST_P(LineParserTest, StopsAtAHeader) {
  const std::string lines = amid(kOkLine);
  const Answer answer = parse(lines + std::string(kDefault) + "\n" + lines);
  EXPECT_TRUE(answer.met_header);
  EXPECT_EQ(answer.consumed, lines.size());
}

TEST_P(LineParserTest, LeavesAnUnfinishedLineUnlessItIsTheLast) {
  const std::string lines = std::string(kOkLine) + "\n" + std::string(kOkLine);
  const auto options = all_columns(layout_of(kDefault));
  EXPECT_EQ(parse(lines, options, kDefault, false).consumed, kOkLine.size() + 1);
  EXPECT_EQ(parse(lines, options, kDefault, true).rows.size(), 2U);
}

TEST_P(LineParserTest, RefusesALineTooLongInBoundedMemory) {
  const Answer answer = parse(amid(std::string(kMaxLineBytes + 1, 'x')));
  EXPECT_EQ(answer.rows.size(), 10U);
  ASSERT_EQ(answer.refused.size(), 1U);
  EXPECT_TRUE(answer.refused[0].ends_with("line too long at 0"));
}

TEST_P(LineParserTest, RebuildsTheMessage) {
  LineParser::Options options;
  options.columns = {"@message", "@timestamp"};
  std::string odd(kOkLine);
  odd.insert(odd.find(' '), "   ");
  const Answer answer = parse(amid(odd), options);
  EXPECT_EQ(answer.rows[5], std::string(kOkLine) + "|2026-01-01T00:00:00Z|");
  EXPECT_EQ(answer.rows[4], answer.rows[5]);
}

TEST_P(LineParserTest, ColumnsThatTheLayoutLacksAreNull) {
  LineParser::Options options;
  options.columns = {"vpc_id", "bytes"};
  EXPECT_EQ(parse(amid(kOkLine), options).rows[0], "null|8400|");
}

INSTANTIATE_TEST_SUITE_P(Kernels, LineParserTest, testing::ValuesIn(available_kernels()),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

// Random lines, good and bad: every kernel says just what the reference says.
TEST(LineKernels, AgreeWithTheReferenceOnRandomLines) {
  const std::string_view headers[] = {
      kDefault,
      "srcaddr",
      "bytes",
      "action log-status srcaddr start bytes",
      "srcaddr dstaddr bytes strange-column start",
      kVersion5,
  };
  std::vector<KernelChoice> kernels = available_kernels();
  if (kernels.size() == 1) {
    GTEST_SKIP() << "this processor has neither AVX2 nor AVX-512";
  }
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    RandomLines random(seed);
    const std::string_view header = headers[seed % std::size(headers)];
    const auto parsed = parse_format(header);
    ASSERT_TRUE(parsed.has_value()) << header;
    const Layout& layout = *parsed;
    std::string lines;
    const std::size_t num_lines = 1 + random.below(5000);
    for (std::size_t i = 0; i < num_lines; ++i) {
      lines += random.line(layout);
    }
    LineParser::Options options;
    for (const auto& column : layout.columns) {
      if (random.one_in(2)) {
        options.columns.push_back(column.name);
      }
    }
    if (random.one_in(3)) {
      options.columns.push_back("@timestamp");
    }
    if (random.one_in(4)) {
      options.columns.push_back("@message");
    }
    options.include_silent = !random.one_in(3);
    if (random.one_in(3)) {
      options.range.since = 1'767'225'600'000 + 600'000;
    }
    if (random.one_in(3)) {
      options.range.until = 1'767'225'600'000 + 3'600'000;
    }
    for (std::size_t i = 0; i < options.columns.size(); ++i) {
      if (!random.one_in(4)) {
        continue;
      }
      Predicate predicate;
      predicate.column = i;
      if (options.columns[i] == "action") {
        predicate.comparison = random.one_in(2) ? Comparison::kEqual : Comparison::kIn;
        predicate.values = {Value::of_string("REJECT")};
      } else if (options.columns[i].ends_with("addr")) {
        predicate.comparison = Comparison::kInPrefix;
        predicate.values = {Value::of_string("0.0.0.0/1"), Value::of_string("2001:db8::/32")};
      } else if (options.columns[i] == "bytes") {
        predicate.comparison = Comparison::kLess;
        predicate.values = {Value::of_int(1'000'000)};
      } else {
        predicate.comparison = random.one_in(2) ? Comparison::kIsNull : Comparison::kIsNotNull;
      }
      options.conjuncts.push_back(predicate);
    }
    const auto reference = make_line_parser(layout, options, KernelChoice::kScalar);
    const Answer expected = parse_all(*reference, lines);
    for (const KernelChoice kernel : kernels) {
      const auto parser = make_line_parser(layout, options, kernel);
      EXPECT_EQ(parser->applied_conjuncts(), reference->applied_conjuncts());
      const Answer answer = parse_all(*parser, lines);
      ASSERT_EQ(answer.tally, expected.tally) << "seed " << seed << ", " << name_of(kernel);
      ASSERT_EQ(answer.refused, expected.refused) << "seed " << seed << ", " << name_of(kernel);
      ASSERT_EQ(answer.rows, expected.rows) << "seed " << seed << ", " << name_of(kernel);
      ASSERT_EQ(answer.consumed, expected.consumed) << "seed " << seed;
      ASSERT_EQ(answer.met_header, expected.met_header) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace weir::flowlog
