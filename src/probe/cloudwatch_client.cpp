#include "probe/cloudwatch_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "format/tree.h"
#include "probe/batch_name.h"
#include "probe/metric_batch.h"

namespace weir::probe {
namespace {

using Kind = PutOutcome::Kind;

// The error's name without its namespace: "com.amazon.coral.service#InvalidSignatureException".
std::string error_code_of(const http::Response& response) {
  const auto document = format::read_json(response.body);
  std::string code;
  if (document) {
    code = (*document)["__type"].text();
  }
  if (const auto header = http::find_header(response.headers, "x-amzn-query-error");
      code.empty() && !header.empty()) {
    code = header.substr(0, header.find(';'));
  }
  const std::size_t hash = code.rfind('#');
  return hash == std::string::npos ? code : code.substr(hash + 1);
}

bool is_about_credentials(std::string_view code) {
  // The client's clock may be the fault as well (RequestExpired): it may be set right meanwhile.
  constexpr std::array<std::string_view, 11> kCodes = {"ExpiredToken",
                                                       "ExpiredTokenException",
                                                       "RequestExpired",
                                                       "UnrecognizedClientException",
                                                       "InvalidClientTokenId",
                                                       "SignatureDoesNotMatch",
                                                       "InvalidSignatureException",
                                                       "AccessDenied",
                                                       "AccessDeniedException",
                                                       "MissingAuthenticationToken",
                                                       "IncompleteSignature"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

}  // namespace

CloudWatchClient::CloudWatchClient(CloudWatchOptions options, aws::CredentialSource& credentials,
                                   const Clock& clock, Send send)
    : options_(std::move(options)),
      credentials_(credentials),
      clock_(clock),
      send_(std::move(send)) {
  names_batches_ = !options_.endpoint.empty();
  if (!names_batches_) {
    options_.endpoint = fmt::format("https://monitoring.{}.amazonaws.com", options_.region);
  }
  while (options_.endpoint.ends_with('/')) {
    options_.endpoint.pop_back();
  }
}

PutOutcome CloudWatchClient::put(const std::string& batch) {
  bool has_ended = false;
  PutOutcome outcome = attempt(batch, has_ended);
  if (has_ended) {
    credentials_.forget();
    outcome = attempt(batch, has_ended);
  }
  return outcome;
}

PutOutcome CloudWatchClient::attempt(const std::string& batch, bool& has_ended) {
  const NamedBatch named = read_named_batch(batch);
  has_ended = false;
  const auto credential = credentials_.get();
  if (!credential) {
    return {Kind::kAgain, credential.error().message};
  }
  http::Request signed_request;
  signed_request.method = "POST";
  signed_request.target = "/";
  const std::size_t host = options_.endpoint.find("://");
  signed_request.headers = {
      {"Host", host == std::string::npos ? "" : options_.endpoint.substr(host + 3)},
      {"Content-Type", "application/x-amz-json-1.0"},
      {"Content-Encoding", "gzip"},
      {"X-Amz-Target", "GraniteServiceVersion20100801.PutMetricData"}};
  if (names_batches_ && !named.uuid.empty()) {
    signed_request.headers.emplace_back("X-Weir-Batch", named.uuid);
  }
  signed_request.body = gzip(named.body);
  aws::sign(signed_request, *credential, options_.region, "monitoring", clock_.now_ms());
  http::ClientRequest request;
  request.method = "POST";
  request.url = options_.endpoint + "/";
  request.headers = std::move(signed_request.headers);
  request.body = std::move(signed_request.body);
  http::ClientOptions options;
  options.timeout_ms = options_.timeout_ms;
  bool may_have_arrived = true;
  options.may_have_arrived = &may_have_arrived;
  const auto response = send_(request, options);
  if (!response) {
    return {may_have_arrived ? Kind::kMaybeTaken : Kind::kAgain, response.error().message};
  }
  if (response->status / 100 == 2) {
    return {Kind::kTaken, "", !http::find_header(response->headers, "x-weir-batch").empty()};
  }
  const std::string code = error_code_of(*response);
  const std::string problem =
      fmt::format("{}: PutMetricData: {} {}", options_.endpoint, response->status,
                  code.empty() ? response->body.substr(0, 200) : code);
  if (is_about_credentials(code) || response->status == 401 || response->status == 403) {
    has_ended = true;
    return {Kind::kAgain, problem};
  }
  const bool is_throttled = response->status == 429 || code == "Throttling" ||
                            code == "ThrottlingException" || code == "RequestLimitExceeded";
  if (is_throttled || response->status >= 500 || response->status == 408) {
    return {response->status == 500 ? Kind::kMaybeTaken : Kind::kAgain, problem};
  }
  return {Kind::kNever, problem};
}

}  // namespace weir::probe
