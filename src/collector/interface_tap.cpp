#include "collector/interface_tap.h"

#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

namespace weir::collector {
namespace {

constexpr std::size_t kTappedMessages = 32;
constexpr std::size_t kFrameBytes = 65'536;  // what is not touched costs nothing
constexpr std::size_t kTapControlBytes = 128;

constexpr std::uint16_t code(unsigned word) { return static_cast<std::uint16_t>(word); }
constexpr sock_filter statement(unsigned word, std::uint32_t value) {
  return {code(word), 0, 0, value};
}
constexpr sock_filter jump_if(unsigned test, std::uint32_t value, std::size_t if_true,
                              std::size_t if_false) {
  return {code(BPF_JMP | BPF_K | test), static_cast<std::uint8_t>(if_true),
          static_cast<std::uint8_t>(if_false), value};
}

// The socket filter: UDP over IPv4 or IPv6 without extensions, to one of the ports, or from
// GENEVE's, as replies go whose ports somebody swapped; later fragments of it over IPv4, whose port
// is elsewhere. Offsets count from the IP header.
std::vector<sock_filter> filter_of(const packet::TunnelPorts& given) {
  std::vector<std::uint16_t> ports;
  for (const std::uint16_t port :
       {given.geneve[0], given.geneve[1], given.vxlan[0], given.vxlan[1], given.vxlan_gpe}) {
    if (port != 0 && std::find(ports.begin(), ports.end(), port) == ports.end()) {
      ports.push_back(port);
    }
  }
  std::vector<std::uint16_t> sources;
  std::copy_if(given.geneve.begin(), given.geneve.end(), std::back_inserter(sources),
               [](std::uint16_t port) { return port != 0; });
  const auto add_ports = [&](std::vector<sock_filter>& program, unsigned mode,
                             std::uint32_t source_port) {
    program.push_back(statement(BPF_LD | BPF_H | mode, source_port));
    for (std::size_t i = 0; i < sources.size(); ++i) {
      program.push_back(jump_if(BPF_JEQ, sources[i], sources.size() - i + ports.size() + 1, 0));
    }
    program.push_back(statement(BPF_LD | BPF_H | mode, source_port + 2));  // destination port
    for (std::size_t i = 0; i < ports.size();
         ++i) {  // to the one that takes, past the one that does not
      program.push_back(jump_if(BPF_JEQ, ports[i], ports.size() - i, 0));
    }
    program.push_back(statement(BPF_RET | BPF_K, 0));
    program.push_back(statement(BPF_RET | BPF_K, kFrameBytes));
  };
  std::vector<sock_filter> v4 = {
      statement(BPF_LD | BPF_B | BPF_ABS, 9),  // protocol
      jump_if(BPF_JEQ, IPPROTO_UDP, 1, 0),     statement(BPF_RET | BPF_K, 0),
      statement(BPF_LD | BPF_H | BPF_ABS, 6),  // fragment offset
      jump_if(BPF_JSET, 0x1fff, 0, 1),         statement(BPF_RET | BPF_K, kFrameBytes),
      statement(BPF_LDX | BPF_B | BPF_MSH, 0),  // header length
  };
  add_ports(v4, BPF_IND, 0);
  std::vector<sock_filter> v6 = {
      statement(BPF_LD | BPF_B | BPF_ABS, 6),  // next header
      jump_if(BPF_JEQ, IPPROTO_UDP, 1, 0),
      statement(BPF_RET | BPF_K, 0),
  };
  add_ports(v6, BPF_ABS, 40);
  std::vector<sock_filter> program = {
      statement(BPF_LD | BPF_H | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL)),
      jump_if(BPF_JEQ, ETH_P_IP, 2, 0),
      jump_if(BPF_JEQ, ETH_P_IPV6, 1 + v4.size(), 0),
      statement(BPF_RET | BPF_K, 0),
  };
  program.insert(program.end(), v4.begin(), v4.end());
  program.insert(program.end(), v6.begin(), v6.end());
  return program;
}

}  // namespace

struct InterfaceTap::Batch {
  int socket = -1;
  std::vector<std::byte> buffers = std::vector<std::byte>(kTappedMessages * kFrameBytes);
  std::array<std::array<std::byte, kTapControlBytes>, kTappedMessages> controls{};
  std::array<sockaddr_ll, kTappedMessages> sources{};
  std::array<iovec, kTappedMessages> parts{};
  std::array<mmsghdr, kTappedMessages> headers{};
  std::uint64_t num_drops = 0;

  ~Batch() {
    if (socket >= 0) {
      ::close(socket);
    }
  }
};

InterfaceTap::InterfaceTap(std::unique_ptr<Batch> batch) : batch_(std::move(batch)) {}
InterfaceTap::InterfaceTap(InterfaceTap&&) noexcept = default;
InterfaceTap& InterfaceTap::operator=(InterfaceTap&&) noexcept = default;
InterfaceTap::~InterfaceTap() = default;
int InterfaceTap::descriptor() const { return batch_->socket; }

Result<InterfaceTap> InterfaceTap::open(const std::string& interface,
                                        const InterfaceTapOptions& options) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) {
    return fail(ErrorCode::kUsage,
                fmt::format("there is no interface '{}' (see: ip link)", interface));
  }
  auto batch = std::make_unique<Batch>();
  Batch& own = *batch;
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorCode::kRemote, fmt::format("{} '{}': {}; it takes CAP_NET_RAW", what,
                                                interface, std::strerror(errno)));
  };
  // Of no protocol until the filter is there and the interface is chosen: nothing else comes in.
  own.socket = ::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (own.socket < 0) {
    return refuse("cannot look at interface");
  }
  auto filter = filter_of(options.ports);
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  const int one = 1;
  const int bytes = static_cast<int>(std::min<std::size_t>(options.receive_buffer_bytes, 1U << 30));
  if (::setsockopt(own.socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0 ||
      ::setsockopt(own.socket, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) != 0) {
    return refuse("cannot filter at interface");
  }
  if (::setsockopt(own.socket, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {
    static_cast<void>(::setsockopt(own.socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes));
  }
  sockaddr_ll bound{};
  bound.sll_family = AF_PACKET;
  bound.sll_protocol = htons(ETH_P_ALL);  // alone tells of what goes out
  bound.sll_ifindex = static_cast<int>(index);
  if (::bind(own.socket, reinterpret_cast<const sockaddr*>(&bound), sizeof bound) != 0) {
    return refuse("cannot look at interface");
  }
  for (std::size_t i = 0; i < kTappedMessages; ++i) {
    own.parts[i] = {own.buffers.data() + i * kFrameBytes, kFrameBytes};
    msghdr& header = own.headers[i].msg_hdr;
    header.msg_name = &own.sources[i];
    header.msg_iov = &own.parts[i];
    header.msg_iovlen = 1;
    header.msg_control = own.controls[i].data();
  }
  return InterfaceTap(std::move(batch));
}

std::size_t InterfaceTap::fill_batch() {
  Batch& own = *batch_;
  for (mmsghdr& header : own.headers) {
    header.msg_hdr.msg_namelen = sizeof(sockaddr_ll);
    header.msg_hdr.msg_controllen = kTapControlBytes;
  }
  const int received = ::recvmmsg(own.socket, own.headers.data(), kTappedMessages,
                                  MSG_DONTWAIT | MSG_TRUNC, nullptr);
  return received > 0 ? static_cast<std::size_t>(received) : 0;
}

bool InterfaceTap::read_message(std::size_t index, TappedPacket& tapped) {
  Batch& own = *batch_;
  const sockaddr_ll& source = own.sources[index];
  if (source.sll_hatype == ARPHRD_LOOPBACK && source.sll_pkttype == PACKET_OUTGOING) {
    return false;
  }
  tapped.wire_length =
      own.headers[index].msg_len;  // the whole, though more than there was room for
  tapped.frame = {static_cast<const std::byte*>(own.parts[index].iov_base),
                  std::min<std::size_t>(tapped.wire_length, kFrameBytes)};
  msghdr& header = own.headers[index].msg_hdr;
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time{};
      std::memcpy(&time, CMSG_DATA(control), sizeof time);
      tapped.time_ns = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    }
  }
  return true;
}

std::uint64_t InterfaceTap::num_kernel_drops() {
  tpacket_stats statistics{};  // since they were last read
  socklen_t size = sizeof statistics;
  if (::getsockopt(batch_->socket, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0) {
    batch_->num_drops += statistics.tp_drops;
  }
  return batch_->num_drops;
}

}  // namespace weir::collector
