#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "io/faulty_file_system.h"
#include "store/hex_example.h"
#include "store/rare_rows.h"
#include "store/segment_reader.h"
#include "store/segment_writer.h"

namespace weir::store {
namespace {

using column::Type;
using column::Value;

// Three records of a small table, as docs/formats/segment.md shows them.
std::string example_segment(io::FaultyFileSystem& files) {
  TableSpec spec;
  spec.name = "t";
  spec.columns = {{"action", Type::kString, 1, false},
                  {"bytes", Type::kInt64, 0, true},
                  {"start", Type::kTime, 0, false}};
  spec.time_column = "start";
  spec.partition_ms = 86'400'000;
  spec.properties = {{"totals", "bytes"},
                     {"minutes", "action"},
                     {"ranks.action", "action"},
                     {"rollup.action", "action"},
                     {"rare.action", "action"}};
  const TableLayout layout = make_table_layout(spec).value();
  SegmentEffort effort = kCompactedSegment;
  effort.rare = {3, 0, 3};  // one row of the three
  auto writer = SegmentWriter::create(files, "/example", spec, layout, 0, effort).value();
  const std::vector<std::vector<Value>> rows{
      {Value::of_string("OK"), Value::of_int(100), Value::of_time(60'000)},
      {Value::of_string("NO"), Value::of_int(7), Value::of_time(61'000)},
      {Value::of_string("OK"), Value::null(), Value::of_time(120'000)}};
  std::vector<column::Column> columns(spec.columns.size());
  std::vector<const column::Column*> given;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    columns[c].reset(spec.columns[c].type, rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
      columns[c].put(row, rows[row][c]);
    }
    given.push_back(&columns[c]);
  }
  SegmentRows all;
  all.columns = given;
  all.num_rows = rows.size();
  all.first_ordinal = 300;
  EXPECT_EQ(writer->append(all).value(), rows.size());
  EXPECT_TRUE(writer->finish());
  return files.contents("/example");
}

TEST(SegmentExample, IsWhatIsWritten) {
  io::FaultyFileSystem files;
  const std::string bytes = example_segment(files);
  if (bytes != hex_example("docs/formats/segment.md")) {
    std::string hex;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      char text[8];
      std::snprintf(text, sizeof text, "%02x%c", static_cast<unsigned char>(bytes[i]),
                    i % 16 == 15 ? '\n' : ' ');
      hex += text;
    }
    FAIL() << "written now, " << bytes.size() << " bytes:\n" << hex;
  }
}

// Format 1 is the same without one form of runs, so what was written in it is still read.
TEST(SegmentExample, IsReadInTheOlderFormatAndRefusedInANewerOne) {
  for (const int version : {1, 2, 3}) {
    io::FaultyFileSystem files;
    std::string bytes = hex_example("docs/formats/segment.md");
    bytes[8] = static_cast<char>(version);
    auto file = files.create("/page").value();
    ASSERT_TRUE(file->append(bytes));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(file->close());
    const auto segment = SegmentReader::open(files, "/page");
    EXPECT_EQ(segment.has_value(), version <= 2);
    if (!segment) {
      EXPECT_NE(segment.error().message.find("reads 1 to 2"), std::string::npos)
          << segment.error().message;
    }
  }
}

TEST(SegmentExample, IsReadAsThePageSays) {
  io::FaultyFileSystem files;
  {
    auto file = files.create("/page").value();
    ASSERT_TRUE(file->append(hex_example("docs/formats/segment.md")));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(file->close());
  }
  const auto segment = SegmentReader::open(files, "/page");
  ASSERT_TRUE(segment) << segment.error().message;
  const SegmentFooter& footer = (*segment)->footer();
  EXPECT_EQ(footer.table, "t");
  EXPECT_EQ(footer.num_rows, 3U);
  EXPECT_EQ(footer.first_ordinal, 300U);
  EXPECT_EQ(footer.columns[2].name, "start");
  EXPECT_EQ(footer.max_time, 120'000);
  const Totals totals = (*segment)->totals_by_code().value();
  EXPECT_EQ(totals.num_rows, (std::vector<std::uint64_t>{2, 1}));
  EXPECT_EQ(totals.sums[0], (std::vector<std::int64_t>{100, 7}));
  EXPECT_EQ((*segment)->ranking(footer.totals->rankings.at(0)).value().num_left_out, 0U);
  const Rollup rollup = (*segment)->rollup(footer.totals->rollups.at(0), {true}).value();
  EXPECT_EQ(rollup.columns[0].sums, (std::vector<std::int64_t>{100, 7}));
  const RareIndex rare = RareIndex::of(**segment, footer.rare_rows.at(0)).value();
  EXPECT_EQ(rare.counts, (std::vector<std::uint64_t>{0, 1}));
  const auto rows = RareRows::find(**segment, footer.rare_rows.at(0), 2).value();
  ASSERT_TRUE(rows.has_value());
  EXPECT_EQ(rows->pieces.at(0).block.first_ordinal, 301U);
  EXPECT_EQ(rollup.columns[0].squares_low, (std::vector<std::uint64_t>{10'000, 49}));
}

}  // namespace
}  // namespace weir::store
