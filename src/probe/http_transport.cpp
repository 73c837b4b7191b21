#include "probe/http_transport.h"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/number.h"
#include "http/exchange.h"
#include "probe/socket_address.h"

namespace weir::probe {
namespace {

using ExchangeFate = http::ExchangeResult::Fate;

constexpr double kSecondsInDay = 86'400;

class HttpTransport final : public EchoTransport {
 public:
  HttpTransport(std::unique_ptr<http::Exchanges> exchanges, HttpOptions options)
      : exchanges_(std::move(exchanges)), options_(std::move(options)) {}

  void describe(std::uint32_t target, const TargetText& text) override {
    asked_[target].text = text;
  }

  void send(std::span<EchoRequest> requests) override {
    for (EchoRequest& request : requests) {
      const TargetText& text = asked_[request.target].text;
      http::ExchangeRequest get;
      get.id = ++num_requests_;
      get.url = text.url;
      get.host = text.host;
      get.port = text.port;
      get.address = request.address;
      get.timeout_ms = options_.timeout_ms;
      get.max_body_bytes = options_.max_body_bytes;
      get.max_redirects = options_.max_redirects;
      get.authorities = options_.authorities;
      EchoEvent event;
      event.target = request.target;
      event.sequence = request.sequence;
      event.address = request.address;
      event.from = request.address;
      event.sent_monotonic_ns = clock_.monotonic_ns();
      event.sent_wall_ns = clock_.now_ms() * 1'000'000;
      request.was_sent = exchanges_->start(get);
      if (request.was_sent) {
        underway_.emplace(get.id, event);
      }
    }
  }

  void receive(std::vector<EchoEvent>& events) override {
    results_.clear();
    exchanges_->step(results_);
    for (http::ExchangeResult& result : results_) {
      const auto found = underway_.find(result.id);
      EchoEvent event = found->second;
      underway_.erase(found);
      if (result.fate == ExchangeFate::kUnreachable && result.error != 0 &&
          !has_route(event.address, asked_[event.target].text.port)) {
        result.fate = ExchangeFate::kNotSent;
      }
      if (result.fate == ExchangeFate::kNotSent) {
        result.problem =
            "not sent: " +
            (result.error != 0 ? std::string(std::strerror(result.error)) : result.problem);
      }
      take(result, event);
      if (result.fate == ExchangeFate::kTimedOut) {
        continue;  // the prober gives it up
      }
      event.kind = result.fate == ExchangeFate::kAnswered      ? EchoEvent::Kind::kReply
                   : result.fate == ExchangeFate::kUnreachable ? EchoEvent::Kind::kUnreachable
                   : result.fate == ExchangeFate::kNotSent     ? EchoEvent::Kind::kNotSent
                                                               : EchoEvent::Kind::kFailed;
      event.received_monotonic_ns = event.sent_monotonic_ns + result.total_us * 1'000;
      event.received_wall_ns = event.sent_wall_ns + result.total_us * 1'000;
      events.push_back(event);
    }
  }

  void wait(std::int64_t limit_ns) override {
    pollfd polled{exchanges_->descriptor(), POLLIN, 0};
    const timespec limit{limit_ns / 1'000'000'000, limit_ns % 1'000'000'000};
    ppoll(&polled, 1, &limit, nullptr);
  }
  void add_descriptors(std::vector<pollfd>& descriptors) const override {
    descriptors.push_back({exchanges_->descriptor(), POLLIN, 0});
  }
  [[nodiscard]] std::uint64_t num_dropped() const override { return 0; }
  [[nodiscard]] std::string_view method() const override { return "http"; }

  [[nodiscard]] RoundDetail take_detail(std::uint32_t target) override {
    Asked& asked = asked_[target];
    RoundDetail detail;
    detail.http = std::exchange(asked.detail, {});
    detail.problem = std::exchange(asked.problem, {});
    return detail;
  }

 private:
  struct Asked {
    TargetText text;
    HttpDetail detail;
    std::string problem;
  };

  void take(const http::ExchangeResult& result, const EchoEvent& event) {
    Asked& asked = asked_[event.target];
    HttpDetail& detail = asked.detail;
    const auto add = [](HttpDetail::Mean& mean, std::int64_t begin_us, std::int64_t end_us) {
      if (end_us > 0 && end_us >= begin_us) {
        mean.add(static_cast<double>(end_us - begin_us) / 1'000);
      }
    };
    // With redirects, of the last connection's beginning on.
    add(detail.connect, 0, result.connected_us);
    add(detail.tls, result.connected_us, result.tls_done_us);
    add(detail.first_byte, result.request_sent_us, result.first_byte_us);
    if (result.fate == ExchangeFate::kAnswered) {
      add(detail.transfer, result.first_byte_us, result.total_us);
      detail.last_status = result.status;
      const bool is_wanted =
          result.status >= options_.lowest_status && result.status <= options_.highest_status;
      detail.unexpected += is_wanted ? 0U : 1U;
      if (!is_wanted) {
        asked.problem = fmt::format("status {}", result.status);
      }
    } else {
      asked.problem = result.problem;
    }
    detail.certificate_errors += result.fate == ExchangeFate::kCertificate ? 1U : 0U;
    if (result.certificate_ends_s) {
      detail.certificate_days = (static_cast<double>(*result.certificate_ends_s) -
                                 static_cast<double>(clock_.now_ms()) / 1'000) /
                                kSecondsInDay;
    }
  }

  std::unique_ptr<http::Exchanges> exchanges_;
  HttpOptions options_;
  SystemClock clock_;
  std::map<std::uint32_t, Asked> asked_;
  std::unordered_map<std::uint64_t, EchoEvent> underway_;
  std::vector<http::ExchangeResult> results_;
  std::uint64_t num_requests_ = 0;
};

}  // namespace

Result<void> read_statuses(const std::string& text, HttpOptions& options) {
  const std::size_t dash = text.find('-');
  const auto low = parse_int64(text.substr(0, dash));
  const auto high = dash == std::string::npos ? low : parse_int64(text.substr(dash + 1));
  if (!low || !high || *low < 100 || *high > 599 || *low > *high) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no status, nor a range of them such as 200-399", text));
  }
  options.lowest_status = static_cast<int>(*low);
  options.highest_status = static_cast<int>(*high);
  return {};
}

Result<std::unique_ptr<EchoTransport>> open_http(const HttpOptions& options) {
  WEIR_ASSIGN_OR_RETURN(auto exchanges, http::Exchanges::open());
  return std::make_unique<HttpTransport>(std::move(exchanges), options);
}

}  // namespace weir::probe
