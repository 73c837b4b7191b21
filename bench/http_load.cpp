// Load for bench/serve_run: sends requests that files hold, over many connections of one thread,
// and says how many were answered and how soon. Closed loop (each connection sends when it was
// answered), or at a rate.
//
//   http_load PORT CONNECTIONS SECONDS RATE FILE...     (RATE 0: closed loop; CALLS/s: open loop)
//
// Prints: answers seconds p50_us p99_us max_us bytes. At a rate, latency counts from when a request
// was due.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "http_load: %s\n", why.c_str());
  std::exit(1);
}

int connect_to(int port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (descriptor < 0 ||
      ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    give_up(std::string("cannot connect: ") + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return descriptor;
}

class Load {
 public:
  Load(int port, int connections, double seconds, double rate, std::vector<std::string> requests)
      : port_(port),
        seconds_(seconds),
        rate_(rate),
        requests_(std::move(requests)),
        epoll_(::epoll_create1(0)) {
    connections_.resize(static_cast<std::size_t>(connections));
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      open(i);
    }
  }

  void run() {
    const double begin_s = now_s();
    const double end_s = begin_s + seconds_;
    std::uint64_t num_due = 0;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      rate_ > 0 ? idle_.push_back(i) : send(i, now_s());
    }
    while (true) {
      double at_s = now_s();
      if (at_s >= end_s) {
        break;
      }
      double wait_s = 0.1;
      if (rate_ > 0) {
        double due_s = begin_s + static_cast<double>(num_due) / rate_;
        for (; due_s <= at_s; due_s = begin_s + static_cast<double>(num_due) / rate_) {
          waiting_.push_back(due_s);
          ++num_due;
        }
        while (!waiting_.empty() && !idle_.empty()) {
          const std::size_t place = idle_.front();
          idle_.pop_front();
          send(place, waiting_.front());
          waiting_.pop_front();
        }
        wait_s = std::clamp(due_s - now_s(), 0.0, wait_s);
      }
      epoll_event events[64];
      const timespec wait{0, static_cast<long>(wait_s * 1e9)};
      const int count = ::epoll_pwait2(epoll_, events, 64, &wait, nullptr);
      for (int i = 0; i < count; ++i) {
        receive(events[i].data.u64);
      }
    }
    const double took_s = now_s() - begin_s;
    std::sort(taken_s_.begin(), taken_s_.end());
    const auto at = [&](double share) {
      return taken_s_.empty()
                 ? 0
                 : taken_s_[std::min(
                       taken_s_.size() - 1,
                       static_cast<std::size_t>(share * static_cast<double>(taken_s_.size())))] *
                       1e6;
    };
    std::printf("%zu %.4f %.1f %.1f %.1f %llu\n", taken_s_.size(), took_s, at(0.5), at(0.99), at(1),
                static_cast<unsigned long long>(bytes_));
  }

 private:
  struct Connection {
    int descriptor = -1;
    double since_s = 0;
    bool is_fresh = true;
    std::string answer;
    std::size_t whole_bytes = 0;  // of head and body, once the head is there
  };

  void open(std::size_t place) {
    Connection& connection = connections_[place];
    if (connection.descriptor >= 0) {
      ::close(connection.descriptor);
    }
    connection.descriptor = connect_to(port_);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = place;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.descriptor, &event);
  }

  void send(std::size_t place, double since_s) {
    Connection& connection = connections_[place];
    connection.since_s = since_s;
    connection.answer.clear();
    connection.whole_bytes = 0;
    std::string_view left = requests_[next_++ % requests_.size()];
    while (!left.empty()) {
      const ssize_t sent = ::send(connection.descriptor, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        give_up(std::string("cannot send: ") + std::strerror(errno));
      }
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void receive(std::size_t place) {
    Connection& connection = connections_[place];
    static char room[1 << 18];
    const ssize_t size = ::recv(connection.descriptor, room, sizeof room, 0);
    if (size < 0) {
      give_up(std::string("cannot receive: ") + std::strerror(errno));
    }
    bytes_ += static_cast<std::uint64_t>(size);
    connection.answer.append(room, static_cast<std::size_t>(size));
    if (connection.whole_bytes == 0) {
      const std::size_t end = connection.answer.find("\r\n\r\n");
      if (end != std::string::npos) {
        if (connection.answer.compare(9, 3, "200") != 0) {
          give_up("refused: " + connection.answer.substr(0, 600));
        }
        std::string head = connection.answer.substr(0, end + 2);
        std::transform(head.begin(), head.end(), head.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const std::size_t length = head.find("content-length:");
        connection.whole_bytes =
            end + 4 +
            (length == std::string::npos ? 0
                                         : std::strtoull(head.c_str() + length + 15, nullptr, 10));
      }
    }
    const bool is_whole =
        connection.whole_bytes != 0 && connection.answer.size() >= connection.whole_bytes;
    if (size == 0 && !is_whole) {
      if (!connection.answer.empty() || connection.is_fresh) {
        give_up("the server closed a connection in mid-answer");
      }
      open(place);
      return;
    }
    if (!is_whole) {
      return;
    }
    taken_s_.push_back(now_s() - connection.since_s);
    const bool is_old = connection.answer.compare(0, 8, "HTTP/1.0") == 0 ||
                        connection.answer.find("Connection: close") != std::string::npos;
    if (is_old) {
      open(place);
    }
    if (rate_ > 0) {
      idle_.push_back(place);
    } else {
      send(place, now_s());
    }
  }

  int port_;
  double seconds_;
  double rate_;
  std::vector<std::string> requests_;
  int epoll_;
  std::vector<Connection> connections_;
  std::deque<std::size_t> idle_;
  std::deque<double> waiting_;
  std::size_t next_ = 0;
  std::vector<double> taken_s_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    give_up("PORT CONNECTIONS SECONDS RATE FILE...");
  }
  std::vector<std::string> requests;
  for (int i = 5; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    requests.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    if (requests.back().empty()) {
      give_up(std::string(argv[i]) + " holds no request");
    }
  }
  Load(std::atoi(argv[1]), std::atoi(argv[2]), std::atof(argv[3]), std::atof(argv[4]),
       std::move(requests))
      .run();
  return 0;
}
