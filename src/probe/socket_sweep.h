#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"
#include "probe/round_statistics.h"

namespace weir::probe {

// States of TCP sockets as the kernel numbers them (1 ESTABLISHED .. 12 NEW_SYN_RECV).
inline constexpr std::size_t kNumTcpStates = 13;

// What TCP_INFO tells of one socket. Absent members: the kernel is older than they are.
struct TcpQuality {
  double rtt_ms = 0;  // smoothed
  double rtt_var_ms = 0;
  std::uint32_t retransmits = 0;          // segments, since the connection began
  std::optional<std::uint32_t> timeouts;  // RTOs (Linux 6.7)
  std::uint64_t bytes_acked = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_retransmitted = 0;
  std::uint64_t delivery_bytes_s = 0;
  std::uint32_t segments_out = 0;
};

struct TcpSocket {
  std::uint64_t cookie = 0;  // tells the reuse of a tuple
  IpAddress local;
  IpAddress remote;
  std::uint16_t local_port = 0;
  std::uint16_t remote_port = 0;
  std::uint8_t state = 0;
  std::uint32_t receive_queue = 0;    // of a listener: connections that wait to be accepted
  std::uint32_t send_queue = 0;       // of a listener: how many may
  std::optional<TcpQuality> quality;  // time-wait and request sockets have none
};

// Every TCP socket of this network namespace, both versions of IP, by sock_diag: no privilege, no
// walk over /proc. Sockets that open and close between two sweeps are not seen.
[[nodiscard]] Result<void> sweep_tcp_sockets(bool wants_quality,
                                             const std::function<void(const TcpSocket&)>& take);

// The same again and again. Where there are many sockets the kernel's work is shared by two
// threads: each asks for one side of the local or the remote port that halved them the last time.
// Calls of `take` never overlap.
class SocketSweeper {
 public:
  // `min_split`: so many sockets are swept by two.
  explicit SocketSweeper(std::size_t min_split = 20'000) : min_split_(min_split) {}

  [[nodiscard]] Result<void> sweep(bool wants_quality,
                                   const std::function<void(const TcpSocket&)>& take);
  // Whether the last sweep was shared.
  [[nodiscard]] bool is_split() const { return is_split_; }

 private:
  static constexpr std::size_t kBins = 256;  // of 256 ports each
  using Bins = std::array<std::uint32_t, kBins>;

  void choose_split();

  std::size_t min_split_;
  std::size_t num_sockets_ = 0;
  Bins local_{};
  Bins remote_{};
  std::uint16_t port_ = 0;  // the first of the upper side; 0: one thread
  bool is_port_local_ = true;
  bool is_split_ = false;
};

// Sockets by state; `total` counts all.
struct TcpStateCounts {
  std::array<std::uint64_t, kNumTcpStates> by_state{};
  std::uint64_t total = 0;
  void add(const TcpSocket& socket) {
    ++total;
    ++by_state[socket.state < kNumTcpStates ? socket.state : 0];
  }
};
// The document's 12 names: `unknown` is what psutil calls close or none.
void for_each_metric(const TcpStateCounts& counts, const TakeMetric& take);

// Connections to one remote address between two sweeps.
struct RemoteQuality {
  IpAddress remote;
  std::uint64_t connections = 0;
  double rtt_ms = 0;      // mean over connections
  double rtt_var_ms = 0;  // likewise
  std::uint64_t retransmits = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t severed =
      0;  // established before and gone now, with data that was not acknowledged
  std::uint64_t bytes_acked = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_retransmitted = 0;
  std::uint64_t delivery_bytes_s = 0;  // the fastest connection's
  // As AWS's Network Flow Monitor agent orders: retransmissions + 2 x timeouts + 4 x severed.
  [[nodiscard]] std::uint64_t loss_score() const {
    return retransmits + 2 * timeouts + 4 * severed;
  }
};

// Turns sweeps into what happened between them.
class RemoteLedger {
 public:
  void begin();
  void add(const TcpSocket& socket);
  // The remotes with the highest loss scores (then most bytes), at most `limit`; of the first sweep
  // nothing, as its counters are as old as the connections.
  [[nodiscard]] std::vector<RemoteQuality> finish(std::size_t limit);

 private:
  struct Seen {
    std::uint32_t retransmits = 0;
    std::uint32_t timeouts = 0;
    std::uint64_t bytes_acked = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_retransmitted = 0;
    IpAddress remote;
    bool has_unsent = false;
    std::uint32_t sweep = 0;
  };
  std::unordered_map<std::uint64_t, Seen> seen_;  // by cookie
  struct HashAddress {
    std::size_t operator()(const IpAddress& address) const {
      return static_cast<std::size_t>((address.high ^ address.low * 0x9e3779b97f4a7c15) >> 7);
    }
  };
  std::unordered_map<IpAddress, RemoteQuality, HashAddress> remotes_;
  std::uint32_t sweep_ = 0;
};

}  // namespace weir::probe
