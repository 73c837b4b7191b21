#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"
#include "base/result.h"

namespace weir::http {

// A GET that is made to be measured: over a connection of its own, to an address that is given.
struct ExchangeRequest {
  std::uint64_t id = 0;
  std::string url;         // http or https
  std::string host;        // of the URL
  std::uint16_t port = 0;  // likewise
  IpAddress address;       // of the host
  std::int64_t timeout_ms = 1'000;
  std::size_t max_body_bytes = 1U << 20;
  std::int64_t max_redirects = 0;  // whose hosts are looked up as the system does it
  std::string authorities;         // a file of certificates to trust; "": the system's
};

struct ExchangeResult {
  enum class Fate : std::uint8_t {
    kAnswered,  // whatever the status
    kTimedOut,
    kUnreachable,  // nobody listens, or the connection broke before an answer
    kCertificate,  // not trusted, over, of another name
    kTls,          // no common version, a broken handshake
    kFailed,       // no HTTP, a body past its bound, too many redirects
    kNotSent,      // this machine could not: no socket, no certificates to trust
  };
  std::uint64_t id = 0;
  Fate fate = Fate::kAnswered;
  std::string problem;  // "" of kAnswered
  int error = 0;        // errno of a connection that did not come about
  int status = 0;
  // Since the start; 0 where it did not come to that.
  std::int64_t connected_us = 0;
  std::int64_t tls_done_us = 0;
  std::int64_t request_sent_us = 0;
  std::int64_t first_byte_us = 0;
  std::int64_t total_us = 0;
  std::optional<std::int64_t> certificate_ends_s;  // of the chain's first to end, since 1970
};

// Many exchanges at once on the caller's thread.
class Exchanges {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Exchanges>> open();
  ~Exchanges();

  // False where it cannot even begin (no memory).
  [[nodiscard]] bool start(const ExchangeRequest& request);
  // Does what can be done without waiting; appends what is over.
  void step(std::vector<ExchangeResult>& results);
  // Readable when there is something to do.
  [[nodiscard]] int descriptor() const;
  [[nodiscard]] std::size_t num_underway() const;

 private:
  class State;
  Exchanges();
  std::unique_ptr<State> state_;
};

}  // namespace weir::http
