#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "http/raw_client.h"
#include "http/server.h"

namespace weir::http {
namespace {

// Answers /plain at once, and all else by a body that `produce` makes.
class Streamer final : public Handler {
 public:
  explicit Streamer(std::function<void(BodyWriter&)> the_produce)
      : produce(std::move(the_produce)) {}
  Response handle(const Request& request) override {
    if (request.path() == "/plain") {
      return {200, {}, "plain"};
    }
    return {200, {{"Content-Type", "text/event-stream"}}, "", produce};
  }
  std::function<void(BodyWriter&)> produce;
};

bool becomes_true(const std::function<bool()>& is_true) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!is_true() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return is_true();
}

constexpr std::string_view kGet = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kGetPlain = "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(HttpStream, ComesInChunksAndTheConnectionGoesOn) {
  Streamer streamer([](BodyWriter& body) {
    body.write("first ");
    body.write("second");
  });
  const auto server = Server::open({}, streamer).value();
  RawClient client(server->port());
  client.write(std::string(kGet));
  const std::string text = client.read_until("0\r\n\r\n");
  EXPECT_NE(text.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_NE(text.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(text.find("first "), std::string::npos);
  client.write(std::string(kGetPlain));
  EXPECT_NE(client.read_until("plain").find("\r\n\r\nplain"), std::string::npos);
  EXPECT_EQ(server->counters().connections, 1U);
  EXPECT_EQ(server->counters().streams, 1U);
  EXPECT_EQ(server->counters().streams_cut, 0U);
}

TEST(HttpStream, ServesWhatWasPipelinedBehindIt) {
  Streamer streamer([](BodyWriter& body) { body.write("streamed"); });
  const auto server = Server::open({}, streamer).value();
  RawClient client(server->port());
  client.write(std::string(kGet) + std::string(kGet) + std::string(kGetPlain));
  const std::string text = client.read_until("\r\n\r\nplain");
  EXPECT_NE(text.find("\r\n\r\nplain"), std::string::npos);
  EXPECT_EQ(server->counters().streams, 2U);
}

TEST(HttpStream, OfHttp10EndsWithTheConnection) {
  Streamer streamer([](BodyWriter& body) { body.write("streamed"); });
  const auto server = Server::open({}, streamer).value();
  RawClient client(server->port());
  client.write("GET /stream HTTP/1.0\r\n\r\n");
  const std::string text = client.read_all();
  EXPECT_TRUE(text.ends_with("\r\n\r\nstreamed"));
  EXPECT_EQ(text.find("chunked"), std::string::npos);
}

TEST(HttpStream, HeadAsksForNoBody) {
  std::atomic<int> num_runs{0};
  Streamer streamer([&](BodyWriter& /*body*/) { ++num_runs; });
  const auto server = Server::open({}, streamer).value();
  RawClient client(server->port());
  client.write("HEAD /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 200"));
  EXPECT_EQ(num_runs, 0);
}

TEST(HttpStream, TellsTheProducerThatTheClientHasGone) {
  std::atomic<bool> knows{false};
  Streamer streamer([&](BodyWriter& body) {
    body.write("hello");
    while (!body.gone().is_cancelled()) {
      body.wait(10'000);
    }
    EXPECT_FALSE(body.write("nobody reads this"));
    knows = true;
  });
  const auto server = Server::open({}, streamer).value();
  {
    RawClient client(server->port());
    client.write(std::string(kGet));
    client.read_until("hello");
  }
  EXPECT_TRUE(becomes_true([&] { return knows.load(); }));
  EXPECT_TRUE(becomes_true([&] { return server->counters().open_streams == 0; }));
  EXPECT_TRUE(becomes_true([&] { return server->counters().streams_cut == 1; }));
}

TEST(HttpStream, WaitsForASlowReaderAndGivesUpOnOneThatDoesNotRead) {
  std::atomic<std::size_t> num_pieces{0};
  std::atomic<bool> has_ended{false};
  Streamer streamer([&](BodyWriter& body) {
    const std::string piece(64U << 10, 'x');
    while (body.write(piece)) {
      ++num_pieces;
    }
    has_ended = true;
  });
  ServerOptions options;
  options.write_ms = 300;
  const auto server = Server::open(options, streamer).value();
  RawClient client(server->port());
  client.write(std::string(kGet));  // and reads nothing
  EXPECT_TRUE(becomes_true([&] { return has_ended.load(); }));
  // What is unsent is bounded; the rest lies in the kernel's buffers.
  EXPECT_LT(num_pieces, 2000U);
  EXPECT_TRUE(becomes_true([&] { return server->counters().streams_cut == 1; }));
}

TEST(HttpStream, RefusesPastItsNumberAndLeavesTheWorkersFree) {
  std::atomic<bool> may_end{false};
  Streamer streamer([&](BodyWriter& body) {
    body.write("begun");
    while (!may_end && !body.gone().is_cancelled()) {
      body.wait(5);
    }
  });
  ServerOptions options;
  options.num_workers = 1;
  options.max_streams = 2;
  const auto server = Server::open(options, streamer).value();
  RawClient first(server->port());
  RawClient second(server->port());
  first.write(std::string(kGet));
  second.write(std::string(kGet));
  first.read_until("begun");
  second.read_until("begun");
  RawClient third(server->port());
  third.write(std::string(kGet));
  const std::string refusal = third.read_until("try again");
  EXPECT_NE(refusal.find(" 503 "), std::string::npos);
  EXPECT_NE(refusal.find("Retry-After: 1"), std::string::npos);
  third.write(std::string(kGetPlain));
  EXPECT_NE(third.read_until("\r\n\r\nplain").find("\r\n\r\nplain"), std::string::npos);
  may_end = true;
  EXPECT_NE(first.read_until("0\r\n\r\n").find("0\r\n\r\n"), std::string::npos);
  EXPECT_TRUE(becomes_true([&] { return server->counters().open_streams == 0; }));
}

TEST(HttpStream, EndsWhenTheServerDrains) {
  Streamer streamer([](BodyWriter& body) {
    body.write("begun");
    while (!body.is_ending() && !body.gone().is_cancelled()) {
      body.wait(10'000);
    }
    body.write("bye");
  });
  const auto server = Server::open({}, streamer).value();
  RawClient client(server->port());
  client.write(std::string(kGet));
  client.read_until("begun");
  EXPECT_TRUE(server->drain(20'000));
  EXPECT_TRUE(client.read_all().ends_with("3\r\nbye\r\n0\r\n\r\n"));
}

TEST(HttpStream, OneThatDoesNotEndIsDroppedAfterTheDrainsLimit) {
  Streamer streamer([](BodyWriter& body) {
    body.write("begun");
    while (!body.gone().is_cancelled()) {
      body.wait(20);
    }
  });
  auto server = Server::open({}, streamer).value();
  RawClient client(server->port());
  client.write(std::string(kGet));
  client.read_until("begun");
  EXPECT_FALSE(server->drain(50));
  server.reset();
  EXPECT_FALSE(client.read_all().ends_with("0\r\n\r\n"));
}

TEST(HttpStream, AFailureIsSeenByTheMissingEnd) {
  Streamer streamer([](BodyWriter& body) {
    body.write("half");
    throw std::runtime_error("broken");
  });
  const auto server = Server::open({}, streamer).value();
  RawClient client(server->port());
  client.write(std::string(kGet));
  EXPECT_TRUE(client.read_all().ends_with("4\r\nhalf\r\n"));
}

TEST(HttpStream, AnIdleConnectionBehindAStreamIsClosed) {
  Streamer streamer([](BodyWriter& body) { body.write("streamed"); });
  ServerOptions options;
  options.idle_ms = 100;
  const auto server = Server::open(options, streamer).value();
  RawClient client(server->port());
  client.write(std::string(kGet));
  EXPECT_TRUE(client.read_all().ends_with("0\r\n\r\n"));
  EXPECT_TRUE(becomes_true([&] { return server->counters().open_connections == 0; }));
}

}  // namespace
}  // namespace weir::http
