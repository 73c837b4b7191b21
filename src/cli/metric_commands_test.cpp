#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "app/application.h"
#include "cli/command_fixture.h"

namespace weir::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Commands of metrics and dashboards: through a server that runs, then without one.
class MetricCommandsTest : public CommandFixture {
 protected:
  MetricCommandsTest() {
    configuration_.data = path("store");
    configuration_.port = 0;
    start();
  }
  void start() {
    auto server = app::Application::start(configuration_, clock_, *files_, log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  void stop() {
    EXPECT_TRUE(server_->stop());
    server_.reset();
  }
  int ask(std::vector<std::string> words) {
    words.insert(words.end(), {"--data", configuration_.data});
    return run(words);
  }
  std::string answer(const std::vector<std::string>& words) {
    EXPECT_EQ(ask(words), kExitDone) << said_;
    return output_;
  }

  app::Configuration configuration_;
  SilentLog log_;
  std::unique_ptr<app::Application> server_;
};

TEST_F(MetricCommandsTest, BothWaysGiveOneAnswer) {
  for (const char* minute : {"00", "01", "03"}) {
    ASSERT_EQ(ask({"metric", "put", "Shop", "rtt", "2", "4", "--dimension", "Host=a", "--time",
                   std::string("2026-01-05T07:") + minute + ":00Z"}),
              kExitDone)
        << said_;
  }
  ASSERT_EQ(
      ask({"dashboard", "put", "D",
           write("body.json", R"({"widgets":[{"type":"metric","properties":{"title":"RTT",)"
                              R"("region":"us-east-1","period":60,)"
                              R"("metrics":[["Shop","rtt","Host","a",{"stat":"Sum"}]]}}]})")}),
      kExitDone)
      << said_;
  const std::vector<std::vector<std::string>> questions{
      {"metric", "list", "-o", "csv"},
      {"metric", "get", "Shop", "rtt", "--dimension", "Host=a", "--stat", "Sum", "--stat", "p99",
       "-o", "csv"},
      {"metric", "query", "m * 2", "--id", "m=Shop/rtt{Host=a}:Maximum", "-o", "jsonl"},
      {"dashboard", "list", "-o", "csv"},
      {"dashboard", "show", "D", "--since", "6h"},
      {"dashboard", "get", "D"}};
  std::vector<std::string> answers;
  for (const auto& question : questions) {
    answers.push_back(answer(question));
  }
  EXPECT_EQ(answers[0],
            "namespace,metric,dimensions,region,newest\r\n"
            "Shop,rtt,Host=a,us-east-1,2026-01-05T07:03:00Z\r\n");
  EXPECT_EQ(answers[1],
            "time,Sum,p99\r\n2026-01-05T07:00:00Z,6,3.98\r\n2026-01-05T07:01:00Z,6,3.98\r\n"
            "2026-01-05T07:03:00Z,6,3.98\r\n");
  EXPECT_THAT(answers[2], HasSubstr("{\"time\":\"2026-01-05T07:03:00Z\",\"e1\":8}"));
  EXPECT_THAT(answers[4], AllOf(HasSubstr("1. RTT"), HasSubstr("rtt ")));
  stop();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    EXPECT_EQ(answer(questions[i]), answers[i]) << questions[i][1];
  }
  EXPECT_EQ(ask({"dashboard", "delete", "D", "--yes"}), kExitDone) << said_;
  start();
  EXPECT_EQ(ask({"dashboard", "get", "D"}), kExitInput);
  EXPECT_THAT(said_, HasSubstr("there is no dashboard 'D'"));
}

TEST_F(MetricCommandsTest, WhoHoldsTheDirectoryIsNamed) {
  EXPECT_EQ(run({"metric", "list", "--data", path("nothing")}), kExitInput);
  EXPECT_THAT(said_, HasSubstr("weir serve --data " + path("nothing") + " makes it"));
  EXPECT_FALSE(std::filesystem::exists(path("nothing")));
}

TEST_F(MetricCommandsTest, NothingIsDoneByMistake) {
  EXPECT_EQ(ask({"dashboard", "delete", "D"}), kExitUsage);
  EXPECT_THAT(said_, HasSubstr("--yes"));
  EXPECT_EQ(ask({"metric", "put", "Shop", "rtt"}), kExitUsage);
  EXPECT_EQ(ask({"metric", "get", "Shop"}), kExitUsage);
  EXPECT_EQ(ask({"metric", "query"}), kExitUsage);
  EXPECT_EQ(ask({"metric", "query", "--id", "M=Shop/rtt"}), kExitUsage);
  EXPECT_THAT(said_, HasSubstr("ids begin with a small letter"));
  EXPECT_EQ(ask({"dashboard", "show"}), kExitUsage);
  EXPECT_EQ(ask({"metric", "get", "Shop", "rtt", "--dimension", "Host"}), kExitUsage);
  EXPECT_THAT(said_, HasSubstr("NAME=VALUE"));
}

TEST_F(MetricCommandsTest, TextsOfOthersCannotSteerATerminal) {
  ASSERT_EQ(ask({"dashboard", "put", "D",
                 write("body.json",
                       "{\"widgets\":[{\"type\":\"text\",\"properties\":{"
                       "\"markdown\":\"a\\u001b[31m\\u009b\\nb\"}}]}")}),
            kExitDone)
      << said_;
  const std::string shown = answer({"dashboard", "show", "D"});
  EXPECT_THAT(shown, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\xc2\x9b")), HasSubstr("\nb\n")));
}

}  // namespace
}  // namespace weir::cli
