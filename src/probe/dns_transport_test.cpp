#include "probe/dns_transport.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <atomic>
#include <map>
#include <thread>

#include "probe/echo_prober.h"
#include "probe/name_lookup.h"
#include "probe/network_fixture.h"

namespace weir::probe {
namespace {

using Message = std::vector<std::uint8_t>;

// A name server on loopback that does with its nth query what it is told to. By TCP it takes a
// connection at a time, and gives it, in pieces, what `StreamPlan` makes of the query: no bytes for
// closing at once, nullopt for never.
class NameServer {
 public:
  using Plan =
      std::function<void(const NameServer&, std::uint64_t, const Message&, const sockaddr_in&)>;
  using StreamPlan = std::function<std::optional<Message>(std::uint64_t, const Message&)>;

  explicit NameServer(Plan plan, StreamPlan stream_plan = {})
      : plan_(std::move(plan)), stream_plan_(std::move(stream_plan)) {
    socket_ = bound(INADDR_LOOPBACK, address_);
    if (stream_plan_) {
      listener_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      // The number that UDP got may be another's of TCP.
      while (bind(listener_.get(), reinterpret_cast<sockaddr*>(&address_), sizeof address_) != 0) {
        socket_ = bound(INADDR_LOOPBACK, address_);
      }
      EXPECT_EQ(listen(listener_.get(), 64), 0);
    }
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
      pollfd polled[2] = {{socket_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
      if (poll(polled, 2, 20) <= 0) {
        continue;
      }
      if (polled[1].revents != 0) {
        serve_stream();
      }
      if (polled[0].revents == 0) {
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

  void serve_stream() {
    Descriptor stream(accept(listener_.get(), nullptr, nullptr));
    Message query(2);
    EXPECT_EQ(recv(stream.get(), query.data(), 2, MSG_WAITALL), 2);
    query.resize(std::size_t{query[0]} << 8 | query[1]);
    EXPECT_EQ(recv(stream.get(), query.data(), query.size(), MSG_WAITALL),
              static_cast<ssize_t>(query.size()));
    const auto bytes = stream_plan_(num_streams_++, query);
    if (!bytes) {
      kept_.push_back(std::move(stream));
      return;
    }
    for (std::size_t at = 0; at < bytes->size(); at += 700) {
      EXPECT_GT(::send(stream.get(), bytes->data() + at,
                       std::min<std::size_t>(700, bytes->size() - at), MSG_NOSIGNAL),
                0);
    }
  }

  Plan plan_;
  StreamPlan stream_plan_;
  Descriptor listener_;
  std::vector<Descriptor> kept_;
  std::uint64_t num_streams_ = 0;
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

// As it goes over TCP, with many records: more than a datagram holds.
Message framed(Message message) {
  message.insert(message.begin(), {static_cast<std::uint8_t>(message.size() >> 8),
                                   static_cast<std::uint8_t>(message.size())});
  return message;
}
Message long_answer_to(const Message& query, std::uint8_t num_records) {
  Message message = answer_to(query);
  message[7] = num_records;
  const Message record(message.end() - 16, message.end());
  for (int i = 1; i < num_records; ++i) {
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
      },
      [](std::uint64_t, const Message& query) { return framed(answer_to(query)); });
  const Probed probed = probe_server(server.port(), 20, 5'000);
  EXPECT_EQ(probed.statistics.received, 20U) << "a server that fails has answered";
  EXPECT_GT(probed.statistics.delay->min, 0);
  ASSERT_TRUE(probed.detail.dns);
  EXPECT_EQ(probed.detail.dns->failures, 2U);
  EXPECT_EQ(probed.detail.dns->truncated, 1U);
  EXPECT_EQ(probed.detail.dns->wrong, 0U);
  EXPECT_EQ(probed.detail.dns->last_records, 1U);
}

TEST(DnsTransport, WhatDoesNotFitComesByTcp) {
  NameServer server(
      [](const NameServer& self, std::uint64_t, const Message& query, const sockaddr_in& from) {
        self.answer(answer_to(query, 0, true), from);
        self.answer(answer_to(query, 0, true), from);  // twice, which opens no second connection
      },
      [](std::uint64_t, const Message& query) { return framed(long_answer_to(query, 200)); });
  const Probed probed = probe_server(server.port(), 20, 5'000);
  EXPECT_EQ(probed.statistics.received, 20U);
  ASSERT_TRUE(probed.detail.dns);
  EXPECT_EQ(probed.detail.dns->truncated, 20U);
  EXPECT_EQ(probed.detail.dns->last_records, 200U) << "those of the whole answer";
  EXPECT_EQ(probed.detail.dns->wrong, 0U);
}

TEST(DnsTransport, WhatTcpDoesNotGiveInTimeIsLoss) {
  NameServer server(
      [](const NameServer& self, std::uint64_t, const Message& query, const sockaddr_in& from) {
        self.answer(answer_to(query, 0, true), from);
      },
      [](std::uint64_t n, const Message& query) -> std::optional<Message> {
        Message whole = framed(answer_to(query));
        switch (n % 6) {
          case 0:
            return std::nullopt;  // says nothing: the time of the probe is over both ways
          case 1:
            return Message();
          case 2:
            whole.resize(whole.size() - 1);
            return whole;
          case 3:
            return Message{0, 0};
          case 4:
            ++whole[20];  // another question
            return whole;
          default:
            return whole;
        }
      });
  const Probed probed = probe_server(server.port(), 60, 400);
  EXPECT_EQ(probed.statistics.sent, 60U);
  EXPECT_EQ(probed.statistics.received, 10U);
  EXPECT_EQ(probed.statistics.failed, 40U);
  EXPECT_EQ(probed.statistics.extras.late, 0U);
  EXPECT_EQ(probed.detail.dns->truncated, 60U);
  EXPECT_EQ(probed.detail.dns->wrong, 20U) << "of no bytes, and of another question";
}

TEST(DnsTransport, AServerWithoutTcpIsUnreachableForWhatDoesNotFit) {
  NameServer server(
      [](const NameServer& self, std::uint64_t n, const Message& query, const sockaddr_in& from) {
        self.answer(answer_to(query, 0, n % 2 == 0), from);
      });
  const Probed probed = probe_server(server.port(), 20, 400);
  EXPECT_EQ(probed.statistics.received, 10U);
  EXPECT_EQ(probed.statistics.unreachable, 10U);
}

TEST(NameLookup, WhatDoesNotFitComesByTcp) {
  NameServer server(
      [](const NameServer& self, std::uint64_t, const Message& query, const sockaddr_in& from) {
        Message empty = answer_to(query, 0, true);
        empty.resize(query.size());
        empty[7] = 0;  // no record had room
        self.answer(empty, from);
      },
      [](std::uint64_t, const Message& query) { return framed(long_answer_to(query, 100)); });
  NameServers servers;
  servers.addresses = {IpAddress::from_v4(INADDR_LOOPBACK)};
  servers.port = server.port();
  const auto found = look_up("db.internal", servers, *io::make_local_file_system());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(to_string(found->address), "10.0.0.5");
  EXPECT_EQ(found->valid_s, 60);
}

TEST(NameLookup, ASilentServerIsAskedOnceAndNamed) {
  std::atomic<int> num_queries{0};
  NameServer server(
      [&](const NameServer&, std::uint64_t, const Message&, const sockaddr_in&) { ++num_queries; });
  NameServers servers;
  servers.addresses = {IpAddress::from_v4(INADDR_LOOPBACK)};
  servers.port = server.port();
  servers.timeout_ms = 100;
  const auto found = look_up("db.internal", servers, *io::make_local_file_system());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "db.internal: DNS server 127.0.0.1 does not answer in 100 ms");
  EXPECT_EQ(num_queries, 1);
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
