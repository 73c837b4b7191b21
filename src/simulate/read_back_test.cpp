// What is simulated is read back by Weir's own parser.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "column/batch.h"
#include "column/coverage.h"
#include "flowlog/line_parser.h"
#include "simulate/simulator.h"

namespace weir::simulate {
namespace {

constexpr std::size_t kPadding = 64;  // what the parser may read past the end

struct ReadBack {
  flowlog::ParseTally tally;
  std::uint64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t packets = 0;
};

ReadBack read_back(const flowlog::Layout& layout, const std::string& padded, std::size_t size) {
  flowlog::LineParser::Options options;
  options.columns = {"bytes", "packets"};
  const auto parser = flowlog::make_line_parser(layout, options);
  std::vector<flowlog::LineParser::Refused> refused;
  refused.reserve(4);
  column::Coverage coverage;
  ReadBack found;
  std::string_view rest(padded.data(), size);
  rest.remove_prefix(rest.find('\n') + 1);  // the header
  while (!rest.empty()) {
    column::Batch batch;
    const auto outcome = parser->parse(rest, true, batch, found.tally, refused, &coverage);
    EXPECT_GT(outcome.consumed, 0U);
    EXPECT_FALSE(outcome.met_header);
    if (outcome.consumed == 0) {
      break;
    }
    rest.remove_prefix(outcome.consumed);
    found.rows += batch.num_rows;
    for (std::size_t row = 0; row < batch.num_rows; ++row) {
      found.bytes += batch.columns[0].value_at(row).integer;  // 0 for null
      found.packets += batch.columns[1].value_at(row).integer;
    }
  }
  return found;
}

TEST(ReadBackTest, EveryLayoutParsesWithoutARefusedLineAndSumsToTheTruth) {
  for (const flowlog::Layout& layout : flowlog::known_layouts()) {
    SCOPED_TRACE(layout.label);
    SimulationOptions options;
    options.num_records = 20'000;
    options.compression = io::Compression::kNone;
    options.layout = layout;
    options.ipv6_share = 0.4;
    if (!validate(options)) {
      continue;
    }
    std::string text;
    const auto truth = simulate(options, StreamSink([&](std::string_view bytes) -> Result<bool> {
                                  text += bytes;
                                  return true;
                                }));
    ASSERT_TRUE(truth) << truth.error().message;
    const auto header = flowlog::parse_header(std::string_view(text).substr(0, text.find('\n')));
    ASSERT_TRUE(header);
    EXPECT_TRUE(header->same_columns(layout));
    const std::size_t size = text.size();
    text.append(kPadding, '\0');
    const ReadBack found = read_back(*header, text, size);
    EXPECT_EQ(found.rows, truth->num_records);
    EXPECT_EQ(found.tally.ok, truth->num_ok);
    EXPECT_EQ(found.tally.nodata, truth->num_nodata);
    EXPECT_EQ(found.tally.skipdata, truth->num_skipdata);
    EXPECT_EQ(found.tally.end_before_start, 0U);
    EXPECT_EQ(found.tally.odd_protocol, 0U);
    for (const std::uint64_t count : found.tally.rejected) {
      EXPECT_EQ(count, 0U);
    }
    EXPECT_EQ(static_cast<std::uint64_t>(found.bytes), truth->bytes);
    EXPECT_EQ(static_cast<std::uint64_t>(found.packets), truth->packets);
    EXPECT_EQ(found.tally.first_start_ms, truth->first_start_ms);
    EXPECT_EQ(found.tally.last_end_ms, truth->last_end_ms);
  }
}

TEST(ReadBackTest, LinesWithoutHeaderAreInferredAsTheirLayout) {
  for (const flowlog::Layout& layout : flowlog::known_layouts()) {
    SCOPED_TRACE(layout.label);
    SimulationOptions options;
    options.num_records = 2'000;
    options.compression = io::Compression::kNone;
    options.layout = layout;
    options.has_header = false;
    if (!validate(options)) {
      continue;
    }
    std::string text;
    ASSERT_TRUE(simulate(options, StreamSink([&](std::string_view bytes) -> Result<bool> {
                           text += bytes;
                           return true;
                         })));
    std::vector<std::string_view> lines;
    std::string_view rest = text;
    while (lines.size() < 1'000) {
      lines.push_back(rest.substr(0, rest.find('\n')));
      rest.remove_prefix(lines.back().size() + 1);
    }
    const auto inferred = flowlog::infer_layout(lines);
    ASSERT_TRUE(inferred) << inferred.error().message;
    EXPECT_TRUE(inferred->same_columns(layout)) << inferred->label;
  }
}

}  // namespace
}  // namespace weir::simulate
