#include "app/configuration.h"

#include <gtest/gtest.h>

#include <map>

#include "app/alarm_message.h"

namespace weir::app {
namespace {

TEST(Configuration, ReadsAFileAndNamesTheLineOfAFault) {
  Configuration configuration;
  ASSERT_TRUE(
      apply_file("[server]\nlisten = \"[::1]:8080\"\nhosts = [\"a\", \"b\"]\n"
                 "require_keys = true\n[aws]\naccount_id = \"210987654321\"\n",
                 "weir.toml", configuration));
  EXPECT_EQ(configuration.address, "::1");
  EXPECT_EQ(configuration.port, 8080);
  EXPECT_EQ(configuration.hosts, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(configuration.requires_keys);
  EXPECT_EQ(configuration.account, "210987654321");

  const auto fault = [](std::string_view text) {
    Configuration other;
    const auto done = apply_file(text, "weir.toml", other);
    return done ? std::string() : done.error().message;
  };
  EXPECT_TRUE(fault("[server]\nlisten = 1\n").starts_with("weir.toml:2: server.listen: "));
  EXPECT_NE(fault("[server]\nlisen = \"x\"\n").find("server.listen"), std::string::npos);
  EXPECT_TRUE(fault("listen = ").starts_with("weir.toml:1:"));
  EXPECT_NE(fault("listen = \"x\"\n").find("no section"), std::string::npos);
}

TEST(Configuration, TakesTheEnvironmentOverTheFile) {
  Configuration configuration;
  ASSERT_TRUE(apply_file("[aws]\nregion = \"eu-west-1\"\n", "f", configuration));
  const std::map<std::string, std::string> variables = {
      {"WEIR_AWS_REGION", "us-west-2"}, {"WEIR_SERVER_HOSTS", "a,b"}, {"WEIR_SERVER_WORKERS", "2"}};
  const auto get = [&](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  ASSERT_TRUE(apply_environment(get, configuration));
  EXPECT_EQ(configuration.region, "us-west-2");
  EXPECT_EQ(configuration.hosts.size(), 2U);
  EXPECT_EQ(configuration.workers, 2);
}

TEST(Configuration, AProbeIsOnWithTargetsUnlessItIsTurnedOff) {
  Configuration configuration;
  ASSERT_TRUE(apply_file("[probe]\ntargets = [\"10.0.0.5\"]\n", "weir.toml", configuration));
  EXPECT_FALSE(configuration.probe.is_on) << "not said";
  ASSERT_TRUE(apply_file("[probe]\nenabled = false\n", "weir.toml", configuration));
  EXPECT_EQ(configuration.probe.is_on, std::optional(false));
}

TEST(Configuration, AsksForTlsBeyondLoopback) {
  Configuration configuration;
  EXPECT_TRUE(check(configuration));
  configuration.address = "0.0.0.0";
  EXPECT_FALSE(check(configuration));
  configuration.certificate_file = "c";
  EXPECT_FALSE(check(configuration));
  configuration.key_file = "k";
  EXPECT_TRUE(check(configuration));
  EXPECT_FALSE(apply_listen("localhost:1", configuration));
  EXPECT_FALSE(apply_listen("127.0.0.1:70000", configuration));
  EXPECT_FALSE(apply_listen("127.0.0.1", configuration));
}

TEST(AlarmMessage, CutsLongAndForeignNamesInTheSubject) {
  alarm::PendingAction action;
  action.alarm.scope = "123456789012/us-west-2";
  alarm::MetricAlarm definition;
  definition.name = "H\xc3\xb6he " + std::string(200, 'x');
  action.alarm.definition = definition;
  action.alarm.state.value = alarm::StateValue::kAlarm;
  const std::string subject = alarm_subject(action);
  EXPECT_EQ(subject.size(), 100U);
  EXPECT_TRUE(subject.starts_with("ALARM: \"H_he x"));
  EXPECT_TRUE(subject.ends_with("...\" in US West (Oregon)"));
}

}  // namespace
}  // namespace weir::app
