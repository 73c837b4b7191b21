#include "io/faulty_file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace weir::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FaultyFileSystemTest : public ::testing::Test {
 protected:
  // Durable: the directory, and the file with its bytes.
  std::unique_ptr<WritableFile> begin_file(const std::string& path, std::string_view bytes) {
    EXPECT_TRUE(files_.create_directories("d"));
    EXPECT_TRUE(files_.sync_directory(""));
    auto file = files_.create(path).value();
    EXPECT_TRUE(file->append(bytes));
    EXPECT_TRUE(file->sync());
    EXPECT_TRUE(files_.sync_directory("d"));
    return file;
  }
  // Every content of `path` that 300 power cuts after the last step leave behind.
  std::set<std::string> found_after_cuts(const std::string& path) {
    std::set<std::string> found;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      const auto disk = files_.after_power_cut(files_.num_steps(), seed);
      found.insert(disk->exists(path) ? disk->contents(path) : "absent");
    }
    return found;
  }

  FaultyFileSystem files_;
};

TEST_F(FaultyFileSystemTest, FailsTheNthCallOnceOrForEver) {
  auto file = begin_file("d/a", "");
  files_.inject({.nth = 2, .operation = FileOperation::kWrite});
  EXPECT_TRUE(file->append(std::string_view("one")));
  const auto failed = file->append(std::string_view("two"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_THAT(failed.error().message, HasSubstr("cannot write d/a"));
  EXPECT_TRUE(file->append(std::string_view("!")));
  files_.inject({.nth = 1, .path_part = "b", .code = ErrorCode::kFull, .is_lasting = true});
  EXPECT_EQ(files_.create("d/b").error().code, ErrorCode::kFull);
  EXPECT_EQ(files_.rename("d/b", "d/c").error().code, ErrorCode::kFull);
  files_.clear_faults();
  EXPECT_TRUE(files_.create("d/b"));
}

TEST_F(FaultyFileSystemTest, PowerCutKeepsWhatWasSyncedAndAnythingOfTheRest) {
  auto file = begin_file("d/a", "safe");
  EXPECT_THAT(found_after_cuts("d/a"), ElementsAre("safe"));
  ASSERT_TRUE(file->append(std::string_view("12")));
  ASSERT_TRUE(file->append(std::string_view("3")));
  const auto found = found_after_cuts("d/a");
  EXPECT_EQ(found,
            (std::set<std::string>{"safe", "safe1", "safe12", "safe123", std::string("safe\0\0", 6),
                                   std::string("safe1\0", 6), std::string("safe\0\0\x33", 7),
                                   std::string("safe1\0\x33", 7)}));
}

TEST_F(FaultyFileSystemTest, NamesLastOnceTheirDirectoryIsSynced) {
  auto file = begin_file("d/a", "x");
  ASSERT_TRUE(files_.rename("d/a", "d/b"));
  EXPECT_THAT(found_after_cuts("d/a"), ElementsAre("absent", "x"));
  EXPECT_THAT(found_after_cuts("d/b"), ElementsAre("absent", "x"));
  ASSERT_TRUE(files_.sync_directory("d"));
  EXPECT_THAT(found_after_cuts("d/a"), ElementsAre("absent"));
  EXPECT_THAT(found_after_cuts("d/b"), ElementsAre("x"));
  ASSERT_TRUE(files_.remove("d/b"));
  EXPECT_THAT(found_after_cuts("d/b"), ElementsAre("absent", "x"));
  ASSERT_TRUE(files_.sync_directory("d"));
  EXPECT_THAT(found_after_cuts("d/b"), ElementsAre("absent"));
}

TEST_F(FaultyFileSystemTest, NewDirectoriesNeedTheirParentSynced) {
  ASSERT_TRUE(files_.create_directories("d"));
  auto file = files_.create("d/a").value();
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(files_.sync_directory("d"));
  EXPECT_THAT(found_after_cuts("d/a"), ElementsAre("", "absent"));
  ASSERT_TRUE(files_.sync_directory("."));
  EXPECT_THAT(found_after_cuts("d/a"), ElementsAre(""));
}

TEST_F(FaultyFileSystemTest, FailedSyncIsFinalAndItsBytesNeverBecomeDurable) {
  auto file = begin_file("d/a", "safe");
  ASSERT_TRUE(file->append(std::string_view("1")));
  files_.inject({.operation = FileOperation::kSync});
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(file->append(std::string_view("2")));
  EXPECT_FALSE(file->sync());
  EXPECT_FALSE(file->close());
  EXPECT_EQ(files_.contents("d/a"), "safe1");
  auto again = files_.open_append("d/a").value();
  ASSERT_TRUE(again->sync());  // the lie: it succeeds
  EXPECT_THAT(found_after_cuts("d/a"), ElementsAre("safe", "safe1"));
  ASSERT_TRUE(files_.truncate("d/a", 4));
  ASSERT_TRUE(again->append(std::string_view("9")));
  ASSERT_TRUE(again->sync());
  EXPECT_THAT(found_after_cuts("d/a"), ElementsAre("safe9"));
}

TEST_F(FaultyFileSystemTest, FullUntilThereIsRoom) {
  auto file = begin_file("d/a", "1234");
  files_.set_capacity(6);
  EXPECT_EQ(files_.free_bytes("d").value(), 2U);
  EXPECT_EQ(file->append(std::string_view("567")).error().code, ErrorCode::kFull);
  EXPECT_EQ(files_.contents("d/a"), "123456");
  files_.set_capacity(100);
  EXPECT_TRUE(file->append(std::string_view("7")));
  EXPECT_EQ(files_.contents("d/a"), "1234567");
}

TEST_F(FaultyFileSystemTest, CutsAnywhereAndTheSameFromTheSameSeed) {
  auto file = begin_file("d/a", "");
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(file->append(std::string_view("some bytes")));
  }
  for (std::size_t step = 0; step <= files_.num_steps(); ++step) {
    EXPECT_EQ(files_.after_power_cut(step, 7)->contents("d/a"),
              files_.after_power_cut(step, 7)->contents("d/a"));
  }
  EXPECT_THAT(files_.after_power_cut(0, 7)->paths(), IsEmpty());
  EXPECT_THAT(files_.describe_step(files_.num_steps() - 1), "write d/a 10");
}

TEST_F(FaultyFileSystemTest, FlipsBitsAndLocks) {
  auto file = begin_file("d/a", "a");
  files_.flip_bit("d/a", 1);
  EXPECT_EQ(files_.contents("d/a"), "c");
  const auto lock = files_.lock("d/LOCK");
  ASSERT_TRUE(lock);
  EXPECT_EQ(files_.lock("d/LOCK").error().code, ErrorCode::kBusy);
}

}  // namespace
}  // namespace weir::io
