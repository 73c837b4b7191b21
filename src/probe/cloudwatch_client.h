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

  // `batch` is a MetricBatch's body, named (batch_name.h) or not; its name goes to endpoints that
  // are not AWS's. Credentials that the service says are over are fetched anew and the call made
  // again at once; once.
  [[nodiscard]] PutOutcome put(const std::string& batch);

 private:
  [[nodiscard]] PutOutcome attempt(const std::string& batch, bool& has_ended);

  CloudWatchOptions options_;
  aws::CredentialSource& credentials_;
  const Clock& clock_;
  Send send_;
  bool names_batches_ = false;
};

}  // namespace weir::probe
