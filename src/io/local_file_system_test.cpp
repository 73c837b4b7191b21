#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "io/file_system.h"

namespace weir::io {
namespace {

using ::testing::HasSubstr;

class LocalFileSystemTest : public ::testing::Test {
 protected:
  LocalFileSystemTest() {
    std::string name = ::testing::TempDir() + "weir-files-XXXXXX";
    directory_ = ::mkdtemp(name.data());
  }
  ~LocalFileSystemTest() override { std::filesystem::remove_all(directory_); }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  std::string read(const std::string& name) {
    const auto file = files_->open_random(path(name)).value();
    std::string bytes(file->size(), '\0');
    EXPECT_EQ(file->read_at(0, bytes).value(), bytes.size());
    return bytes;
  }

  std::string directory_;
  std::unique_ptr<FileSystem> files_ = make_local_file_system();
};

TEST_F(LocalFileSystemTest, AppendsToNewAndOldFilesAndGoesOnAfterACut) {
  {
    auto file = files_->open_append(path("a")).value();
    ASSERT_TRUE(file->append(std::string_view("1234")));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(files_->truncate(path("a"), 2));
    ASSERT_TRUE(file->append(std::string_view("x")));
    ASSERT_TRUE(file->close());
  }
  auto file = files_->open_append(path("a")).value();
  ASSERT_TRUE(file->append(std::string_view("y")));
  EXPECT_EQ(read("a"), "12xy");
  ASSERT_TRUE(files_->create(path("a")));
  EXPECT_EQ(read("a"), "");
}

TEST_F(LocalFileSystemTest, SyncsDirectoriesAndKnowsFreeSpace) {
  EXPECT_TRUE(files_->sync_directory(directory_));
  const auto failed = files_->sync_directory(path("none"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kNotFound);
  EXPECT_GT(files_->free_bytes(directory_).value(), 0U);
  EXPECT_FALSE(files_->exists(path("none")));
  EXPECT_TRUE(files_->exists(directory_));
}

TEST_F(LocalFileSystemTest, SecondLockerIsToldWhoHoldsIt) {
  {
    const auto lock = files_->lock(path("LOCK"));
    ASSERT_TRUE(lock);
    const auto second = files_->lock(path("LOCK"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kBusy);
    EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  }
  EXPECT_TRUE(files_->lock(path("LOCK")));
}

TEST_F(LocalFileSystemTest, ALockEndsWithItsProcessWhateverItsFileSays) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = files_->lock(path("LOCK"));
    [[maybe_unused]] const auto told = ::write(ready[1], lock ? "y" : "n", 1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  const auto refused = files_->lock(path("LOCK"));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("process " + std::to_string(child)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_THAT(read("LOCK"), HasSubstr(std::to_string(child)));
  EXPECT_TRUE(files_->lock(path("LOCK")));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(LocalFileSystemTest, AFullDiskIsToldFromOtherErrors) {
  if (!files_->exists("/dev/full")) {
    GTEST_SKIP() << "no /dev/full here";
  }
  auto full = files_->open_append("/dev/full").value();
  const auto failed = full->append(std::string_view("x"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kFull);
  EXPECT_THAT(failed.error().message, HasSubstr("cannot write /dev/full: No space left"));
}

TEST_F(LocalFileSystemTest, AFailedSyncIsFinal) {
  if (!files_->exists("/dev/full")) {
    GTEST_SKIP() << "no /dev/full here";
  }
  auto device = files_->open_append("/dev/full").value();  // cannot be synced
  EXPECT_EQ(device->sync().error().code, ErrorCode::kIo);
  EXPECT_THAT(device->append(std::string_view("x")).error().message, HasSubstr("cannot sync"));
  EXPECT_FALSE(device->sync());
  EXPECT_FALSE(device->close());
}

}  // namespace
}  // namespace weir::io
