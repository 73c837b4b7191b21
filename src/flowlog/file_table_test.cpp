#include "flowlog/file_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "flowlog/file_table_fixture.h"
#include "flowlog/line_parser.h"
#include "format/parquet.h"

namespace weir::flowlog {
namespace {

using column::Comparison;
using column::Value;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FileTableTest : public FileTableFixture {};

TEST_F(FileTableTest, ReadsPlainGzipAndZstdInPathOrder) {
  write("c.log", std::string(kHeaderV2) + lines_v2(20, 2));
  write("a.log.gz", compressed(std::string(kHeaderV2) + lines_v2(0, 2)));
  write("b", compressed(std::string(kHeaderV2) + lines_v2(10, 2), io::Compression::kZstd));
  const Reading reading = read({"srcaddr", "bytes", "start"});
  EXPECT_THAT(reading.errors, IsEmpty());
  EXPECT_THAT(
      reading.rows,
      ElementsAre("10.0.0.1|1000|2026-03-01T00:00:00Z", "10.0.0.2|1001|2026-03-01T00:00:01Z",
                  "10.0.0.11|1010|2026-03-01T00:00:10Z", "10.0.0.12|1011|2026-03-01T00:00:11Z",
                  "10.0.0.21|1020|2026-03-01T00:00:20Z", "10.0.0.22|1021|2026-03-01T00:00:21Z"));
  EXPECT_EQ(reading.completeness.files, 3U);
  EXPECT_EQ(reading.completeness.records, 6U);
  EXPECT_EQ(reading.completeness.rejected, 0U);
  EXPECT_EQ(reading.completeness.first, 1'772'323'200'000);
  EXPECT_LT(reading.completeness.bytes_read, reading.completeness.bytes_inflated);
}

TEST_F(FileTableTest, LooksInsideNestedCompressionUpToADepth) {
  std::string bytes = std::string(kHeaderV2) + lines_v2(0, 1);
  for (int depth = 1; depth <= 4; ++depth) {
    bytes = compressed(bytes, depth % 2 == 0 ? io::Compression::kZstd : io::Compression::kGzip);
    write("x", bytes);
    const Reading reading = read({"bytes"});
    if (depth <= 3) {
      EXPECT_THAT(reading.rows, ElementsAre("1000")) << depth;
    } else {
      ASSERT_THAT(reading.errors, SizeIs(1));
      EXPECT_THAT(reading.errors[0].message, HasSubstr("compressed more than 3 times over"));
    }
  }
}

TEST_F(FileTableTest, AcceptsBomCrLfBlankLinesAndNoFinalNewline) {
  std::string text = "\xef\xbb\xbf\r\n" + std::string(kHeaderV2) + line_v2(0) + "\n" + line_v2(1);
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    if (at == 0 || text[at - 1] != '\r') {
      text.insert(at, 1, '\r');
    } else {
      at -= 1;
    }
  }
  text.resize(text.size() - 2);
  write("x.log", text);
  const Reading reading = read({"bytes", "log_status"});
  EXPECT_THAT(reading.rows, ElementsAre("1000|OK", "1001|OK"));
  EXPECT_EQ(reading.completeness.rejected, 0U);
}

TEST_F(FileTableTest, EmptyFilesAndBareHeadersHoldNoRecords) {
  write("empty.log", "");
  write("blank.log", "\n \n");
  write("header.log", kHeaderV2);
  write("header.log.gz", compressed(kHeaderV2));
  const Reading reading = read({"bytes"});
  EXPECT_THAT(reading.errors, IsEmpty());
  EXPECT_THAT(reading.rows, IsEmpty());
  EXPECT_EQ(reading.completeness.files, 4U);
  EXPECT_EQ(reading.completeness.rejected, 0U);
}

TEST_F(FileTableTest, FollowsHeadersOfConcatenatedMembers) {
  const std::string shuffled =
      "bytes srcaddr start end action\n9 10.9.9.9 1772323200 1772323260 -\n";
  write("x.log.gz", compressed(std::string(kHeaderV2) + line_v2(0)) + compressed(shuffled) +
                        compressed(std::string(kHeaderV2) + line_v2(1)));
  const Reading reading = read({"srcaddr", "bytes", "action", "@message"});
  EXPECT_EQ(reading.rows[1], "10.9.9.9|9|~|9 10.9.9.9 1772323200 1772323260 -");
  EXPECT_THAT(reading.rows, SizeIs(3));
  EXPECT_THAT(reading.completeness.notes, SizeIs(2));
  EXPECT_THAT(reading.completeness.notes[0], HasSubstr("a second header"));
}

// Wide enough for several morsels, with headers that change the layout, malformed lines, and lines
// past the limit at places where morsels meet: every number of threads must see the same.
std::string large_text() {
  std::string text(kHeaderV2);
  int n = 0;
  const auto fill_to = [&](std::size_t size) {
    while (text.size() < size) {
      text += line_v2(n++);
    }
  };
  constexpr std::size_t kMorsel = 512 * 1024;
  fill_to(kMorsel - 50);
  text += "bogus line\n";
  fill_to(kMorsel + 300'000);
  text +=
      "srcaddr dstaddr bytes start end version account-id interface-id srcport dstport protocol "
      "packets action log-status\n";
  for (int i = 0; i < 9000; ++i) {
    text += "10.1.0.1 10.1.0.2 " + std::to_string(i) +
            " 1772323200 1772323260 2 123456789012 eni-1 1 2 6 1 ACCEPT OK\n";
  }
  text += std::string(70'000, 'x') + "\n";     // too long, within a buffer
  text += std::string(1'500'000, 'y') + "\n";  // longer than any buffer
  text += "10.1.0.1 10.1.0.2 77 1772323200 1772323260 2 123456789012 eni-1 1 2 6 1 REJECT OK\n";
  text += kHeaderV2;
  fill_to(text.size() + 2'000'000);
  text += "another bogus line";
  return text;
}

TEST_F(FileTableTest, AnswersDoNotDependOnThreads) {
  const std::string text = large_text();
  write("big.log", text);
  write("big.log.gz", compressed(text));
  write("small.log", std::string(kHeaderV2) + lines_v2(0, 10) + "bad\n");
  const std::vector<std::string> columns = {"srcaddr", "bytes", "start", "action", "@file"};
  const Reading one = read(columns, 1);
  ASSERT_THAT(one.errors, IsEmpty());
  EXPECT_GT(one.rows.size(), 50'000U);
  EXPECT_EQ(one.completeness.rejected_by_reason.at(std::string(name_of(Reject::kLineTooLong))), 4U);
  EXPECT_EQ(one.completeness.rejected, 9U);
  ASSERT_THAT(one.completeness.examples, SizeIs(5));
  EXPECT_EQ(one.completeness.examples[0].excerpt, "bogus line");
  EXPECT_THAT(one.completeness.examples[0].file, HasSubstr("big.log"));
  const auto line_of = [&](std::string_view needle) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(text.find(needle));
    return static_cast<std::uint64_t>(std::count(text.begin(), end, '\n')) + 1;
  };
  EXPECT_EQ(one.completeness.examples[0].line, line_of("bogus line"));
  EXPECT_EQ(one.completeness.examples[1].line, line_of("xxxx"));
  EXPECT_EQ(one.completeness.examples[2].line, line_of("yyyy"));
  EXPECT_EQ(one.completeness.examples[3].line, line_of("another bogus"));
  for (const std::size_t num_threads : {2, 7}) {
    const Reading many = read(columns, num_threads);
    ASSERT_THAT(many.errors, IsEmpty());
    EXPECT_TRUE(one.rows == many.rows) << num_threads;
    EXPECT_EQ(one.completeness.notes, many.completeness.notes);
    EXPECT_EQ(one.completeness.bytes_read, many.completeness.bytes_read);
    EXPECT_EQ(one.completeness.bytes_inflated, many.completeness.bytes_inflated);
    EXPECT_EQ(one.completeness.records, many.completeness.records);
    EXPECT_EQ(one.completeness.rejected_by_reason, many.completeness.rejected_by_reason);
    ASSERT_EQ(one.completeness.examples.size(), many.completeness.examples.size());
    for (std::size_t i = 0; i < one.completeness.examples.size(); ++i) {
      EXPECT_EQ(one.completeness.examples[i].file, many.completeness.examples[i].file);
      EXPECT_EQ(one.completeness.examples[i].line, many.completeness.examples[i].line);
      EXPECT_EQ(one.completeness.examples[i].excerpt, many.completeness.examples[i].excerpt);
    }
  }
}

TEST_F(FileTableTest, LinesThatMeetMorselBordersAreReadOnce) {
  // Every offset of a line border around a morsel's border.
  const std::string line = line_v2(0);
  for (std::size_t shift = 0; shift < line.size() + 2; shift += 11) {
    std::string text = std::string(shift, '\n') + std::string(kHeaderV2);
    std::size_t num_lines = 0;
    while (text.size() < 2'200'000) {
      text += line;
      ++num_lines;
    }
    write("x.log", text);
    const Reading reading = read({"bytes"}, 3);
    ASSERT_EQ(reading.rows.size(), num_lines) << shift;
    ASSERT_EQ(reading.completeness.rejected, 0U) << shift;
  }
}

TEST_F(FileTableTest, SaysAloudWhatItInferred) {
  write("a.log", lines_v2(0, 30));
  write("b.log", lines_v2(0, 30));
  const Reading reading = read({"bytes"});
  EXPECT_THAT(reading.rows, SizeIs(60));
  ASSERT_THAT(reading.completeness.notes, SizeIs(1));
  EXPECT_THAT(
      reading.completeness.notes[0],
      HasSubstr("a.log and 1 other file: no header; read as v2 (14 fields, confidence 1.00)"));
}

TEST_F(FileTableTest, RefusesWhatItCannotTellAndNamesTheRemedy) {
  const std::string path = write("odd.log", "2 eni-1 10.0.0.1 10.0.0.2\n");
  const Reading alone = read({"srcaddr"});
  ASSERT_THAT(alone.errors, SizeIs(1));
  EXPECT_EQ(alone.errors[0].code, ErrorCode::kInput);
  EXPECT_THAT(alone.errors[0].message, HasSubstr(path));
  EXPECT_THAT(alone.errors[0].message, HasSubstr("--format"));

  options_.format = *parse_format("version interface-id srcaddr dstaddr");
  EXPECT_THAT(read({"srcaddr"}).rows, ElementsAre("10.0.0.1"));
}

TEST_F(FileTableTest, PassesOverStrangersAmongGoodFiles) {
  write("good.log", std::string(kHeaderV2) + lines_v2(0, 3));
  write("odd.log", "some words that are no flow log\n");
  write("picture.png", std::string_view("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16));
  write("truth.json", R"({"generator": "x", "totals": {"records": 3}})");
  for (const std::size_t num_threads : {1, 4}) {
    const Reading reading = read({"bytes"}, num_threads);
    EXPECT_THAT(reading.errors, IsEmpty());
    EXPECT_THAT(reading.rows, SizeIs(3));
    EXPECT_EQ(reading.completeness.files, 1U);
    EXPECT_EQ(reading.completeness.rejected_by_reason.at("unreadable file"), 3U);
    EXPECT_THAT(reading.completeness.notes, SizeIs(3));
    EXPECT_THAT(reading.completeness.notes[0], HasSubstr("odd.log: passed over"));
  }
}

TEST_F(FileTableTest, TakesTheLayoutFromDescribeFlowLogs) {
  const std::string name =
      "AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/03/01/"
      "123456789012_vpcflowlogs_us-east-1_fl-00000000000000001_20260301T0805Z_341efa5f.log.gz";
  write(name, compressed("10.0.0.1 5\n10.0.0.2 6\n"));
  write("flow-logs.json",
        R"({"FlowLogs":[{"FlowLogId":"fl-00000000000000001","LogFormat":"${srcaddr} ${bytes}"}]})");
  const Reading reading =
      read({"srcaddr", "bytes", "@account", "@region", "@flowLogId", "@objectTime"});
  EXPECT_THAT(
      reading.rows,
      ElementsAre("10.0.0.1|5|123456789012|us-east-1|fl-00000000000000001|2026-03-01T08:05:00Z",
                  "10.0.0.2|6|123456789012|us-east-1|fl-00000000000000001|2026-03-01T08:05:00Z"));
  EXPECT_THAT(reading.completeness.notes, ElementsAre(HasSubstr("as DescribeFlowLogs says")));

  options_.paths = {(root_ / "AWSLogs").string()};
  EXPECT_THAT(read({"bytes"}).errors, SizeIs(1));
  options_.describe_files = {(root_ / "flow-logs.json").string()};
  EXPECT_THAT(read({"bytes"}).rows, ElementsAre("5", "6"));
}

TEST_F(FileTableTest, SkipsFilesByKeyAndTime) {
  const auto name = [](int hour) {
    return "AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/03/01/123456789012_vpcflowlogs_"
           "us-east-1_fl-0a_20260301T" +
           std::string(hour < 10 ? "0" : "") + std::to_string(hour) + "00Z_341efa5f.log.gz";
  };
  for (int hour = 0; hour < 12; ++hour) {
    write(name(hour), compressed(std::string(kHeaderV2) + line_v2(hour * 3600)));
  }
  request_.range.since = parse_absolute_time("2026-03-01T05:00:00Z");
  request_.range.until = parse_absolute_time("2026-03-01T07:00:00Z");
  const Reading ranged = read({"start"});
  EXPECT_THAT(ranged.rows, ElementsAre("2026-03-01T05:00:00Z", "2026-03-01T06:00:00Z"));
  EXPECT_EQ(ranged.completeness.files, 3U);  // 7 o'clock may hold flows that began before
  EXPECT_EQ(ranged.completeness.files_skipped, 9U);

  request_.range = {};
  request_.conjuncts = {
      {0, Comparison::kGreater, {Value::of_time(*parse_absolute_time("2026-03-01T09:59:00Z"))}}};
  EXPECT_EQ(read({"start"}).completeness.files_skipped, 10U);

  request_.conjuncts = {{0, Comparison::kEqual, {Value::of_string("eu-west-1")}}};
  const Reading elsewhere = read({"@region"});
  EXPECT_EQ(elsewhere.completeness.files_skipped, 12U);
  EXPECT_THAT(elsewhere.rows, IsEmpty());
}

TEST_F(FileTableTest, ClaimsConjunctsOnColumnsOfTheKeyAndAppliesThemExactly) {
  write("plain.log", std::string(kHeaderV2) + line_v2(0));
  auto table = *open_files(*files_, options_);
  column::ScanRequest request;
  request.columns = {"@account", "bytes"};
  request.conjuncts = {{0, Comparison::kEqual, {Value::of_string("123456789012")}}};
  EXPECT_EQ((*table->scan(request, {}))->applied_conjuncts(), std::vector<bool>{true});
  EXPECT_THAT(read(*table, request).rows, IsEmpty());
  request.conjuncts = {{0, Comparison::kIsNull, {}}};
  EXPECT_THAT(read(*table, request).rows, ElementsAre("~|1000"));
}

TEST_F(FileTableTest, StandardInputIsDescribedAndThenReadOnce) {
  const std::string bytes = compressed(std::string(kHeaderV2) + lines_v2(0, 5) + "bogus\n");
  options_.paths = {"-"};
  options_.standard_input = io::make_memory_source(bytes);
  auto table = *open_files(*files_, options_);
  EXPECT_TRUE(*table->carries("bytes"));
  EXPECT_FALSE(*table->carries("pkt_srcaddr"));
  const auto reports = *table->describe();
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].compression, io::Compression::kGzip);
  column::ScanRequest request;
  request.columns = {"bytes"};
  const Reading first = read(*table, request);
  EXPECT_THAT(first.rows, SizeIs(5));
  ASSERT_THAT(first.completeness.examples, SizeIs(1));
  EXPECT_EQ(first.completeness.examples[0].line, 7U);
  const Reading second = read(*table, request);
  ASSERT_THAT(second.errors, SizeIs(1));
  EXPECT_THAT(second.errors[0].message, HasSubstr("standard input can be read only once"));
}

TEST_F(FileTableTest, FindsColumnsBySpellingAndOpenOnesByLooking) {
  write("a.log", std::string(kHeaderV2));
  write("b.log", "srcaddr dstaddr bytes my-team packets\n");
  auto table = *open_files(*files_, options_);
  EXPECT_EQ((*table->find("srcAddr"))->name, "srcaddr");
  EXPECT_EQ((*table->find("pkt-srcaddr"))->name, "pkt_srcaddr");
  EXPECT_EQ((*table->find("@LOGSTREAM"))->name, "@logStream");
  EXPECT_EQ((*table->find("@timestamp"))->type, column::Type::kTime);
  EXPECT_EQ((*table->find("My_Team"))->name, "my_team");
  EXPECT_FALSE(*table->find("no_such_thing"));
  EXPECT_TRUE(*table->carries("my_team"));
  EXPECT_FALSE(*table->carries("vpc_id"));
  EXPECT_TRUE(*table->carries("@file"));
  EXPECT_FALSE(*table->carries("@account"));
  const auto columns = *table->columns();
  ASSERT_THAT(columns, SizeIs(15));
  EXPECT_EQ(columns[0].name, "version");
  EXPECT_EQ(columns[14].name, "my_team");
  EXPECT_EQ(columns[14].type, column::Type::kString);
}

TEST_F(FileTableTest, DescribesEachFile) {
  write("a.log", std::string(kHeaderV2));
  write("b.log", "what is this\n");
  write("c.log.gz", compressed(lines_v2(0, 20)));
  const auto reports = *(*open_files(*files_, options_))->describe();
  ASSERT_THAT(reports, SizeIs(3));
  EXPECT_EQ(reports[0].layout->origin, LayoutOrigin::kHeader);
  EXPECT_FALSE(reports[1].layout);
  EXPECT_THAT(reports[1].problem, HasSubstr("--format"));
  EXPECT_EQ(reports[2].layout->origin, LayoutOrigin::kInferred);
  EXPECT_EQ(reports[2].compression, io::Compression::kGzip);
}

TEST_F(FileTableTest, StopsWhenCancelled) {
  write("a.log", std::string(kHeaderV2) + lines_v2(0, 5));
  CancelToken cancel;
  cancel.cancel();
  context_.cancel = &cancel;
  const Reading reading = read({"bytes"});
  ASSERT_THAT(reading.errors, SizeIs(1));
  EXPECT_EQ(reading.errors[0].code, ErrorCode::kCancelled);
}

TEST_F(FileTableTest, ReportsProgress) {
  const std::string text = std::string(kHeaderV2) + lines_v2(0, 60'000) + "bad\n";
  write("a.log", text);
  write("b.log.gz", compressed(text));
  for (const std::size_t num_threads : {1, 3}) {
    column::ScanProgress progress;
    context_.progress = &progress;
    const Reading reading = read({"bytes"}, num_threads);
    EXPECT_EQ(progress.files_total, 2U);
    EXPECT_EQ(progress.files_done, 2U);
    EXPECT_EQ(progress.records, 120'000U);
    EXPECT_EQ(progress.rejected, 2U);
    EXPECT_EQ(progress.bytes_done, progress.bytes_total);
    EXPECT_EQ(progress.bytes_total, reading.completeness.bytes_read);
  }
}

}  // namespace
}  // namespace weir::flowlog
