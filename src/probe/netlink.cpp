#include "probe/netlink.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace weir::probe {

Result<Netlink> Netlink::open(int protocol) {
  Netlink netlink;
  netlink.descriptor_ = Descriptor(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!netlink.descriptor_.is_open()) {
    return fail(ErrorCode::kIo, fmt::format("no netlink socket of protocol {}: {}", protocol,
                                            std::strerror(errno)));
  }
  return netlink;
}

Result<void> Netlink::dump(std::uint16_t type, Bytes payload,
                           const std::function<void(Bytes)>& take) {
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(sizeof header + payload.size());
  header.nlmsg_type = type;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header.nlmsg_seq = ++sequence_;
  std::vector<std::uint8_t> request(header.nlmsg_len);
  std::memcpy(request.data(), &header, sizeof header);
  if (!payload.empty()) {
    std::memcpy(request.data() + sizeof header, payload.data(), payload.size());
  }
  if (::send(descriptor_.get(), request.data(), request.size(), 0) < 0) {
    return fail(ErrorCode::kIo, fmt::format("netlink: {}", std::strerror(errno)));
  }
  bool was_interrupted = false;
  for (;;) {
    const ssize_t received = recv(descriptor_.get(), buffer_.data(), buffer_.size(), 0);
    if (received < 0 && errno == EINTR) {
      continue;
    }
    if (received < 0) {
      return fail(ErrorCode::kIo, fmt::format("netlink: {}", std::strerror(errno)));
    }
    Bytes bytes = Bytes(buffer_).first(static_cast<std::size_t>(received));
    while (bytes.size() >= sizeof(nlmsghdr)) {
      const auto message = read_struct<nlmsghdr>(bytes);
      if (message.nlmsg_len < sizeof message || message.nlmsg_len > bytes.size()) {
        return fail(ErrorCode::kIo, "netlink: a message longer than what came of it");
      }
      const Bytes body = bytes.subspan(sizeof message, message.nlmsg_len - sizeof message);
      if (message.nlmsg_seq == sequence_) {
        was_interrupted = was_interrupted || (message.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        if (message.nlmsg_type == NLMSG_DONE) {
          return was_interrupted ? Result<void>(fail(ErrorCode::kBusy,
                                                     "netlink: the dump changed while it was read"))
                                 : Result<void>();
        }
        if (message.nlmsg_type == NLMSG_ERROR) {
          const auto error = read_struct<nlmsgerr>(body);
          return fail(ErrorCode::kIo, fmt::format("netlink: {}", std::strerror(-error.error)));
        }
        take(body);
      }
      const std::size_t padded = (std::size_t{message.nlmsg_len} + 3) & ~std::size_t{3};
      bytes = bytes.subspan(padded < bytes.size() ? padded : bytes.size());
    }
  }
}

}  // namespace weir::probe
