#include <gtest/gtest.h>

#include <memory>

#include "flow/enrichment.h"
#include "query/functions/expression_table.h"

namespace weir::query {
namespace {

using column::Type;

ExpressionTable flows_table() {
  ExpressionTable table;
  table.add("protocol", Type::kInt64, integers({6, 17, 6, 1, 200, std::nullopt, 6}))
      .add("srcport", Type::kInt64, integers({51'000, 443, 22, 0, 0, 80, std::nullopt}))
      .add("dstport", Type::kInt64, integers({443, 40'000, 51'000, 0, 0, 80, std::nullopt}))
      .add("flags", Type::kInt64, integers({2, std::nullopt, 18, 0, 0, 2, 2}))
      .add("src", Type::kAddress,
           addresses({"10.9.1.1", "10.0.0.1", "8.8.8.8", "169.254.169.254", "2600:1f18::1",
                      std::nullopt, "100.64.0.1"}))
      .add("dst", Type::kAddress,
           addresses({"8.8.8.8", "10.9.255.255", "10.9.0.1", "10.8.0.1", "1.1.1.1", "10.0.0.1",
                      "198.51.100.7"}));
  return table;
}

TEST(FlowFunctions, Services) {
  for (const Language language : {Language::kInsights, Language::kSql}) {
    flows_table().expect(
        language,
        {
            {"protocolName(protocol)",
             "'TCP' | 'UDP' | 'TCP' | 'ICMP' | 'Protocol-200' | null | 'TCP'"},
            {"portService(protocol, dstport)", "'HTTPS' | null | null | null | null | null | null"},
            {"portService(6, srcport)", "null | 'HTTPS' | 'SSH' | null | null | 'HTTP' | null"},
            {"portService(17, 443)",
             "'QUIC' | 'QUIC' | 'QUIC' | 'QUIC' | 'QUIC' | 'QUIC' | 'QUIC'"},
            {"serviceName(protocol, srcport, dstport, flags)",
             "'HTTPS' | 'QUIC' | 'SSH' | 'ICMP' | 'Protocol-200' | null | null"},
            {"serviceName(6, 51000, 8443, null)",
             "'TCP/8443' | 'TCP/8443' | 'TCP/8443' | "
             "'TCP/8443' | 'TCP/8443' | 'TCP/8443' | "
             "'TCP/8443'"},
            {"initiatorSide(protocol, flags)", "'src' | null | 'dst' | null | null | null | 'src'"},
        });
  }
}

TEST(FlowFunctions, NumbersOutOfRangeAreUnknown) {
  ExpressionTable table;
  table.add("n", Type::kInt64, integers({INT64_MAX, INT64_MIN, -1, 65'536, 4'294'967'302}));
  table.expect(Language::kSql,
               {
                   {"protocolName(n)", "null | null | null | 'Protocol-65536' | null"},
                   {"portService(6, n)", "null | null | null | null | null"},
                   {"initiatorSide(6, n)", "null | null | null | null | null"},
               });
}

TEST(FlowFunctions, Scopes) {
  flows_table().expect(
      Language::kSql,
      {
          {"ipScope(src)",
           "'vpc' | 'private' | 'public' | 'link-local' | "
           "'public' | null | 'shared'"},
          {"ipScope(dst)",
           "'public' | 'vpc' | 'vpc' | 'private' | 'public' | "
           "'private' | 'documentation'"},
          {"trafficClass(src, dst)",
           "'outbound' | 'internal' | 'inbound' | 'internal' | 'external' | "
           "null | 'outbound'"},
          {"ipScope('10.9.0.1')", "'vpc' | 'vpc' | 'vpc' | 'vpc' | 'vpc' | 'vpc' | 'vpc'"},
      });
}

class FixedPlaces : public flow::Enrichment {
 public:
  flow::Scope scope(const IpAddress&) const override { return flow::Scope::kPublic; }
  flow::GeoPlace place(const IpAddress& address) const override {
    return address == *parse_ip("8.8.8.8") ? flow::GeoPlace{"US", "", "Google LLC", 4'200'000'001}
                                           : flow::GeoPlace{};
  }
  std::optional<flow::AwsRange> aws_range(const IpAddress& address) const override {
    return address.is_v4() ? std::nullopt : std::optional(flow::AwsRange{"EC2", "us-east-1"});
  }
  bool has_geo() const override { return true; }
  bool has_aws_ranges() const override { return true; }
};

TEST(FlowFunctions, PlacesAndAwsRanges) {
  auto table = flows_table();
  table.environment().enrichment = std::make_shared<const FixedPlaces>();
  table.expect(Language::kInsights,
               {
                   {"geoCountry(src)", "null | null | 'US' | null | null | null | null"},
                   {"geoCity(src)", "null | null | null | null | null | null | null"},
                   {"geoOrg(src)", "null | null | 'Google LLC' | null | null | null | null"},
                   {"geoAsn(src)", "null | null | 4200000001 | null | null | null | null"},
                   {"awsService(src)", "null | null | null | null | 'EC2' | null | null"},
                   {"awsRegion(src)", "null | null | null | null | 'us-east-1' | null | null"},
               });
}

TEST(FlowFunctions, WithoutTheirFilesTheySayWhichOptionGivesThem) {
  auto table = flows_table();
  for (const char* call : {"geoCountry(src)", "geoCity(src)", "geoOrg(src)", "geoAsn(src)"}) {
    EXPECT_NE(table.error_of(Language::kSql, call).find("--geo FILE"), std::string::npos) << call;
  }
  EXPECT_NE(table.error_of(Language::kSql, "awsService(src)").find("--aws-ranges FILE"),
            std::string::npos);
  EXPECT_NE(table.error_of(Language::kSql, "awsRegion(src)").find("--aws-ranges FILE"),
            std::string::npos);
}

}  // namespace
}  // namespace weir::query
