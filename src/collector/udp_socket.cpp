#include "collector/udp_socket.h"

#include <fmt/format.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "collector/socket_address.h"
#include "packet/byte_order.h"

// Of newer kernels than the C library's headers.
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef UDP_NO_CHECK6_RX
#define UDP_NO_CHECK6_RX 102
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

namespace weir::collector {
namespace {

constexpr std::size_t kHeadroom = 64;          // an IPv6 and a UDP header fit
constexpr std::size_t kPayloadBytes = 65'536;  // what is not touched costs nothing
constexpr std::size_t kJoinedMessages = 16;
constexpr std::size_t kSingleMessages = 64;
constexpr std::size_t kControlBytes = 256;
constexpr std::uint8_t kTimeToLive = 64;

void set_option(int socket, int level, int name, int value) {
  static_cast<void>(::setsockopt(socket, level, name, &value, sizeof value));
}

template <class T>
T read_control(const cmsghdr& control) {
  T value{};
  std::memcpy(&value, CMSG_DATA(&control), sizeof value);
  return value;
}

}  // namespace

struct UdpSocket::Batch {
  int socket = -1;
  ListenAddress address;
  bool is_v4 = true;
  std::size_t num_messages = 0;
  std::size_t buffer_bytes = 0;
  std::vector<std::byte> buffers;
  std::vector<std::array<std::byte, kControlBytes>> controls;
  std::vector<sockaddr_storage> sources;
  std::vector<iovec> parts;
  std::vector<mmsghdr> headers;
  std::uint32_t seen_drops = 0;  // the kernel's number, which wraps around
  std::uint64_t num_drops = 0;

  ~Batch() {
    if (socket >= 0) {
      ::close(socket);
    }
  }
  void note_drops(std::uint32_t total) {
    // What came with a datagram was true when that was queued, and may be older than the last look.
    const auto more = static_cast<std::int32_t>(total - seen_drops);
    if (more > 0) {
      num_drops += static_cast<std::uint32_t>(more);
      seen_drops = total;
    }
  }
};

UdpSocket::UdpSocket(std::unique_ptr<Batch> batch) : batch_(std::move(batch)) {}
UdpSocket::UdpSocket(UdpSocket&&) noexcept = default;
UdpSocket& UdpSocket::operator=(UdpSocket&&) noexcept = default;
UdpSocket::~UdpSocket() = default;

Result<UdpSocket> UdpSocket::open(const ListenAddress& address, const UdpSocketOptions& options) {
  auto batch = std::make_unique<Batch>();
  Batch& own = *batch;
  own.is_v4 = address.address.is_v4();
  own.address = address;
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorCode::kRemote,
                fmt::format("{} {}: {}{}", what, to_string(address), std::strerror(errno),
                            errno == EADDRINUSE ? "; another program listens there, or the "
                                                  "kernel's own tunnel device"
                                                : ""));
  };
  own.socket =
      ::socket(own.is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (own.socket < 0) {
    return refuse("cannot open a socket for");
  }
  const int one = 1;
  if (::setsockopt(own.socket, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0) {
    return refuse("cannot share the port of");
  }
  // Past the system's limit where the process may; else up to it.
  const int bytes = static_cast<int>(std::min<std::size_t>(options.receive_buffer_bytes, 1U << 30));
  if (::setsockopt(own.socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
    set_option(own.socket, SOL_SOCKET, SO_RCVBUF, bytes);
  }
  set_option(own.socket, SOL_SOCKET, SO_RXQ_OVFL, 1);
  set_option(own.socket, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  if (own.is_v4) {
    set_option(own.socket, IPPROTO_IP, IP_PKTINFO, 1);
  } else {
    set_option(own.socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_option(own.socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    set_option(own.socket, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1);
  }
  if (options.joins_datagrams) {
    set_option(own.socket, IPPROTO_UDP, UDP_GRO, 1);
  }
  sockaddr_storage bound{};
  socklen_t size = to_socket_address(address, bound);
  if (::bind(own.socket, reinterpret_cast<const sockaddr*>(&bound), size) != 0) {
    return refuse("cannot listen on");
  }
  size = sizeof bound;
  if (::getsockname(own.socket, reinterpret_cast<sockaddr*>(&bound), &size) == 0) {
    own.address.port = port_of(bound);
  }
  own.num_messages = options.joins_datagrams ? kJoinedMessages : kSingleMessages;
  own.buffer_bytes = kHeadroom + kPayloadBytes;
  own.buffers.resize(own.num_messages * own.buffer_bytes);
  own.controls.resize(own.num_messages);
  own.sources.resize(own.num_messages);
  own.parts.resize(own.num_messages);
  own.headers.resize(own.num_messages);
  for (std::size_t i = 0; i < own.num_messages; ++i) {
    own.parts[i] = {own.buffers.data() + i * own.buffer_bytes + kHeadroom,
                    own.buffer_bytes - kHeadroom};
    msghdr& header = own.headers[i].msg_hdr;
    header.msg_name = &own.sources[i];
    header.msg_iov = &own.parts[i];
    header.msg_iovlen = 1;
    header.msg_control = own.controls[i].data();
  }
  return UdpSocket(std::move(batch));
}

int UdpSocket::descriptor() const { return batch_->socket; }
ListenAddress UdpSocket::address() const { return batch_->address; }

std::size_t UdpSocket::receive_buffer_bytes() const {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  return ::getsockopt(batch_->socket, SOL_SOCKET, SO_RCVBUF, &bytes, &size) == 0
             ? static_cast<std::size_t>(bytes) / 2  // the kernel doubles it for its own needs
             : 0;
}

std::size_t UdpSocket::fill_batch() {
  Batch& own = *batch_;
  for (mmsghdr& header : own.headers) {
    header.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    header.msg_hdr.msg_controllen = kControlBytes;
  }
  const int received = ::recvmmsg(own.socket, own.headers.data(),
                                  static_cast<unsigned>(own.num_messages), MSG_DONTWAIT, nullptr);
  return received > 0 ? static_cast<std::size_t>(received) : 0;
}

UdpSocket::Message UdpSocket::read_message(std::size_t index) {
  Batch& own = *batch_;
  msghdr& header = own.headers[index].msg_hdr;
  const std::size_t size = own.headers[index].msg_len;
  Message message;
  message.rest = {static_cast<std::byte*>(own.parts[index].iov_base), size};
  message.segment_bytes = size;
  message.source = address_of(own.sources[index]);
  message.source_port = port_of(own.sources[index]);
  message.destination = own.address.address;
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS) {
      const auto time = read_control<timespec>(*control);
      message.time_ns = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    } else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
      own.note_drops(read_control<std::uint32_t>(*control));
    } else if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO) {
      const int segment = read_control<int>(*control);
      message.segment_bytes = segment > 0 ? static_cast<std::size_t>(segment) : size;
    } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      message.destination =
          IpAddress::from_v4(ntohl(read_control<in_pktinfo>(*control).ipi_addr.s_addr));
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      message.destination = address_of(read_control<in6_pktinfo>(*control).ipi6_addr);
    }
  }
  return message;
}

// The headers of all but the first of joined datagrams are written over the end of the one before,
// which has been taken.
Datagram UdpSocket::next_datagram(Message& message) const {
  const std::size_t size = std::min(message.segment_bytes, message.rest.size());
  const std::size_t udp_bytes = size + 8;
  const std::size_t ip_bytes = batch_->is_v4 ? 20 : 40;
  std::byte* const ip = message.rest.data() - 8 - ip_bytes;
  std::byte* const udp = message.rest.data() - 8;
  std::memset(ip, 0, ip_bytes + 8);
  if (batch_->is_v4) {
    ip[0] = std::byte{0x45};
    packet::store_be16(ip + 2, static_cast<std::uint16_t>(udp_bytes + 20));
    ip[6] = std::byte{0x40};  // do not fragment
    ip[8] = std::byte{kTimeToLive};
    ip[9] = std::byte{IPPROTO_UDP};
    packet::store_be32(ip + 12, message.source.v4());
    packet::store_be32(ip + 16, message.destination.v4());
  } else {
    ip[0] = std::byte{0x60};
    packet::store_be16(ip + 4, static_cast<std::uint16_t>(udp_bytes));
    ip[6] = std::byte{IPPROTO_UDP};
    ip[7] = std::byte{kTimeToLive};
    store_address(ip + 8, message.source);
    store_address(ip + 24, message.destination);
  }
  packet::store_be16(udp, message.source_port);
  packet::store_be16(udp + 2, batch_->address.port);
  packet::store_be16(udp + 4, static_cast<std::uint16_t>(udp_bytes));
  message.rest = message.rest.subspan(size);
  return {{ip, ip_bytes + udp_bytes}, message.time_ns, message.source};
}

std::uint64_t UdpSocket::num_kernel_drops() {
  // What comes with datagrams is told only by the next one that comes.
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  if (::getsockopt(batch_->socket, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) == 0 &&
      size > SK_MEMINFO_DROPS * sizeof(std::uint32_t)) {
    batch_->note_drops(memory[SK_MEMINFO_DROPS]);
  }
  return batch_->num_drops;
}

}  // namespace weir::collector
