#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "probe/round_statistics.h"

namespace weir::probe {

// What name servers said in the time of a round, besides that they answered.
struct DnsDetail {
  std::uint64_t failures = 0;      // answers with another code than 0
  std::uint64_t truncated = 0;     // that did not fit into a datagram, and were asked for by TCP
  std::uint64_t wrong = 0;         // with the id of a probe and another question: no answer
  std::uint8_t last_code = 0;      // RCODE: 2 server failure, 3 no such name
  std::uint16_t last_records = 0;  // in the answer
};

// What web servers said in the time of a round. Times are means over the probes that came so far,
// in milliseconds.
struct HttpDetail {
  struct Mean {
    double sum_ms = 0;
    std::uint64_t count = 0;
    void add(double ms) {
      sum_ms += ms;
      ++count;
    }
    [[nodiscard]] double value() const { return sum_ms / static_cast<double>(count); }
  };
  Mean connect;                            // SYN to connection
  Mean tls;                                // the handshake
  Mean first_byte;                         // from the request to the first byte of the answer
  Mean transfer;                           // from there to the last
  std::uint64_t unexpected = 0;            // answers with another status than wanted
  std::uint64_t certificate_errors = 0;    // not trusted, expired, of another name
  int last_status = 0;                     // 0: none came
  std::optional<double> certificate_days;  // until the first of the chain is over
};

struct RoundDetail {
  std::optional<DnsDetail> dns;
  std::optional<HttpDetail> http;
  std::string problem;  // the last one's
};

// As for_each_metric of a round's statistics.
void for_each_metric(const RoundDetail& detail, const TakeMetric& take);

}  // namespace weir::probe
