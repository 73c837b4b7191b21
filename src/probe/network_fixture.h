#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "probe/descriptor.h"
#include "probe/echo_message.h"

// For tests: a network namespace of the test's own, and a network behind a TUN device in it.
namespace weir::probe {

inline bool write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  return file.good();
}

// Takes this process into a new network namespace with loopback up; "" or why it cannot be.
inline std::string enter_network_namespace() {
  const uid_t user = geteuid();
  const gid_t group = getegid();
  if (unshare(CLONE_NEWNET) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
      return std::string("no network namespace: ") + std::strerror(errno);
    }
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", "0 " + std::to_string(user) + " 1");
    write_text("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
  }
  const Descriptor control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl(control.get(), SIOCSIFFLAGS, &request) == 0
             ? ""
             : std::string("loopback stays down: ") + std::strerror(errno);
}

// "0 0": this process's group may have datagram ICMP sockets; "1 0": nobody may.
inline bool set_ping_group_range(const std::string& range) {
  return write_text("/proc/sys/net/ipv4/ping_group_range", range);
}

inline std::int64_t wall_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// Answers echo requests to 10.99.0.0/16 and fd99::/64 as a function says, and logs the delay that
// each answer truly had.
class TunNetwork {
 public:
  struct Request {
    bool is_v6 = false;
    std::uint32_t host = 0;   // the last 32 bits of the address
    std::uint64_t count = 0;  // requests to that host before this one
  };
  struct Answer {
    enum class Kind : std::uint8_t { kReply, kUnreachable, kTtlExceeded } kind = Kind::kReply;
    std::int64_t delay_us = 0;
    std::uint8_t ttl = 64;
    bool is_short = false;  // of an error: gives 8 bytes of the packet back, as old routers do
  };
  using Plan = std::function<std::vector<Answer>(const Request&)>;

  // "" or why there is none.
  std::string open(Plan plan);
  ~TunNetwork() {
    is_stopping_ = true;
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  // From when the request was read to when its first reply was written, in ms, by the number of the
  // request to that host.
  std::map<std::uint64_t, double> true_delays_ms(std::uint32_t host) {
    const std::lock_guard lock(mutex_);
    return delays_ms_[host];
  }

 private:
  struct Pending {
    std::vector<std::uint8_t> packet;
    std::int64_t read_ns = 0;
    bool is_reply = false;
    std::uint32_t host = 0;
    std::uint64_t count = 0;
  };
  void run();
  void take(std::span<const std::uint8_t> packet, std::int64_t now);

  Plan plan_;
  Descriptor device_;
  std::thread thread_;
  std::atomic<bool> is_stopping_{false};
  std::mutex mutex_;
  std::map<std::uint32_t, std::map<std::uint64_t, double>> delays_ms_;  // by host
  std::map<std::pair<bool, std::uint32_t>, std::uint64_t> counts_;
  std::multimap<std::int64_t, Pending> pending_;
};

inline std::string TunNetwork::open(Plan plan) {
  plan_ = std::move(plan);
  device_ = Descriptor(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!device_.is_open()) {
    return std::string("/dev/net/tun: ") + std::strerror(errno);
  }
  ifreq request{};
  std::strcpy(request.ifr_name, "relay");
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(device_.get(), TUNSETIFF, &request) != 0) {
    return std::string("no TUN device: ") + std::strerror(errno);
  }
  write_text("/proc/sys/net/ipv6/conf/relay/accept_dad", "0");
  const Descriptor control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  inet_pton(AF_INET, "10.99.0.1", &address.sin_addr);
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  bool is_done = ioctl(control.get(), SIOCSIFADDR, &request) == 0;
  inet_pton(AF_INET, "255.255.0.0", &address.sin_addr);
  std::memcpy(&request.ifr_netmask, &address, sizeof address);
  is_done = is_done && ioctl(control.get(), SIOCSIFNETMASK, &request) == 0;
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  is_done = is_done && ioctl(control.get(), SIOCSIFFLAGS, &request) == 0;
  const Descriptor control_v6(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  in6_ifreq request_v6{};
  inet_pton(AF_INET6, "fd99::1", &request_v6.ifr6_addr);
  request_v6.ifr6_prefixlen = 64;
  request_v6.ifr6_ifindex = static_cast<int>(if_nametoindex("relay"));
  is_done = is_done && ioctl(control_v6.get(), SIOCSIFADDR, &request_v6) == 0;
  if (!is_done) {
    return std::string("the TUN device cannot be set up: ") + std::strerror(errno);
  }
  // Until the kernel has passed over duplicate address detection it drops what comes for fd99::1.
  for (int turn = 0; turn < 2'000; ++turn) {
    std::ifstream addresses("/proc/net/if_inet6");
    bool is_tentative = false;
    for (std::string line; std::getline(addresses, line);) {
      is_tentative =
          is_tentative || (line.find("relay") != std::string::npos && line.starts_with("fd99") &&
                           (std::stoi(line.substr(42, 2), nullptr, 16) & 0x40) != 0);
    }
    if (!is_tentative) {
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_ = std::thread([this] { run(); });
  return "";
}

inline void TunNetwork::run() {
  // Ahead of others, where that is permitted: what the relay waits for a processor is delay that
  // its log does not know of.
  const sched_param first{1};
  (void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &first);
  std::vector<std::uint8_t> bytes(65'536);
  while (!is_stopping_) {
    std::int64_t now = wall_ns();
    while (!pending_.empty() && pending_.begin()->first <= now) {
      const Pending& answer = pending_.begin()->second;
      if (answer.is_reply) {
        const std::lock_guard lock(mutex_);
        delays_ms_[answer.host].try_emplace(answer.count,
                                            static_cast<double>(wall_ns() - answer.read_ns) / 1e6);
      }
      (void)!write(device_.get(), answer.packet.data(), answer.packet.size());
      pending_.erase(pending_.begin());
      now = wall_ns();
    }
    std::int64_t limit = 20'000'000;
    if (!pending_.empty()) {
      limit = std::min(limit, pending_.begin()->first - now);
    }
    pollfd polled{device_.get(), POLLIN, 0};
    const timespec wait{0, std::max<std::int64_t>(limit, 0)};
    ppoll(&polled, 1, &wait, nullptr);
    for (ssize_t n = 0; (n = read(device_.get(), bytes.data(), bytes.size())) > 0;) {
      take(std::span(bytes).first(static_cast<std::size_t>(n)), wall_ns());
    }
  }
}

// Fills in a checksum over a pseudo-header and `message` at its bytes 2 and 3.
inline void seal_icmp(bool is_v6, std::span<const std::uint8_t> addresses,
                      std::span<std::uint8_t> message) {
  message[2] = message[3] = 0;
  std::vector<std::uint8_t> whole;
  if (is_v6) {
    whole.assign(addresses.begin(), addresses.end());
    const auto size = static_cast<std::uint32_t>(message.size());
    whole.insert(whole.end(), {0, 0, static_cast<std::uint8_t>(size >> 8),
                               static_cast<std::uint8_t>(size), 0, 0, 0, 58});
  }
  whole.insert(whole.end(), message.begin(), message.end());
  const std::uint16_t checksum = internet_checksum(whole);
  message[2] = static_cast<std::uint8_t>(checksum >> 8);
  message[3] = static_cast<std::uint8_t>(checksum);
}

inline void TunNetwork::take(std::span<const std::uint8_t> packet, std::int64_t now) {
  const bool is_v6 = packet[0] >> 4 == 6;
  const std::size_t header = is_v6 ? 40 : std::size_t{packet[0] & 15U} * 4;
  const bool is_icmp = packet.size() > header + 8 && packet[is_v6 ? 6 : 9] == (is_v6 ? 58 : 1);
  if (!is_icmp || packet[header] != (is_v6 ? 128 : 8)) {
    return;
  }
  const std::size_t source_at = is_v6 ? 8 : 12;
  const std::size_t address_bytes = is_v6 ? 16 : 4;
  Request request;
  request.is_v6 = is_v6;
  for (std::size_t i = 0; i < 4; ++i) {
    request.host = request.host << 8 | packet[source_at + 2 * address_bytes - 4 + i];
  }
  request.count = counts_[{is_v6, request.host}]++;
  for (const Answer& answer : plan_(request)) {
    const bool is_reply = answer.kind == Answer::Kind::kReply;
    std::vector<std::uint8_t> out(packet.begin(), packet.begin() + static_cast<long>(header));
    if (is_reply) {
      out.insert(out.end(), packet.begin() + static_cast<long>(header), packet.end());
      out[header] = is_v6 ? 129 : 0;
    } else {
      const bool is_exceeded = answer.kind == Answer::Kind::kTtlExceeded;
      const std::uint8_t type = is_v6 ? (is_exceeded ? 3 : 1) : (is_exceeded ? 11 : 3);
      out.insert(out.end(),
                 {type, static_cast<std::uint8_t>(is_exceeded ? 0 : 1), 0, 0, 0, 0, 0, 0});
      const std::size_t kept = answer.is_short ? header + 8 : packet.size();
      out.insert(out.end(), packet.begin(), packet.begin() + static_cast<long>(kept));
    }
    // Back from where it went, which of errors is as good as any router.
    std::copy_n(packet.begin() + static_cast<long>(source_at + address_bytes), address_bytes,
                out.begin() + static_cast<long>(source_at));
    std::copy_n(packet.begin() + static_cast<long>(source_at), address_bytes,
                out.begin() + static_cast<long>(source_at + address_bytes));
    const auto addresses = std::span<const std::uint8_t>(out).subspan(source_at, 2 * address_bytes);
    const std::size_t payload = out.size() - header;
    if (is_v6) {
      out[4] = static_cast<std::uint8_t>(payload >> 8);
      out[5] = static_cast<std::uint8_t>(payload);
      out[7] = answer.ttl;
    } else {
      out[2] = static_cast<std::uint8_t>(out.size() >> 8);
      out[3] = static_cast<std::uint8_t>(out.size());
      out[8] = answer.ttl;
      out[10] = out[11] = 0;
      const std::uint16_t checksum = internet_checksum(std::span(out).first(header));
      out[10] = static_cast<std::uint8_t>(checksum >> 8);
      out[11] = static_cast<std::uint8_t>(checksum);
    }
    seal_icmp(is_v6, addresses, std::span(out).subspan(header));
    pending_.emplace(now + answer.delay_us * 1000,
                     Pending{std::move(out), now, is_reply, request.host, request.count});
  }
}

}  // namespace weir::probe
