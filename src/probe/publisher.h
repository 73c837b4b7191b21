#pragma once

#include <memory>
#include <span>
#include <string>

#include "aws/credential_source.h"
#include "http/server.h"
#include "io/file_system.h"
#include "probe/cloudwatch_client.h"
#include "probe/delivery.h"
#include "probe/identity_lookup.h"
#include "probe/prometheus_page.h"
#include "probe/settings.h"

namespace weir::probe {

// Where samples go outside of this process: PutMetricData and OTLP/HTTP, each through a spool of
// its own, and a page to scrape; as the settings say. Thread-safe.
class Publisher {
 public:
  // `spool`: a directory of this process's own. All outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Publisher>> open(
      const Settings& settings, const std::string& spool, const Variables& environment,
      const HttpSend& send, const Clock& clock, io::FileSystem& files);
  ~Publisher();

  // Durable in the spool when it returns.
  [[nodiscard]] Result<void> take(std::span<const Sample> samples);
  // Waits until everything was sent; false where it was not in time. It stays in the spool.
  bool flush(std::int64_t limit_ms);
  // Of both together.
  [[nodiscard]] DeliveryCounts counts();
  // Of the page to scrape; 0 where there is none.
  [[nodiscard]] std::uint16_t port() const { return server_ == nullptr ? 0 : server_->port(); }

 private:
  class Page;
  Publisher();

  std::unique_ptr<aws::CredentialSource> credentials_;
  std::unique_ptr<CloudWatchClient> client_;
  std::unique_ptr<Delivery> delivery_;  // PutMetricData
  std::unique_ptr<Delivery> otlp_;
  std::unique_ptr<Page> page_;
  std::unique_ptr<http::Server> server_;
};

// The delivery's counts in Prometheus's text form.
[[nodiscard]] std::string to_prometheus(const DeliveryCounts& counts);

}  // namespace weir::probe
