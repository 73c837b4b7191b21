#include "collector/packet_return.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "packet/verdict.h"

namespace weir::collector {
namespace {

constexpr std::size_t kMessages = 64;
constexpr std::uint8_t kReturnTimeToLive = 255;
constexpr int kPatienceMs = 5;  // for room in the queue

}  // namespace

struct PacketReturn::Batch {
  int socket = -1;
  std::size_t num = 0;
  std::array<sockaddr_in, kMessages> targets{};
  std::array<iovec, kMessages> parts{};
  std::array<mmsghdr, kMessages> headers{};
  Sent sent;
  std::uint64_t num_returned = 0;
  std::uint64_t num_failed = 0;

  ~Batch() {
    if (socket >= 0) {
      ::close(socket);
    }
  }
};

PacketReturn::PacketReturn(std::unique_ptr<Batch> batch) : batch_(std::move(batch)) {}
PacketReturn::PacketReturn(PacketReturn&&) noexcept = default;
PacketReturn& PacketReturn::operator=(PacketReturn&&) noexcept = default;
PacketReturn::~PacketReturn() = default;
std::uint64_t PacketReturn::num_returned() const { return batch_->num_returned; }
std::uint64_t PacketReturn::num_failed() const { return batch_->num_failed; }

Result<PacketReturn> PacketReturn::open(Sent sent) {
  auto batch = std::make_unique<Batch>();
  batch->sent = std::move(sent);
  batch->socket = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_RAW);
  if (batch->socket < 0) {
    return fail(ErrorCode::kRemote,
                fmt::format("--pass-through needs a raw socket: {}; give the program CAP_NET_RAW",
                            std::strerror(errno)));
  }
  for (std::size_t i = 0; i < kMessages; ++i) {
    msghdr& header = batch->headers[i].msg_hdr;
    header.msg_name = &batch->targets[i];
    header.msg_namelen = sizeof(sockaddr_in);
    header.msg_iov = &batch->parts[i];
    header.msg_iovlen = 1;
  }
  return PacketReturn(std::move(batch));
}

bool PacketReturn::must_return(const packet::PacketView& view) noexcept {
  using packet::Verdict;
  // These come before the header in question is counted as a tunnel.
  const bool is_before = view.verdict == Verdict::kGeneveShort ||
                         view.verdict == Verdict::kVxlanShort ||
                         view.verdict == Verdict::kTunnelTooDeep;
  const std::size_t sound = view.verdict == Verdict::kKept || is_before
                                ? view.num_tunnels
                                : std::max<std::size_t>(view.num_tunnels, 1) - 1;
  return !is_skip(view.verdict) && sound > 0 &&
         view.tunnels[0].kind == packet::TunnelKind::kGeneve && view.ips[0].version == 4;
}

void PacketReturn::add(std::span<std::byte> frame) {
  // From the address it went to it would come to the same port again, without end.
  if (std::equal(frame.begin() + 12, frame.begin() + 16, frame.begin() + 16)) {
    ++batch_->num_failed;
    return;
  }
  if (batch_->num == kMessages) {
    flush();
  }
  std::swap_ranges(frame.begin() + 12, frame.begin() + 16, frame.begin() + 16);
  frame[8] = std::byte{kReturnTimeToLive};
  sockaddr_in& target = batch_->targets[batch_->num];
  target.sin_family = AF_INET;
  std::memcpy(&target.sin_addr, frame.data() + 16, 4);
  batch_->parts[batch_->num] = {frame.data(), frame.size()};
  ++batch_->num;
}

void PacketReturn::flush() {
  Batch& own = *batch_;
  bool has_waited = false;
  for (std::size_t done = 0; done < own.num;) {
    const int sent =
        ::sendmmsg(own.socket, own.headers.data() + done, static_cast<unsigned>(own.num - done), 0);
    if (sent > 0) {
      for (int i = 0; own.sent && i < sent; ++i) {
        const iovec& part = own.parts[done + static_cast<std::size_t>(i)];
        own.sent({static_cast<const std::byte*>(part.iov_base), part.iov_len});
      }
      done += static_cast<std::size_t>(sent);
      own.num_returned += static_cast<std::uint64_t>(sent);
      has_waited = false;
    } else if (errno == EINTR) {
      continue;
    } else if ((errno == EAGAIN || errno == ENOBUFS) && !has_waited) {
      pollfd queue{own.socket, POLLOUT, 0};
      static_cast<void>(::poll(&queue, 1, kPatienceMs));
      has_waited = true;
    } else {
      ++own.num_failed;
      ++done;
      has_waited = false;
    }
  }
  own.num = 0;
}

}  // namespace weir::collector
