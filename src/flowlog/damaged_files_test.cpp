#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "flowlog/file_table.h"
#include "flowlog/file_table_fixture.h"
#include "flowlog/line_parser.h"
#include "format/parquet.h"

namespace weir::flowlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What is cut, broken, hostile or not to be read at all.
class DamagedFilesTest : public FileTableFixture {};

TEST_F(DamagedFilesTest, TellsTruncationAndGarbage) {
  const std::string whole = compressed(std::string(kHeaderV2) + lines_v2(0, 2000));
  write("cut.log.gz", whole.substr(0, whole.size() / 2));
  write("tail.log.gz", whole + "garbage");
  const Reading reading = read({"bytes"}, 2);
  EXPECT_THAT(reading.errors, IsEmpty());
  EXPECT_GT(reading.rows.size(), 2000U);
  EXPECT_LT(reading.rows.size(), 4000U);
  EXPECT_THAT(reading.completeness.notes,
              ElementsAre(HasSubstr("ends too early"), HasSubstr("7 bytes of garbage")));
}

TEST_F(DamagedFilesTest, ParquetDamagedInsideGivesWhatCameBeforeAndKeepsTheOtherFiles) {
  if (format::parquet_version().empty()) {
    GTEST_SKIP() << "this build has no Parquet";
  }
  constexpr std::size_t kGroupRows = 1000;
  constexpr std::size_t kGroups = 4;
  const std::string path = (root_ / "a.parquet").string();
  {
    auto file = files_->create(path);
    ASSERT_TRUE(file);
    format::ParquetWriteOptions options;
    options.row_group_rows = kGroupRows;
    auto writer = format::create_parquet(
        std::move(*file), {{"start", column::Type::kTime}, {"bytes", column::Type::kInt64}},
        options);
    ASSERT_TRUE(writer) << writer.error().message;
    column::Batch batch;
    batch.columns.resize(2);
    batch.columns[0].reset(column::Type::kTime, kGroupRows);
    batch.columns[1].reset(column::Type::kInt64, kGroupRows);
    for (std::size_t group = 0; group < kGroups; ++group) {
      for (std::size_t row = 0; row < kGroupRows; ++row) {
        const auto n = static_cast<std::int64_t>(group * kGroupRows + row);
        batch.columns[0].data<std::int64_t>()[row] = 1'772'323'200'000 + n * 1000;
        batch.columns[1].data<std::int64_t>()[row] = n * 7919 % 100'003;
      }
      batch.num_rows = kGroupRows;
      ASSERT_TRUE((*writer)->write(batch));
    }
    ASSERT_TRUE((*writer)->close());
  }
  std::fstream damage(path, std::ios::binary | std::ios::in | std::ios::out);
  damage.seekp(static_cast<std::streamoff>(std::filesystem::file_size(path) / 2));
  damage << std::string(400, '\xff');
  damage.close();
  write("b.log", std::string(kHeaderV2) + lines_v2(0, 10));
  const Reading reading = read({"bytes"}, 2);
  EXPECT_THAT(reading.errors, IsEmpty());
  EXPECT_GE(reading.rows.size(), kGroupRows + 10);
  EXPECT_LT(reading.rows.size(), kGroups * kGroupRows);
  EXPECT_EQ(reading.completeness.files_damaged, 1U);
  EXPECT_THAT(reading.completeness.notes, ElementsAre(HasSubstr("what came before was read")));
  EXPECT_FALSE(reading.completeness.is_complete());
}

// A line that was cut looks like a whole one with a smaller number at its end.
TEST_F(DamagedFilesTest, ALineThatTheStreamCutsIsRefused) {
  const std::string header = "srcaddr start end bytes\n";
  const std::string line = "10.0.0.1 1772323200 1772323260 8400\n";
  // All of the stream but its end mark.
  std::string whole = compressed(header + line + line.substr(0, line.size() - 3));
  whole.resize(whole.size() - 4);
  write("cut.log.zst", whole);
  const Reading reading = read({"bytes"});
  EXPECT_THAT(reading.rows, ElementsAre("8400"));
  ASSERT_THAT(reading.completeness.examples, SizeIs(1));
  EXPECT_EQ(reading.completeness.examples[0].reason, name_of(Reject::kCutShort));
  EXPECT_EQ(reading.completeness.examples[0].line, 3U);
  EXPECT_EQ(reading.completeness.files_damaged, 1U);
  EXPECT_FALSE(reading.completeness.is_complete());
}

// The real files, but one of them refuses to be opened.
class RefusingFileSystem final : public io::FileSystem {
 public:
  RefusingFileSystem(io::FileSystem& inner, std::string refused)
      : inner_(inner), refused_(std::move(refused)) {}
  Result<std::unique_ptr<io::ByteSource>> open_source(const std::string& path) override {
    return inner_.open_source(path);
  }
  Result<std::unique_ptr<io::RandomAccessFile>> open_random(const std::string& path) override {
    if (path == refused_) {
      return fail(ErrorCode::kIo, "cannot open " + path + ": Permission denied");
    }
    return inner_.open_random(path);
  }
  Result<std::unique_ptr<io::WritableFile>> create(const std::string& path) override {
    return inner_.create(path);
  }
  Result<io::FileInfo> info(const std::string& path) override { return inner_.info(path); }
  Result<std::vector<io::FileInfo>> list(const std::string& directory) override {
    return inner_.list(directory);
  }
  Result<void> create_directories(const std::string& path) override {
    return inner_.create_directories(path);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return inner_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return inner_.remove(path); }
  Result<std::unique_ptr<io::WritableFile>> open_append(const std::string& path) override {
    return inner_.open_append(path);
  }
  Result<void> truncate(const std::string& path, std::uint64_t size) override {
    return inner_.truncate(path, size);
  }
  Result<void> sync_directory(const std::string& directory) override {
    return inner_.sync_directory(directory);
  }
  Result<std::uint64_t> free_bytes(const std::string& path) override {
    return inner_.free_bytes(path);
  }
  Result<std::unique_ptr<io::FileLock>> lock(const std::string& path) override {
    return inner_.lock(path);
  }

 private:
  io::FileSystem& inner_;
  std::string refused_;
};

TEST_F(DamagedFilesTest, AFileOfATreeThatMayNotBeReadIsToldAndTheOthersAreRead) {
  write("good.log", std::string(kHeaderV2) + line_v2(1));
  const std::string secret = write("secret.log", std::string(kHeaderV2) + line_v2(2));
  RefusingFileSystem files(*files_, secret);
  auto table = open_files(files, options_);
  ASSERT_TRUE(table.has_value());
  EXPECT_TRUE((*table)->columns().has_value());
  column::ScanRequest request;
  request.columns = {"bytes"};
  const Reading reading = read(**table, request);
  EXPECT_THAT(reading.errors, IsEmpty());
  EXPECT_THAT(reading.rows, ElementsAre("1001"));
  EXPECT_THAT(reading.completeness.notes, ElementsAre(HasSubstr("Permission denied")));
  EXPECT_EQ(reading.completeness.files_damaged, 1U);
  EXPECT_FALSE(reading.completeness.is_complete());

  options_.paths.push_back(secret);  // asked for by name it has to be read
  auto named = open_files(files, options_);
  ASSERT_TRUE(named.has_value());
  const Reading refused = read(**named, request);
  ASSERT_THAT(refused.errors, SizeIs(1));
  EXPECT_THAT(refused.errors[0].message, HasSubstr("secret.log: Permission denied"));
}

TEST_F(DamagedFilesTest, APipeInADirectoryIsNotWaitedFor) {
  write("good.log", std::string(kHeaderV2) + line_v2(1));
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(read({"bytes"}).rows, ElementsAre("1001"));
}

TEST_F(DamagedFilesTest, WhatIsNoTextIsShownWithoutItsControlCharacters) {
  write("noise.bin", "\x01\xff\x1b[31m\xc3\n");
  const Reading reading = read({"bytes"});
  ASSERT_THAT(reading.errors, SizeIs(1));
  for (const char c : reading.errors[0].message) {
    EXPECT_TRUE(c >= 0x20 && c < 0x7f) << reading.errors[0].message;
  }
}

TEST_F(DamagedFilesTest, RefusesABombByItsLimits) {
  write("bomb.gz", compressed(std::string(kHeaderV2) + std::string(64 << 20, '\n')));
  options_.inflate_limits.max_bytes = 1 << 20;
  const Reading reading = read({"bytes"});
  ASSERT_THAT(reading.errors, SizeIs(1));
  EXPECT_EQ(reading.errors[0].code, ErrorCode::kLimit);
  EXPECT_THAT(reading.errors[0].message, HasSubstr("bomb.gz: inflates to more than"));
}

TEST_F(DamagedFilesTest, MissingPathsAreErrorsThatNameThem) {
  options_.paths = {(root_ / "nothing.log").string()};
  const Reading reading = read({"bytes"});
  ASSERT_THAT(reading.errors, SizeIs(1));
  EXPECT_THAT(reading.errors[0].message, HasSubstr("nothing.log"));
}

// Gives a header, one line of 1 GiB, and a good line, out of nothing.
class EndlessLineSource final : public io::ByteSource {
 public:
  explicit EndlessLineSource(std::uint64_t length) : left_(length) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    if (front_.empty() && left_ == 0) {
      front_.swap(behind_);
    }
    if (!front_.empty()) {
      const std::size_t size = std::min(front_.size(), buffer.size());
      std::copy_n(front_.begin(), size, buffer.begin());
      front_.erase(0, size);
      return size;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()));
    std::fill_n(buffer.begin(), size, 'x');
    left_ -= size;
    return size;
  }

 private:
  std::string front_{kHeaderV2};
  std::string behind_ = "\n" + line_v2(5);
  std::uint64_t left_;
};

TEST_F(DamagedFilesTest, ALineOfOneGibibyteIsSkippedInBoundedMemory) {
  options_.paths = {"-"};
  options_.standard_input = std::make_shared<EndlessLineSource>(1ULL << 30);
  const Reading reading = read({"bytes"});
  EXPECT_THAT(reading.rows, ElementsAre("1005"));
  EXPECT_EQ(reading.completeness.rejected, 1U);
  ASSERT_THAT(reading.completeness.examples, SizeIs(1));
  EXPECT_EQ(reading.completeness.examples[0].line, 2U);
  EXPECT_EQ(reading.completeness.examples[0].reason, name_of(Reject::kLineTooLong));
  EXPECT_EQ(reading.completeness.examples[0].excerpt, std::string(80, 'x'));
}

TEST_F(DamagedFilesTest, TheLongestLinesAreReadWhereverTheyBegin) {
  for (const int num_before : {0, 1, 300, 560, 1100}) {
    std::string longest = line_v2(num_before);
    longest.insert(2, std::string(kMaxLineBytes - (longest.size() - 1), '1'));  // the account
    const std::string text = std::string(kHeaderV2) + lines_v2(0, num_before) + longest +
                             line_v2(num_before + 1) + longest + line_v2(num_before + 2);
    const std::string bytes = compressed(text);
    options_.paths = {"-"};
    options_.standard_input = io::make_memory_source(bytes);
    const Reading reading = read({"bytes"});
    ASSERT_THAT(reading.errors, IsEmpty());
    EXPECT_EQ(reading.completeness.rejected, 0U) << num_before;
    EXPECT_EQ(reading.rows.size(), static_cast<std::size_t>(num_before) + 4) << num_before;
  }
}

}  // namespace
}  // namespace weir::flowlog
