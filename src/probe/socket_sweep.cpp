#include "probe/socket_sweep.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "probe/netlink.h"
#include "probe/socket_address.h"

namespace weir::probe {
namespace {

// Of kernels newer than the headers that this is built with (include/uapi/linux/tcp.h, 6.7).
constexpr std::size_t kTotalRtoOffset = 240;

IpAddress address_of(const std::uint32_t (&words)[4], std::uint8_t family) {
  if (family == AF_INET) {
    return IpAddress::from_v4(ntohl(words[0]));
  }
  std::uint8_t bytes[16];
  std::memcpy(bytes, words, sizeof bytes);
  return from_v6_bytes(bytes);
}

TcpQuality quality_of(Bytes bytes) {
  const auto info = read_struct<tcp_info>(bytes);
  TcpQuality quality;
  quality.rtt_ms = info.tcpi_rtt / 1000.0;
  quality.rtt_var_ms = info.tcpi_rttvar / 1000.0;
  quality.retransmits = info.tcpi_total_retrans;
  quality.bytes_acked = info.tcpi_bytes_acked;
  quality.bytes_received = info.tcpi_bytes_received;
  quality.bytes_retransmitted = info.tcpi_bytes_retrans;
  quality.delivery_bytes_s = info.tcpi_delivery_rate;
  quality.segments_out = info.tcpi_segs_out;
  if (bytes.size() >= kTotalRtoOffset + 2) {
    quality.timeouts = read_struct<std::uint16_t>(bytes.subspan(kTotalRtoOffset, 2));
  }
  return quality;
}

TcpSocket socket_of(Bytes message) {
  const auto head = read_struct<inet_diag_msg>(message);
  TcpSocket socket;
  socket.cookie = std::uint64_t{head.id.idiag_cookie[1]} << 32 | head.id.idiag_cookie[0];
  socket.local = address_of(head.id.idiag_src, head.idiag_family);
  socket.remote = address_of(head.id.idiag_dst, head.idiag_family);
  socket.local_port = ntohs(head.id.idiag_sport);
  socket.remote_port = ntohs(head.id.idiag_dport);
  socket.state = head.idiag_state;
  socket.receive_queue = head.idiag_rqueue;
  socket.send_queue = head.idiag_wqueue;
  for_each_attribute(message.subspan(std::min(message.size(), sizeof head)),
                     [&](std::uint16_t type, Bytes value) {
                       if (type == INET_DIAG_INFO) {
                         socket.quality = quality_of(value);
                       }
                     });
  return socket;
}

constexpr std::uint8_t kEstablished = 1;

}  // namespace

namespace {

// Which sockets are asked for: all, or those on one side of a port.
struct PortSide {
  std::uint16_t port = 0;  // the first of the upper side; 0: all
  bool is_local = true;
  bool is_upper = true;
};

// A program of the kernel's for its socket filter (INET_DIAG_REQ_BYTECODE): one comparison of two
// words, that matches where it falls off the end exactly.
std::array<inet_diag_bc_op, 2> program_of(const PortSide& side) {
  std::array<inet_diag_bc_op, 2> program{};
  program[0].code = static_cast<std::uint8_t>(
      side.is_local ? (side.is_upper ? INET_DIAG_BC_S_GE : INET_DIAG_BC_S_LE)
                    : (side.is_upper ? INET_DIAG_BC_D_GE : INET_DIAG_BC_D_LE));
  program[0].yes = sizeof program;
  program[0].no = sizeof program + sizeof(inet_diag_bc_op);
  program[1].no = static_cast<std::uint16_t>(side.is_upper ? side.port : side.port - 1);
  return program;
}

Result<void> dump_sockets(bool wants_quality, const PortSide& side,
                          const std::function<void(Bytes)>& take) {
  WEIR_ASSIGN_OR_RETURN(Netlink netlink, Netlink::open(NETLINK_SOCK_DIAG));
  // The older form of the request, which does not know families: both come by one walk over the
  // kernel's table.
  inet_diag_req request{};
  request.idiag_family = AF_INET;
  request.idiag_ext = wants_quality ? 1 << (INET_DIAG_INFO - 1) : 0;
  request.idiag_states = (1U << kNumTcpStates) - 2;  // 1 to 12
  std::vector<std::uint8_t> payload(sizeof request);
  std::memcpy(payload.data(), &request, sizeof request);
  if (side.port != 0) {
    const auto program = program_of(side);
    rtattr attribute{};
    attribute.rta_type = INET_DIAG_REQ_BYTECODE;
    attribute.rta_len = sizeof attribute + sizeof program;
    payload.resize(sizeof request + attribute.rta_len);
    std::memcpy(payload.data() + sizeof request, &attribute, sizeof attribute);
    std::memcpy(payload.data() + sizeof request + sizeof attribute, &program, sizeof program);
  }
  auto done = netlink.dump(TCPDIAG_GETSOCK, payload, take);
  // A table of sockets always changes under its reader; each one is told whole.
  if (!done && done.error().code != ErrorCode::kBusy) {
    return done;
  }
  return {};
}

// The bin whose lower end divides the sockets most evenly, and how many then lie on the larger
// side.
std::pair<std::size_t, std::size_t> halve(std::span<const std::uint32_t> bins, std::size_t total) {
  std::pair<std::size_t, std::size_t> best{0, total};
  std::size_t below = 0;
  for (std::size_t bin = 1; bin < bins.size(); ++bin) {
    below += bins[bin - 1];
    const std::size_t larger = std::max(below, total - below);
    if (larger < best.second) {
      best = {bin, larger};
    }
  }
  return best;
}

// Sockets that one thread decoded, handed over together.
constexpr std::size_t kHandedOver = 256;

}  // namespace

Result<void> sweep_tcp_sockets(bool wants_quality,
                               const std::function<void(const TcpSocket&)>& take) {
  return dump_sockets(wants_quality, {}, [&](Bytes message) { take(socket_of(message)); });
}

Result<void> SocketSweeper::sweep(bool wants_quality,
                                  const std::function<void(const TcpSocket&)>& take) {
  num_sockets_ = 0;
  local_ = {};
  remote_ = {};
  const auto see = [&](const TcpSocket& socket) {
    ++num_sockets_;
    ++local_[socket.local_port / kBins];
    ++remote_[socket.remote_port / kBins];
    take(socket);
  };
  is_split_ = port_ != 0;
  if (!is_split_) {
    auto done = sweep_tcp_sockets(wants_quality, see);
    choose_split();
    return done;
  }
  std::mutex mutex;
  const auto sweep_side = [&](bool is_upper) {
    std::vector<TcpSocket> found;
    found.reserve(kHandedOver);
    const auto hand_over = [&] {
      const std::lock_guard lock(mutex);
      for (const TcpSocket& socket : found) {
        see(socket);
      }
      found.clear();
    };
    auto done = dump_sockets(wants_quality, {port_, is_port_local_, is_upper}, [&](Bytes message) {
      found.push_back(socket_of(message));
      if (found.size() == kHandedOver) {
        hand_over();
      }
    });
    hand_over();
    return done;
  };
  Result<void> upper;
  std::thread other([&] { upper = sweep_side(true); });
  Result<void> lower = sweep_side(false);
  other.join();
  choose_split();
  return lower ? upper : lower;
}

void SocketSweeper::choose_split() {
  const auto [local_bin, local_larger] = halve(local_, num_sockets_);
  const auto [remote_bin, remote_larger] = halve(remote_, num_sockets_);
  is_port_local_ = local_larger <= remote_larger;
  const std::size_t larger = std::min(local_larger, remote_larger);
  // Both threads walk over all sockets: a side that is left with most of them is not worth it.
  const bool is_worth_it = num_sockets_ >= min_split_ && larger * 4 <= num_sockets_ * 3;
  port_ = static_cast<std::uint16_t>(is_worth_it ? (is_port_local_ ? local_bin : remote_bin) * kBins
                                                 : 0);
}

void for_each_metric(const TcpStateCounts& counts, const TakeMetric& take) {
  const auto& by = counts.by_state;
  take("total_connections", static_cast<double>(counts.total), "Count");
  take("established", static_cast<double>(by[1]), "Count");
  take("listen", static_cast<double>(by[10]), "Count");
  take("time_wait", static_cast<double>(by[6]), "Count");
  take("close_wait", static_cast<double>(by[8]), "None");
  take("syn_sent", static_cast<double>(by[2]), "None");
  take("syn_recv", static_cast<double>(by[3] + by[12]), "None");
  take("fin_wait1", static_cast<double>(by[4]), "None");
  take("fin_wait2", static_cast<double>(by[5]), "None");
  take("closing", static_cast<double>(by[11]), "None");
  take("last_ack", static_cast<double>(by[9]), "None");
  take("unknown", static_cast<double>(by[0] + by[7]), "None");
}

void RemoteLedger::begin() {
  ++sweep_;
  remotes_.clear();
}

void RemoteLedger::add(const TcpSocket& socket) {
  if (!socket.quality || socket.state == 10) {
    return;
  }
  const TcpQuality& quality = *socket.quality;
  auto [entry, is_new] = seen_.try_emplace(socket.cookie);
  Seen& seen = entry->second;
  RemoteQuality& remote = remotes_[socket.remote];
  remote.remote = socket.remote;
  const auto n = static_cast<double>(++remote.connections);
  remote.rtt_ms += (quality.rtt_ms - remote.rtt_ms) / n;
  remote.rtt_var_ms += (quality.rtt_var_ms - remote.rtt_var_ms) / n;
  remote.delivery_bytes_s = std::max(remote.delivery_bytes_s, quality.delivery_bytes_s);
  // A connection that began since the last sweep counts whole: its counters began with it.
  if (sweep_ > 1) {
    remote.retransmits += quality.retransmits - seen.retransmits;
    remote.timeouts += quality.timeouts.value_or(0) - seen.timeouts;
    remote.bytes_acked += quality.bytes_acked - seen.bytes_acked;
    remote.bytes_received += quality.bytes_received - seen.bytes_received;
    remote.bytes_retransmitted += quality.bytes_retransmitted - seen.bytes_retransmitted;
  }
  seen = {quality.retransmits,
          quality.timeouts.value_or(0),
          quality.bytes_acked,
          quality.bytes_received,
          quality.bytes_retransmitted,
          socket.remote,
          socket.state == kEstablished && socket.send_queue > 0,
          sweep_};
}

std::vector<RemoteQuality> RemoteLedger::finish(std::size_t limit) {
  for (auto entry = seen_.begin(); entry != seen_.end();) {
    if (entry->second.sweep == sweep_) {
      ++entry;
      continue;
    }
    if (entry->second.has_unsent) {
      RemoteQuality& remote = remotes_[entry->second.remote];
      remote.remote = entry->second.remote;
      ++remote.severed;
    }
    entry = seen_.erase(entry);
  }
  std::vector<RemoteQuality> rows;
  rows.reserve(remotes_.size());
  for (const auto& [address, remote] : remotes_) {
    rows.push_back(remote);
  }
  const auto order = [](const RemoteQuality& a, const RemoteQuality& b) {
    const auto bytes = [](const RemoteQuality& r) { return r.bytes_acked + r.bytes_received; };
    return a.loss_score() != b.loss_score() ? a.loss_score() > b.loss_score()
           : bytes(a) != bytes(b)           ? bytes(a) > bytes(b)
                                            : a.remote < b.remote;
  };
  std::sort(rows.begin(), rows.end(), order);
  rows.resize(std::min(limit, rows.size()));
  return rows;
}

}  // namespace weir::probe
