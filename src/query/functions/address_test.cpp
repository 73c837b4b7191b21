#include <gtest/gtest.h>

#include "query/functions/expression_table.h"

namespace weir::query {
namespace {

using column::Type;

ExpressionTable addresses_table() {
  ExpressionTable table;
  table
      .add("a", Type::kAddress,
           addresses({"10.0.0.1", "10.128.0.0", "2001:db8::1", "::ffff:10.255.255.255", "::1",
                      std::nullopt}))
      .add("s", Type::kString,
           texts({"10.0.0.1", "10.0.0", "2001:DB8::1", "::ffff:10.0.0.1", "", std::nullopt}));
  return table;
}

TEST(AddressFunctions, Membership) {
  for (const Language language : {Language::kInsights, Language::kSql}) {
    addresses_table().expect(
        language,
        {
            {"isIpInSubnet(a, '10.0.0.0/8')", "true | true | false | true | false | null"},
            {"isIpInSubnet(a, '10.0.0.0/9')", "true | false | false | false | false | null"},
            {"isIpInSubnet(a, '10.99.99.99/9')", "true | false | false | false | false | null"},
            {"isIpInSubnet(a, '10.0.0.1')", "true | false | false | false | false | null"},
            {"isIpInSubnet(a, '0.0.0.0/0')", "true | true | false | true | false | null"},
            {"isIpInSubnet(a, '::/0')", "false | false | true | false | true | null"},
            {"isIpInSubnet(a, '::/64')", "false | false | false | false | true | null"},
            {"isIpInSubnet(a, '2001:db8::/32')", "false | false | true | false | false | null"},
            {"isIpInSubnet(a, '::ffff:0:0/96')", "true | true | false | true | false | null"},
            {"isIpInSubnet(a, '::ffff:10.0.0.0/104')", "true | true | false | true | false | null"},
            {"isIpv4InSubnet(a, '10.0.0.0/8')", "true | true | false | true | false | null"},
            {"isIpv4InSubnet(a, '::/0')", "false | false | false | false | false | null"},
            {"isIpv6InSubnet(a, '::/0')", "false | false | true | false | true | null"},
            {"isIpv6InSubnet(a, '10.0.0.0/8')", "false | false | false | false | false | null"},
            {"<<(a, '10.0.0.0/8')", "true | true | false | true | false | null"},
            {"not(isIpInSubnet(a, '10.0.0.0/8'))", "false | false | true | false | true | null"},
            {"isIpInSubnet(null, '10.0.0.0/8')", "null | null | null | null | null | null"},
        });
  }
  addresses_table().expect_columns(
      Language::kInsights,
      {{"isIpInSubnet(s, '10.0.0.0/8')", "true | null | false | true | null | null"}});
}

TEST(AddressFunctions, WrongNetworksAreRefused) {
  auto table = addresses_table();
  for (const char* network :
       {"''", "'10.0.0.0/33'", "'10.0.0/8'", "'2001:db8::/129'", "'10.0.0.0/-1'", "'10.0.0.0/'"}) {
    const std::string call = "isIpInSubnet(a, " + std::string(network) + ")";
    EXPECT_NE(table.error_of(Language::kSql, call).find("is no network"), std::string::npos)
        << call;
    const auto span = table.error_span_of(Language::kSql, call);
    ASSERT_TRUE(span);
    EXPECT_EQ(span->begin, 16u);
  }
  EXPECT_NE(table.error_of(Language::kSql, "isIpInSubnet(a, s)").find("quoted text"),
            std::string::npos);
  EXPECT_NE(table.error_of(Language::kSql, "isIpInSubnet(a)"), "");
}

TEST(AddressFunctions, Validity) {
  addresses_table().expect(Language::kInsights,
                           {
                               {"isValidIp(s)", "true | false | true | true | false | false"},
                               {"isValidIpV4(s)", "true | false | false | true | false | false"},
                               {"isValidIpV6(s)", "false | false | true | false | false | false"},
                               {"isValidIp(a)", "true | true | true | true | true | false"},
                               {"isValidIpV4(a)", "true | true | false | true | false | false"},
                               {"isValidIpv6(a)", "false | false | true | false | true | false"},
                               {"isValidIp('256.1.1.1')",
                                "false | false | false | false | false | "
                                "false"},
                               {"isValidIp(null)", "false | false | false | false | false | false"},
                           });
}

TEST(AddressFunctions, FamilyAndNetwork) {
  addresses_table().expect(
      Language::kSql,
      {
          {"family(a)", "4 | 4 | 6 | 4 | 6 | null"},
          {"network(a, 8)",
           "'10.0.0.0/8' | '10.0.0.0/8' | '2000::/8' | '10.0.0.0/8' | "
           "'::/8' | null"},
          {"network(a, 24)",
           "'10.0.0.0/24' | '10.128.0.0/24' | '2001:d00::/24' | "
           "'10.255.255.0/24' | '::/24' | null"},
          {"network(a, 64)", "null | null | '2001:db8::/64' | null | '::/64' | null"},
          {"network(a, 0)", "'0.0.0.0/0' | '0.0.0.0/0' | '::/0' | '0.0.0.0/0' | '::/0' | null"},
          {"network(a, -1)", "null | null | null | null | null | null"},
      });
}

}  // namespace
}  // namespace weir::query
