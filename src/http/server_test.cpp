#include "http/server.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/client.h"
#include "http/raw_client.h"

namespace weir::http {
namespace {

// Answers with what it was asked.
class Echo final : public Handler {
 public:
  Response handle(const Request& request) override {
    return {200,
            {{"Content-Type", "text/plain"}},
            request.method + " " + request.target + " " + request.body};
  }
};

struct Fixture {
  explicit Fixture(const ServerOptions& options = {})
      : server(Server::open(options, echo).value()) {}
  Echo echo;
  std::unique_ptr<Server> server;

  std::string answer_to(const std::string& request) {
    RawClient client(server->port());
    client.write(request);
    return client.read_all();
  }
};

TEST(HttpServer, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  Fixture fixture;
  RawClient client(fixture.server->port());
  client.write(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
      "POST /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string text = client.read_all();
  const std::size_t first = text.find("GET /1 ");
  const std::size_t second = text.find("POST /2 abc");
  const std::size_t third = text.find("POST /3 de");
  const std::size_t fourth = text.find("GET /4 ");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_LT(third, fourth);
  EXPECT_NE(fourth, std::string::npos);
  EXPECT_EQ(fixture.server->counters().connections, 1U);
  EXPECT_EQ(fixture.server->counters().requests, 4U);
}

TEST(HttpServer, AnswersExpectContinue) {
  Fixture fixture;
  RawClient client(fixture.server->port());
  client.write("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.write("ok");
  EXPECT_NE(client.read_until("POST / ok").find("200 OK"), std::string::npos);
}

TEST(HttpServer, TellsHttp2ThatItSpeaksHttp1) {
  Fixture fixture;
  const std::string answer = fixture.answer_to("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  ASSERT_EQ(answer.size(), 26U);
  EXPECT_EQ(answer[3], '\4');    // SETTINGS
  EXPECT_EQ(answer[12], '\7');   // GOAWAY
  EXPECT_EQ(answer[25], '\15');  // HTTP_1_1_REQUIRED
  EXPECT_EQ(fixture.server->counters().http2_prefaces, 1U);
}

TEST(HttpServer, RefusesWhatIsTooLargeBeforeItIsRead) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  Fixture fixture(options);
  EXPECT_NE(fixture.answer_to("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000000\r\n\r\n")
                .find(" 413 "),
            std::string::npos);
  EXPECT_NE(fixture
                .answer_to("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "800\r\n" +
                           std::string(2048, 'x') + "\r\n0\r\n\r\n")
                .find(" 413 "),
            std::string::npos);
  EXPECT_NE(fixture.answer_to("GET / HTTP/1.1\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n")
                .find(" 431 "),
            std::string::npos);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 200; ++i) {
    many += "A: b\r\n";
  }
  EXPECT_NE(fixture.answer_to(many + "\r\n").find(" 431 "), std::string::npos);
  EXPECT_EQ(fixture.server->counters().refused_large, 4U);
}

TEST(HttpServer, RefusesAmbiguousFramingAndClosesTheConnection) {
  Fixture fixture;
  const std::string next = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string head :
       {("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
         "0\r\n\r\n"),
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "G\x01T / HTTP/1.1\r\n\r\n"}) {
    const std::string answer = fixture.answer_to(head + next);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << head << answer;
    EXPECT_EQ(answer.find("/smuggled"), std::string::npos) << head;
  }
}

TEST(HttpServer, ClosesConnectionsThatAreTooSlow) {
  ServerOptions options;
  options.header_ms = 100;
  options.idle_ms = 100;
  Fixture fixture(options);
  EXPECT_EQ(fixture.answer_to("GET / HTTP/1.1\r\nHo"), "");
  EXPECT_EQ(fixture.answer_to(""), "");
  EXPECT_EQ(fixture.server->counters().timed_out, 1U);
}

TEST(HttpServer, RefusesPastItsConnections) {
  ServerOptions options;
  options.max_connections = 1;
  Fixture fixture(options);
  RawClient first(fixture.server->port());
  first.write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  first.read_until("GET /1");
  const std::string answer = fixture.answer_to("");
  EXPECT_NE(answer.find(" 503 "), std::string::npos);
  EXPECT_NE(answer.find("Retry-After: 1"), std::string::npos);
  EXPECT_EQ(fixture.server->counters().refused_overload, 1U);
}

// Blocks until it is let go.
class Slow final : public Handler {
 public:
  Response handle(const Request& /*request*/) override {
    is_in_hand = true;
    is_in_hand.notify_all();
    may_go.wait(false);
    return {200, {}, "done"};
  }
  std::atomic<bool> is_in_hand{false};
  std::atomic<bool> may_go{false};
};

TEST(HttpServer, AnswersWhatIsInHandWhenItDrains) {
  Slow slow;
  const auto server = Server::open({}, slow).value();
  RawClient idle(server->port());
  RawClient client(server->port());
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  slow.is_in_hand.wait(false);
  bool is_drained = false;
  std::thread drainer([&] { is_drained = server->drain(10'000); });
  EXPECT_EQ(idle.read_all(), "");
  slow.may_go = true;
  slow.may_go.notify_all();
  drainer.join();
  EXPECT_TRUE(is_drained);
  const std::string answer = client.read_all();
  EXPECT_NE(answer.find("done"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, SaysThatAPortIsTaken) {
  Fixture fixture;
  ServerOptions options;
  options.port = fixture.server->port();
  Echo echo;
  EXPECT_EQ(Server::open(options, echo).error().code, ErrorCode::kBusy);
}

TEST(HttpClient, SendsAndRefusesAddressesThatAreNotAllowed) {
  Fixture fixture;
  const std::string url = "http://127.0.0.1:" + std::to_string(fixture.server->port()) + "/x?y";
  EXPECT_EQ(send({"POST", url, {}, "body"}, {}).value().body, "POST /x?y body");
  ClientOptions options;
  options.allows = [](const IpAddress& /*address*/) { return false; };
  EXPECT_EQ(send({"GET", url, {}, ""}, options).error().code, ErrorCode::kRemote);
  EXPECT_EQ(fixture.server->counters().connections, 1U);
  options = {};
  options.max_response_bytes = 3;
  EXPECT_FALSE(send({"GET", url, {}, ""}, options));
  EXPECT_EQ(send({"GET", "file:///etc/passwd", {}, ""}, {}).error().code, ErrorCode::kUsage);
}

// Answers /brief where bytes are moved and all else by workers; what is asked for later waits until
// the test lets it go.
class Deferrer final : public Handler {
 public:
  [[nodiscard]] bool is_brief(const Request& request) const override {
    return request.path() == "/brief";
  }
  Response handle(const Request& request) override {
    const std::string text = request.target + (is_brief(request) ? " brief" : " worker");
    if (request.query() == "now") {
      return {200, {}, text};
    }
    Response response;
    response.later = [this, text](Response::Done done) {
      const std::lock_guard lock(mutex_);
      waiting_.emplace_back(std::move(done), text);
    };
    return response;
  }
  std::size_t num_waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  void let_go() {
    std::vector<std::pair<Response::Done, std::string>> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(waiting_);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].first({200, {}, all[i].second}, i + 1 == all.size());
    }
  }
  bool waits_for(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (num_waiting() < count && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return num_waiting() == count;
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<Response::Done, std::string>> waiting_;
};

TEST(HttpServer, SendsAnswersThatCameLaterToWhomTheyAreFor) {
  Deferrer deferrer;
  ServerOptions options;
  options.num_workers = 1;  // which a waiting answer must not keep
  const auto server = Server::open(options, deferrer).value();
  RawClient first(server->port());
  RawClient second(server->port());
  RawClient third(server->port());
  first.write("GET /brief HTTP/1.1\r\nHost: x\r\n\r\nGET /brief?now HTTP/1.1\r\nHost: x\r\n\r\n");
  second.write("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  third.write("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(deferrer.waits_for(3));
  deferrer.let_go();
  const std::string both = first.read_until("/brief?now brief");
  EXPECT_LT(both.find("\r\n\r\n/brief brief"), both.find("/brief?now brief"));
  EXPECT_NE(second.read_until("/a worker").find("/a worker"), std::string::npos);
  EXPECT_NE(third.read_until("/b worker").find("/b worker"), std::string::npos);
}

TEST(HttpServer, IsTakenDownOnceAnswersThatAreAwaitedWereMade) {
  Deferrer deferrer;
  auto server = Server::open({}, deferrer).value();
  auto client = std::make_unique<RawClient>(server->port());
  RawClient other(server->port());
  client->write("GET /brief HTTP/1.1\r\nHost: x\r\n\r\n");
  other.write("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(deferrer.waits_for(2));
  client = nullptr;  // it left; its answer is made all the same
  std::thread maker([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    deferrer.let_go();
  });
  server = nullptr;
  maker.join();
  EXPECT_EQ(deferrer.num_waiting(), 0U);
}

}  // namespace
}  // namespace weir::http
