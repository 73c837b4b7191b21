#include "app/request_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "app/journal_line.h"
#include "http/collected_body.h"

namespace weir::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Lines final : public Log {
 public:
  explicit Lines(LogLevel least = LogLevel::kInfo) : least_(least) {}
  [[nodiscard]] bool takes(LogLevel level) const override { return level >= least_; }
  void write(LogLevel level, std::string_view message, std::vector<LogField> fields) override {
    if (takes(level)) {
      texts.push_back(
          write_line({0, level, std::string(message), std::move(fields)}, LineForm::kJson));
    }
  }
  std::vector<std::string> texts;

 private:
  LogLevel least_;
};

class Answers final : public http::Handler {
 public:
  explicit Answers(std::function<http::Response()> make) : make_(std::move(make)) {}
  http::Response handle(const http::Request& /*request*/) override { return make_(); }

 private:
  std::function<http::Response()> make_;
};

http::Request request_of(std::string method, std::string target, http::Headers headers = {},
                         std::string body = "") {
  http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers = std::move(headers);
  request.body = std::move(body);
  request.peer = "127.0.0.1";
  return request;
}

struct Fixture {
  explicit Fixture(std::function<http::Response()> make, LogLevel least = LogLevel::kInfo)
      : log(least), answers(std::move(make)), journal(answers, log, clock) {}
  Lines log;
  Answers answers;
  ManualClock clock{0};
  RequestJournal journal;
};

TEST(RequestJournal, SaysWhatWasRefusedAndByWhichRequest) {
  Fixture fixture([] {
    return http::Response{
        400, {{"x-amzn-RequestId", "id-1"}}, "{\"__type\":\"InvalidParameter\"}\n"};
  });
  (void)fixture.journal.handle(
      request_of("POST", "/",
                 {{"X-Amz-Target", "GraniteServiceVersion20100801.PutMetricData"},
                  {"traceparent", "00-aa-bb-01"}}));
  EXPECT_THAT(fixture.log.texts,
              ElementsAre(HasSubstr(
                  R"("level":"info","message":"refused","operation":"PutMetricData","status":400,)"
                  R"("took_ms":0,"peer":"127.0.0.1","request_id":"id-1","trace":"00-aa-bb-01",)"
                  R"("answer":"{\"__type\":\"InvalidParameter\"}")")));
}

TEST(RequestJournal, NamesOperationsOfEachProtocol) {
  Fixture fixture([] { return http::Response{403, {}, ""}; });
  (void)fixture.journal.handle(request_of("POST", "/", {}, "Version=1&Action=Publish&X=1"));
  (void)fixture.journal.handle(
      request_of("POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics"));
  (void)fixture.journal.handle(request_of("GET", "/?Action=GetCallerIdentity&Version=1"));
  (void)fixture.journal.handle(request_of("GET", "/api/v1/alarms?token=abc"));
  EXPECT_THAT(
      fixture.log.texts,
      ElementsAre(HasSubstr(R"("level":"warning","message":"refused","operation":"Publish")"),
                  HasSubstr(R"("operation":"ListMetrics")"),
                  HasSubstr(R"("operation":"GetCallerIdentity")"),
                  HasSubstr(R"("operation":"GET /api/v1/alarms")")));
}

TEST(RequestJournal, IsSilentOfWhatWentWellButAtDebug) {
  Fixture fixture([] { return http::Response{200, {}, "page"}; });
  const auto response = fixture.journal.handle(request_of("GET", "/"));
  EXPECT_EQ(response.body, "page");
  EXPECT_EQ(http::find_header(response.headers, "x-amzn-requestid").size(), 36U);
  EXPECT_THAT(fixture.log.texts, IsEmpty());

  Fixture debug([] { return http::Response{200, {}, "page"}; }, LogLevel::kDebug);
  (void)debug.journal.handle(request_of("GET", "/"));
  EXPECT_THAT(debug.log.texts, ElementsAre(HasSubstr(R"("message":"answered")")));
}

TEST(RequestJournal, TurnsFaultsIntoAnswersAndSaysThem) {
  Fixture fixture([]() -> http::Response { throw std::runtime_error("a bug"); });
  const auto response = fixture.journal.handle(request_of("GET", "/x"));
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(fixture.log.texts,
              ElementsAre(HasSubstr(R"("fault":"a bug")"), HasSubstr(R"("status":500)")));
}

TEST(RequestJournal, SaysOfLaterAnswersWhenTheyCome) {
  http::Response::Done handed;
  Fixture fixture([&handed] {
    http::Response response;
    response.later = [&handed](http::Response::Done done) { handed = std::move(done); };
    return response;
  });
  auto response =
      fixture.journal.handle(request_of("POST", "/", {{"X-Amz-Target", "S.PutMetricData"}}));
  EXPECT_THAT(fixture.log.texts, IsEmpty());
  http::Response late;
  response.later([&late](http::Response answer, bool /*is_last*/) { late = std::move(answer); });
  handed({500, {{"x-amzn-RequestId", "id-2"}}, "full"}, true);
  EXPECT_EQ(late.status, 500);
  EXPECT_THAT(fixture.log.texts,
              ElementsAre(HasSubstr(R"("level":"error","message":"refused",)"
                                    R"("operation":"PutMetricData","status":500)")));
}

TEST(RequestJournal, SaysOfFaultsInBodiesThatAreMadePieceByPiece) {
  Fixture fixture([] {
    http::Response response;
    response.produce = [](http::BodyWriter& /*body*/) { throw std::runtime_error("half way"); };
    return response;
  });
  auto response = fixture.journal.handle(request_of("GET", "/x"));
  const CancelToken cancel;
  http::CollectedBody body(cancel);
  EXPECT_THROW(response.produce(body), std::runtime_error);
  EXPECT_THAT(fixture.log.texts, ElementsAre(HasSubstr(R"("fault":"half way")")));
}

}  // namespace
}  // namespace weir::app
