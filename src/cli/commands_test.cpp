#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "cli/command_fixture.h"

namespace weir::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kLogs =
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start "
    "end action log-status\n"
    "2 123456789012 eni-0a1b2c3d 10.0.0.1 192.0.2.7 40000 443 6 10 8400 1772323200 1772323260 "
    "ACCEPT OK\n"
    "2 123456789012 eni-0a1b2c3d 192.0.2.9 10.0.0.1 40001 22 6 1 40 1772323201 1772323261 REJECT "
    "OK\n"
    "2 123456789012 eni-0a1b2c3d - - - - - - - 1772323260 1772323320 - NODATA\n";

// What commands say and how they end; what they answer is tested in tests/query.
class CommandsTest : public CommandFixture {
 protected:
  CommandsTest() : logs_(write("flows.log", kLogs)) {}
  std::string read(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::string logs_;
};

TEST_F(CommandsTest, TopAndQueryAndSummaryAnswer) {
  EXPECT_EQ(run({"top", "-n", "1", logs_}), kExitDone) << said_;
  EXPECT_THAT(output_, HasSubstr("10.0.0.1  192.0.2.7   8400"));
  EXPECT_THAT(said_, AllOf(StartsWith("3 records in 1 file"), HasSubstr("NODATA 1, SKIPDATA 0")));
  EXPECT_EQ(run({"query", "-o", "csv", "stats sum(bytes) as b by action | sort b", logs_}),
            kExitDone);
  EXPECT_THAT(output_, HasSubstr("REJECT,40\r\nACCEPT,8400\r\n"));
  EXPECT_EQ(run({"summary", logs_}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("records    3 (2 OK, 1 NODATA, 0 SKIPDATA, 0 rejected)"));
}

TEST_F(CommandsTest, ExitCodesAreThoseOfTheContract) {
  EXPECT_EQ(run({"topp"}), kExitUsage);
  EXPECT_THAT(said_, HasSubstr("did you mean top?"));
  EXPECT_EQ(run({"top", "--metrik", "bytes", logs_}), kExitUsage);
  EXPECT_THAT(said_, HasSubstr("did you mean --metric?"));
  EXPECT_EQ(run({"top", "--metric", "octets", logs_}), kExitUsage);
  EXPECT_EQ(run({"query", "filter", logs_}), kExitUsage);
  EXPECT_EQ(run({"top", path("nothing.log")}), kExitInput);
  EXPECT_EQ(run({"top", write("stranger.txt", "neither fish nor fowl\n")}), kExitInput);
  EXPECT_EQ(run({"top", write("short.log", std::string(kLogs.substr(0, kLogs.find('\n') + 1)) +
                                               "2 123456789012\n")}),
            kExitInput)
      << "every record was rejected";
  EXPECT_EQ(run({"top", "--memory", "1000", logs_}), kExitInput);
  EXPECT_THAT(said_, HasSubstr("raise --memory"));
  EXPECT_EQ(run({"top", "--require-complete", logs_}), kExitDone);
  const std::string lossy =
      write("lossy.log", std::string(kLogs) +
                             "2 123456789012 eni-0a1b2c3d - - - - - - - 1772323260 1772323320 - "
                             "SKIPDATA\n");
  EXPECT_EQ(run({"top", lossy}), kExitDone);
  EXPECT_EQ(run({"top", "--require-complete", lossy}), kExitPartial);
  cancel_.cancel();
  EXPECT_EQ(run({"top", logs_}), kExitInterrupted);
  EXPECT_THAT(said_, StartsWith("weir: interrupted after 0 records, 0 B of "));
}

TEST_F(CommandsTest, ErrorsPointAtWhatWasWrittenNotAtWhatWasMadeOfIt) {
  EXPECT_EQ(run({"top", "--where", "acton = 'REJECT'", logs_}), kExitInput);
  EXPECT_EQ(said_,
            "weir: there is no field 'acton'; did you mean action?\n"
            "in --where, line 1, column 1\n  acton = 'REJECT'\n  ^^^^^\n");
  EXPECT_EQ(run({"top", "--by", "dstport,srcadr", logs_}), kExitInput);
  EXPECT_THAT(said_, AllOf(StartsWith("weir: there is no field 'srcadr'; did you mean srcaddr"),
                           HasSubstr("in --by, line 1, column 1\n  srcadr\n  ^^^^^^\n"),
                           Not(HasSubstr("SELECT"))));
  EXPECT_EQ(run({"convert", "--to", "csv", "--columns", "bytes,byts", logs_}), kExitInput);
  EXPECT_THAT(said_, HasSubstr("in --columns, line 1, column 1\n  byts\n"));
  EXPECT_EQ(run({"query", "SELECT srcadr FROM flows", logs_}), kExitInput);
  EXPECT_THAT(said_, HasSubstr("line 1, column 8\n  SELECT srcadr FROM flows\n         ^^^^^^\n"));
}

TEST_F(CommandsTest, ColumnsThatNoRecordHasAreToldWhereTheUserNamedThem) {
  const std::string few = write("few.log", "srcaddr dstaddr bytes\n10.0.0.1 10.0.0.2 5\n");
  EXPECT_EQ(run({"top", few}), kExitDone);
  EXPECT_THAT(said_, Not(HasSubstr("warning")));
  EXPECT_EQ(run({"top", "--by", "vpc-id", few}), kExitDone);
  EXPECT_THAT(said_, AllOf(HasSubstr("no record here carries vpc-id"), HasSubstr("in --by")));
  // What cannot be read has no columns to speak of.
  EXPECT_EQ(run({"top", "--by", "vpc-id", write("stranger.txt", "neither fish\n")}), kExitInput);
  EXPECT_THAT(said_, StartsWith("weir: cannot read"));
  EXPECT_EQ(run({"top", write("empty.log", "")}), kExitDone);
  EXPECT_THAT(said_, AllOf(Not(HasSubstr("warning")), HasSubstr("the input holds no records")));
}

TEST_F(CommandsTest, AForgottenQueryIsTold) {
  EXPECT_EQ(run({"query", logs_}), kExitUsage);
  EXPECT_THAT(said_, HasSubstr("the query comes before the paths, and " + logs_ + " is a path"));
  EXPECT_EQ(run({"query"}), kExitUsage);
}

TEST_F(CommandsTest, AnAnswerFromOtherTimesNamesThem) {
  const std::string name =
      "123456789012_vpcflowlogs_us-east-1_fl-0123456789abcdef0_20260301T0005Z_0a1b2c3d.log.gz";
  write(name, kLogs);
  EXPECT_EQ(run({"top", "--since", "2026-04-01", folder_ / name}), kExitDone);
  EXPECT_THAT(said_, AllOf(HasSubstr("no rows: by the name of the file"),
                           HasSubstr("of 2026-03-01T00:05:00Z to 2026-03-01T00:05:00Z"),
                           HasSubstr("--now TIME")));
}

TEST_F(CommandsTest, WhatIsConvertedAppearsWholeOrNotAtAll) {
  ASSERT_EQ(run({"convert", "--to", "csv", "--columns", "srcaddr,bytes", "--out", path("out.csv"),
                 logs_}),
            kExitDone)
      << said_;
  EXPECT_THAT(read("out.csv"), StartsWith("srcaddr,bytes\r\n10.0.0.1,8400\r\n"));
  cancel_.cancel();
  for (const char* format : {"csv", "jsonl", "ocsf"}) {
    EXPECT_EQ(run({"convert", "--to", format, "--out", path("other"), logs_}), kExitInterrupted);
    EXPECT_EQ(run({"convert", "--to", format, "--out", path("out.csv"), logs_}), kExitInterrupted);
  }
  EXPECT_FALSE(std::filesystem::exists(path("other")));
  EXPECT_FALSE(std::filesystem::exists(path("other.partial")));
  EXPECT_THAT(read("out.csv"), StartsWith("srcaddr,bytes\r\n")) << "the older file stays";
}

TEST_F(CommandsTest, ADeviceIsWrittenToNotReplaced) {
  EXPECT_EQ(run({"convert", "--to", "csv", "--out", "/dev/null", logs_}), kExitDone) << said_;
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(CommandsTest, WhatWasWrittenCanBeReadBack) {
  ASSERT_EQ(run({"query", "-q", "-o", "csv", "SELECT * FROM flows", logs_}), kExitDone);
  const std::string rows = output_;
  for (const char* format : {"json", "jsonl", "csv"}) {
    ASSERT_EQ(run({"query", "-q", "-o", format, "SELECT * FROM flows", logs_}), kExitDone);
    const std::string copy = write("copy", output_);
    ASSERT_EQ(run({"query", "-q", "-o", "csv", "SELECT * FROM flows", copy}), kExitDone) << said_;
    EXPECT_EQ(output_, rows) << format;
  }
}

TEST_F(CommandsTest, SeveralStatementsGiveSeveralResults) {
  const std::string queries =
      write("two.sql", "-- one\nSELECT COUNT(*) AS n FROM flows; /* ; */ SELECT 1 AS one;\n;");
  ASSERT_EQ(run({"query", "-q", "-o", "json", "-f", queries, logs_}), kExitDone) << said_;
  EXPECT_EQ(output_, "[\n{\"n\":3}\n]\n[\n{\"one\":1}\n]\n");
  ASSERT_EQ(run({"query", "-q", "--explain", "-f", queries, logs_}), kExitDone);
  EXPECT_THAT(output_, HasSubstr("\n\n"));
  EXPECT_THAT(output_, Not(::testing::EndsWith("\n\n")));
}

TEST_F(CommandsTest, TheReportIsJsonWithASchema) {
  ASSERT_EQ(run({"top", "-q", "--report", path("report.json"), logs_}), kExitDone);
  EXPECT_EQ(said_, "");
  EXPECT_THAT(read("report.json"),
              AllOf(HasSubstr("\"schema\":\"weir.report.v1\""), HasSubstr("\"records\":3"),
                    HasSubstr("\"nodata\":1"), HasSubstr("\"files_damaged\":0"),
                    HasSubstr("\"complete\":true")));
}

TEST_F(CommandsTest, CompletionAndHelpKnowEveryCommand) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    ASSERT_EQ(run({"completion", shell}), kExitDone);
    for (const char* word : {"top", "query", "convert", "simulate", "require-complete"}) {
      EXPECT_THAT(output_, HasSubstr(word)) << shell;
    }
  }
  EXPECT_EQ(run({"completion", "tcsh"}), kExitUsage);
  for (const char* verb : {"top", "query", "metric", "dashboard", "summary", "fields", "convert",
                           "simulate", "demo", "version", "completion", "help"}) {
    ASSERT_EQ(run({"help", verb}), kExitDone);
    EXPECT_THAT(output_, AllOf(StartsWith(std::string("weir ") + verb), HasSubstr("usage: weir ")));
    ASSERT_EQ(run({verb, "--help"}), kExitDone);
  }
}

}  // namespace
}  // namespace weir::cli
