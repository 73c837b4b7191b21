#include "io/directory_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace weir::io {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

class DirectoryWatchTest : public ::testing::Test {
 protected:
  DirectoryWatchTest()
      : root_(std::filesystem::path(::testing::TempDir()) /
              ("weir_watch_" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
               "_" + ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ / "below");
  }
  ~DirectoryWatchTest() override { std::filesystem::remove_all(root_); }

  std::string write(const std::filesystem::path& name) {
    std::ofstream(root_ / name) << "x";
    return (root_ / name).string();
  }

  std::filesystem::path root_;
};

TEST_F(DirectoryWatchTest, TellsWhatIsWrittenMovedInAndBelow) {
  const auto watch = DirectoryWatch::open();
  ASSERT_TRUE(watch.has_value());
  ASSERT_TRUE((*watch)->add(root_.string()).has_value());
  EXPECT_THAT((*watch)->wait(0)->files, IsEmpty());
  const std::string plain = write("a.log");
  const std::string below = write("below/b.log");
  write(".hidden");
  const auto changes = (*watch)->wait(1000);
  ASSERT_TRUE(changes.has_value());
  EXPECT_EQ(changes->files, (std::set<std::string>{plain, below}));
  std::filesystem::rename(root_ / ".hidden", root_ / "c.log");
  EXPECT_THAT((*watch)->wait(1000)->files, Contains((root_ / "c.log").string()));
}

TEST_F(DirectoryWatchTest, TellsFilesOfADirectoryThatComesWithThem) {
  const auto watch = DirectoryWatch::open();
  ASSERT_TRUE((*watch)->add(root_.string()).has_value());
  std::filesystem::create_directories(root_ / "2026/01");
  const std::string path = write("2026/01/x.log");
  std::set<std::string> seen;
  for (int i = 0; i < 10 && seen.empty(); ++i) {
    seen = (*watch)->wait(200)->files;
  }
  EXPECT_THAT(seen, Contains(path));
}

TEST_F(DirectoryWatchTest, RefusesWhatIsNoDirectory) {
  const auto watch = DirectoryWatch::open();
  const auto added = (*watch)->add((root_ / "missing").string());
  ASSERT_FALSE(added.has_value());
  EXPECT_THAT(added.error().message, ::testing::HasSubstr("missing"));
}

}  // namespace
}  // namespace weir::io
