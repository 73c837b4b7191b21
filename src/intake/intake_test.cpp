#include "intake/intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "intake/intake_fixture.h"

namespace weir::intake {
namespace {

using flowlog::kHeaderV2;
using flowlog::line_v2;
using flowlog::lines_v2;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string object_v2(int first, int count) {
  return std::string(kHeaderV2) + lines_v2(first, count);
}

class IntakeTest : public IntakeFixture {};

TEST_F(IntakeTest, TakesFilesInAndAnswersAsTheyDo) {
  write("a.log", object_v2(0, 3));
  write("b.log.gz", compressed(object_v2(10, 2)));
  write("c.log", "bytes srcaddr start extra-field\n7 10.0.0.1 1772323200 x\n");
  const auto totals = ingest();
  ASSERT_TRUE(totals.has_value()) << totals.error().message;
  EXPECT_EQ(totals->taken, 3U);
  EXPECT_EQ(totals->rows, 6U);
  const std::vector<std::string> columns{"srcaddr", "bytes",       "start",     "end",
                                         "action",  "@message",    "@file",     "@ptr",
                                         "vpc_id",  "extra_field", "@timestamp"};
  const Reading files = in_files(columns);
  const Reading store = stored(columns);
  EXPECT_THAT(store.errors, IsEmpty());
  EXPECT_EQ(store.rows, files.rows);
  EXPECT_EQ(store.completeness.records, files.completeness.records);
  EXPECT_EQ(store.completeness.first, files.completeness.first);
  EXPECT_EQ(store.completeness.last, files.completeness.last);
}

TEST_F(IntakeTest, TakesEachObjectOnceHoweverItComesAgain) {
  write("a.log", object_v2(0, 100));
  ASSERT_TRUE(ingest());
  EXPECT_EQ(ingest()->known, 1U);
  write("again/renamed.log", object_v2(0, 100));
  write("again/recompressed.gz", compressed(object_v2(0, 100)));
  write("again/otherwise.zst", compressed(object_v2(0, 100), io::Compression::kZstd));
  write("again/nested", compressed(compressed(object_v2(0, 100))));
  EXPECT_EQ(ingest()->known, 5U);
  open_store();  // what was known lasts
  EXPECT_EQ(ingest()->known, 5U);
  EXPECT_THAT(stored({"bytes"}).rows, SizeIs(100));
}

TEST_F(IntakeTest, KeepsTheFirstOfDuplicatesWithinARun) {
  for (const char* name : {"a.log", "b.log", "d.log"}) {
    write(name, object_v2(0, 50));
  }
  write("c.log", object_v2(100, 50));
  write("e.log.gz", compressed(object_v2(0, 50)));
  for (const std::size_t num_threads : {1, 2, 4}) {
    store_.reset();
    std::filesystem::remove_all(store_path());
    IntakeOptions options;
    options.num_threads = num_threads;
    const auto totals = ingest(options);
    ASSERT_TRUE(totals.has_value()) << totals.error().message;
    EXPECT_THAT(states(), ElementsAre("a.log taken", "b.log known", "c.log taken", "d.log known",
                                      "e.log.gz known"));
    EXPECT_THAT(stored({"bytes"}).rows, SizeIs(100));
  }
}

TEST_F(IntakeTest, CountsIdenticalLinesOfOneObject) {
  write("a.log", std::string(kHeaderV2) + line_v2(1) + line_v2(1) + line_v2(1));
  ASSERT_TRUE(ingest());
  EXPECT_THAT(stored({"bytes"}).rows, ElementsAre("1001", "1001", "1001"));
}

TEST_F(IntakeTest, RowsComeInTheOrderOfThePathsWhoeverReadsThem) {
  for (int i = 0; i < 30; ++i) {
    write("f" + std::to_string(100 + i) + ".log", object_v2(i * 37, 20 + i * 13 % 40));
  }
  const Reading files = in_files({"bytes", "@file"});
  for (const std::size_t num_threads : {1, 3}) {
    store_.reset();
    std::filesystem::remove_all(store_path());
    IntakeOptions options;
    options.num_threads = num_threads;
    options.commit_rows = 50;
    ASSERT_TRUE(ingest(options));
    EXPECT_EQ(stored({"bytes", "@file"}).rows, files.rows);
  }
}

TEST_F(IntakeTest, GoesOnWhereAFileHadEnded) {
  write("a.log", object_v2(0, 3));
  ASSERT_TRUE(ingest());
  write("a.log", object_v2(0, 5));
  ASSERT_TRUE(ingest());
  EXPECT_GT(reports_[0].begin, 0U);
  EXPECT_EQ(reports_[0].num_rows, 2U);
  write("a.log", object_v2(0, 9));
  ASSERT_TRUE(ingest());
  EXPECT_EQ(reports_[0].num_rows, 4U);
  EXPECT_EQ(stored({"bytes", "@message"}).rows, in_files({"bytes", "@message"}).rows);
  // A whole copy of what grew is known as well.
  write("b.log", object_v2(0, 9));
  EXPECT_EQ(ingest()->known, 2U);
  // Other content under the name is another object.
  write("a.log", object_v2(500, 20));
  ASSERT_TRUE(ingest());
  EXPECT_EQ(reports_[0].begin, 0U);
  EXPECT_THAT(stored({"bytes"}).rows, SizeIs(29));
}

TEST_F(IntakeTest, ALineThatWasCutWhenTheFileWasReadCountsOnceItIsWhole) {
  const std::string whole = object_v2(0, 6);
  const std::string front = object_v2(0, 3);
  for (const std::size_t cut : {front.size() + 1, front.size() + 30, front.size() + 60}) {
    SCOPED_TRACE(cut);
    store_.reset();
    std::filesystem::remove_all(store_path());
    write("a.log", whole.substr(0, cut));
    ASSERT_TRUE(ingest());
    EXPECT_EQ(reports_[0].num_rows, 3U);
    EXPECT_EQ(reports_[0].num_rejected, 1U);
    EXPECT_EQ(ingest()->known, 1U);
    write("a.log", whole);
    ASSERT_TRUE(ingest());
    EXPECT_EQ(reports_[0].num_rows, 3U);
    EXPECT_EQ(reports_[0].begin, front.size());
    EXPECT_EQ(stored({"bytes", "@message"}).rows, in_files({"bytes", "@message"}).rows);
    EXPECT_EQ(ingest()->known, 1U);
  }
}

TEST_F(IntakeTest, ALastLineWithoutNewlineCounts) {
  std::string text = object_v2(0, 3);
  text.pop_back();
  write("a.log", text);
  ASSERT_TRUE(ingest());
  EXPECT_EQ(reports_[0].num_rows, 3U);
  write("a.log", object_v2(0, 5));
  ASSERT_TRUE(ingest());
  EXPECT_EQ(stored({"bytes", "@message"}).rows, in_files({"bytes", "@message"}).rows);
}

TEST_F(IntakeTest, ACutCompressedFileGoesOnOnceItIsWhole) {
  std::string text(kHeaderV2);
  for (int i = 0; i < 20'000; ++i) {
    text += line_v2(i * 7919 % 19'993);
  }
  const std::string bytes = compressed(text);
  write("a.log.gz", bytes.substr(0, bytes.size() / 2));
  ASSERT_TRUE(ingest());
  const std::uint64_t first = reports_[0].num_rows;
  EXPECT_GT(first, 1000U);
  write("a.log.gz", bytes);
  ASSERT_TRUE(ingest());
  EXPECT_EQ(reports_[0].num_rows, 20'000 - first);
  EXPECT_EQ(stored({"bytes"}).rows, in_files({"bytes"}).rows);
}

TEST_F(IntakeTest, LeavesALineThatMayStillBeWritten) {
  const std::string whole = object_v2(0, 3);
  write("a.log", whole.substr(0, whole.size() - 5));
  IntakeOptions options;
  options.is_following = true;
  ASSERT_TRUE(ingest(options));
  EXPECT_EQ(reports_[0].num_rows, 2U);
  write("a.log", whole);
  ASSERT_TRUE(ingest(options));
  EXPECT_EQ(reports_[0].num_rows, 1U);
  EXPECT_THAT(stored({"bytes"}).rows, ElementsAre("1000", "1001", "1002"));
  EXPECT_EQ(stored({"bytes"}).completeness.rejected, 0U);
}

TEST_F(IntakeTest, FollowsColumnsThatComeMidway) {
  write("a.log",
        object_v2(0, 3000) + "bytes srcaddr start late-column\n" + "5 10.0.0.9 1772323200 here\n");
  write("b.json", "{\"srcaddr\":\"10.0.0.1\",\"bytes\":5}\n{\"bytes\":6,\"surprise\":\"y\"}\n");
  ASSERT_TRUE(ingest());
  const std::vector<std::string> columns{"bytes", "late_column", "surprise", "@message"};
  EXPECT_EQ(stored(columns).rows, in_files(columns).rows);
  EXPECT_THAT(stored({"late_column"}).rows, Contains("here"));
}

TEST_F(IntakeTest, AnOlderTableGetsWhatIsKeptBesidesItsRows) {
  write("a.log", object_v2(0, 10));
  ASSERT_TRUE(ingest());
  store::TableSpec old = *store_->state()->table(kFlowsTable)->spec;
  const auto properties = old.properties;
  std::erase_if(old.properties, [](const auto& property) {
    return property.first.starts_with("rare.") || property.first.starts_with("rollup.");
  });
  ASSERT_LT(old.properties.size(), properties.size());
  ASSERT_TRUE(store_->put_table(old));
  open_store();
  write("b.log", object_v2(10, 10));
  ASSERT_TRUE(ingest());
  EXPECT_THAT(store_->state()->table(kFlowsTable)->spec->properties,
              ::testing::UnorderedElementsAreArray(properties));
  EXPECT_THAT(stored({"bytes"}).rows, SizeIs(20));
}

TEST_F(IntakeTest, PassesOverWhatCannotBeReadAndGoesOn) {
  write("a.log", object_v2(0, 2));
  write("b.bin", std::string("\x00\x01\x02\x03 nothing", 12));
  write("c.log", "");
  write("d.log", object_v2(10, 2) + "2 123456789012 broken line\n");
  const auto totals = ingest();
  ASSERT_TRUE(totals.has_value()) << totals.error().message;
  EXPECT_THAT(states(),
              ElementsAre("a.log taken", "b.bin refused", "c.log nothing", "d.log taken"));
  EXPECT_EQ(totals->rejected, 1U);
  const Reading reading = stored({"bytes"});
  EXPECT_EQ(reading.completeness.rejected, 1U);
  EXPECT_THAT(reading.completeness.rejected_by_reason, SizeIs(1));
  // It is tried again, once it can be read.
  write("b.bin", object_v2(50, 1));
  ASSERT_TRUE(ingest());
  EXPECT_THAT(states(), Contains("b.bin taken"));
}

TEST_F(IntakeTest, SaysOfAnObjectThatIsDamagedWhatWasLost) {
  std::string text(kHeaderV2);
  for (int i = 0; i < 2'000; ++i) {
    text += line_v2(i * 7919 % 19'993);
  }
  const std::string whole = compressed(text);
  write("cut.log.gz", whole.substr(0, whole.size() / 2));
  write("broken.log.gz", whole.substr(0, 10) + std::string(40, '\xff'));
  const auto totals = ingest();
  ASSERT_TRUE(totals) << totals.error().message;
  EXPECT_THAT(states(), ElementsAre("broken.log.gz refused", "cut.log.gz taken"));
  EXPECT_THAT(reports_[0].problem, StartsWith("the compressed stream is damaged"));
  EXPECT_GT(reports_[1].num_rows, 0U);
  EXPECT_LT(reports_[1].num_rows, 2'000U);
  EXPECT_THAT(reports_[1].problem, StartsWith("the compressed stream ends too early"));
}

TEST_F(IntakeTest, KnowsTheTimeOfEventsWithoutStart) {
  write(
      "events.json",
      R"({"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"g","logStream":"s",)"
      R"("logEvents":[{"id":"1","timestamp":1772323200000,"message":"2 eni-1 10.0.0.1 10.0.0.2"},)"
      R"({"id":"2","timestamp":1772326800000,"message":"2 eni-1 10.0.0.3 10.0.0.2"}]})");
  options_.format = *flowlog::parse_format("version interface-id srcaddr dstaddr");
  ASSERT_TRUE(ingest());
  const std::vector<std::string> columns{"srcaddr",    "@timestamp", "@ptr",    "@log",
                                         "@logStream", "@account",   "@message"};
  EXPECT_EQ(stored(columns).rows, in_files(columns).rows);
  request_.range.since = 1'772'326'000'000;
  EXPECT_THAT(stored({"srcaddr"}).rows, ElementsAre("10.0.0.3"));
}

TEST_F(IntakeTest, TakesASampleOfWholeConnections) {
  write("a.log", object_v2(0, 2000));
  IntakeOptions options;
  options.sample = 4;
  options.choosers.emplace_back(
      []() -> Result<std::unique_ptr<RowChooser>> { return make_connection_sample(4); });
  ASSERT_TRUE(ingest(options));
  std::vector<std::string> sources = stored({"srcaddr"}).rows;
  EXPECT_GT(sources.size(), 200U);
  EXPECT_LT(sources.size(), 1000U);
  // 2,000 records of 250 connections: one stays with all its records or goes.
  std::sort(sources.begin(), sources.end());
  for (auto begin = sources.begin(); begin != sources.end();) {
    const auto end = std::upper_bound(begin, sources.end(), *begin);
    EXPECT_EQ(end - begin, 8) << *begin;
    begin = end;
  }
  EXPECT_THAT(stored({"srcaddr"}).completeness.notes, Contains(HasSubstr("one connection in 4")));
  // Another rate beside it would make totals meaningless.
  const auto mixed = ingest();
  ASSERT_FALSE(mixed.has_value());
  EXPECT_EQ(mixed.error().code, ErrorCode::kUsage);
}

TEST_F(IntakeTest, DropsRecordsThatAnotherObjectBrought) {
  IntakeOptions options;
  options.drops_repeats = true;
  write("a.log", object_v2(0, 4) + line_v2(0));
  write("b.log", object_v2(2, 4));
  auto totals = ingest(options);
  ASSERT_TRUE(totals.has_value()) << totals.error().message;
  EXPECT_THAT(stored({"bytes"}).rows,
              ElementsAre("1000", "1001", "1002", "1003", "1000", "1004", "1005"));
  EXPECT_EQ(totals->repeats, 2U);
  // Against what the store holds too, whatever order the columns are in.
  open_store();
  write("c.json", R"({"bytes":1000,"srcaddr":"10.0.0.1","start":1772323200})"
                  "\n");
  write("d.log",
        "account-id version interface-id srcaddr dstaddr srcport dstport protocol packets "
        "bytes start end action log-status\n123456789012 2 eni-0a1b2c3d 10.0.0.1 "
        "192.0.2.7 40000 443 6 10 1000 1772323200 1772323260 ACCEPT OK\n");
  totals = ingest(options);
  ASSERT_TRUE(totals.has_value()) << totals.error().message;
  EXPECT_EQ(totals->repeats, 1U);
  EXPECT_EQ(totals->rows, 1U);
}

TEST_F(IntakeTest, StandardInputIsAnObjectKnownByItsContent) {
  const std::string text = object_v2(0, 10);
  options_.paths = {"-"};
  options_.standard_input = io::make_memory_source(text);
  ASSERT_TRUE(ingest());
  EXPECT_EQ(reports_[0].num_rows, 10U);
  options_.standard_input = io::make_memory_source(text);
  EXPECT_EQ(ingest()->known, 1U);
  // Pieces of a stream that is followed count each time they come.
  IntakeOptions options;
  options.piece_token = "run 1";
  options_.standard_input = io::make_memory_source(text);
  EXPECT_EQ(ingest(options)->taken, 1U);
  EXPECT_THAT(stored({"bytes"}).rows, SizeIs(20));
}

TEST_F(IntakeTest, StopsWhenCancelledAndHoldsWhatItReported) {
  write("a.log", object_v2(0, 5));
  open_store();
  CancelToken cancel;
  cancel.cancel();
  const auto intake = Intake::open(*store_, clock_, {}, {});
  const auto table = flowlog::open_files(*files_, options_);
  column::ScanContext context;
  context.cancel = &cancel;
  const auto taken = (*intake)->take(**table, context);
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(store_->state()->num_sources(), 0U);
}

}  // namespace
}  // namespace weir::intake
