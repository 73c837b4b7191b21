#include "app/configuration.h"

#include <gtest/gtest.h>

#include <map>

#include "app/alarm_message.h"
#include "app/settings.h"
#include "io/file_system.h"

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

TEST(Configuration, IsWrittenAsItIsReadWithOrigins) {
  Configuration configuration;
  ASSERT_TRUE(
      apply_file("[server]\nlisten = \"[::1]:8080\"\nhosts = [\"a\", \"b \\\"c\\\"\"]\n"
                 "[aws]\naccount_id = \"000000000012\"\n[log]\nlevel = \"debug\"\n"
                 "[probe]\nscheme = \"both\"\nspool_size = \"1MB\"\n",
                 "weir.toml", configuration));
  const std::map<std::string, std::string> variables = {{"WEIR_AWS_REGION", "eu-west-1"}};
  ASSERT_TRUE(apply_environment(
      [&](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
      },
      configuration));
  const std::string text = write_settings(configuration, false);
  Configuration again;
  const auto read = apply_file(text, "dumped", again);
  ASSERT_TRUE(read) << read.error().message << "\n" << text;
  EXPECT_EQ(write_settings(again, false), text);
  EXPECT_EQ(again.hosts, configuration.hosts);
  EXPECT_EQ(again.account, "000000000012");
  EXPECT_EQ(again.log_level, LogLevel::kDebug);
  EXPECT_EQ(again.probe.scheme, probe::Scheme::kBoth);

  const std::string with_origins = write_settings(configuration, true);
  EXPECT_TRUE(apply_file(with_origins, "dumped", again));
  const auto line_of = [&](std::string_view key) {
    const std::size_t begin = with_origins.find("\n" + std::string(key) + " = ") + 1;
    return with_origins.substr(begin, with_origins.find('\n', begin) - begin);
  };
  EXPECT_TRUE(line_of("listen").ends_with("# weir.toml:2")) << line_of("listen");
  EXPECT_TRUE(line_of("region").ends_with("# WEIR_AWS_REGION"));
  EXPECT_TRUE(line_of("workers").ends_with("# default"));
}

TEST(Configuration, EachDefaultIsAValueThatItsSettingTakes) {
  const Configuration configuration;
  for (const Setting& setting : all_settings()) {
    const auto values = setting.show(configuration);
    if (values.empty()) {
      continue;
    }
    Configuration other;
    EXPECT_TRUE(setting.apply(other, values)) << setting.name;
    EXPECT_EQ(setting.show(other), values) << setting.name;
  }
}

TEST(Configuration, ProblemsAreFoundBeforeAServerStarts) {
  const auto files = io::make_local_file_system();
  Configuration configuration;
  EXPECT_TRUE(find_problems(configuration, *files).empty());
  configuration.address = "0.0.0.0";
  configuration.enrichment.geo_files = {"/nonexistent/geo.mmdb"};
  configuration.collector.listen = {"no address"};
  configuration.probe.targets = {"ftp://x"};
  const auto problems = find_problems(configuration, *files);
  ASSERT_EQ(problems.size(), 4U);
  EXPECT_NE(problems[0].find("needs TLS"), std::string::npos);
  EXPECT_TRUE(problems[1].starts_with("flows.geo_files: "));
  EXPECT_TRUE(problems[2].starts_with("collector.listen: "));
  EXPECT_TRUE(problems[3].starts_with("probe.targets: "));
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
