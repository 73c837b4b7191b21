#include "probe/settings.h"

#include <gtest/gtest.h>

namespace weir::probe {
namespace {

Settings settings_for(std::vector<std::string> targets) {
  Settings settings;
  settings.targets = std::move(targets);
  return settings;
}

TEST(Settings, AddressesOfEndpointsAreLookedAtBeforeTheFirstBatch) {
  Settings settings;
  EXPECT_TRUE(check(settings));
  settings.endpoint = "http://127.0.0.1:7070";
  settings.otlp = "https://otel.internal:4318";
  EXPECT_TRUE(check(settings));
  for (const char* text : {"127.0.0.1:7070", "ftp://127.0.0.1", "http://", "abc"}) {
    settings.endpoint = text;
    const auto checked = check(settings);
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(checked.error().message, "endpoint_url '" + std::string(text) +
                                           "' is no http or https address such as "
                                           "http://127.0.0.1:7070");
  }
  settings.endpoint = "";
  settings.otlp = "4318";
  EXPECT_FALSE(check(settings));
}

TEST(Settings, OneTargetIsGivenOnce) {
  const auto twice = monitor_options(settings_for({"fd00::1", "10.0.0.5", "[fd00::1]"}));
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "the target '[fd00::1]' is given twice");
  EXPECT_TRUE(monitor_options(
      settings_for({"10.0.0.5", "tcp://10.0.0.5:53", "udp://10.0.0.5:53", "tcp://10.0.0.5:54"})));
}

TEST(Settings, TargetsAreNotMixedUpUnderOneName) {
  const auto mixed = *monitor_options(settings_for({"tcp://10.0.0.5:53", "udp://10.0.0.5:53"}));
  EXPECT_TRUE(check_names(mixed, Scheme::kTarget));
  for (const Scheme scheme : {Scheme::kDocument, Scheme::kBoth}) {
    const auto checked = check_names(mixed, scheme);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().message,
              "'tcp://10.0.0.5:53' and 'udp://10.0.0.5:53' would both be published as "
              "VPC/NetworkLatency/10_0_0_5_53; with the scheme 'target' targets are told apart");
  }
  const auto apart = *monitor_options(settings_for({"10.0.0.5", "a-b.internal", "a.b.internal"}));
  EXPECT_TRUE(check_names(apart, Scheme::kDocument));
}

TEST(Settings, NamespacesAreThoseOfTheDocumentsScript) {
  EXPECT_EQ(document_namespace("8.8.8.8"), "VPC/NetworkLatency/8_8_8_8");
  EXPECT_EQ(document_namespace("aws.amazon.com"), "VPC/NetworkLatency/aws_amazon_com");
  EXPECT_EQ(document_namespace("[fd00::1]:443"), "VPC/NetworkLatency/_fd00__1__443");
}

}  // namespace
}  // namespace weir::probe
