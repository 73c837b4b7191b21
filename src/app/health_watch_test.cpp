#include "app/health_watch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/journal_line.h"

namespace weir::app {
namespace {

class Messages final : public Log {
 public:
  [[nodiscard]] bool takes(LogLevel /*level*/) const override { return true; }
  void write(LogLevel level, std::string_view message, std::vector<LogField> fields) override {
    std::string text =
        write_line({0, level, std::string(message), std::move(fields)}, LineForm::kPretty);
    texts.push_back(text.substr(text.find(' ') + 1));
  }
  std::vector<std::string> texts;
};

TEST(HealthWatch, SaysOfAPartOnceWhenItFailsAndOnceWhenItIsWell) {
  std::string problem;
  const std::vector<HealthCheck> checks = {{"store", [&problem] { return problem; }}};
  const http::ServerCounters server;
  Messages log;
  HealthWatch watch(checks, server, log);
  watch.look();
  EXPECT_TRUE(log.texts.empty());
  problem = "full";
  watch.look();
  watch.look();
  problem = "fuller";
  watch.look();
  problem.clear();
  watch.look();
  watch.look();
  EXPECT_EQ(log.texts,
            (std::vector<std::string>{"warning a part is not well  part=store  reason=full\n",
                                      "warning a part is not well  part=store  reason=fuller\n",
                                      "info    a part is well again  part=store\n"}));
}

TEST(HealthWatch, CountsWhatTheServerTurnedAway) {
  const std::vector<HealthCheck> checks;
  http::ServerCounters server;
  Messages log;
  HealthWatch watch(checks, server, log);
  server.refused_overload = 3;
  watch.look();
  watch.look();
  server.refused_overload = 4;
  watch.look();
  EXPECT_EQ(log.texts, (std::vector<std::string>{
                           "warning requests were turned away  reason=overload  requests=3\n",
                           "warning requests were turned away  reason=overload  requests=1\n"}));
}

}  // namespace
}  // namespace weir::app
