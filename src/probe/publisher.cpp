#include "probe/publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "probe/batch_name.h"
#include "probe/metric_batch.h"
#include "probe/otlp_batch.h"

namespace weir::probe {
namespace {

constexpr std::int64_t kLeastKeptMs = 300'000;  // as long as Prometheus itself looks back

}  // namespace

class Publisher::Page final : public http::Handler {
 public:
  Page(Publisher& publisher, std::int64_t kept_ms) : page(kept_ms), publisher_(publisher) {}
  http::Response handle(const http::Request& request) override {
    if (request.path() != "/metrics") {
      return {404, {{"Content-Type", "text/plain"}}, "the page is /metrics\n"};
    }
    return {200,
            {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
            page.text() + to_prometheus(publisher_.counts())};
  }
  PrometheusPage page;

 private:
  Publisher& publisher_;
};

std::string to_prometheus(const DeliveryCounts& counts) {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view type, std::string_view help,
                       std::uint64_t value) {
    text += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
  };
  add("weir_probe_batches_taken_total", "counter", "Batches that the endpoint took.", counts.taken);
  add("weir_probe_batches_refused_total", "counter", "Batches that it refused for good.",
      counts.refused);
  add("weir_probe_batches_possibly_doubled_total", "counter",
      "Batches sent again as the first answer was lost.", counts.possibly_doubled);
  add("weir_probe_batches_dropped_total", "counter", "Batches dropped, as the spool was full.",
      counts.dropped);
  add("weir_probe_batches_waiting", "gauge", "Batches in the spool.", counts.waiting);
  add("weir_probe_put_attempts_total", "counter", "Calls of PutMetricData.", counts.attempts);
  return text;
}

Publisher::Publisher() = default;
Publisher::~Publisher() = default;

Result<std::unique_ptr<Publisher>> Publisher::open(const Settings& settings,
                                                   const std::string& spool,
                                                   const Variables& environment,
                                                   const HttpSend& send, const Clock& clock,
                                                   io::FileSystem& files) {
  std::unique_ptr<Publisher> publisher(new Publisher());
  if (settings.publishes) {
    aws::CredentialOptions who;
    who.environment = environment;
    who.profile = settings.profile;
    who.send = send;
    publisher->credentials_ = std::make_unique<aws::CredentialSource>(who, clock, files);
    CloudWatchOptions where;
    where.region = region_of(settings, environment);
    where.endpoint = settings.endpoint;
    publisher->client_ =
        std::make_unique<CloudWatchClient>(where, *publisher->credentials_, clock, send);
    SpoolOptions kept;
    kept.directory = spool;
    kept.max_bytes = settings.spool_bytes;
    WEIR_ASSIGN_OR_RETURN(auto opened, Spool::open(files, kept));
    CloudWatchClient& client = *publisher->client_;
    publisher->delivery_ = std::make_unique<Delivery>(
        std::move(opened), [&client](const std::string& body) { return client.put(body); }, clock,
        Random(static_cast<std::uint64_t>(clock.monotonic_ns())));
    publisher->delivery_->start();
  }
  if (!settings.otlp.empty()) {
    WEIR_ASSIGN_OR_RETURN(auto opened, Spool::open(files, {spool + "/otlp", settings.spool_bytes}));
    std::string endpoint = settings.otlp;
    while (endpoint.ends_with('/')) {
      endpoint.pop_back();
    }
    publisher->otlp_ = std::make_unique<Delivery>(
        std::move(opened),
        [endpoint, send](const std::string& body) { return put_otlp(endpoint, body, send); }, clock,
        Random(static_cast<std::uint64_t>(clock.monotonic_ns())));
    publisher->otlp_->start();
  }
  if (!settings.prometheus.empty()) {
    const std::size_t colon = settings.prometheus.rfind(':');
    const auto port = colon == std::string::npos
                          ? std::nullopt
                          : parse_int64(std::string_view(settings.prometheus).substr(colon + 1));
    if (!port || *port < 0 || *port > 65'535) {
      return fail(
          ErrorCode::kUsage,
          fmt::format("'{}' is no address and port such as 127.0.0.1:9405", settings.prometheus));
    }
    http::ServerOptions listen;
    listen.address = settings.prometheus.substr(0, colon);
    listen.port = static_cast<std::uint16_t>(*port);
    listen.num_workers = 1;
    listen.max_connections = 32;
    publisher->page_ =
        std::make_unique<Page>(*publisher, std::max(kLeastKeptMs, 3 * settings.interval_s * 1'000));
    WEIR_ASSIGN_OR_RETURN(publisher->server_, http::Server::open(listen, *publisher->page_));
  }
  return publisher;
}

bool Publisher::flush(std::int64_t limit_ms) {
  const bool is_sent = delivery_ == nullptr || delivery_->flush(limit_ms);
  return (otlp_ == nullptr || otlp_->flush(limit_ms)) && is_sent;
}

DeliveryCounts Publisher::counts() {
  DeliveryCounts sum;
  for (Delivery* delivery : {delivery_.get(), otlp_.get()}) {
    if (delivery == nullptr) {
      continue;
    }
    const DeliveryCounts counts = delivery->counts();
    sum.taken += counts.taken;
    sum.refused += counts.refused;
    sum.attempts += counts.attempts;
    sum.possibly_doubled += counts.possibly_doubled;
    sum.dropped += counts.dropped;
    sum.damaged += counts.damaged;
    sum.waiting += counts.waiting;
    sum.problem = sum.problem.empty() ? counts.problem : sum.problem;
  }
  return sum;
}

Result<void> Publisher::take(std::span<const Sample> samples) {
  if (page_ != nullptr) {
    page_->page.take(samples);
  }
  if (delivery_ != nullptr) {
    for (const MetricBatch& batch : make_batches(samples)) {
      WEIR_ASSIGN_OR_RETURN(const std::string named, name_batch(batch.body));
      WEIR_RETURN_IF_ERROR(delivery_->take(named));
    }
  }
  if (otlp_ != nullptr) {
    for (const std::string& body : make_otlp_batches(samples)) {
      WEIR_RETURN_IF_ERROR(otlp_->take(body));
    }
  }
  return {};
}

}  // namespace weir::probe
