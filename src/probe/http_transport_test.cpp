#include "probe/http_transport.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "probe/echo_prober.h"
#include "probe/network_fixture.h"

namespace weir::probe {
namespace {

// A web server on loopback that says to its nth connection what it is told to; "" keeps silent.
class WebServer {
 public:
  using Plan = std::function<std::string(std::uint64_t)>;

  explicit WebServer(Plan plan) : plan_(std::move(plan)) {
    socket_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
    EXPECT_EQ(listen(socket_.get(), 512), 0);
    socklen_t length = sizeof address_;
    getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address_), &length);
    thread_ = std::thread([this] { run(); });
  }
  ~WebServer() {
    is_stopping_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  void run() {
    std::vector<Descriptor> silent;
    std::uint64_t count = 0;
    while (!is_stopping_) {
      pollfd polled{socket_.get(), POLLIN, 0};
      if (poll(&polled, 1, 20) <= 0) {
        continue;
      }
      Descriptor connection(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      char request[4096];
      (void)!read(connection.get(), request, sizeof request);
      const std::string answer = plan_(count++);
      if (answer.empty()) {
        silent.push_back(std::move(connection));
        continue;
      }
      (void)!::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  Plan plan_;
  Descriptor socket_;
  sockaddr_in address_{};
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

std::string page(int status, std::size_t num_bytes = 2, const std::string& header = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + header +
         "Content-Length: " + std::to_string(num_bytes) + "\r\n\r\n" + std::string(num_bytes, 'x');
}

struct Probed {
  RoundStatistics statistics;
  RoundDetail detail;
};

// Rounds of as many targets of one server as are asked for.
std::vector<Probed> probe_pages(std::uint16_t port, std::uint32_t count,
                                const HttpOptions& options = {}, std::uint32_t num_targets = 1) {
  auto transport = open_http(options);
  EXPECT_TRUE(transport) << transport.error().message;
  const SystemClock clock;
  std::vector<Probed> probed(num_targets);
  EchoProber prober(**transport, clock, Random(1), [&](const EchoRound& round) {
    probed[round.target] = {round.statistics, (*transport)->take_detail(round.target)};
  });
  for (std::uint32_t i = 0; i < num_targets; ++i) {
    EchoTarget target;
    target.address = IpAddress::from_v4(INADDR_LOOPBACK);
    target.interval_ns = 20'000'000;
    target.timeout_ns = (options.timeout_ms + 100) * 1'000'000;
    target.probes_per_round = count;
    target.max_rounds = 1;
    target.port = port;
    (*transport)
        ->describe(prober.add(target),
                   *parse_target("http://web.internal:" + std::to_string(port) + "/health"));
  }
  while (!prober.is_done()) {
    const std::int64_t next = prober.step();
    (*transport)->wait(std::max<std::int64_t>(next - clock.monotonic_ns(), 0));
  }
  return probed;
}

TEST(HttpTransport, StatusAndPhases) {
  WebServer server([](std::uint64_t n) {
    if (n == 4) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return page(n == 2 ? 500 : n == 3 ? 404 : 200);
  });
  const Probed probed = probe_pages(server.port(), 10).front();
  EXPECT_EQ(probed.statistics.received, 10U) << "a page with an error is an answer";
  ASSERT_TRUE(probed.detail.http);
  const HttpDetail& http = *probed.detail.http;
  EXPECT_EQ(http.unexpected, 2U);
  EXPECT_EQ(http.last_status, 200);
  EXPECT_EQ(probed.detail.problem, "status 404");
  EXPECT_EQ(http.connect.count, 10U);
  EXPECT_EQ(http.tls.count, 0U);
  EXPECT_GT(http.connect.value(), 0);
  EXPECT_GE(http.first_byte.value(), 5) << "one of ten waited for 50 ms";
  EXPECT_GE(probed.statistics.delay->max, 50);
  EXPECT_FALSE(http.certificate_days);
}

TEST(HttpTransport, Ipv6Literals) {
  const Descriptor listener(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  socklen_t length = sizeof address;
  if (bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    GTEST_SKIP() << "no IPv6 here";
  }
  ASSERT_EQ(listen(listener.get(), 16), 0);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length);
  const std::uint16_t port = ntohs(address.sin6_port);
  std::thread server([&] {
    const Descriptor connection(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char request[4096];
    (void)!read(connection.get(), request, sizeof request);
    const std::string answer = page(204, 0);
    (void)!::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  });
  HttpOptions options;
  options.timeout_ms = 20'000;
  auto transport = open_http(options);
  ASSERT_TRUE(transport);
  (*transport)->describe(0, *parse_target("http://[::1]:" + std::to_string(port) + "/"));
  EchoRequest request;
  request.address = *parse_ip("::1");
  request.port = port;
  (*transport)->send({&request, 1});
  std::vector<EchoEvent> events;
  const SystemClock clock;
  const std::int64_t end = clock.monotonic_ns() + 20'000'000'000;
  while (events.empty() && clock.monotonic_ns() < end) {
    (*transport)->wait(100'000'000);
    (*transport)->receive(events);
  }
  shutdown(listener.get(), SHUT_RDWR);  // where nobody came
  server.join();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, EchoEvent::Kind::kReply) << (*transport)->take_detail(0).problem;
  EXPECT_EQ((*transport)->take_detail(0).http->last_status, 204);
}

TEST(HttpTransport, StatusesThatAreWanted) {
  HttpOptions options;
  ASSERT_TRUE(read_statuses("404", options));
  WebServer server([](std::uint64_t) { return page(404); });
  EXPECT_EQ(probe_pages(server.port(), 3, options).front().detail.http->unexpected, 0U);
  for (const char* text : {"", "x", "99", "200-600", "300-200", "200-", "-200"}) {
    EXPECT_FALSE(read_statuses(text, options)) << text;
  }
}

TEST(HttpTransport, SilentBrokenTooLongAndRefused) {
  WebServer server([](std::uint64_t n) -> std::string {
    switch (n) {
      case 0:
        return "";
      case 1:
        return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc";  // and no more
      case 2:
        return "what is this?";
      case 3:
        return page(200, 4'000);
      default:
        return page(200);
    }
  });
  HttpOptions options;
  options.max_body_bytes = 1'000;
  const Probed probed = probe_pages(server.port(), 10, options).front();
  EXPECT_EQ(probed.statistics.sent, 10U);
  EXPECT_EQ(probed.statistics.received, 6U);
  EXPECT_EQ(probed.statistics.failed + probed.statistics.unreachable, 3U);
  std::uint16_t closed = 0;
  {
    const WebServer gone([](std::uint64_t) { return ""; });
    closed = gone.port();
  }
  const Probed refused = probe_pages(closed, 5).front();
  EXPECT_EQ(refused.statistics.unreachable, 5U);
  EXPECT_FALSE(refused.detail.problem.empty());
}

TEST(HttpTransport, RedirectsAreFollowedWhenAsked) {
  std::uint16_t port = 0;
  WebServer server([&](std::uint64_t n) {
    return n % 2 == 0 ? page(302, 2, "Location: http://127.0.0.1:" + std::to_string(port) + "/\r\n")
                      : page(200);
  });
  port = server.port();
  HttpOptions options;
  options.max_redirects = 2;
  const Probed followed = probe_pages(port, 3, options).front();
  EXPECT_EQ(followed.detail.http->last_status, 200);
  const Probed seen = probe_pages(port, 1).front();
  EXPECT_EQ(seen.detail.http->last_status, 302);
}

// tests/probe/web counts the threads.
TEST(HttpTransport, ManyTargetsOnOneThread) {
  WebServer server([](std::uint64_t) { return page(200); });
  HttpOptions options;
  options.timeout_ms = 20'000;
  const auto probed = probe_pages(server.port(), 3, options, 200);
  for (const Probed& target : probed) {
    EXPECT_EQ(target.statistics.received, 3U);
  }
}

}  // namespace
}  // namespace weir::probe
