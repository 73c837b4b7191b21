#include "state/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

namespace weir::state {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() {
    char name[] = "/tmp/weir_state_XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~DatabaseTest() override { std::filesystem::remove_all(directory_); }
  std::string path() const { return directory_ + "/state.db"; }

  std::string directory_;
};

TEST_F(DatabaseTest, KeepsRowsOverAReopenAndForgetsWhatRolledBack) {
  {
    const auto database = Database::open(path()).value();
    ASSERT_TRUE(database->migrate("t", {"CREATE TABLE t (name TEXT, number INTEGER)"}));
    ASSERT_TRUE(
        database->prepare("INSERT INTO t VALUES (?, ?)").value().bind("it's").bind(7).run());
    EXPECT_FALSE(database->transact([&]() -> Result<void> {
      WEIR_RETURN_IF_ERROR(database->run("INSERT INTO t VALUES ('gone', 1)"));
      return fail(ErrorCode::kInput, "stop");
    }));
  }
  struct stat info {};
  ASSERT_EQ(stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  const auto database = Database::open(path()).value();
  auto rows = database->prepare("SELECT name, number FROM t").value();
  ASSERT_TRUE(rows.step().value());
  EXPECT_EQ(rows.text(0), "it's");
  EXPECT_EQ(rows.integer(1), 7);
  EXPECT_FALSE(rows.step().value());
}

TEST_F(DatabaseTest, MigratesStepByStepAndRefusesAnOlderProgram) {
  const auto database = Database::open(path()).value();
  const std::string first = "CREATE TABLE t (a)";
  const std::string second = "ALTER TABLE t ADD COLUMN b";
  ASSERT_TRUE(database->migrate("t", {first}));
  ASSERT_TRUE(database->migrate("t", {first, second}));
  ASSERT_TRUE(database->migrate("t", {first, second}));
  EXPECT_TRUE(database->run("INSERT INTO t (a, b) VALUES (1, 2)"));
  EXPECT_EQ(database->migrate("t", {first}).error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(database->migrate("u", {"CREATE TABLE u (a)", "no sql"}));
  EXPECT_FALSE(database->run("SELECT * FROM u"));  // nothing of a failed migration stays
}

}  // namespace
}  // namespace weir::state
