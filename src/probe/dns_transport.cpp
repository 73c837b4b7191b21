#include "probe/dns_transport.h"

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/random.h"
#include "probe/descriptor.h"
#include "probe/dns_message.h"
#include "probe/dns_stream.h"
#include "probe/socket_address.h"
#include "probe/system_time.h"

namespace weir::probe {
namespace {

// The most that RFC 1035 lets a name server send; more does not hurt.
constexpr std::size_t kDatagramBytes = 4096;
constexpr int kAttemptsForId = 64;
constexpr int kDatagramsAtOnce = 4096;

// Who is asked under which id: no two probes that are out are the same.
struct QueryKey {
  IpAddress server;
  std::uint16_t port = 0;
  std::uint16_t id = 0;
  friend bool operator==(const QueryKey&, const QueryKey&) = default;
};
struct HashKey {
  std::size_t operator()(const QueryKey& key) const {
    return static_cast<std::size_t>((key.server.high ^ key.server.low * 0x9e3779b97f4a7c15) +
                                    (std::uint64_t{key.port} << 16 | key.id) * 0xc2b2ae3d27d4eb4f);
  }
};

// A datagram, or an error of one.
struct Datagram {
  std::array<std::uint8_t, kDatagramBytes> bytes{};
  std::size_t num_bytes = 0;
  IpAddress address;
  std::uint16_t port = 0;
  std::int64_t kernel_wall_ns = 0;
  bool is_unreachable = false;

  [[nodiscard]] std::span<const std::uint8_t> view() const {
    return std::span(bytes).first(num_bytes);
  }
};

// False where nothing is there.
bool read_datagram(int descriptor, int flags, Datagram& datagram) {
  datagram.num_bytes = 0;
  sockaddr_storage name{};
  alignas(cmsghdr) std::array<char, 512> control{};
  iovec part{datagram.bytes.data(), datagram.bytes.size()};
  msghdr header{};
  header.msg_name = &name;
  header.msg_namelen = sizeof name;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const ssize_t count = recvmsg(descriptor, &header, flags | MSG_DONTWAIT);
  if (count < 0) {
    return false;
  }
  datagram.num_bytes = static_cast<std::size_t>(count);
  datagram.address = read_address(name);
  datagram.port = read_port(name);
  datagram.kernel_wall_ns = 0;
  datagram.is_unreachable = false;
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS) {
      timespec stamp{};
      std::memcpy(&stamp, CMSG_DATA(item), sizeof stamp);
      datagram.kernel_wall_ns = stamp.tv_sec * 1'000'000'000 + stamp.tv_nsec;
    } else if ((item->cmsg_level == SOL_IP && item->cmsg_type == IP_RECVERR) ||
               (item->cmsg_level == SOL_IPV6 && item->cmsg_type == IPV6_RECVERR)) {
      sock_extended_err error{};
      std::memcpy(&error, CMSG_DATA(item), sizeof error);
      datagram.is_unreachable =
          error.ee_origin == SO_EE_ORIGIN_ICMP || error.ee_origin == SO_EE_ORIGIN_ICMP6;
    }
  }
  return true;
}

Result<Descriptor> open_socket(bool is_v6) {
  Descriptor socket(
      ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  const int buffer_bytes = 4 << 20;
  if (!socket.is_open() ||
      setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
      setsockopt(socket.get(), is_v6 ? SOL_IPV6 : SOL_IP, is_v6 ? IPV6_RECVERR : IP_RECVERR, &on,
                 sizeof on) != 0) {
    return fail(ErrorCode::kIo,
                fmt::format("no UDP{} socket: {}", is_v6 ? "v6" : "", std::strerror(errno)));
  }
  (void)setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  return socket;
}

class DnsTransport final : public EchoTransport {
 public:
  DnsTransport(Descriptor v4, std::optional<Descriptor> v6, std::int64_t kept_ns, Random random)
      : v4_(std::move(v4)), v6_(std::move(v6)), kept_ns_(kept_ns), random_(random) {}

  void describe(std::uint32_t target, const TargetText& text) override {
    asked_[target] = {text.dns_name, text.dns_type, {}};
  }

  void send(std::span<EchoRequest> requests) override {
    forget(read_clock(CLOCK_MONOTONIC));
    for (EchoRequest& request : requests) {
      errno = 0;
      request.was_sent = ask(request);
      request.error = request.was_sent ? 0 : errno;
    }
  }

  void receive(std::vector<EchoEvent>& events) override {
    forget(read_clock(CLOCK_MONOTONIC));
    for (const Descriptor* socket : {&v4_, v6_ ? &*v6_ : nullptr}) {
      if (socket == nullptr) {
        continue;
      }
      while (read_datagram(socket->get(), MSG_ERRQUEUE, datagram_)) {
        take_error(events);
      }
      for (int i = 0; i < kDatagramsAtOnce; ++i) {
        if (!read_datagram(socket->get(), 0, datagram_) && errno == EAGAIN) {
          break;
        }
        take_answer(events);  // empty where an earlier query's error was told, as the queue did
      }
    }
    advance_streams(events);
  }

  void wait(std::int64_t limit_ns) override {
    std::vector<pollfd> polled;
    add_descriptors(polled);
    const timespec limit{limit_ns / 1'000'000'000, limit_ns % 1'000'000'000};
    ppoll(polled.data(), polled.size(), &limit, nullptr);
  }
  void add_descriptors(std::vector<pollfd>& descriptors) const override {
    descriptors.push_back({v4_.get(), POLLIN, 0});
    if (v6_) {
      descriptors.push_back({v6_->get(), POLLIN, 0});
    }
    for (const QueryKey& key : streaming_) {
      if (const auto found = flights_.find(key); found != flights_.end() && found->second.stream) {
        descriptors.push_back(found->second.stream->awaited());
      }
    }
  }
  [[nodiscard]] std::uint64_t num_dropped() const override { return 0; }
  [[nodiscard]] std::string_view method() const override { return "dns"; }

  [[nodiscard]] RoundDetail take_detail(std::uint32_t target) override {
    RoundDetail detail;
    detail.dns = std::exchange(asked_[target].detail, {});
    return detail;
  }

 private:
  struct Asked {
    std::string name;
    DnsType type = DnsType::kA;
    DnsDetail detail;
  };
  struct Flight {
    std::uint32_t target = 0;
    std::uint32_t sequence = 0;
    std::uint64_t number = 0;
    std::int64_t sent_monotonic_ns = 0;
    std::int64_t sent_wall_ns = 0;
    bool is_answered = false;
    std::vector<std::uint8_t> query;
    std::optional<DnsStream> stream;  // asks again, as the answer was cut
  };
  struct Deadline {
    std::int64_t at_ns = 0;
    QueryKey key;
    std::uint64_t number = 0;
  };

  bool ask(const EchoRequest& request) {
    const auto asked = asked_.find(request.target);
    const Descriptor* socket = request.address.is_v4() ? &v4_ : v6_ ? &*v6_ : nullptr;
    if (asked == asked_.end() || socket == nullptr) {
      return false;
    }
    QueryKey key{request.address, request.port, 0};
    bool is_free = false;
    for (int i = 0; i < kAttemptsForId && !is_free; ++i) {
      key.id = static_cast<std::uint16_t>(random_.next());
      is_free = !flights_.contains(key);
    }
    auto query = write_dns_query(asked->second.name, asked->second.type, key.id);
    if (!is_free || !query) {
      return false;
    }
    sockaddr_storage address{};
    const socklen_t length = write_address(request.address, request.port, address);
    Flight flight;
    flight.target = request.target;
    flight.sequence = request.sequence;
    flight.number = ++num_queries_;
    flight.sent_wall_ns = read_clock(CLOCK_REALTIME);
    flight.sent_monotonic_ns = read_clock(CLOCK_MONOTONIC);
    const auto send_once = [&] {
      return sendto(socket->get(), query->data(), query->size(), MSG_DONTWAIT,
                    reinterpret_cast<sockaddr*>(&address), length) >= 0;
    };
    // The error of an earlier query is told to the next call: it is not of this one.
    if (!send_once() && (errno == EAGAIN || errno == ENOBUFS || !send_once())) {
      return false;
    }
    flight.query = std::move(*query);
    deadlines_.push_back({flight.sent_monotonic_ns + kept_ns_, key, flight.number});
    flights_.emplace(key, std::move(flight));
    return true;
  }

  void forget(std::int64_t now_ns) {
    while (!deadlines_.empty() && deadlines_.front().at_ns <= now_ns) {
      const auto found = flights_.find(deadlines_.front().key);
      if (found != flights_.end() && found->second.number == deadlines_.front().number) {
        flights_.erase(found);
      }
      deadlines_.pop_front();
    }
  }

  // The probe that a datagram from or to a server is of.
  Flight* flight_of(const Datagram& datagram) {
    if (datagram.num_bytes < 2) {
      return nullptr;
    }
    const QueryKey key{datagram.address, datagram.port,
                       static_cast<std::uint16_t>(datagram.bytes[0] << 8 | datagram.bytes[1])};
    const auto found = flights_.find(key);
    return found == flights_.end() ? nullptr : &found->second;
  }

  static EchoEvent event_of(const Flight& flight, const Datagram& datagram) {
    EchoEvent event;
    event.target = flight.target;
    event.sequence = flight.sequence;
    event.address = datagram.address;
    event.from = datagram.address;
    event.sent_monotonic_ns = flight.sent_monotonic_ns;
    event.sent_wall_ns = flight.sent_wall_ns;
    event.kernel_wall_ns = datagram.kernel_wall_ns;
    event.received_monotonic_ns = read_clock(CLOCK_MONOTONIC);
    event.received_wall_ns = read_clock(CLOCK_REALTIME);
    return event;
  }

  void take_error(std::vector<EchoEvent>& events) {
    if (const Flight* flight = datagram_.is_unreachable ? flight_of(datagram_) : nullptr) {
      EchoEvent event = event_of(*flight, datagram_);
      event.kind = EchoEvent::Kind::kUnreachable;
      events.push_back(event);
    }
  }

  void take_answer(std::vector<EchoEvent>& events) {
    Flight* const flight = flight_of(datagram_);
    if (flight == nullptr) {
      return;
    }
    Asked& asked = asked_[flight->target];
    const auto answer = read_dns_answer(datagram_.view(), flight->query, asked.type);
    if (!answer) {
      ++asked.detail.wrong;
      return;
    }
    if (flight->stream) {
      return;  // the cut answer came twice
    }
    if (answer->is_cut && !flight->is_answered) {
      ++asked.detail.truncated;
      flight->stream = DnsStream::start(datagram_.address, datagram_.port, flight->query);
      if (flight->stream) {
        streaming_.push_back({datagram_.address, datagram_.port, id_of(flight->query)});
      } else {
        flight->is_answered = true;
        tell(*flight, EchoEvent::Kind::kNotSent, events);
      }
      return;
    }
    note(*flight, *answer);
    events.push_back(event_of(*flight, datagram_));
  }

  static std::uint16_t id_of(const std::vector<std::uint8_t>& query) {
    return static_cast<std::uint16_t>(query[0] << 8 | query[1]);
  }

  void note(Flight& flight, const DnsAnswer& answer) {
    if (!std::exchange(flight.is_answered, true)) {
      DnsDetail& detail = asked_[flight.target].detail;
      detail.failures += answer.code != 0 ? 1U : 0U;
      detail.last_code = answer.code;
      detail.last_records = answer.num_records;
    }
  }

  // Of a query that went over TCP: the kernel stamps no streams.
  void tell(const Flight& flight, EchoEvent::Kind kind, std::vector<EchoEvent>& events) {
    Datagram none;
    none.address = datagram_.address;
    EchoEvent event = event_of(flight, none);
    event.kind = kind;
    events.push_back(event);
  }

  // The probe's time goes on over both ways: what comes of TCP when it is over is late, or nothing.
  void advance_streams(std::vector<EchoEvent>& events) {
    for (std::size_t i = 0; i < streaming_.size();) {
      const auto found = flights_.find(streaming_[i]);
      const bool is_over = found == flights_.end() || !found->second.stream ||
                           finish_stream(streaming_[i], found->second, events);
      if (is_over) {
        streaming_[i] = streaming_.back();
        streaming_.pop_back();
      } else {
        ++i;
      }
    }
  }

  bool finish_stream(const QueryKey& key, Flight& flight, std::vector<EchoEvent>& events) {
    const DnsStream::State state = flight.stream->advance();
    if (state == DnsStream::State::kOpen) {
      return false;
    }
    datagram_.address = key.server;
    if (state == DnsStream::State::kAnswered) {
      const auto answer =
          read_dns_answer(flight.stream->answer(), flight.query, asked_[flight.target].type);
      if (answer) {
        note(flight, *answer);
        tell(flight, EchoEvent::Kind::kReply, events);
      } else {
        ++asked_[flight.target].detail.wrong;
        tell(flight, EchoEvent::Kind::kFailed, events);
      }
    } else {
      tell(flight,
           state == DnsStream::State::kUnreachable ? EchoEvent::Kind::kUnreachable
                                                   : EchoEvent::Kind::kFailed,
           events);
    }
    flight.is_answered = true;
    flight.stream.reset();
    return true;
  }

  Descriptor v4_;
  std::optional<Descriptor> v6_;
  std::int64_t kept_ns_;
  Random random_;
  std::map<std::uint32_t, Asked> asked_;
  std::unordered_map<QueryKey, Flight, HashKey> flights_;
  std::vector<QueryKey> streaming_;  // whose flights have a stream
  std::deque<Deadline> deadlines_;
  std::uint64_t num_queries_ = 0;
  Datagram datagram_;
};

}  // namespace

Result<std::unique_ptr<EchoTransport>> open_dns(std::int64_t timeout_ns) {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
    return fail(ErrorCode::kIo, fmt::format("getrandom: {}", std::strerror(errno)));
  }
  WEIR_ASSIGN_OR_RETURN(Descriptor v4, open_socket(false));
  std::optional<Descriptor> v6;
  if (auto opened = open_socket(true)) {  // a kernel may be without IPv6
    v6 = std::move(*opened);
  }
  return std::make_unique<DnsTransport>(std::move(v4), std::move(v6), 2 * timeout_ns, Random(seed));
}

}  // namespace weir::probe
