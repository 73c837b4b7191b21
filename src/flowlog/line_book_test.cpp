#include "flowlog/line_book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "flowlog/line_parser_fixture.h"

namespace weir::flowlog {
namespace {

void expect_same(const Answer& answer, const Answer& expected, const std::string& where) {
  ASSERT_EQ(answer.tally, expected.tally) << where;
  ASSERT_EQ(answer.refused, expected.refused) << where;
  ASSERT_EQ(answer.rows, expected.rows) << where;
  ASSERT_EQ(answer.consumed, expected.consumed) << where;
  ASSERT_EQ(answer.met_header, expected.met_header) << where;
}

// Parsers of the kernels that have a book; none where this processor has neither AVX2 nor AVX-512.
std::vector<KernelChoice> kernels_with_book() {
  std::vector<KernelChoice> kernels = available_kernels();
  std::erase(kernels, KernelChoice::kScalar);
  return kernels;
}

LineParser::Options deferring(LineParser::Options options, LineBook& book) {
  options.book = &book;
  for (const std::string& name : options.columns) {  // not what differs from line to line
    options.may_be_deferred.push_back(name != "bytes" && name != "packets");
  }
  return options;
}

std::string line_of(std::size_t flow, std::size_t number) {
  return "2 123456789012 eni-0a" + std::to_string(flow % 7) + " 10.0." +
         std::to_string(flow / 250 % 250) + "." + std::to_string(flow % 250) + " 10.1." +
         std::to_string(flow / 62'500) + ".9 " + std::to_string(1024 + number % 60'000) +
         " 443 6 10 " + std::to_string(number) + " 1767225600 1767225660 ACCEPT OK\n";
}

TEST(LineBook, ReadsLinesMetBeforeAsTheReferenceDoes) {
  for (const KernelChoice kernel : kernels_with_book()) {
    std::string lines;
    for (std::size_t i = 0; i < 20'000; ++i) {
      lines += i % 97 == 0 ? "2 123456789012 eni-0a1 - - - - - - - 1767225600 1767225660 - NODATA\n"
                           : line_of(i * i % 1000, i);
    }
    const Layout layout = layout_of(kDefault);
    LineParser::Options options = all_columns(layout);
    options.columns.emplace_back("@timestamp");
    options.columns.emplace_back("vpc_id");  // the layout does not have it
    const Answer expected =
        parse_all(*make_line_parser(layout, options, KernelChoice::kScalar), lines);
    LineBook book;
    const auto parser = make_line_parser(layout, deferring(options, book), kernel);
    const Answer answer = parse_all(*parser, lines);
    expect_same(answer, expected, std::string(name_of(kernel)));
    EXPECT_EQ(answer.num_deferred, 20'000U * 8);
    EXPECT_LT(book.num_codes(), 1001U);
  }
}

TEST(LineBook, AgreesWithTheReferenceOnRandomLines) {
  const std::string_view headers[] = {
      kDefault,
      "srcaddr bytes",
      "action log-status srcaddr start bytes",
      "srcaddr dstaddr bytes strange-column start",
      kVersion5,
  };
  std::size_t num_deferred = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    RandomLines random(seed);
    const Layout layout = *parse_format(headers[seed % std::size(headers)]);
    // Some lines again and again; of those that are refused, now and then one.
    std::vector<std::string> good;
    std::string lines;
    const std::size_t num_lines = 1 + random.below(5000);
    const auto check = make_line_parser(layout, all_columns(layout), KernelChoice::kScalar);
    for (std::size_t i = 0; i < num_lines; ++i) {
      if (good.size() < 40 || random.one_in(100)) {
        const std::string line = random.line(layout);
        std::size_t longest = 0;  // number: kernels leave those of 17 digits to the reference
        std::size_t digits = 0;
        for (const char c : line) {
          digits = c >= '0' && c <= '9' ? digits + 1 : 0;
          longest = std::max(longest, digits);
        }
        if (longest <= 16 && parse_all(*check, line).rows.size() == 1) {
          good.push_back(line);
        } else if (random.one_in(3)) {
          lines += line;
        }
      }
      lines += good.empty() ? "" : good[random.below(good.size())];
    }
    LineParser::Options options;
    for (const auto& column : layout.columns) {
      if (!random.one_in(4)) {
        options.columns.push_back(column.name);
      }
    }
    const Answer expected =
        parse_all(*make_line_parser(layout, options, KernelChoice::kScalar), lines);
    for (const KernelChoice kernel : kernels_with_book()) {
      LineBook book;
      LineParser::Options with_book = deferring(options, book);
      for (std::size_t c = 0; c < options.columns.size(); ++c) {
        with_book.may_be_deferred[c] = !random.one_in(4);
      }
      const auto parser = make_line_parser(layout, with_book, kernel);
      for (int round = 0; round < 2; ++round) {  // the second time all is known
        const Answer answer = parse_all(*parser, lines);
        expect_same(answer, expected, "seed " + std::to_string(seed));
        num_deferred += answer.num_deferred;
      }
    }
  }
  EXPECT_TRUE(num_deferred > 100'000 || kernels_with_book().empty()) << num_deferred;
}

// Codes mean the same as long as the space is the same, and a full book has another.
TEST(LineBook, BeginsAnewWhenItIsFull) {
  for (const KernelChoice kernel : kernels_with_book()) {
    LineBook book;
    const Layout layout = layout_of(kDefault);
    LineParser::Options options;
    options.columns = {"dstaddr", "srcaddr"};
    const auto parser = make_line_parser(layout, deferring(options, book), kernel);
    std::map<std::pair<const column::CodeSpace*, std::uint32_t>, std::string> meant;
    std::vector<std::shared_ptr<const column::CodeSpace>> spaces;
    column::Batch batch;
    ParseTally tally;
    std::vector<LineParser::Refused> refused;
    for (std::size_t flow = 0; flow < 3 * LineBook::kMaxCodes / 2; flow += 500) {
      std::string lines;
      for (std::size_t i = 0; i < 2000; ++i) {  // each flow four times
        lines += line_of(flow + i % 500, i);
      }
      const std::size_t size = lines.size();
      lines.append(64, '#');
      const auto outcome = parser->parse(std::string_view(lines).substr(0, size), true, batch,
                                         tally, refused, nullptr);
      ASSERT_EQ(outcome.consumed, size);
      ASSERT_TRUE(batch.columns[1].is_deferred());
      const auto& space = batch.columns[1].deferred_values().space();
      if (spaces.empty() || spaces.back() != space) {
        spaces.push_back(space);
      }
      const std::vector<std::uint32_t> codes(batch.columns[1].codes(),
                                             batch.columns[1].codes() + batch.num_rows);
      for (column::Column& column : batch.columns) {
        column.flatten();
      }
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        ASSERT_LT(codes[row], space->size);
        const std::string text =
            text_of(batch.columns[0].value_at(row)) + " " + text_of(batch.columns[1].value_at(row));
        const auto [at, is_new] = meant.emplace(std::pair(space.get(), codes[row]), text);
        ASSERT_EQ(at->second, text);
      }
    }
    EXPECT_EQ(spaces.size(), 2U);
  }
}

TEST(LineBook, PausesWhereMostLinesAreNew) {
  for (const KernelChoice kernel : kernels_with_book()) {
    LineBook book;
    const Layout layout = layout_of(kDefault);
    const auto parser = make_line_parser(layout, deferring(all_columns(layout), book), kernel);
    std::string lines;
    for (std::size_t i = 0; i < 100'000; ++i) {
      lines += line_of(i, i);
    }
    const Answer once = parse_all(*parser, lines);
    EXPECT_EQ(once.rows.size(), 100'000U);
    EXPECT_LT(once.num_deferred, 40'000U * 8);
    EXPECT_GT(once.num_deferred, 30'000U * 8);
  }
}

// Else each turn would clear what is looked up in, for a line or two.
TEST(LineBook, PausesWhereLayoutsTakeTurns) {
  for (const KernelChoice kernel : kernels_with_book()) {
    LineBook book;
    const Layout one = *parse_format("srcaddr dstaddr bytes");
    const Layout other = *parse_format("dstaddr srcaddr bytes");
    const LineParser::Options options = deferring(all_columns(one), book);
    const auto first = make_line_parser(one, options, kernel);
    const auto second = make_line_parser(other, options, kernel);
    std::size_t num_deferred = 0;
    for (std::size_t turn = 0; turn < 1000; ++turn) {
      const auto& parser = turn % 2 == 0 ? first : second;
      const Answer answer = parse_all(*parser, "10.0.0.1 10.0.0.2 7\n");
      ASSERT_EQ(answer.rows.size(), 1U);
      num_deferred += answer.num_deferred;
    }
    EXPECT_LE(num_deferred, 40U);
    // It is not given up for good.
    std::size_t num_batches = 0;
    while (parse_all(*first, "10.0.0.1 10.0.0.2 7\n").num_deferred == 0) {
      ASSERT_LT(++num_batches, 10'000U);
    }
  }
}

// A longer key than the book has room for is read without it, then the book makes room.
TEST(LineBook, MakesRoomForLongLines) {
  for (const KernelChoice kernel : kernels_with_book()) {
    LineBook book;
    const Layout layout = *parse_format("srcaddr a-text bytes start");
    std::string lines;
    for (std::size_t i = 0; i < 200'000; ++i) {
      lines += "10.0.0.1 " + std::string(150, static_cast<char>('a' + i % 20)) + " 1 1767225600\n";
    }
    const Answer expected =
        parse_all(*make_line_parser(layout, all_columns(layout), KernelChoice::kScalar), lines);
    const auto parser = make_line_parser(layout, deferring(all_columns(layout), book), kernel);
    const Answer answer = parse_all(*parser, lines);
    expect_same(answer, expected, std::string(name_of(kernel)));
    EXPECT_GT(answer.num_deferred, 100'000U);
  }
}

}  // namespace
}  // namespace weir::flowlog
