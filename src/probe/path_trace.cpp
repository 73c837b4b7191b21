#include "probe/path_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>

#include "probe/echo_message.h"
#include "probe/socket_transport.h"

namespace weir::probe {
namespace {

using EventKind = EchoEvent::Kind;

constexpr std::int64_t kNsInMs = 1'000'000;
constexpr int kWindow = 4;  // hops that are asked at once
constexpr std::int64_t kSpacingNs =
    100 * kNsInMs;  // between attempts: routers limit what they tell
constexpr std::int64_t kLeastMtuWaitNs = 200 * kNsInMs;
constexpr int kMtuAttempts = 2;
constexpr std::uint32_t kV4Headers = 28;  // IP's, and ICMP's or UDP's
constexpr std::uint32_t kV6Headers = 48;
constexpr std::uint16_t kFirstPort = 33'434;  // of UDP: where nobody listens by custom
constexpr std::uint8_t kFarTtl = 64;

// Sizes that links and tunnels have, tried before the range is halved.
constexpr std::array<std::uint32_t, 12> kUsualMtus = {9'001, 9'000, 8'500, 1'500, 1'492, 1'480,
                                                      1'476, 1'460, 1'450, 1'420, 1'400, 1'280};

class Tracer {
 public:
  Tracer(EchoTransport& transport, const Clock& clock, const IpAddress& address,
         const TraceOptions& options, const CancelToken& cancel)
      : transport_(transport),
        clock_(clock),
        options_(options),
        cancel_(cancel),
        is_udp_(transport.method() == "udp"),
        headers_(address.is_v4() ? kV4Headers : kV6Headers) {
    trace_.address = address;
    trace_.method = transport.method();
    trace_.time = clock.now_ms();
  }

  Result<PathTrace> run() {
    for (int first = 1; first <= options_.max_hops && !has_ended_; first += kWindow) {
      if (first > last_answered_ + options_.max_silent_hops) {
        break;
      }
      ask_window(first, std::min(first + kWindow - 1, options_.max_hops));
      if (num_sent_ == 0) {
        return fail(ErrorCode::kIo,
                    fmt::format("no probe to {} can leave this host: {}", to_string(trace_.address),
                                std::strerror(send_error_)));
      }
      if (cancel_.is_cancelled()) {
        return fail(ErrorCode::kCancelled, "interrupted");
      }
    }
    finish_hops();
    if (options_.wants_mtu && trace_.is_reached) {
      trace_.mtu = find_mtu();
    }
    if (cancel_.is_cancelled()) {
      return fail(ErrorCode::kCancelled, "interrupted");
    }
    return std::move(trace_);
  }

 private:
  struct Probe {
    int ttl = 0;
    std::int64_t sent_ns = 0;
    std::uint16_t port = 0;
    bool is_answered = false;
  };
  enum class Verdict : std::uint8_t { kFits, kTooBig, kSilent, kNotSent };

  // Sends one probe; its sequence, or nullopt where it could not leave.
  std::optional<std::uint32_t> send(int ttl, std::uint32_t mtu) {
    EchoRequest request;
    request.address = trace_.address;
    request.target = 0;
    request.sequence = next_sequence_++;
    request.ttl = static_cast<std::uint8_t>(ttl);
    request.payload_bytes =
        static_cast<std::uint16_t>(mtu == 0 ? kDefaultPayloadBytes : mtu - headers_);
    request.port = is_udp_ ? static_cast<std::uint16_t>(kFirstPort + ttl) : 0;
    probes_[request.sequence] = {ttl, clock_.monotonic_ns(), request.port, false};
    transport_.send({&request, 1});
    num_sent_ += request.was_sent ? 1U : 0U;
    send_error_ = request.was_sent ? send_error_ : request.error;
    return request.was_sent ? std::optional(request.sequence) : std::nullopt;
  }

  // Takes what comes until `end_ns`, or until is_over() says so.
  template <class IsOver>
  void listen(std::int64_t end_ns, const IsOver& is_over) {
    while (!cancel_.is_cancelled()) {
      events_.clear();
      transport_.receive(events_);
      for (const EchoEvent& event : events_) {
        take(event);
      }
      const std::int64_t left = end_ns - clock_.monotonic_ns();
      if (left <= 0 || is_over()) {
        return;
      }
      transport_.wait(std::min(left, kSpacingNs));
    }
  }

  Probe* probe_of(const EchoEvent& event) {
    auto found = probes_.end();
    if (event.target == 0) {
      found = probes_.find(event.sequence);
    } else if (event.target == kUnknownTarget && event.port != 0) {
      // A router gave the header back alone; the port is the hop's.
      found = std::find_if(probes_.begin(), probes_.end(), [&](const auto& entry) {
        return entry.second.port == event.port && !entry.second.is_answered;
      });
    } else if (event.target == kUnknownTarget) {
      found = std::find_if(probes_.begin(), probes_.end(), [&](const auto& entry) {
        return static_cast<std::uint16_t>(entry.first) ==
                   static_cast<std::uint16_t>(event.sequence) &&
               !entry.second.is_answered;
      });
    }
    return found == probes_.end() || found->second.is_answered ? nullptr : &found->second;
  }

  [[nodiscard]] bool is_from_target(const EchoEvent& event) const {
    return event.kind == EventKind::kReply ||
           (event.kind == EventKind::kUnreachable && event.from == trace_.address);
  }

  void take(const EchoEvent& event) {
    if (event.kind == EventKind::kTransmitted) {
      return;
    }
    Probe* const probe = probe_of(event);
    if (probe == nullptr) {
      return;
    }
    probe->is_answered = true;
    if (event.kind == EventKind::kTooBig) {
      told_mtu_ = event.mtu;
      told_by_ = event.from;
      was_told_ = true;
      return;
    }
    if (event.kind == EventKind::kUnreachable && !is_from_target(event) && options_.is_own &&
        options_.is_own(event.from)) {
      return;
    }
    was_reached_ = was_reached_ || is_from_target(event);
    last_answered_ = std::max(last_answered_, probe->ttl);
    TraceHop& hop = hop_of(probe->ttl);
    if (std::find(hop.addresses.begin(), hop.addresses.end(), event.from) == hop.addresses.end()) {
      hop.addresses.push_back(event.from);
    }
    const std::int64_t took = event.received_monotonic_ns - probe->sent_ns;
    hop.rtts_ms.push_back(static_cast<double>(std::max<std::int64_t>(took, 0)) / kNsInMs);
    hop.is_target = hop.is_target || is_from_target(event);
    hop.is_unreachable =
        hop.is_unreachable || (event.kind == EventKind::kUnreachable && !is_from_target(event));
    if (hop.is_target || hop.is_unreachable) {
      has_ended_ = true;
      last_ttl_ = std::min(last_ttl_, probe->ttl);
    }
  }

  TraceHop& hop_of(int ttl) {
    TraceHop& hop = hops_[ttl];
    hop.ttl = static_cast<std::uint8_t>(ttl);
    return hop;
  }

  void ask_window(int first, int last) {
    const auto is_answered = [&] {
      return std::all_of(probes_.begin(), probes_.end(), [&](const auto& entry) {
        return entry.second.is_answered || entry.second.ttl > last_ttl_;
      });
    };
    for (int attempt = 0; attempt < options_.attempts; ++attempt) {
      for (int ttl = first; ttl <= std::min(last, last_ttl_); ++ttl) {
        if (send(ttl, 0)) {
          ++hop_of(ttl).sent;
        }
      }
      const bool is_last = attempt + 1 == options_.attempts;
      if (num_sent_ == 0) {
        continue;  // nothing can come
      }
      listen(clock_.monotonic_ns() + (is_last ? options_.timeout_ms * kNsInMs : kSpacingNs),
             [&] { return is_last && is_answered(); });
    }
    probes_.clear();
  }

  void finish_hops() {
    int last_answered = 0;
    for (const auto& [ttl, hop] : hops_) {
      last_answered = hop.addresses.empty() ? last_answered : ttl;
    }
    for (auto& [ttl, hop] : hops_) {
      if (ttl <= std::min(last_answered, last_ttl_)) {
        trace_.is_reached = trace_.is_reached || hop.is_target;
        trace_.hops.push_back(std::move(hop));
      }
    }
    if (trace_.is_reached) {
      const auto& rtts = trace_.hops.back().rtts_ms;
      const double rtt_ms = *std::max_element(rtts.begin(), rtts.end());
      mtu_wait_ns_ = std::max(kLeastMtuWaitNs, static_cast<std::int64_t>(4 * rtt_ms * kNsInMs));
    }
  }

  Verdict try_mtu(std::uint32_t mtu) {
    for (int attempt = 0; attempt < kMtuAttempts; ++attempt) {
      probes_.clear();
      was_told_ = was_reached_ = false;
      if (!send(kFarTtl, mtu)) {
        return Verdict::kNotSent;
      }
      listen(clock_.monotonic_ns() + mtu_wait_ns_, [&] { return was_told_ || was_reached_; });
      if (was_reached_ || was_told_) {
        return was_reached_ ? Verdict::kFits : Verdict::kTooBig;
      }
    }
    return Verdict::kSilent;
  }

  PathMtu find_mtu() {
    PathMtu found;
    std::uint32_t fits = headers_ + kDefaultPayloadBytes;  // has passed
    std::uint32_t too_much = options_.max_mtu + 1;
    std::uint32_t candidate = options_.max_mtu;
    while (fits + 1 < too_much && !cancel_.is_cancelled()) {
      const Verdict verdict = try_mtu(candidate);
      if (verdict == Verdict::kFits) {
        fits = candidate;
        candidate = fits + 1;  // the last step where it is a link's size
        if (std::find(kUsualMtus.begin(), kUsualMtus.end(), fits) != kUsualMtus.end() &&
            candidate < too_much) {
          continue;
        }
      } else {
        too_much = candidate;
        found.limit = verdict == Verdict::kNotSent  ? PathMtu::Limit::kHost
                      : verdict == Verdict::kTooBig ? PathMtu::Limit::kRouter
                                                    : PathMtu::Limit::kSilence;
        found.told_by = verdict == Verdict::kTooBig ? told_by_ : IpAddress();
        if (verdict == Verdict::kTooBig && told_mtu_ >= fits && told_mtu_ < too_much) {
          too_much = told_mtu_ + 1;  // taken at its word, once that much has passed
          candidate = told_mtu_;
          continue;
        }
      }
      candidate = fits + (too_much - fits) / 2;
      for (const std::uint32_t usual : kUsualMtus) {
        if (usual > fits && usual < too_much) {
          candidate = usual;
          break;
        }
      }
    }
    found.bytes = fits;
    return found;
  }

  EchoTransport& transport_;
  const Clock& clock_;
  TraceOptions options_;
  const CancelToken& cancel_;
  bool is_udp_;
  std::uint32_t headers_;
  PathTrace trace_;
  std::map<int, TraceHop> hops_;
  std::map<std::uint32_t, Probe> probes_;  // by sequence, of the window
  std::vector<EchoEvent> events_;
  std::uint32_t next_sequence_ = 0;
  std::uint64_t num_sent_ = 0;
  int send_error_ = 0;        // errno of the last that could not leave
  int last_ttl_ = INT32_MAX;  // of the target, once it is known
  int last_answered_ = 0;
  bool has_ended_ = false;
  bool was_told_ = false;
  bool was_reached_ = false;
  std::uint32_t told_mtu_ = 0;
  IpAddress told_by_;
  std::int64_t mtu_wait_ns_ = kLeastMtuWaitNs;
};

}  // namespace

std::string_view name_of(PathMtu::Limit limit) {
  switch (limit) {
    case PathMtu::Limit::kHost:
      return "host";
    case PathMtu::Limit::kRouter:
      return "router";
    case PathMtu::Limit::kSilence:
      return "silence";
    case PathMtu::Limit::kNone:
      break;
  }
  return "none";
}

Result<std::unique_ptr<EchoTransport>> open_trace_transport(std::string_view method,
                                                            std::uint32_t max_mtu) {
  IcmpOptions options;
  options.is_whole = true;
  options.payload_bytes = max_mtu - kV4Headers;
  for (const bool needs_v6 : {true, false}) {  // a kernel may be without IPv6
    options.needs_v6 = needs_v6;
    if (method != "udp") {
      auto icmp = open_icmp(options);
      if (icmp || (method == "icmp" && !needs_v6)) {
        return icmp;
      }
    }
    if (method != "icmp") {
      auto udp = open_udp_echo(options);
      if (udp || !needs_v6) {
        return udp;
      }
    }
  }
  return fail(ErrorCode::kIo, "no socket to trace with");
}

Result<PathTrace> trace_path(EchoTransport& transport, const Clock& clock, const IpAddress& address,
                             const TraceOptions& options, const CancelToken& cancel) {
  return Tracer(transport, clock, address, options, cancel).run();
}

}  // namespace weir::probe
