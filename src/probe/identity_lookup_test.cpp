#include "probe/identity_lookup.h"

#include <gtest/gtest.h>

#include <map>

namespace weir::probe {
namespace {

// The instance metadata service, version 2 alone: without a token it answers nobody.
class MetadataService {
 public:
  Result<http::Response> answer(const http::ClientRequest& request,
                                const http::ClientOptions& options) {
    ++num_calls;
    EXPECT_EQ(options.timeout_ms, 300);
    if (is_away) {
      return fail(ErrorCode::kRemote, "timed out");
    }
    const std::string base = "http://169.254.169.254/latest/";
    if (request.method == "PUT") {
      EXPECT_EQ(request.url, base + "api/token");
      return http::Response{200, {}, "a token"};
    }
    const std::map<std::string, std::string> documents = {
        {base + "meta-data/mac", "0e:00:00:00:00:01\n"},
        {base + "meta-data/instance-id", "i-0abc"},
        {base + "meta-data/network/interfaces/macs/0e:00:00:00:00:01/vpc-id", "vpc-0def"}};
    const auto found = documents.find(request.url);
    if (http::find_header(request.headers, "X-aws-ec2-metadata-token") != "a token") {
      return http::Response{401, {}, ""};
    }
    return found == documents.end() ? http::Response{404, {}, ""}
                                    : http::Response{200, {}, found->second};
  }

  bool is_away = false;
  int num_calls = 0;
};

class IdentityLookup : public testing::Test {
 protected:
  Identity look_up() {
    return look_up_identity(
        settings_,
        [this](const std::string& name) -> std::optional<std::string> {
          const auto found = variables_.find(name);
          return found == variables_.end() ? std::nullopt : std::optional(found->second);
        },
        [this](const http::ClientRequest& request, const http::ClientOptions& options) {
          return service_.answer(request, options);
        });
  }

  Settings settings_;
  std::map<std::string, std::string> variables_;
  MetadataService service_;
};

TEST_F(IdentityLookup, InstanceAndVpcOfTheMetadataService) {
  const Identity found = look_up();
  EXPECT_EQ(found.instance_id, "i-0abc");
  EXPECT_EQ(found.vpc_id, "vpc-0def");
}

TEST_F(IdentityLookup, WhatIsGivenIsNotAskedFor) {
  settings_.instance_id = "i-1";
  EXPECT_EQ(look_up().instance_id, "i-1");
  EXPECT_EQ(look_up().vpc_id, "vpc-0def");
  settings_.vpc_id = "vpc-1";
  service_.num_calls = 0;
  EXPECT_EQ(look_up().vpc_id, "vpc-1");
  EXPECT_EQ(service_.num_calls, 0);
}

TEST_F(IdentityLookup, OutsideOfEc2BothAreUnknownAfterOneTimeout) {
  service_.is_away = true;
  const Identity found = look_up();
  EXPECT_EQ(found.instance_id, "unknown");
  EXPECT_EQ(found.vpc_id, "unknown");
  EXPECT_EQ(service_.num_calls, 1);
  variables_["AWS_EC2_METADATA_DISABLED"] = "true";
  service_.num_calls = 0;
  EXPECT_EQ(look_up().instance_id, "unknown");
  EXPECT_EQ(service_.num_calls, 0);
}

}  // namespace
}  // namespace weir::probe
