#include "flow/aws_ranges.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "base/random.h"

namespace weir::flow {
namespace {

// In the form of the published file; addresses and services as AWS lists them.
constexpr const char* kRangesJson = R"({
  "syncToken": "1700000000", "createDate": "2023-11-14-22-13-20",
  "prefixes": [
    {"ip_prefix": "3.4.12.4/32", "region": "eu-west-1", "service": "AMAZON", "network_border_group": "eu-west-1"},
    {"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "AMAZON", "network_border_group": "ap-northeast-2"},
    {"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "S3", "network_border_group": "ap-northeast-2"},
    {"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "EC2", "network_border_group": "ap-northeast-2"},
    {"ip_prefix": "52.94.0.0/16", "region": "us-east-1", "service": "AMAZON", "network_border_group": "us-east-1"},
    {"ip_prefix": "52.94.4.0/24", "region": "us-east-2", "service": "DYNAMODB", "network_border_group": "us-east-2"},
    {"ip_prefix": "52.94.4.128/25", "region": "us-east-2", "service": "AMAZON", "network_border_group": "us-east-2"},
    {"ip_prefix": "13.32.0.0/15", "region": "GLOBAL", "service": "CLOUDFRONT", "network_border_group": "GLOBAL"},
    {"ip_prefix": "13.34.0.0/24", "region": "GLOBAL", "service": "CLOUDFRONT", "network_border_group": "GLOBAL"},
    {"ip_prefix": "13.32.0.0/15", "region": "GLOBAL", "service": "CLOUDFRONT_ORIGIN_FACING", "network_border_group": "GLOBAL"}
  ],
  "ipv6_prefixes": [
    {"ipv6_prefix": "2600:1f18::/33", "region": "us-east-1", "service": "AMAZON", "network_border_group": "us-east-1"},
    {"ipv6_prefix": "2600:1f18::/33", "region": "us-east-1", "service": "EC2", "network_border_group": "us-east-1"},
    {"ipv6_prefix": "2600:1fa0:8000::/39", "region": "us-east-1", "service": "S3", "network_border_group": "us-east-1"}
  ]
})";

std::string range_text(const AwsRanges& ranges, const char* address) {
  const auto range = ranges.find(*parse_ip(address));
  return range ? std::string(range->service) + " " + std::string(range->region) : "none";
}

TEST(AwsRanges, TheLongestPrefixAndTheMostSpecificService) {
  const auto parsed = AwsRanges::parse(kRangesJson, "ip-ranges.json");
  ASSERT_TRUE(parsed) << parsed.error().message;
  const std::pair<const char*, const char*> kCases[] = {
      {"3.4.12.4", "AMAZON eu-west-1"},
      {"3.4.12.3", "none"},
      {"3.4.12.5", "none"},
      {"3.5.139.255", "none"},
      {"3.5.140.0", "S3 ap-northeast-2"},
      {"3.5.143.255", "S3 ap-northeast-2"},
      {"3.5.144.0", "none"},
      {"52.94.3.255", "AMAZON us-east-1"},
      {"52.94.4.0", "DYNAMODB us-east-2"},
      {"52.94.4.200", "DYNAMODB us-east-2"},  // in a longer prefix that says AMAZON only
      {"52.94.5.0", "AMAZON us-east-1"},
      {"13.33.1.1", "CLOUDFRONT_ORIGIN_FACING GLOBAL"},  // the service with fewer prefixes
      {"13.34.0.7", "CLOUDFRONT GLOBAL"},
      {"2600:1f18::1", "EC2 us-east-1"},
      {"2600:1f18:8000::", "none"},
      {"2600:1fa0:8000::1", "S3 us-east-1"},
      {"::ffff:3.5.141.1", "S3 ap-northeast-2"},
      {"10.0.0.1", "none"},
      {"255.255.255.255", "none"},
      {"::", "none"},
  };
  for (const auto& [address, range] : kCases) {
    EXPECT_EQ(range_text(*parsed, address), range) << address;
  }
}

TEST(AwsRanges, ViewsSurviveAMove) {
  auto parsed = AwsRanges::parse(kRangesJson, "ip-ranges.json");
  ASSERT_TRUE(parsed);
  const auto before = parsed->find(*parse_ip("3.5.140.1"));
  const AwsRanges moved = std::move(*parsed);
  EXPECT_EQ(before->service, "S3");
  EXPECT_EQ(range_text(moved, "3.5.140.1"), "S3 ap-northeast-2");
}

TEST(AwsRanges, TheOrderOfTheFileDoesNotMatter) {
  const auto make = [](std::string_view a, std::string_view b) {
    const auto entry = [](std::string_view service) {
      return R"({"ip_prefix":"1.2.3.0/24","region":"r","service":")" + std::string(service) + "\"}";
    };
    const std::string json = "{\"prefixes\":[" + entry(a) + "," + entry(b) + "]}";
    return range_text(*AwsRanges::parse(json, "x"), "1.2.3.4");
  };
  EXPECT_EQ(make("AMAZON", "S3"), "S3 r");
  EXPECT_EQ(make("S3", "AMAZON"), "S3 r");
  EXPECT_EQ(make("EC2", "AMAZON"), "EC2 r");
  EXPECT_EQ(make("EC2", "S3"), "S3 r");
  EXPECT_EQ(make("API_GATEWAY", "KINESIS_VIDEO_STREAMS"), "API_GATEWAY r");
  EXPECT_EQ(make("KINESIS_VIDEO_STREAMS", "API_GATEWAY"), "API_GATEWAY r");
}

TEST(AwsRanges, EmptyListsAreAllowed) {
  const auto parsed = AwsRanges::parse(R"({"prefixes":[],"ipv6_prefixes":[]})", "x");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(range_text(*parsed, "1.2.3.4"), "none");
}

TEST(AwsRanges, WhatIsWrongIsNamed) {
  const std::pair<const char*, const char*> kCases[] = {
      {"", "JSON"},
      {"[]", "object"},
      {"null", "object"},
      {"{}", "neither prefixes nor ipv6_prefixes"},
      {R"({"prefixes":{}})", "prefixes"},
      {R"({"prefixes":[7]})", "entry 1 of prefixes"},
      {R"({"prefixes":[{}]})", "entry 1 of prefixes: ip_prefix"},
      {R"({"prefixes":[{"ip_prefix":"1.0.0.0/8","service":"S3"}]})", "region"},
      {R"({"prefixes":[{"ip_prefix":"1.0.0.0/8","service":4,"region":"r"}]})", "service"},
      {R"({"prefixes":[{"ip_prefix":"1.0.0.0/33","service":"S3","region":"r"}]})",
       "ip_prefix is no network: '1.0.0.0/33'"},
      {R"({"prefixes":[{"ip_prefix":"1.0.0/8","service":"S3","region":"r"}]})", "'1.0.0/8'"},
      {R"({"ipv6_prefixes":[{"ipv6_prefix":"","service":"S3","region":"r"}]})",
       "entry 1 of ipv6_prefixes"},
      {R"({"prefixes":[]} trailing)", "ip-ranges.json"},
      {"{\"prefixes\":[\"\xff\"]}", "UTF-8"},
  };
  for (const auto& [json, reason] : kCases) {
    const auto parsed = AwsRanges::parse(json, "/data/ip-ranges.json");
    ASSERT_FALSE(parsed) << json;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInput);
    EXPECT_NE(parsed.error().message.find("/data/ip-ranges.json"), std::string::npos);
    EXPECT_NE(parsed.error().message.find(reason), std::string::npos) << json << "\n"
                                                                      << parsed.error().message;
  }
}

TEST(AwsRanges, ACutFileIsRefusedWhereverItEnds) {
  const std::string whole = kRangesJson;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(AwsRanges::parse(whole.substr(0, size), "cut")) << size;
  }
}

TEST(AwsRanges, DamageDoesNoHarm) {
  constexpr std::uint64_t kSeed = 17;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  const std::string whole = kRangesJson;
  for (int round = 0; round < 2'000; ++round) {
    std::string damaged = whole;
    damaged[random.next() % damaged.size()] = static_cast<char>(random.next());
    if (const auto parsed = AwsRanges::parse(damaged, "damaged")) {
      (void)range_text(*parsed, "52.94.4.200");
    }
  }
}

// Against a plain walk over all prefixes, without the rule for services of longer prefixes.
TEST(AwsRanges, RandomNestedPrefixesAnswerAsAWalkDoes) {
  constexpr std::uint64_t kSeed = 44;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  Random random(kSeed);
  std::string json = "{\"prefixes\":[";
  std::vector<std::pair<IpPrefix, std::string>> entries;
  for (int i = 0; i < 400; ++i) {
    const auto address = IpAddress::from_v4(0x0a00'0000U | (random.next() & 0xffffU));
    const IpPrefix prefix{address, static_cast<std::uint8_t>(96 + 12 + random.next() % 21)};
    const IpPrefix network{prefix.first(), prefix.length};
    const std::string service = "SERVICE" + std::to_string(network.length);
    entries.emplace_back(network, service);
    json += (i == 0 ? "" : ",") + std::string(R"({"region":"r","ip_prefix":")") +
            to_string(network) + R"(","service":")" + service + "\"}";
  }
  const auto parsed = AwsRanges::parse(json + "]}", "random");
  ASSERT_TRUE(parsed) << parsed.error().message;
  for (int i = 0; i < 20'000; ++i) {
    const auto address = IpAddress::from_v4(0x0a00'0000U | (random.next() & 0x1'ffffU));
    const std::pair<IpPrefix, std::string>* best = nullptr;
    for (const auto& entry : entries) {
      if (entry.first.contains(address) &&
          (best == nullptr || entry.first.length > best->first.length)) {
        best = &entry;
      }
    }
    const auto found = parsed->find(address);
    ASSERT_EQ(found ? found->service : "none", best == nullptr ? "none" : best->second)
        << to_string(address);
  }
}

TEST(LoadEnrichment, EverythingIsOptional) {
  const auto files = io::make_local_file_system();
  const auto enrichment = load_enrichment(*files, {});
  ASSERT_TRUE(enrichment) << enrichment.error().message;
  EXPECT_FALSE((*enrichment)->has_geo());
  EXPECT_FALSE((*enrichment)->has_aws_ranges());
  const IpAddress address = *parse_ip("10.0.0.1");
  EXPECT_EQ((*enrichment)->scope(address), Scope::kPrivate);
  EXPECT_EQ((*enrichment)->place(address).country, "");
  EXPECT_FALSE((*enrichment)->aws_range(address));
}

TEST(LoadEnrichment, ReadsTheRangesFile) {
  const std::string path =
      testing::TempDir() + "weir_ranges_" + std::to_string(::getpid()) + ".json";
  std::ofstream(path) << kRangesJson;
  const auto files = io::make_local_file_system();
  EnrichmentOptions options;
  options.aws_ranges_file = path;
  options.vpc_cidrs = {"3.5.140.0/23"};
  const auto enrichment = load_enrichment(*files, options);
  std::remove(path.c_str());
  ASSERT_TRUE(enrichment) << enrichment.error().message;
  EXPECT_TRUE((*enrichment)->has_aws_ranges());
  EXPECT_EQ((*enrichment)->aws_range(*parse_ip("3.5.140.9"))->service, "S3");
  EXPECT_EQ((*enrichment)->scope(*parse_ip("3.5.140.9")), Scope::kVpc);
}

TEST(LoadEnrichment, EachWrongOptionIsAnError) {
  const auto files = io::make_local_file_system();
  EnrichmentOptions bad_cidr;
  bad_cidr.vpc_cidrs = {"ten"};
  EXPECT_EQ(load_enrichment(*files, bad_cidr).error().code, ErrorCode::kUsage);
  EnrichmentOptions no_geo;
  no_geo.geo_files = {"/nonexistent/a.mmdb"};
  EXPECT_EQ(load_enrichment(*files, no_geo).error().code, ErrorCode::kNotFound);
  EnrichmentOptions no_ranges;
  no_ranges.aws_ranges_file = "/nonexistent/ip-ranges.json";
  EXPECT_EQ(load_enrichment(*files, no_ranges).error().code, ErrorCode::kNotFound);
  no_ranges.aws_ranges_file = testing::TempDir();
  EXPECT_FALSE(load_enrichment(*files, no_ranges));
}

}  // namespace
}  // namespace weir::flow
