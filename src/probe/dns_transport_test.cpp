#include "probe/dns_transport.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <atomic>
#include <map>
#include <thread>

#include "probe/echo_prober.h"
#include "probe/network_fixture.h"

namespace weir::probe {
namespace {

using Message = std::vector<std::uint8_t>;

// A name server on loopback that does with its nth query what it is told to.
class NameServer {
 public:
  using Plan =
      std::function<void(const NameServer&, std::uint64_t, const Message&, const sockaddr_in&)>;

  explicit NameServer(Plan plan) : plan_(std::move(plan)) {
    socket_ = bound(INADDR_LOOPBACK, address_);
    thread_ = std::thread([this] { run(); });
  }
  ~NameServer() {
    is_stopping_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint16_t port() const { return ntohs(address_.sin_port); }
  void answer(const Message& message, const sockaddr_in& to) const {
    (void)!sendto(socket_.get(), message.data(), message.size(), 0,
                  reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  static Descriptor bound(std::uint32_t host, sockaddr_in& address) {
    Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(host);
    EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t length = sizeof address;
    getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
    return socket;
  }

 private:
  void run() {
    std::uint64_t count = 0;
    while (!is_stopping_) {
      pollfd polled{socket_.get(), POLLIN, 0};
      if (poll(&polled, 1, 20) <= 0) {
        continue;
      }
      Message query(512);
      sockaddr_in from{};
      socklen_t length = sizeof from;
      const ssize_t size = recvfrom(socket_.get(), query.data(), query.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from), &length);
      if (size > 0) {
        query.resize(static_cast<std::size_t>(size));
        plan_(*this, count++, query, from);
      }
    }
  }

  Plan plan_;
  Descriptor socket_;
  sockaddr_in address_{};
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

// With one address, code and truncation as told.
Message answer_to(const Message& query, std::uint8_t code = 0, bool is_cut = false) {
  Message message = query;
  message[2] = is_cut ? 0x83 : 0x81;
  message[3] = static_cast<std::uint8_t>(0x80 | code);
  if (code == 0) {
    message[7] = 1;
    const Message record = {0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 5};
    message.insert(message.end(), record.begin(), record.end());
  }
  return message;
}

struct Probed {
  RoundStatistics statistics;
  RoundDetail detail;
};

Probed probe_server(std::uint16_t port, std::uint32_t count, std::int64_t timeout_ms = 200,
                    std::uint64_t rounds = 1) {
  auto transport = open_dns(timeout_ms * 1'000'000);
  EXPECT_TRUE(transport) << transport.error().message;
  const SystemClock clock;
  Probed probed;
  EchoProber prober(**transport, clock, Random(1), [&](const EchoRound& round) {
    probed.statistics = round.statistics;
    probed.detail = (*transport)->take_detail(round.target);
  });
  EchoTarget target;
  target.address = IpAddress::from_v4(INADDR_LOOPBACK);
  target.interval_ns = 5'000'000;
  target.timeout_ns = timeout_ms * 1'000'000;
  target.probes_per_round = count;
  target.max_rounds = rounds;
  target.port = port;
  const std::uint32_t number = prober.add(target);
  (*transport)->describe(number, *parse_target("dns://127.0.0.1/db.internal"));
  while (!prober.is_done()) {
    const std::int64_t next = prober.step();
    (*transport)->wait(std::max<std::int64_t>(next - clock.monotonic_ns(), 0));
  }
  return probed;
}

TEST(DnsTransport, AnswersCodesAndTruncation) {
  NameServer server(
      [](const NameServer& self, std::uint64_t n, const Message& query, const sockaddr_in& from) {
        self.answer(answer_to(query, n == 3 ? 2 : n == 4 ? 3 : 0, n == 5), from);
      });
  const Probed probed = probe_server(server.port(), 20, 5'000);
  EXPECT_EQ(probed.statistics.received, 20U) << "a server that fails has answered";
  EXPECT_GT(probed.statistics.delay->min, 0);
  ASSERT_TRUE(probed.detail.dns);
  EXPECT_EQ(probed.detail.dns->failures, 2U);
  EXPECT_EQ(probed.detail.dns->truncated, 1U);
  EXPECT_EQ(probed.detail.dns->wrong, 0U);
  EXPECT_EQ(probed.detail.dns->last_records, 1U);
}

TEST(DnsTransport, ForgedAnswersAreNone) {
  sockaddr_in elsewhere{};
  const Descriptor other = NameServer::bound(INADDR_LOOPBACK, elsewhere);
  NameServer server(
      [&](const NameServer& self, std::uint64_t n, const Message& query, const sockaddr_in& from) {
        Message message = answer_to(query);
        switch (n % 5) {
          case 0:  // another question
            message[14] ^= 1;
            self.answer(message, from);
            return;
          case 1:  // another id
            message[0] ^= 0x55;
            self.answer(message, from);
            return;
          case 2:  // from another port
            (void)!sendto(other.get(), message.data(), message.size(), 0,
                          reinterpret_cast<const sockaddr*>(&from), sizeof from);
            return;
          case 3:  // no more than the id
            message.resize(2);
            self.answer(message, from);
            return;
          default:
            self.answer(message, from);
        }
      });
  const Probed probed = probe_server(server.port(), 20, 500);
  EXPECT_EQ(probed.statistics.sent, 20U);
  EXPECT_EQ(probed.statistics.received, 4U);
  EXPECT_EQ(probed.detail.dns->wrong, 8U);
}

TEST(DnsTransport, LateTwiceSilentAndNobody) {
  std::multimap<std::uint64_t, std::pair<Message, sockaddr_in>> held;
  NameServer server(
      [&](const NameServer& self, std::uint64_t n, const Message& query, const sockaddr_in& from) {
        if (n == 2) {  // held back for the time of 80 more, which is more than 300 ms
          held.emplace(n + 80, std::pair(answer_to(query), from));
        } else if (n != 3) {
          self.answer(answer_to(query), from);
        }
        if (n == 4) {
          self.answer(answer_to(query), from);
        }
        if (const auto due = held.find(n); due != held.end()) {
          self.answer(due->second.first, due->second.second);
        }
      });
  const Probed probed = probe_server(server.port(), 120, 300);
  EXPECT_EQ(probed.statistics.sent, 120U);
  EXPECT_EQ(probed.statistics.received, 118U);
  EXPECT_EQ(probed.statistics.extras.late, 1U);
  EXPECT_EQ(probed.statistics.extras.duplicates, 1U);
  sockaddr_in closed{};
  { const Descriptor gone = NameServer::bound(INADDR_LOOPBACK, closed); }
  const Probed nobody = probe_server(ntohs(closed.sin_port), 10, 100);
  EXPECT_EQ(nobody.statistics.unreachable, 10U);
  EXPECT_DOUBLE_EQ(nobody.statistics.loss->percent, 100);
}

}  // namespace
}  // namespace weir::probe
