#include "probe/tcp_transport.h"

#include <fmt/format.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>

#include "probe/descriptor.h"
#include "probe/socket_address.h"
#include "probe/system_time.h"

namespace weir::probe {
namespace {

class TcpTransport final : public EchoTransport {
 public:
  TcpTransport(Descriptor poll, std::int64_t timeout_ns)
      : poll_(std::move(poll)), timeout_ns_(timeout_ns) {}

  void send(std::span<EchoRequest> requests) override {
    for (EchoRequest& request : requests) {
      errno = 0;
      request.was_sent = start(request);
      request.error = request.was_sent ? 0 : errno;
    }
  }

  void receive(std::vector<EchoEvent>& events) override {
    events.insert(events.end(), told_.begin(), told_.end());
    told_.clear();
    std::array<epoll_event, 256> ready{};
    for (;;) {
      const int count = epoll_wait(poll_.get(), ready.data(), static_cast<int>(ready.size()), 0);
      for (int i = 0; i < count; ++i) {
        finish(ready[static_cast<std::size_t>(i)].data.fd, events);
      }
      if (count < static_cast<int>(ready.size())) {
        break;
      }
    }
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    while (!deadlines_.empty() && deadlines_.front().at_ns <= now) {
      const auto found = attempts_.find(deadlines_.front().descriptor);
      // The number may be another attempt's meanwhile.
      if (found != attempts_.end() && found->second.number == deadlines_.front().number) {
        attempts_.erase(found);
      }
      deadlines_.pop_front();
    }
  }

  void wait(std::int64_t limit_ns) override {
    pollfd polled{poll_.get(), POLLIN, 0};
    const timespec limit{limit_ns / 1'000'000'000, limit_ns % 1'000'000'000};
    ppoll(&polled, 1, &limit, nullptr);
  }
  void add_descriptors(std::vector<pollfd>& descriptors) const override {
    descriptors.push_back({poll_.get(), POLLIN, 0});
  }
  [[nodiscard]] std::uint64_t num_dropped() const override { return 0; }
  [[nodiscard]] std::string_view method() const override { return "tcp"; }

 private:
  struct Attempt {
    Descriptor socket;
    EchoEvent event;  // as far as it is known
    std::uint64_t number = 0;
  };
  struct Deadline {
    std::int64_t at_ns = 0;
    int descriptor = -1;
    std::uint64_t number = 0;
  };

  bool start(const EchoRequest& request) {
    Attempt attempt;
    attempt.socket = Descriptor(::socket(request.address.is_v4() ? AF_INET : AF_INET6,
                                         SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!attempt.socket.is_open()) {
      return false;  // too many are open
    }
    const linger reset{1, 0};
    setsockopt(attempt.socket.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    attempt.event.target = request.target;
    attempt.event.sequence = request.sequence;
    attempt.event.address = request.address;
    attempt.event.from = request.address;
    attempt.number = ++num_attempts_;
    sockaddr_storage address{};
    const socklen_t length = write_address(request.address, request.port, address);
    attempt.event.sent_wall_ns = read_clock(CLOCK_REALTIME);
    attempt.event.sent_monotonic_ns = read_clock(CLOCK_MONOTONIC);
    const int descriptor = attempt.socket.get();
    const int done = connect(descriptor, reinterpret_cast<sockaddr*>(&address), length);
    if (done != 0 && errno == ECONNREFUSED) {
      told_.push_back(told(attempt, EchoEvent::Kind::kUnreachable));
      return true;
    }
    if (done != 0 && errno != EINPROGRESS) {
      return false;  // no route, no port left
    }
    epoll_event wanted{};
    wanted.events = EPOLLOUT;
    wanted.data.fd = descriptor;
    if (epoll_ctl(poll_.get(), EPOLL_CTL_ADD, descriptor, &wanted) != 0) {
      return false;
    }
    deadlines_.push_back(
        {attempt.event.sent_monotonic_ns + timeout_ns_, descriptor, attempt.number});
    attempts_.insert_or_assign(descriptor, std::move(attempt));
    return true;
  }

  static EchoEvent told(const Attempt& attempt, EchoEvent::Kind kind) {
    EchoEvent event = attempt.event;
    event.kind = kind;
    event.received_monotonic_ns = read_clock(CLOCK_MONOTONIC);
    event.received_wall_ns = read_clock(CLOCK_REALTIME);
    return event;
  }

  void finish(int descriptor, std::vector<EchoEvent>& events) {
    const auto found = attempts_.find(descriptor);
    if (found == attempts_.end()) {
      return;
    }
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error == ETIMEDOUT) {
      attempts_.erase(found);
      return;  // the prober gives it up
    }
    EchoEvent event =
        told(found->second, error == 0 ? EchoEvent::Kind::kReply : EchoEvent::Kind::kUnreachable);
    tcp_info info{};
    socklen_t info_length = sizeof info;
    const bool has_info =
        error == 0 && getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &info_length) == 0;
    const std::int64_t elapsed = event.received_monotonic_ns - event.sent_monotonic_ns;
    if (has_info && info.tcpi_rtt > 0 && std::int64_t{info.tcpi_rtt} * 1000 < elapsed) {
      // As if it had been seen when it came.
      event.kernel_wall_ns = event.sent_wall_ns + std::int64_t{info.tcpi_rtt} * 1000;
    }
    events.push_back(event);
    attempts_.erase(found);
  }

  Descriptor poll_;
  std::int64_t timeout_ns_;
  std::unordered_map<int, Attempt> attempts_;
  std::deque<Deadline> deadlines_;
  std::vector<EchoEvent> told_;
  std::uint64_t num_attempts_ = 0;
};

}  // namespace

Result<std::unique_ptr<EchoTransport>> open_tcp(std::int64_t timeout_ns) {
  Descriptor poll(epoll_create1(EPOLL_CLOEXEC));
  if (!poll.is_open()) {
    return fail(ErrorCode::kIo, fmt::format("epoll_create1: {}", std::strerror(errno)));
  }
  return std::make_unique<TcpTransport>(std::move(poll), timeout_ns);
}

}  // namespace weir::probe
