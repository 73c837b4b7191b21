#include "io/tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace weir::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TreeTest : public ::testing::Test {
 protected:
  TreeTest()
      : files_(make_local_file_system()),
        root_(std::filesystem::path(::testing::TempDir()) /
              ("weir_tree_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ / "logs/2026/03");
    for (const char* name : {"logs/2026/03/b.log", "logs/2026/03/a.log", "logs/top.log.gz",
                             "logs/.hidden", "logs/odd[1].log"}) {
      std::ofstream(root_ / name) << name;
    }
  }
  ~TreeTest() override { std::filesystem::remove_all(root_); }

  // Paths below the root; or the message of the error.
  std::vector<std::string> expand(const std::vector<std::string>& names) {
    std::vector<std::string> full;
    for (const std::string& name : names) {
      full.push_back(name == "-" ? name : (root_ / name).string());
    }
    const auto found = expand_paths(*files_, full);
    if (!found) {
      return {found.error().message};
    }
    std::vector<std::string> paths;
    for (const FileInfo& file : *found) {
      paths.push_back(file.path == "-" ? file.path
                                       : std::filesystem::relative(file.path, root_).string());
    }
    return paths;
  }

  std::unique_ptr<FileSystem> files_;
  std::filesystem::path root_;
};

TEST_F(TreeTest, DirectoriesGlobsAndNamesInPathOrderEachOnce) {
  const auto all =
      ElementsAre("logs/2026/03/a.log", "logs/2026/03/b.log", "logs/odd[1].log", "logs/top.log.gz");
  EXPECT_THAT(expand({"logs"}), all);
  EXPECT_THAT(expand({"logs/", "logs/top.log.gz", "logs/2026"}), all);
  EXPECT_THAT(expand({"logs/**/*.log"}),
              ElementsAre("logs/2026/03/a.log", "logs/2026/03/b.log", "logs/odd[1].log"));
  EXPECT_THAT(expand({"logs/*.gz"}), ElementsAre("logs/top.log.gz"));
  EXPECT_THAT(expand({"logs/20*"}), ElementsAre("logs/2026/03/a.log", "logs/2026/03/b.log"));
  EXPECT_THAT(expand({"logs/*/*/[!b].log"}), ElementsAre("logs/2026/03/a.log"));
  EXPECT_THAT(expand({"logs/odd[1].log"}), ElementsAre("logs/odd[1].log"))
      << "a name before a glob";
  EXPECT_THAT(expand({"-", "logs/top.log.gz"}), ElementsAre("-", "logs/top.log.gz"));
}

TEST_F(TreeTest, WhatYieldsNothingIsAnErrorThatSaysSo) {
  std::filesystem::create_directories(root_ / "empty");
  EXPECT_THAT(expand({"empty"}), ElementsAre(HasSubstr("the directory holds no files")));
  EXPECT_THAT(expand({"logs/*.nothing"}), ElementsAre(HasSubstr("no file matches")));
  EXPECT_THAT(expand({"nothing"}), ElementsAre(HasSubstr("No such file")));
}

// The records of a file that is met twice would count twice.
TEST_F(TreeTest, LinksThatLeadBackShowNothingTwice) {
  std::filesystem::create_directory_symlink(root_ / "logs", root_ / "logs/2026/again");
  std::filesystem::create_symlink("nowhere", root_ / "logs/dangling");
  EXPECT_THAT(expand({"logs"}), ElementsAre("logs/2026/03/a.log", "logs/2026/03/b.log",
                                            "logs/odd[1].log", "logs/top.log.gz"));
}

TEST_F(TreeTest, LinksToElsewhereAreFollowed) {
  std::filesystem::create_directories(root_ / "links");
  std::filesystem::create_directory_symlink(root_ / "logs/2026", root_ / "links/year");
  const auto found = expand({"links"});
  EXPECT_EQ(found.size(), 2U);
}

TEST_F(TreeTest, PipesOfADirectoryArePassedOver) {
  ASSERT_EQ(::mkfifo((root_ / "logs/2026/03/pipe").c_str(), 0600), 0);
  EXPECT_THAT(expand({"logs/2026"}), ElementsAre("logs/2026/03/a.log", "logs/2026/03/b.log"));
}

TEST(Glob, StarsStopAtSlashesAndDoubleStarsDoNot) {
  EXPECT_TRUE(matches_glob("a/b/c.log", "a/**/c.log"));
  EXPECT_TRUE(matches_glob("a/c.log", "a/**/c.log"));
  EXPECT_TRUE(matches_glob("a/b/c.log", "**.log"));
  EXPECT_FALSE(matches_glob("a/b/c.log", "a/*.log"));
  EXPECT_TRUE(matches_glob("x[y", "x[y"));
  EXPECT_TRUE(matches_glob("part-7.log", "part-[0-9].log"));
  EXPECT_FALSE(matches_glob("part-77.log", "part-?.log"));
  EXPECT_FALSE(matches_glob(std::string(10'000, 'a'), "*a*a*a*a*a*b")) << "in no exponential time";
}

}  // namespace
}  // namespace weir::io
