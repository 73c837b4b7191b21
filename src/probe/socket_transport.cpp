#include "probe/socket_transport.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "probe/echo_socket.h"

namespace weir::probe {
namespace {

constexpr std::size_t kHeaderRoom = 160;  // of every layer in front of a payload

class SocketTransport final : public EchoTransport {
 public:
  SocketTransport(std::optional<EchoSocket> v4, std::optional<EchoSocket> v6, EchoKind kind,
                  std::size_t payload_bytes)
      : v4_(std::move(v4)),
        v6_(std::move(v6)),
        kind_(kind),
        batch_(std::max(payload_bytes, kStampBytes) + kHeaderRoom) {}

  void send(std::span<EchoRequest> requests) override {
    for (const bool is_v4 : {true, false}) {
      chosen_.clear();
      for (EchoRequest& request : requests) {
        if (request.address.is_v4() == is_v4) {
          chosen_.push_back(&request);
        }
      }
      auto& socket = is_v4 ? v4_ : v6_;
      if (socket && !chosen_.empty()) {
        socket->send(chosen_, batch_);
      }
    }
  }

  void receive(std::vector<EchoEvent>& events) override {
    for (auto* socket : {&v4_, &v6_}) {
      if (*socket) {
        (*socket)->receive(events, batch_);
      }
    }
  }

  void wait(std::int64_t limit_ns) override {
    std::vector<pollfd> polled;
    add_descriptors(polled);
    const timespec limit{limit_ns / 1'000'000'000, limit_ns % 1'000'000'000};
    ppoll(polled.data(), polled.size(), &limit, nullptr);
  }

  void add_descriptors(std::vector<pollfd>& descriptors) const override {
    for (const auto* socket : {&v4_, &v6_}) {
      if (*socket) {
        descriptors.push_back({(*socket)->descriptor(), POLLIN, 0});
      }
    }
  }
  [[nodiscard]] std::uint64_t num_dropped() const override {
    return (v4_ ? v4_->num_dropped() : 0) + (v6_ ? v6_->num_dropped() : 0);
  }
  [[nodiscard]] std::string_view method() const override {
    return kind_ == EchoKind::kRaw ? "raw" : kind_ == EchoKind::kUdp ? "udp" : "datagram";
  }

 private:
  std::optional<EchoSocket> v4_;
  std::optional<EchoSocket> v6_;
  EchoKind kind_;
  MessageBatch batch_;
  std::vector<EchoRequest*> chosen_;
};

Result<std::unique_ptr<EchoTransport>> open_kind(const IcmpOptions& options, EchoKind kind,
                                                 std::uint64_t cookie) {
  std::optional<EchoSocket> v4;
  std::optional<EchoSocket> v6;
  if (options.needs_v4) {
    WEIR_ASSIGN_OR_RETURN(v4, EchoSocket::open(false, kind, cookie, options));
  }
  if (options.needs_v6) {
    WEIR_ASSIGN_OR_RETURN(v6, EchoSocket::open(true, kind, cookie, options));
  }
  return std::make_unique<SocketTransport>(std::move(v4), std::move(v6), kind,
                                           options.payload_bytes);
}

Result<std::uint64_t> make_cookie() {
  std::uint64_t cookie = 0;
  if (getrandom(&cookie, sizeof cookie, 0) != static_cast<ssize_t>(sizeof cookie)) {
    return fail(ErrorCode::kIo, fmt::format("getrandom: {}", std::strerror(errno)));
  }
  return cookie;
}

}  // namespace

Result<std::unique_ptr<EchoTransport>> open_udp_echo(const IcmpOptions& options) {
  WEIR_ASSIGN_OR_RETURN(const std::uint64_t cookie, make_cookie());
  return open_kind(options, EchoKind::kUdp, cookie);
}

Result<std::unique_ptr<EchoTransport>> open_icmp(const IcmpOptions& options) {
  WEIR_ASSIGN_OR_RETURN(const std::uint64_t cookie, make_cookie());
  Error refused;
  for (const EchoKind kind : {EchoKind::kDatagram, EchoKind::kRaw}) {
    const bool is_raw = kind == EchoKind::kRaw;
    if (options.method == (is_raw ? IcmpOptions::Method::kDatagram : IcmpOptions::Method::kRaw)) {
      continue;
    }
    auto transport = open_kind(options, kind, cookie);
    if (transport || transport.error().code != ErrorCode::kUnauthorized) {
      return transport;
    }
    refused = transport.error();
  }
  return fail(ErrorCode::kUnauthorized,
              refused.message +
                  "; give the process CAP_NET_RAW (setcap cap_net_raw+ep weir), or let its group "
                  "ping (sysctl net.ipv4.ping_group_range='0 2147483647'), or probe by --target "
                  "tcp://HOST:PORT");
}

}  // namespace weir::probe
