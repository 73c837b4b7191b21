#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "cli/command_fixture.h"

namespace weir::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SimulateCommandTest : public CommandFixture {};

TEST_F(SimulateCommandTest, WritesATreeAndSaysHowToAskIt) {
  ASSERT_EQ(run({"simulate", "-n", "6000", "--seed", "7", "--out", path("sim/")}), kExitDone)
      << said_;
  EXPECT_EQ(output_, "");
  EXPECT_THAT(said_, HasSubstr("6,000 records from 2026-01-05T00:00:00Z on (1 h)"));
  EXPECT_THAT(said_, HasSubstr("port_scan"));
  EXPECT_THAT(said_, HasSubstr("next: weir summary " + path("sim") + "/AWSLogs"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "sim/truth.json"));
  ASSERT_EQ(run({"query", "-q", "-o", "jsonl", "SELECT COUNT(*) AS n FROM flows", path("sim")}),
            kExitDone)
      << said_;
  EXPECT_EQ(output_, "{\"n\":6000}\n");
}

TEST_F(SimulateCommandTest, StreamsPlainTextToStandardOutput) {
  ASSERT_EQ(run({"simulate", "-n", "5", "--out", "-", "--format", "start end bytes", "--start",
                 "2026-02-01", "--duration", "10m", "--nodata", "0"}),
            kExitDone)
      << said_;
  EXPECT_THAT(output_, StartsWith("start end bytes\n17699"));
  EXPECT_EQ(std::count(output_.begin(), output_.end(), '\n'), 6);
  EXPECT_EQ(said_, "");
}

TEST_F(SimulateCommandTest, RefusesWhatCannotBeAndNamesTheOption) {
  const auto refusal = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "simulate");
    EXPECT_EQ(run(words), kExitUsage);
    EXPECT_EQ(output_, "");
    return said_;
  };
  EXPECT_THAT(refusal({}), HasSubstr("--out DIR"));
  EXPECT_THAT(refusal({path("x")}), HasSubstr("--out " + path("x")));
  EXPECT_THAT(refusal({"--out", path("x"), "-n", "0"}), HasSubstr("--records"));
  EXPECT_THAT(refusal({"--out", path("x"), "--format", "v6"}), HasSubstr("v5"));
  EXPECT_THAT(refusal({"--out", path("x"), "--format", "srcaddr byts"}), HasSubstr("bytes"));
  EXPECT_THAT(refusal({"--out", path("x"), "--ipv6", "lots"}), HasSubstr("--ipv6"));
  EXPECT_THAT(refusal({"--out", path("x"), "--duration", "12"}), HasSubstr("90m"));
  EXPECT_THAT(refusal({"--out", path("x"), "--start", "2026-01-05T00:00:01Z"}),
              HasSubstr("five minutes"));
  EXPECT_THAT(refusal({"--out", path("x"), "--layout", "s4"}), HasSubstr("hourly"));
  EXPECT_THAT(refusal({"--out", "-", "--layout", "hive"}), HasSubstr("--layout"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x"));
  std::ofstream(folder_ / "old") << "x";
  EXPECT_THAT(refusal({"--out", folder_.string()}), HasSubstr("not empty"));
}

TEST_F(SimulateCommandTest, DemoFindsWhatItPlanted) {
  ASSERT_EQ(run({"demo", "-n", "60000", "--keep", path("demo")}), kExitDone) << said_;
  // Each attacker is in an answer, before the list of what was planted.
  const std::string answers = output_.substr(0, output_.find("What the simulation had planted"));
  for (const char* attacker : {"\n198.51.100.23  10.20.", "\n198.51.100.77  10.20.",
                               "  203.0.113.66 ", "203.0.113.200", "      445 "}) {
    EXPECT_THAT(answers, HasSubstr(attacker));
  }
  EXPECT_THAT(output_, HasSubstr("$ weir summary " + path("demo/AWSLogs")));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "demo/AWSLogs"));
  EXPECT_THAT(said_, Not(HasSubstr("weir: ")));
}

TEST_F(SimulateCommandTest, DemoLeavesNothingUnlessAsked) {
  ::setenv("TMPDIR", folder_.c_str(), 1);
  const int code = run({"demo", "-n", "5000"});
  ::unsetenv("TMPDIR");
  ASSERT_EQ(code, kExitDone) << said_;
  EXPECT_THAT(output_, HasSubstr(path("weir-demo-")));
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(SimulateCommandTest, DemoNeedsEnoughRecordsForItsAttacks) {
  EXPECT_EQ(run({"demo", "-n", "100"}), kExitUsage);
  EXPECT_THAT(said_, HasSubstr("5000"));
}

}  // namespace
}  // namespace weir::cli
