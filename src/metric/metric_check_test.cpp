#include "metric/metric_check.h"

#include <gmock/gmock.h>

#include "metric/metric_fixture.h"
#include "metric/part_list.h"

namespace weir::metric {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MetricCheckTest : public MetricFixture {
 protected:
  MetricCheckReport check() {
    auto report = check_metrics(files_, directory_, nullptr);
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    return report.value_or(MetricCheckReport{});
  }
  // The same file with one byte another.
  void flip(const std::string& path, std::uint64_t offset) {
    std::string bytes = contents(path);
    ASSERT_LT(offset, bytes.size());
    bytes[offset] = static_cast<char>(bytes[offset] ^ 0x10);
    const auto file = files_.create(path).value();
    ASSERT_TRUE(file->append(bytes));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(file->close());
  }
  std::string contents(const std::string& path) {
    const auto file = files_.open_random(path).value();
    std::string bytes(file->size(), '\0');
    bytes.resize(file->read_at(0, bytes).value());
    return bytes;
  }
  void fill() {
    open();
    for (int i = 0; i < 50; ++i) {
      put("a", kDayStart + i * kMinuteMs, i);
      put("b", kDayStart + i * kMinuteMs, 2.5 * i);
    }
    ASSERT_TRUE(store_->seal());
    put("c", kDayStart, 7);
  }
};

TEST_F(MetricCheckTest, CountsWhatIsThereAndFindsNothingWrong) {
  fill();
  const MetricCheckReport report = check();  // beside the writer
  EXPECT_THAT(report.damages, IsEmpty());
  EXPECT_THAT(report.orphans, IsEmpty());
  EXPECT_EQ(report.samples, 100U);
  EXPECT_EQ(report.log_records, 1U);
  EXPECT_GE(report.parts, 1U);
}

TEST_F(MetricCheckTest, FindsAFlippedBitWhereverItIs) {
  fill();
  const auto list = read_part_list(files_, directory_).value();
  store_.reset();
  const std::string part = part_path(directory_, list.parts.front().number);
  std::vector<std::string> paths{part, directory_ + "/SERIES", directory_ + "/PARTS"};
  for (const std::string& path : paths) {
    const std::size_t size = contents(path).size();
    for (std::uint64_t offset = 0; offset < size; offset += size / 16 + 1) {
      flip(path, offset);
      // A log's last record may be one that a crash cut short: that is told as torn, no damage.
      const auto report = check();
      EXPECT_TRUE(!report.damages.empty() || report.torn_bytes > 0) << path << " at " << offset;
      flip(path, offset);
    }
  }
  EXPECT_THAT(check().damages, IsEmpty());
}

TEST_F(MetricCheckTest, APartThatIsGoneAndOneThatNobodyNames) {
  fill();
  const auto list = read_part_list(files_, directory_).value();
  store_.reset();
  const std::string part = part_path(directory_, list.parts.front().number);
  const std::string other = part_path(directory_, 4711);
  ASSERT_TRUE(files_.rename(part, other));
  const auto report = check();
  ASSERT_FALSE(report.damages.empty());
  EXPECT_EQ(report.damages.front().file, part);
  EXPECT_THAT(report.damages.front().what, HasSubstr("is not there"));
  EXPECT_THAT(report.orphans, ::testing::ElementsAre(HasSubstr("4711")));
}

}  // namespace
}  // namespace weir::metric
