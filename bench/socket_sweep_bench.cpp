// 100,000 TCP sockets, held by several processes in a network namespace of this program's own,
// swept with TCP_INFO. Prints milliseconds, the best of ten: of the clock, which others on the
// machine lengthen, and of this process's processor time. `one_thread_`: by a single walk; else as
// the product sweeps, by two threads.

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "probe/network_fixture.h"
#include "probe/socket_sweep.h"

namespace {

using weir::probe::Descriptor;

// Holds `count` connections to an address of loopback of its own until it is killed.
void hold(std::uint32_t process, int count, int ready) {
  const Descriptor listener(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x7f000100U + process);
  address.sin_port = htons(7000);
  if (bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener.get(), 1024) != 0) {
    _exit(1);
  }
  std::vector<Descriptor> held;
  for (int i = 0; i < count; ++i) {
    held.emplace_back(socket(AF_INET, SOCK_STREAM, 0));
    if (connect(held.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      _exit(1);
    }
    held.emplace_back(accept(listener.get(), nullptr, nullptr));
    if (!held.back().is_open()) {
      _exit(1);
    }
  }
  (void)!write(ready, "x", 1);
  pause();
}

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  const int num_sockets = argc > 1 ? std::atoi(argv[1]) : 100'000;
  if (const std::string problem = weir::probe::enter_network_namespace(); !problem.empty()) {
    fmt::print(stderr, "skipped: {}\n", problem);
    return 77;
  }
  weir::probe::write_text("/proc/sys/net/ipv4/ip_local_port_range", "1024 65000");
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const int each = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 20'000) / 2 - 50);
  int ready[2];
  if (pipe(ready) != 0) {
    return 1;
  }
  std::vector<pid_t> children;
  for (int left = num_sockets / 2; left > 0; left -= each) {
    const pid_t child = fork();
    if (child == 0) {
      hold(static_cast<std::uint32_t>(children.size()), std::min(left, each), ready[1]);
      _exit(0);
    }
    children.push_back(child);
  }
  close(ready[1]);
  std::size_t num_ready = 0;
  for (char byte = 0; num_ready < children.size() && read(ready[0], &byte, 1) == 1;) {
    ++num_ready;
  }
  using Clock = std::chrono::steady_clock;
  double best_ms = 1e9;
  double best_ledger_ms = 1e9;
  double best_cpu_ms = 1e9;
  double best_single_ms = 1e9;
  double best_single_cpu_ms = 1e9;
  weir::probe::SocketSweeper sweeper;
  weir::probe::SocketSweeper summing_sweeper;
  std::uint64_t seen = 0;
  weir::probe::RemoteLedger ledger;
  for (int turn = 0; turn < 10 && num_ready == children.size(); ++turn) {
    const auto count = [&](const weir::probe::TcpSocket&) { ++seen; };
    const auto measure = [&](double& wall_ms, double& used_ms, const auto& sweep) {
      seen = 0;
      const auto begin = Clock::now();
      const double cpu_begin_ms = cpu_ms();
      sweep();
      const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
      wall_ms = std::min(wall_ms, took.count());
      used_ms = std::min(used_ms, cpu_ms() - cpu_begin_ms);
    };
    measure(best_single_ms, best_single_cpu_ms,
            [&] { (void)weir::probe::sweep_tcp_sockets(true, count); });
    double first_ms = 1e9;
    double first_cpu_ms = 1e9;
    measure(turn == 0 ? first_ms : best_ms, turn == 0 ? first_cpu_ms : best_cpu_ms,
            [&] { (void)sweeper.sweep(true, count); });
    const auto begin = Clock::now();
    ledger.begin();
    (void)summing_sweeper.sweep(true,
                                [&](const weir::probe::TcpSocket& socket) { ledger.add(socket); });
    (void)ledger.finish(10);
    const std::chrono::duration<double, std::milli> whole = Clock::now() - begin;
    best_ledger_ms = std::min(best_ledger_ms, whole.count());
  }
  for (const pid_t child : children) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  if (num_ready != children.size()) {
    fmt::print(stderr, "the sockets could not be opened\n");
    return 1;
  }
  fmt::print(
      "{{\"sockets\": {}, \"processes\": {}, \"is_split\": {}, \"sweep_ms\": {:.1f}, "
      "\"sweep_cpu_ms\": "
      "{:.1f}, \"one_thread_ms\": {:.1f}, \"one_thread_cpu_ms\": {:.1f}, \"sweep_and_sum_ms\": "
      "{:.1f}}}\n",
      seen, children.size(), sweeper.is_split(), best_ms, best_cpu_ms, best_single_ms,
      best_single_cpu_ms, best_ledger_ms);
  return 0;
}
