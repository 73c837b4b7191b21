#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/result.h"
#include "collector/listen_address.h"

namespace weir::collector {

// Answers health checks of load balancers on a TCP port: a connection alone (TCP), or HTTP/1: 200
// while healthy, else 503. GET /metrics gives Prometheus' text. Hardened against untrusted input:
// a few connections at a time, 4 KiB and two seconds each.
class HealthServer {
 public:
  struct Answers {
    std::function<bool()> is_healthy;      // called by the server's thread
    std::function<std::string()> metrics;  // likewise
  };
  [[nodiscard]] static Result<std::unique_ptr<HealthServer>> open(const ListenAddress& address,
                                                                  Answers answers);
  ~HealthServer();
  [[nodiscard]] ListenAddress address() const { return address_; }

 private:
  struct Connection;
  HealthServer(int socket, int wake, ListenAddress address, Answers answers);
  void run();
  [[nodiscard]] std::string answer(const std::string& request) const;

  int socket_;
  int wake_;
  ListenAddress address_;
  Answers answers_;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace weir::collector
