#include "aws/credential_source.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/time_text.h"

namespace weir::aws {
namespace {

constexpr TimeMs kNow = 1'790'000'000'000;

// A metadata service: IMDSv2, and a container's.
struct Metadata {
  int num_calls = 0;
  int generation = 1;
  TimeMs expires_ms = kNow + 3'600'000;
  bool is_away = false;
  std::string authorization;

  Result<http::Response> answer(const http::ClientRequest& request) {
    ++num_calls;
    if (is_away) {
      return fail(ErrorCode::kRemote, "nobody there");
    }
    const std::string path = request.url.substr(request.url.find('/', 8));
    if (path == "/latest/api/token") {
      return http::Response{request.method == "PUT" ? 200 : 405, {}, "the-token"};
    }
    if (path == "/container") {
      authorization = http::find_header(request.headers, "Authorization");
    } else if (http::find_header(request.headers, "X-aws-ec2-metadata-token") != "the-token") {
      return http::Response{401, {}, ""};  // IMDSv1 is not spoken
    }
    if (path == "/latest/meta-data/iam/security-credentials/") {
      return http::Response{200, {}, "probe-role\n"};
    }
    if (path == "/container" || path == "/latest/meta-data/iam/security-credentials/probe-role") {
      return http::Response{200,
                            {},
                            R"({"Code":"Success","AccessKeyId":"ASIA)" +
                                std::to_string(generation) +
                                R"(","SecretAccessKey":"s","Token":"t","Expiration":")" +
                                to_time_text(expires_ms) + "\"}"};
    }
    return http::Response{404, {}, ""};
  }
};

struct Fixture {
  std::map<std::string, std::string> variables{{"HOME", "/nonexistent"}};
  Metadata metadata;
  ManualClock clock{kNow};
  std::unique_ptr<io::FileSystem> files = io::make_local_file_system();

  CredentialSource make() {
    CredentialOptions options;
    options.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    options.send = [this](const http::ClientRequest& request, const http::ClientOptions&) {
      return metadata.answer(request);
    };
    return {std::move(options), clock, *files};
  }
};

TEST(CredentialSource, EnvironmentComesFirst) {
  Fixture fixture;
  fixture.variables["AWS_ACCESS_KEY_ID"] = "AKIA";
  fixture.variables["AWS_SECRET_ACCESS_KEY"] = "secret";
  fixture.variables["AWS_SESSION_TOKEN"] = "token";
  const auto credential = fixture.make().get();
  ASSERT_TRUE(credential);
  EXPECT_EQ(credential->key_id, "AKIA");
  EXPECT_EQ(credential->session_token, "token");
  EXPECT_EQ(fixture.metadata.num_calls, 0);
}

TEST(CredentialSource, ProfileOfEitherFile) {
  Fixture fixture;
  const std::string directory = testing::TempDir() + "credential_source";
  std::filesystem::create_directories(directory);
  std::ofstream(directory + "/credentials")
      << "[default]\naws_access_key_id = A1\naws_secret_access_key= S1\n[other]\n"
         "aws_access_key_id=A2\naws_secret_access_key=S2=\naws_session_token=T2\n";
  std::ofstream(directory + "/config") << "[profile third]\naws_access_key_id=A3\n"
                                          "aws_secret_access_key=S3\n";
  fixture.variables["AWS_SHARED_CREDENTIALS_FILE"] = directory + "/credentials";
  fixture.variables["AWS_CONFIG_FILE"] = directory + "/config";
  EXPECT_EQ(fixture.make().get()->key_id, "A1");
  fixture.variables["AWS_PROFILE"] = "other";
  EXPECT_EQ(fixture.make().get()->secret, "S2=");
  EXPECT_EQ(fixture.make().get()->session_token, "T2");
  fixture.variables["AWS_PROFILE"] = "third";
  EXPECT_EQ(fixture.make().get()->key_id, "A3");
}

TEST(CredentialSource, ContainerWithItsToken) {
  Fixture fixture;
  fixture.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:1/container";
  fixture.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Basic abc";
  const auto credential = fixture.make().get();
  ASSERT_TRUE(credential) << credential.error().message;
  EXPECT_EQ(credential->key_id, "ASIA1");
  EXPECT_EQ(fixture.metadata.authorization, "Basic abc");
}

TEST(CredentialSource, InstanceIsAskedAgainBeforeTheEnd) {
  Fixture fixture;
  CredentialSource source = fixture.make();
  ASSERT_TRUE(source.get());
  EXPECT_EQ(source.get()->session_token, "t");
  const int calls = fixture.metadata.num_calls;
  fixture.metadata.generation = 2;
  fixture.clock.advance_ms(3'600'000 - 5 * 60'000 - 1);
  EXPECT_EQ(source.get()->key_id, "ASIA1");
  EXPECT_EQ(fixture.metadata.num_calls, calls) << "they still hold";
  fixture.clock.advance_ms(2);
  fixture.metadata.is_away = true;
  EXPECT_EQ(source.get()->key_id, "ASIA1") << "the service is away for a moment";
  fixture.metadata.is_away = false;
  fixture.metadata.expires_ms += 3'600'000;
  EXPECT_EQ(source.get()->key_id, "ASIA2");
  fixture.metadata.generation = 3;
  source.forget();
  EXPECT_EQ(source.get()->key_id, "ASIA3");
}

TEST(CredentialSource, SaysWhereItLooked) {
  Fixture fixture;
  fixture.metadata.is_away = true;
  const auto none = fixture.make().get();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kUnauthorized);
  EXPECT_NE(none.error().message.find("AWS_ACCESS_KEY_ID"), std::string::npos);
  fixture.variables["AWS_EC2_METADATA_DISABLED"] = "true";
  const int calls = fixture.metadata.num_calls;
  EXPECT_FALSE(fixture.make().get());
  EXPECT_EQ(fixture.metadata.num_calls, calls);
}

}  // namespace
}  // namespace weir::aws
