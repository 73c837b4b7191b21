#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "io/file_system.h"
#include "io/inflate.h"
#include "simulate/simulator.h"

namespace weir::simulate {
namespace {

using ::testing::HasSubstr;

// A folder that goes with the test.
class OutputTreeTest : public ::testing::Test {
 protected:
  OutputTreeTest()
      : folder_(std::filesystem::temp_directory_path() /
                ("weir_simulate_" + std::to_string(::getpid()) + "_" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name())),
        files_(io::make_local_file_system()) {
    std::filesystem::remove_all(folder_);
  }
  ~OutputTreeTest() override { std::filesystem::remove_all(folder_); }

  // Bytes of every file by its path below the folder.
  [[nodiscard]] std::map<std::string, std::string> contents(const std::string& below) const {
    std::map<std::string, std::string> found;
    const auto root = folder_ / below;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.is_regular_file()) {
        std::ifstream stream(entry.path(), std::ios::binary);
        found[std::filesystem::relative(entry.path(), root)] =
            std::string(std::istreambuf_iterator<char>(stream), {});
      }
    }
    return found;
  }

  std::string inflate(io::Compression compression, const std::string& bytes) {
    const auto source = io::make_inflate_source(compression, io::make_memory_source(bytes));
    std::string text;
    char buffer[65'536];
    while (true) {
      const auto size = source->read(buffer);
      EXPECT_TRUE(size) << size.error().message;
      if (!size || *size == 0) {
        EXPECT_EQ(source->report().trailing_bytes, 0U);
        EXPECT_FALSE(source->report().is_truncated);
        return text;
      }
      text.append(buffer, *size);
    }
  }

  std::filesystem::path folder_;
  std::unique_ptr<io::FileSystem> files_;
};

SimulationOptions options_of(std::int64_t records, io::Compression compression, KeyLayout keys) {
  SimulationOptions options;
  options.num_records = records;
  options.compression = compression;
  options.keys = keys;
  return options;
}

TEST_F(OutputTreeTest, ObjectsHoldTheirPeriodsAndTogetherAllRecords) {
  for (const auto compression :
       {io::Compression::kNone, io::Compression::kGzip, io::Compression::kZstd}) {
    const std::string name = "c" + std::to_string(static_cast<int>(compression));
    const auto options = options_of(20'000, compression, KeyLayout::kS3);
    const auto truth = simulate(options, *files_, folder_ / name);
    ASSERT_TRUE(truth) << truth.error().message;
    auto objects = contents(name);
    EXPECT_EQ(objects.erase("truth.json"), 1U);
    EXPECT_EQ(objects.size(), truth->num_files);
    EXPECT_GE(objects.size(), 72U);  // 6 hours
    std::uint64_t records = 0;
    std::uint64_t text_bytes = 0;
    std::uint64_t written_bytes = 0;
    for (const auto& [path, bytes] : objects) {
      const std::string text = inflate(compression, bytes);
      written_bytes += bytes.size();
      text_bytes += text.size();
      EXPECT_TRUE(text.starts_with("version account-id interface-id srcaddr")) << path;
      // ..._20260105T0425Z_hash.log
      const auto stamp = path.find("_2026");
      const std::int64_t begin = options.start_ms / 1000 +
                                 std::stoi(path.substr(stamp + 10, 2)) * 3'600 +
                                 std::stoi(path.substr(stamp + 12, 2)) * 60;
      std::istringstream lines(text);
      std::string line;
      std::getline(lines, line);
      while (std::getline(lines, line)) {
        ++records;
        std::istringstream tokens(line);
        const std::vector<std::string> row(std::istream_iterator<std::string>(tokens), {});
        ASSERT_EQ(row.size(), 14U);
        EXPECT_GE(std::stoll(row[11]), begin) << path;
        EXPECT_LT(std::stoll(row[11]), begin + 300) << path;
      }
    }
    EXPECT_EQ(records, 20'000U);
    EXPECT_EQ(text_bytes, truth->text_bytes);
    EXPECT_EQ(written_bytes, truth->written_bytes);
  }
}

TEST_F(OutputTreeTest, SameOptionsSameTree) {
  const auto options = options_of(12'000, io::Compression::kGzip, KeyLayout::kHive);
  ASSERT_TRUE(simulate(options, *files_, folder_ / "a"));
  ASSERT_TRUE(simulate(options, *files_, folder_ / "b"));
  EXPECT_EQ(contents("a"), contents("b"));
}

TEST_F(OutputTreeTest, ManyHostsSpreadOverSeveralObjectsAPeriod) {
  auto options = options_of(30'000, io::Compression::kNone, KeyLayout::kFlat);
  options.num_hosts = 4'096;
  options.duration_s = 600;
  const auto truth = simulate(options, *files_, folder_);
  ASSERT_TRUE(truth) << truth.error().message;
  EXPECT_EQ(truth->num_files, 8U);
}

TEST_F(OutputTreeTest, AFolderWithFilesIsRefused) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ / "old.log") << "x\n";
  const auto truth =
      simulate(options_of(100, io::Compression::kNone, KeyLayout::kS3), *files_, folder_);
  ASSERT_FALSE(truth);
  EXPECT_EQ(truth.error().code, ErrorCode::kUsage);
  EXPECT_THAT(truth.error().message, HasSubstr("not empty"));
}

TEST_F(OutputTreeTest, TruthNamesItsSchemaOptionsTotalsAndAnomalies) {
  auto options = options_of(10'000, io::Compression::kGzip, KeyLayout::kHourly);
  options.seed = UINT64_MAX;
  const auto truth = simulate(options, *files_, folder_);
  ASSERT_TRUE(truth) << truth.error().message;
  const std::string json = contents("")["truth.json"];
  for (const char* part :
       {"\"schema\":1", "\"seed\":18446744073709551615", "\"records\":10000",
        "\"layout\":\"hourly\"", "\"start\":\"2026-01-05T00:00:00Z\"", "\"kind\":\"port_scan\"",
        "\"distinct_ports\":100", "\"kind\":\"host_sweep\"", "\"target\":null",
        "\"top_talkers\":[{\"srcaddr\""}) {
    EXPECT_THAT(json, HasSubstr(part));
  }
}

TEST_F(OutputTreeTest, AnUnwritableFolderIsNamed) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ / "file") << "x\n";
  const auto truth = simulate(options_of(100, io::Compression::kNone, KeyLayout::kS3), *files_,
                              (folder_ / "file" / "below").string());
  ASSERT_FALSE(truth);
  EXPECT_THAT(truth.error().message, HasSubstr("below"));
}

}  // namespace
}  // namespace weir::simulate
