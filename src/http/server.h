#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/message.h"

namespace weir::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: one that is free
  std::size_t num_workers = 4;
  std::size_t max_queued = 256;        // requests that wait for a worker; past it 503
  std::size_t max_streams = 32;        // bodies made piece by piece at a time; past it 503
  std::size_t max_connections = 1024;  // past it a connection gets 503 and is closed
  std::size_t max_body_bytes = 32U << 20;
  std::size_t max_bodies_bytes = 256U << 20;  // of all requests in hand; past it 503
  std::uint32_t max_header_bytes = 32U << 10;
  std::size_t max_headers = 100;
  std::int64_t header_ms = 10'000;  // from a request's first byte to its last header
  std::int64_t idle_ms = 75'000;    // between requests
  std::int64_t body_ms = 30'000;    // then a body has to come at 1 KiB/s or faster
  std::int64_t write_ms = 30'000;
  std::string certificate_file;  // PEM, with the chain; TLS where it is given
  std::string key_file;
  // A socket in the file system beside the port, for its owner alone; none where it is empty. What
  // lies at that path is replaced.
  std::string socket_path;
};

// What happened since the start.
struct ServerCounters {
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> open_connections{0};
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> responses_2xx{0};
  std::atomic<std::uint64_t> responses_4xx{0};
  std::atomic<std::uint64_t> responses_5xx{0};
  std::atomic<std::uint64_t> refused_overload{0};  // 503 of this server's own
  std::atomic<std::uint64_t> refused_malformed{0};
  std::atomic<std::uint64_t> refused_large{0};  // 413 and 431
  std::atomic<std::uint64_t> timed_out{0};
  std::atomic<std::uint64_t> http2_prefaces{0};
  std::atomic<std::uint64_t> body_bytes{0};
  std::atomic<std::uint64_t> streams{0};  // bodies made piece by piece
  std::atomic<std::uint64_t> open_streams{0};
  std::atomic<std::uint64_t> streams_cut{0};  // whose client went away, or read too slowly
};

// Serves HTTP/1.1 on one address: keep-alive, pipelining, TLS. Hardened against untrusted input.
// A client that opens with HTTP/2's preface is told HTTP_1_1_REQUIRED. Thread-safe.
class Server {
 public:
  // Listens when it returns. `handler` outlives the server. kBusy where the port is taken.
  [[nodiscard]] static Result<std::unique_ptr<Server>> open(const ServerOptions& options,
                                                            Handler& handler);
  virtual ~Server() = default;  // drops what is in hand

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual const ServerCounters& counters() const = 0;
  // Reads certificate and key again, for connections to come. The old ones stay on an error.
  [[nodiscard]] virtual Result<void> reload_certificate() = 0;
  // Takes no more connections, answers what is in hand, closes. After `limit_ms` the rest is
  // dropped; false where there was a rest.
  virtual bool drain(std::int64_t limit_ms) = 0;
};

}  // namespace weir::http
