#include <netinet/in.h>

#include <cstring>

#include "probe/echo_socket.h"
#include "probe/socket_address.h"

namespace weir::probe {

MessageBatch::MessageBatch(std::size_t num_bytes)
    : num_bytes_(num_bytes), bytes_(num_bytes * kMessages), control_(kControlBytes * kMessages) {}

void MessageBatch::prepare() {
  for (std::size_t i = 0; i < kMessages; ++i) {
    parts_[i] = {bytes_.data() + i * num_bytes_, num_bytes_};
    msghdr& header = messages_[i].msg_hdr;
    header = {};
    header.msg_name = &names_[i];
    header.msg_namelen = sizeof names_[i];
    header.msg_iov = &parts_[i];
    header.msg_iovlen = 1;
    header.msg_control = control_.data() + i * kControlBytes;
    header.msg_controllen = kControlBytes;
  }
}

void MessageBatch::address_to(std::size_t i, const EchoRequest& request, std::size_t num_bytes) {
  parts_[i] = {bytes_.data() + i * num_bytes_, num_bytes};
  msghdr& header = messages_[i].msg_hdr;
  header = {};
  header.msg_name = &names_[i];
  header.msg_namelen = write_address(request.address, request.port, names_[i]);
  header.msg_iov = &parts_[i];
  header.msg_iovlen = 1;
  if (request.ttl == 0) {
    return;
  }
  header.msg_control = control_.data() + i * kControlBytes;
  header.msg_controllen = CMSG_SPACE(sizeof(int));
  cmsghdr* const item = CMSG_FIRSTHDR(&header);
  const bool is_v4 = request.address.is_v4();
  item->cmsg_level = is_v4 ? static_cast<int>(SOL_IP) : static_cast<int>(SOL_IPV6);
  item->cmsg_type = is_v4 ? IP_TTL : IPV6_HOPLIMIT;
  item->cmsg_len = CMSG_LEN(sizeof(int));
  const int ttl = request.ttl;
  std::memcpy(CMSG_DATA(item), &ttl, sizeof ttl);
}

IpAddress MessageBatch::name(std::size_t i) const { return read_address(names_[i]); }
std::uint16_t MessageBatch::port(std::size_t i) const { return read_port(names_[i]); }

}  // namespace weir::probe
