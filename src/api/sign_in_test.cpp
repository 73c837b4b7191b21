#include "api/sign_in.h"

#include <gtest/gtest.h>

#include "api/audit_log.h"
#include "api/origin_guard.h"
#include "api/password.h"

namespace weir::api {
namespace {

constexpr std::string_view kPassword = "correct horse";

class SignInTest : public ::testing::Test {
 protected:
  class TurnedClock final : public Clock {
   public:
    [[nodiscard]] TimeMs now_ms() const override { return now; }
    [[nodiscard]] std::int64_t monotonic_ns() const override { return now * 1'000'000; }
    TimeMs now = 1'767'600'000'000;
  };
  TurnedClock clock;
  std::unique_ptr<state::Database> database = state::Database::open(":memory:").value();
  AccessKeys keys = AccessKeys::open(*database).value();
  std::unique_ptr<SignIn> sign_in = SignIn::open(*database, keys, clock).value();
};

TEST_F(SignInTest, ASessionEndsTwelveHoursAfterItsLastUse) {
  ASSERT_TRUE(sign_in->put_user("ann", kPassword, KeyScope::kOperate));
  const auto session = sign_in->sign_in("ann", kPassword, "10.0.0.1").value();
  for (int i = 0; i < 3; ++i) {
    clock.now += SignIn::kIdleMs - 1;
    const auto found = sign_in->find(session.token).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->user, "ann");
    EXPECT_EQ(found->scope, KeyScope::kOperate);
    EXPECT_EQ(found->csrf_token, session.csrf_token);
  }
  clock.now += SignIn::kIdleMs + 1;
  EXPECT_FALSE(sign_in->find(session.token).value());
  clock.now -= SignIn::kIdleMs;  // gone is gone, whatever the clock does
  EXPECT_FALSE(sign_in->find(session.token).value());
}

TEST_F(SignInTest, ANewPasswordOrRoleIsKnownAtOnce) {
  ASSERT_TRUE(sign_in->put_user("ann", kPassword, KeyScope::kAdmin));
  ASSERT_TRUE(sign_in->put_user("bob", kPassword, KeyScope::kAdmin));
  const auto session = sign_in->sign_in("bob", kPassword, "10.0.0.1").value();
  ASSERT_TRUE(sign_in->put_user("bob", "another password", KeyScope::kRead));
  EXPECT_FALSE(sign_in->find(session.token).value());
  EXPECT_EQ(sign_in->sign_in("bob", kPassword, "10.0.0.1").error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(sign_in->sign_in("bob", "another password", "10.0.0.1")->scope, KeyScope::kRead);
  EXPECT_FALSE(sign_in->remove_user("nobody").value());
  EXPECT_EQ(sign_in->remove_user("ann").error().code, ErrorCode::kUsage);  // the only admin
  EXPECT_TRUE(sign_in->remove_user("bob").value());
}

TEST_F(SignInTest, TheOnlyAdminStaysOne) {
  ASSERT_TRUE(sign_in->put_user("ann", kPassword, KeyScope::kAdmin));
  EXPECT_EQ(sign_in->put_user("ann", std::nullopt, KeyScope::kRead).error().code,
            ErrorCode::kUsage);
  EXPECT_EQ(sign_in->put_user("ann", "another password", KeyScope::kOperate).error().code,
            ErrorCode::kUsage);
  EXPECT_EQ(sign_in->sign_in("ann", kPassword, "10.0.0.1")->scope, KeyScope::kAdmin);
  // Who has no password yet cannot stand in.
  ASSERT_TRUE(sign_in->put_user("bob", std::nullopt, KeyScope::kAdmin));
  EXPECT_EQ(sign_in->put_user("ann", std::nullopt, KeyScope::kRead).error().code,
            ErrorCode::kUsage);
  EXPECT_EQ(sign_in->remove_user("ann").error().code, ErrorCode::kUsage);
  const auto link = sign_in->make_link("bob").value();
  ASSERT_TRUE(sign_in->sign_in_by_link(link.token, "another password", "10.0.0.1"));
  EXPECT_TRUE(sign_in->put_user("ann", std::nullopt, KeyScope::kRead));
  EXPECT_EQ(sign_in->remove_user("bob").error().code, ErrorCode::kUsage);
}

TEST_F(SignInTest, ARoleChangesWithoutThePassword) {
  ASSERT_TRUE(sign_in->put_user("ann", kPassword, KeyScope::kRead));
  const auto session = sign_in->sign_in("ann", kPassword, "10.0.0.1").value();
  ASSERT_TRUE(sign_in->put_user("ann", std::nullopt, KeyScope::kOperate));
  EXPECT_EQ(sign_in->find(session.token).value()->scope, KeyScope::kOperate);
  EXPECT_TRUE(sign_in->sign_in("ann", kPassword, "10.0.0.1"));
}

TEST_F(SignInTest, ALinkSetsAPasswordOnceAndForADay) {
  EXPECT_EQ(sign_in->make_link("ann").error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(sign_in->put_user("ann", std::nullopt, KeyScope::kOperate));
  EXPECT_FALSE(sign_in->users().value().front().has_password);
  EXPECT_FALSE(sign_in->sign_in("ann", "", "10.0.0.1"));
  const auto old = sign_in->make_link("ann").value();
  const auto link = sign_in->make_link("ann").value();
  EXPECT_EQ(sign_in->sign_in_by_link(old.token, kPassword, "10.0.0.1").error().code,
            ErrorCode::kUnauthorized);
  EXPECT_FALSE(sign_in->sign_in_by_link(link.token, "short", "10.0.0.1"));  // and stays good
  const auto session = sign_in->sign_in_by_link(link.token, kPassword, "10.0.0.1").value();
  EXPECT_EQ(session.scope, KeyScope::kOperate);
  EXPECT_FALSE(sign_in->sign_in_by_link(link.token, "another password", "10.0.0.1"));
  // The old password and its sessions are good until the address is used.
  const auto next = sign_in->make_link("ann").value();
  EXPECT_TRUE(sign_in->find(session.token).value());
  EXPECT_TRUE(sign_in->sign_in("ann", kPassword, "10.0.0.1"));
  ASSERT_TRUE(sign_in->sign_in_by_link(next.token, "another password", "10.0.0.1"));
  EXPECT_FALSE(sign_in->find(session.token).value());
  EXPECT_FALSE(sign_in->sign_in("ann", kPassword, "10.0.0.1"));
  const auto late = sign_in->make_link("ann").value();
  clock.now += SignIn::kLinkMs + 1;
  EXPECT_FALSE(sign_in->sign_in_by_link(late.token, kPassword, "10.0.0.1"));
  // A removed user's address goes with the user.
  const auto gone = sign_in->make_link("ann").value();
  ASSERT_TRUE(sign_in->remove_user("ann").value());
  ASSERT_TRUE(sign_in->put_user("ann", std::nullopt, KeyScope::kAdmin));
  EXPECT_FALSE(sign_in->sign_in_by_link(gone.token, kPassword, "10.0.0.1"));
}

TEST_F(SignInTest, AKeysSessionGoesWithTheKey) {
  const AccessKey key = keys.create(KeyScope::kRespond, "", clock.now).value();
  const auto session = sign_in->sign_in_by_key(key.id + "." + key.secret, "10.0.0.1").value();
  EXPECT_EQ(sign_in->find(session.token).value()->scope, KeyScope::kRespond);
  EXPECT_FALSE(sign_in->sign_in_by_key(key.id + ".wrong", "10.0.0.1"));
  EXPECT_FALSE(sign_in->sign_in_by_key(key.id, "10.0.0.1"));
  ASSERT_TRUE(keys.remove(key.id));
  EXPECT_FALSE(sign_in->find(session.token).value());
}

TEST_F(SignInTest, WrongAttemptsMakeAnAddressWait) {
  for (std::size_t i = 0; i < SignIn::kMostFailures; ++i) {
    EXPECT_EQ(sign_in->sign_in_by_key("x.y", "10.0.0.1").error().code, ErrorCode::kUnauthorized);
  }
  EXPECT_EQ(sign_in->sign_in_by_key("x.y", "10.0.0.1").error().code, ErrorCode::kBusy);
  EXPECT_EQ(sign_in->sign_in_first("t", "ann", kPassword, "10.0.0.1").error().code,
            ErrorCode::kBusy);
  EXPECT_EQ(sign_in->sign_in_by_key("x.y", "10.0.0.2").error().code, ErrorCode::kUnauthorized);
  clock.now += SignIn::kFailuresMs + 1;
  EXPECT_EQ(sign_in->sign_in_by_key("x.y", "10.0.0.1").error().code, ErrorCode::kUnauthorized);
}

TEST_F(SignInTest, TheFirstTokenIsGoodOnceAndForTheNewestAlone) {
  const std::string old = sign_in->make_first_token();
  const std::string token = sign_in->make_first_token();
  EXPECT_FALSE(sign_in->sign_in_first(old, "ann", kPassword, "10.0.0.1"));
  EXPECT_FALSE(sign_in->sign_in_first("", "ann", kPassword, "10.0.0.1"));
  EXPECT_EQ(sign_in->sign_in_first(token, "a b", kPassword, "10.0.0.1").error().code,
            ErrorCode::kUsage);
  EXPECT_EQ(sign_in->sign_in_first(token, "ann", "short", "10.0.0.1").error().code,
            ErrorCode::kUsage);
  EXPECT_EQ(sign_in->sign_in_first(token, "ann", kPassword, "10.0.0.1")->scope, KeyScope::kAdmin);
  EXPECT_FALSE(sign_in->sign_in_first(token, "eve", kPassword, "10.0.0.1"));
  EXPECT_FALSE(sign_in->sign_in_first("", "eve", kPassword, "10.0.0.1"));
}

TEST(Password, HashesAreSaltedAndChecked) {
  const std::string hash = hash_password(kPassword).value();
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=32768,t=3,p=1$"));
  EXPECT_NE(hash_password(kPassword).value(), hash);
  EXPECT_TRUE(is_password(kPassword, hash));
  EXPECT_FALSE(is_password("correct horsf", hash));
  EXPECT_FALSE(is_password(kPassword, ""));
  EXPECT_FALSE(is_password(kPassword, "$argon2id$nonsense"));
  EXPECT_FALSE(hash_password(std::string(kMostPasswordBytes + 1, 'x')));
}

TEST(KeyScopes, EachCoversThoseBelowIt) {
  EXPECT_TRUE(covers(KeyScope::kRespond, KeyScope::kOperate));
  EXPECT_TRUE(covers(KeyScope::kOperate, KeyScope::kRead));
  EXPECT_FALSE(covers(KeyScope::kRead, KeyScope::kOperate));
  EXPECT_FALSE(covers(KeyScope::kOperate, KeyScope::kAdmin));
  EXPECT_FALSE(covers(KeyScope::kRespond, KeyScope::kIngest));
  EXPECT_FALSE(covers(KeyScope::kIngest, KeyScope::kRead));
  EXPECT_TRUE(covers(KeyScope::kAdmin, KeyScope::kIngest));
}

TEST(KeyScopes, SeveralMayWhatAnyOfThemMay) {
  const KeyScope both = parse_key_scope("read,ingest").value();
  EXPECT_EQ(name_of(both), "ingest,read");
  EXPECT_TRUE(covers(both, KeyScope::kIngest));
  EXPECT_TRUE(covers(both, KeyScope::kRead));
  EXPECT_FALSE(covers(both, KeyScope::kOperate));
  EXPECT_FALSE(covers(both, KeyScope::kAdmin));
  const KeyScope respond = parse_key_scope("ingest,read,respond").value();
  EXPECT_EQ(parse_key_scope(name_of(respond)), respond);
  EXPECT_TRUE(covers(respond, KeyScope::kOperate));
  EXPECT_TRUE(covers(respond, KeyScope::kIngest));
  EXPECT_FALSE(covers(respond, KeyScope::kAdmin));
  EXPECT_EQ(parse_key_scope("ingest,read,respond,admin"), KeyScope::kAdmin);
  EXPECT_EQ(parse_key_scope("operate,read"), KeyScope::kOperate);
  EXPECT_EQ(parse_key_scope("ingest,ingest"), KeyScope::kIngest);
  for (const char* text : {"", ",", "read,", "read, ingest", "reader", "ingest,write"}) {
    EXPECT_FALSE(parse_key_scope(text)) << text;
  }
  EXPECT_EQ(role_of(respond), "responder");
  EXPECT_EQ(role_of(both), "viewer");
}

TEST(AuditLog, ListsNewestFirstAndCutsTexts) {
  const auto database = state::Database::open(":memory:").value();
  AuditLog log = AuditLog::open(*database).value();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(log.note({0, i, "ann", "sign-in", std::string(5'000, 'x'), "::1"}));
  }
  const auto page = log.list(std::nullopt, 2).value();
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].time_ms, 4);
  EXPECT_EQ(page[0].what.size(), 1'000U);
  EXPECT_EQ(log.list(page[1].id, 10)->size(), 3U);
}

TEST(OriginGuard, FindsTheCookieAmongOthers) {
  const auto cookie = [](std::string text) {
    http::Request request;
    request.headers = {{"Cookie", std::move(text)}};
    return std::string(session_cookie(request));
  };
  EXPECT_EQ(cookie("weir_session=abc"), "abc");
  EXPECT_EQ(cookie("a=b; weir_session=abc; c=d"), "abc");
  EXPECT_EQ(cookie("weir_sessionx=abc"), "");
  EXPECT_EQ(cookie("xweir_session=abc"), "");
  EXPECT_EQ(cookie(";;; ="), "");
  EXPECT_EQ(cookie(""), "");
}

}  // namespace
}  // namespace weir::api
