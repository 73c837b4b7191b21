#include "probe/echo_socket.h"

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "probe/socket_address.h"
#include "probe/system_time.h"

namespace weir::probe {
namespace {

bool set_option(int descriptor, int level, int name, int value) {
  return setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

// Answers to this process's identifier alone: a raw socket sees those of every pinging process.
bool attach_filter(int descriptor, bool is_v6, std::uint16_t identifier) {
  if (is_v6) {
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_ECHO_REPLY, 0, 3),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, identifier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const sock_fprog program = {std::size(code), code};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
  }
  sock_filter code[] = {
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),  // the IP header's length
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY, 0, 3),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, identifier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program = {std::size(code), code};
  return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

// What the control messages of a datagram say.
struct Control {
  std::int64_t kernel_wall_ns = 0;
  int ttl = 0;
  bool has_error = false;
  sock_extended_err error{};
  IpAddress offender;
  bool has_drops = false;
  std::uint32_t drops = 0;
};

template <class T>
T read_data(const cmsghdr* item, std::size_t offset = 0) {
  T value{};
  std::memcpy(&value, CMSG_DATA(item) + offset, sizeof value);
  return value;
}

Control read_control(const msghdr& header) {
  Control control;
  auto& mutable_header = const_cast<msghdr&>(header);  // CMSG_NXTHDR takes no const
  for (cmsghdr* item = CMSG_FIRSTHDR(&mutable_header); item != nullptr;
       item = CMSG_NXTHDR(&mutable_header, item)) {
    const bool is_v4 = item->cmsg_level == SOL_IP;
    const bool is_v6 = item->cmsg_level == SOL_IPV6;
    if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPING) {
      const auto stamp = read_data<timespec>(item);  // the first of three: software
      control.kernel_wall_ns = stamp.tv_sec * 1'000'000'000 + stamp.tv_nsec;
    } else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SO_RXQ_OVFL) {
      control.has_drops = true;
      control.drops = read_data<std::uint32_t>(item);
    } else if ((is_v4 && item->cmsg_type == IP_TTL) ||
               (is_v6 && item->cmsg_type == IPV6_HOPLIMIT)) {
      control.ttl = read_data<int>(item);
    } else if ((is_v4 && item->cmsg_type == IP_RECVERR) ||
               (is_v6 && item->cmsg_type == IPV6_RECVERR)) {
      control.has_error = true;
      control.error = read_data<sock_extended_err>(item);
      sockaddr_storage offender{};
      const std::size_t rest = item->cmsg_len - CMSG_LEN(sizeof(sock_extended_err));
      std::memcpy(&offender, CMSG_DATA(item) + sizeof(sock_extended_err),
                  std::min(rest, sizeof offender));
      control.offender = read_address(offender);
    }
  }
  return control;
}

}  // namespace

Result<EchoSocket> EchoSocket::open(bool is_v6, EchoKind kind, std::uint64_t cookie,
                                    const IcmpOptions& options) {
  const int descriptor =
      socket(is_v6 ? AF_INET6 : AF_INET,
             (kind == EchoKind::kRaw ? SOCK_RAW : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC,
             kind == EchoKind::kUdp ? static_cast<int>(IPPROTO_UDP)
             : is_v6                ? static_cast<int>(IPPROTO_ICMPV6)
                                    : static_cast<int>(IPPROTO_ICMP));
  if (descriptor < 0) {
    const bool is_refused = errno == EACCES || errno == EPERM;
    return fail(is_refused ? ErrorCode::kUnauthorized : ErrorCode::kIo,
                fmt::format("no {}{} socket: {}",
                            kind == EchoKind::kUdp   ? "UDP"
                            : kind == EchoKind::kRaw ? "raw ICMP"
                                                     : "datagram ICMP",
                            is_v6 ? "v6" : "", std::strerror(errno)));
  }
  EchoSocket result;
  result.descriptor_ = Descriptor(descriptor);
  result.is_v6_ = is_v6;
  result.kind_ = kind;
  result.header_bytes_ = kind == EchoKind::kUdp ? 0 : kEchoHeaderBytes;
  result.cookie_ = cookie;
  result.identifier_ = static_cast<std::uint16_t>(cookie >> 40);
  result.payload_bytes_ = std::max(options.payload_bytes, kStampBytes);
  WEIR_RETURN_IF_ERROR(result.configure(options));
  return result;
}

Result<void> EchoSocket::configure(const IcmpOptions& options) {
  const int descriptor = descriptor_.get();
  const int level = is_v6_ ? SOL_IPV6 : SOL_IP;
  const int stamps =
      SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  bool is_done = set_option(descriptor, SOL_SOCKET, SO_TIMESTAMPING, stamps);
  is_done = is_done && set_option(descriptor, level, is_v6_ ? IPV6_RECVERR : IP_RECVERR, 1);
  is_done = is_done && set_option(descriptor, level, is_v6_ ? IPV6_RECVHOPLIMIT : IP_RECVTTL, 1);
  is_done =
      is_done && set_option(descriptor, level, is_v6_ ? IPV6_UNICAST_HOPS : IP_TTL, options.ttl);
  if (options.is_whole) {
    is_done = is_done && set_option(descriptor, level, is_v6_ ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
                                    is_v6_ ? IPV6_PMTUDISC_PROBE : IP_PMTUDISC_PROBE);
    is_done = is_done && (!is_v6_ || set_option(descriptor, level, IPV6_DONTFRAG, 1));
  }
  is_done = is_done && set_option(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1);
  is_done = is_done && (kind_ != EchoKind::kRaw || attach_filter(descriptor, is_v6_, identifier_));
  if (!is_done) {
    return fail(ErrorCode::kIo, fmt::format("a probe's socket could not be set up: {}; weir probe "
                                            "needs Linux 4.5 or later",
                                            std::strerror(errno)));
  }
  // As much as one may have; the first needs CAP_NET_ADMIN.
  constexpr int kBufferBytes = 4 << 20;
  if (!set_option(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, kBufferBytes)) {
    (void)set_option(descriptor, SOL_SOCKET, SO_RCVBUF, kBufferBytes);
  }
  return {};
}

std::size_t EchoSocket::payload_of(const EchoRequest& request) const {
  return request.payload_bytes == 0
             ? payload_bytes_
             : std::clamp<std::size_t>(request.payload_bytes, kStampBytes, payload_bytes_);
}

void EchoSocket::send(std::span<EchoRequest*> requests, MessageBatch& batch) {
  for (std::size_t begin = 0; begin < requests.size();) {
    const std::size_t count = std::min(MessageBatch::kMessages, requests.size() - begin);
    const std::int64_t wall = read_clock(CLOCK_REALTIME);
    const std::int64_t monotonic = read_clock(CLOCK_MONOTONIC);
    for (std::size_t i = 0; i < count; ++i) {
      const EchoRequest& request = *requests[begin + i];
      const std::size_t num_bytes = header_bytes_ + payload_of(request);
      const auto bytes = batch.buffer(i).first(num_bytes);
      const EchoStamp stamp{cookie_, request.target, request.sequence, monotonic, wall};
      if (kind_ == EchoKind::kUdp) {
        write_stamp(stamp, bytes);
      } else {
        write_echo_request(stamp, identifier_, is_v6_, bytes);
      }
      batch.address_to(i, request, num_bytes);
    }
    std::size_t done = 0;
    bool has_tried_again = false;
    while (done < count) {
      const int sent = sendmmsg(descriptor_.get(), batch.messages() + done,
                                static_cast<unsigned>(count - done), MSG_DONTWAIT);
      if (sent > 0) {
        for (int i = 0; i < sent; ++i) {
          requests[begin + done++]->was_sent = true;
        }
        has_tried_again = false;
      } else if (errno == EINTR) {
        continue;
      } else if (!has_tried_again && errno != EAGAIN && errno != ENOBUFS) {
        // A router's answer to an earlier probe is told to the next call as well: it is not of
        // this one, which is tried once more.
        has_tried_again = true;
      } else {
        requests[begin + done++]->error = errno;  // this one cannot be sent
        has_tried_again = false;
      }
    }
    begin += count;
  }
}

void EchoSocket::receive(std::vector<EchoEvent>& events, MessageBatch& batch) {
  // The error queue first: it has the times of sending, which the answers need.
  for (const int flags : {static_cast<int>(MSG_ERRQUEUE), 0}) {
    for (int turn = 0; turn < 64; ++turn) {
      batch.prepare();
      const int count = recvmmsg(descriptor_.get(), batch.messages(), MessageBatch::kMessages,
                                 MSG_DONTWAIT | flags, nullptr);
      if (count < 0 && flags == 0 && errno != EAGAIN && errno != EINTR) {
        continue;  // the error of an earlier probe, which the queue has told of
      }
      for (int n = 0; n < count; ++n) {
        const auto i = static_cast<std::size_t>(n);
        const auto bytes = batch.buffer(i).first(batch.message(i).msg_len);
        flags != 0 ? take_error(i, batch, bytes, events) : take_reply(i, batch, bytes, events);
      }
      if (count < static_cast<int>(MessageBatch::kMessages)) {
        break;
      }
    }
  }
}

// Of a packet as it left, headers of every layer in front.
std::optional<EchoStamp> EchoSocket::find_stamp(std::span<const std::uint8_t> packet) const {
  if (packet.size() >= payload_bytes_) {
    if (const auto stamp = read_stamp(packet.last(payload_bytes_), cookie_)) {
      return stamp;
    }
  }
  // Of another size than most: behind the first bytes that are the cookie.
  const auto* const cookie = reinterpret_cast<const std::uint8_t*>(&cookie_);
  const auto found = std::search(packet.begin(), packet.end(), cookie, cookie + sizeof cookie_);
  return read_stamp(packet.subspan(static_cast<std::size_t>(found - packet.begin())), cookie_);
}

void EchoSocket::take_error(std::size_t i, const MessageBatch& batch,
                            std::span<const std::uint8_t> bytes, std::vector<EchoEvent>& events) {
  const Control control = read_control(batch.message(i).msg_hdr);
  EchoEvent event;
  event.received_monotonic_ns = read_clock(CLOCK_MONOTONIC);
  event.received_wall_ns = read_clock(CLOCK_REALTIME);
  event.kernel_wall_ns = control.kernel_wall_ns;
  event.address = batch.name(i);
  event.from = control.offender;
  if (control.has_error && control.error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING) {
    if (const auto stamp = find_stamp(bytes)) {
      event.kind = EchoEvent::Kind::kTransmitted;
      event.target = stamp->target;
      event.sequence = stamp->sequence;
      event.sent_wall_ns = stamp->sent_wall_ns;
      event.sent_monotonic_ns = stamp->sent_monotonic_ns;
      events.push_back(event);
    }
    return;
  }
  const bool is_told = control.has_error && (control.error.ee_origin == SO_EE_ORIGIN_ICMP ||
                                             control.error.ee_origin == SO_EE_ORIGIN_ICMP6);
  if (!is_told || bytes.size() < header_bytes_) {
    return;
  }
  const bool is_exceeded = control.error.ee_origin == SO_EE_ORIGIN_ICMP
                               ? control.error.ee_type == ICMP_TIME_EXCEEDED
                               : control.error.ee_type == ICMP6_TIME_EXCEEDED;
  const bool is_too_big = control.error.ee_errno == EMSGSIZE;
  event.kind = is_exceeded  ? EchoEvent::Kind::kTtlExceeded
               : is_too_big ? EchoEvent::Kind::kTooBig
                            : EchoEvent::Kind::kUnreachable;
  event.mtu = is_too_big ? control.error.ee_info : 0;
  if (const auto stamp = read_stamp(bytes.subspan(header_bytes_), cookie_)) {
    event.target = stamp->target;
    event.sequence = stamp->sequence;
  } else if (kind_ == EchoKind::kUdp) {
    // The header alone tells probes apart by the port at most.
    event.target = kUnknownTarget;
    event.sequence = UINT32_MAX;
    event.port = batch.port(i);
  } else if (kind_ == EchoKind::kDatagram || (bytes[4] << 8 | bytes[5]) == identifier_) {
    event.target = kUnknownTarget;  // of the probe the router gave the header back alone
    event.sequence = static_cast<std::uint32_t>(bytes[6] << 8 | bytes[7]);
  } else {
    return;  // another process's
  }
  events.push_back(event);
}

void EchoSocket::take_reply(std::size_t i, const MessageBatch& batch,
                            std::span<const std::uint8_t> bytes, std::vector<EchoEvent>& events) {
  const Control control = read_control(batch.message(i).msg_hdr);
  if (control.has_drops) {
    num_dropped_ += control.drops - dropped_seen_;  // 32 bits that wrap
    dropped_seen_ = control.drops;
  }
  if (kind_ == EchoKind::kRaw && !is_v6_) {
    const std::size_t header = bytes.empty() ? 0 : std::size_t{bytes[0] & 15U} * 4;
    bytes = bytes.subspan(std::min(header, bytes.size()));
  }
  const bool is_icmp = kind_ != EchoKind::kUdp;
  if (bytes.size() < header_bytes_ ||
      (is_icmp && bytes[0] != (is_v6_ ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY))) {
    return;
  }
  const auto stamp = read_stamp(bytes.subspan(header_bytes_), cookie_);
  if (!stamp) {
    return;
  }
  EchoEvent event;
  event.kind = EchoEvent::Kind::kReply;
  event.target = stamp->target;
  event.sequence = stamp->sequence;
  event.ttl = static_cast<std::uint8_t>(std::clamp(control.ttl, 0, 255));
  event.from = batch.name(i);
  event.sent_monotonic_ns = stamp->sent_monotonic_ns;
  event.sent_wall_ns = stamp->sent_wall_ns;
  event.kernel_wall_ns = control.kernel_wall_ns;
  event.received_monotonic_ns = read_clock(CLOCK_MONOTONIC);
  event.received_wall_ns = read_clock(CLOCK_REALTIME);
  events.push_back(event);
}

}  // namespace weir::probe
