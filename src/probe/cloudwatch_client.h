#pragma once

#include <memory>
#include <string>

#include "aws/credential_source.h"
#include "base/clock.h"
#include "probe/delivery.h"

namespace weir::probe {

struct CloudWatchOptions {
  std::string region = "us-east-1";
  std::string endpoint;  // "": https://monitoring.REGION.amazonaws.com
  std::int64_t timeout_ms = 10'000;
};

// PutMetricData, AWS JSON 1.0, gzip, signed (Signature Version 4). One call at a time.
class CloudWatchClient {
 public:
  using Send =
      std::function<Result<http::Response>(const http::ClientRequest&, const http::ClientOptions&)>;
  CloudWatchClient(CloudWatchOptions options, aws::CredentialSource& credentials,
                   const Clock& clock, Send send);

  // `body` is a MetricBatch's. Credentials that the service says are over are fetched anew and the
  // call made again at once; once.
  [[nodiscard]] PutOutcome put(const std::string& body);

 private:
  [[nodiscard]] PutOutcome attempt(const std::string& body, bool& has_ended);

  CloudWatchOptions options_;
  aws::CredentialSource& credentials_;
  const Clock& clock_;
  Send send_;
};

}  // namespace weir::probe
