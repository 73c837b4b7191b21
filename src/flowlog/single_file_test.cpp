#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "flowlog/file_table.h"
#include "flowlog/file_table_fixture.h"

namespace weir::flowlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
class KeepingWatcher final : public ContentWatcher {
 public:
  void watch(std::string_view bytes) override { seen += bytes; }
  std::string seen;
};

class SingleFileTest : public FileTableFixture {
 protected:
  struct Single {
    std::vector<std::string> rows;
    SingleFileOutcome outcome;
    column::Completeness completeness;
  };
  Single read_single(const SingleFile& file, const std::vector<std::string>& columns) {
    const auto table = open_files(*files_, options_);
    column::ScanRequest request;
    request.columns = columns;
    const auto scan = (*table)->scan_one(file, request, {});
    const auto stream = (*scan)->open_stream();
    Single single;
    column::Batch batch;
    while (true) {
      const auto filled = (*stream)->next(batch);
      EXPECT_TRUE(filled) << (filled ? "" : filled.error().message);
      if (!filled || !*filled) {
        break;
      }
      for (std::size_t row = 0; row < batch.num_rows; ++row) {
        std::string text;
        for (const auto& column : batch.columns) {
          text += (text.empty() ? "" : "|") + cell(column, row);
        }
        single.rows.push_back(std::move(text));
      }
    }
    single.outcome = (*scan)->outcome();
    single.completeness = (*scan)->completeness();
    return single;
  }
};

TEST_F(SingleFileTest, ShowsTheWatcherAllInflatedBytes) {
  const std::string text = std::string(kHeaderV2) + lines_v2(0, 9000);
  write("a.log", "");
  write("b.log.gz", compressed(text));
  KeepingWatcher watcher;
  SingleFile file;
  file.index = 1;
  file.watcher = &watcher;
  const Single single = read_single(file, {"bytes"});
  EXPECT_THAT(single.rows, SizeIs(9000));
  EXPECT_EQ(watcher.seen, text);
  EXPECT_EQ(single.outcome.compression, io::Compression::kGzip);
  EXPECT_EQ(single.outcome.inflated_bytes, text.size());
  EXPECT_EQ(single.completeness.records, 9000U);
  EXPECT_EQ(single.completeness.files, 1U);
}

TEST_F(SingleFileTest, GoesOnBehindWhatIsKnown) {
  const std::string front = std::string(kHeaderV2) + lines_v2(0, 3);
  write("a.log", front + lines_v2(3, 2) + line_v2(5).substr(0, 30));
  KeepingWatcher watcher;
  SingleFile file;
  file.watcher = &watcher;
  file.begin = front.size();
  file.leaves_cut_line = true;
  const Single single = read_single(file, {"bytes", "@layout"});
  const std::string layout =
      "version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes "
      "start end action log_status";
  EXPECT_THAT(single.rows, ElementsAre("1003|" + layout, "1004|" + layout));
  EXPECT_EQ(single.outcome.left_bytes, 30U);
  EXPECT_EQ(single.outcome.inflated_bytes, watcher.seen.size());
  EXPECT_EQ(single.completeness.rejected, 0U);
}

TEST_F(SingleFileTest, LeavesTheLineThatATruncatedStreamCutOff) {
  std::string text = std::string(kHeaderV2);
  for (int i = 0; i < 20'000; ++i) {
    text += line_v2(i * 7919 % 19'993);
  }
  std::string bytes = compressed(text);
  bytes.resize(bytes.size() / 2);
  write("a.log.gz", bytes);
  const Single single = read_single({}, {"bytes"});
  EXPECT_TRUE(single.outcome.is_truncated);
  EXPECT_EQ(single.completeness.rejected, 0U);
  EXPECT_GT(single.rows.size(), 1000U);
}

TEST_F(SingleFileTest, TellsTheLayoutOfEachRecord) {
  write("a.log",
        std::string(kHeaderV2) + line_v2(0) + "bytes srcaddr start\n7 10.0.0.1 1772323200\n");
  write("b.json", "{\"srcaddr\":\"10.0.0.1\",\"bytes\":5,\"extra\":\"x\"}\n");
  const Reading reading = read({"bytes", "@layout"});
  ASSERT_THAT(reading.rows, SizeIs(3));
  EXPECT_THAT(reading.rows[0], HasSubstr("1000|version account_id"));
  EXPECT_EQ(reading.rows[1], "7|bytes srcaddr start");
  EXPECT_EQ(reading.rows[2], "5|srcaddr bytes extra");
}

}  // namespace
}  // namespace weir::flowlog
