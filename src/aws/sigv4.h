#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace weir::aws {

// Signature Version 4 (AWS, "Signature Version 4 signing process"): header, query and chunked
// forms. One implementation signs and verifies. Hardened against untrusted input.

// What a signature is valid for.
struct Scope {
  std::string date;  // yyyymmdd
  std::string region;
  std::string service;
  [[nodiscard]] std::string text() const;  // "20150830/us-east-1/iam/aws4_request"
};

// What a request says of its signature.
struct Authorization {
  std::string key_id;
  Scope scope;
  std::vector<std::string> signed_headers;  // lower case, sorted
  std::string signature;                    // 64 hex digits
  std::string time_text;                    // yyyymmddThhmmssZ
  TimeMs time_ms = 0;
  std::string session_token;
  bool is_presigned = false;
  std::int64_t expires_s = 0;  // of a presigned request
  std::string payload_hash;    // as the request states it; "": of the body
};

// Why a request is refused, in AWS's words.
struct Refusal {
  std::string code;  // IncompleteSignature, SignatureDoesNotMatch, ...
  std::string message;
};

// nullopt: the request is not signed. A refusal: it is, but cannot be read.
[[nodiscard]] tl::expected<std::optional<Authorization>, Refusal> read_authorization(
    const http::Request& request);

struct VerifyOptions {
  TimeMs now_ms = 0;
  std::int64_t max_skew_ms = 5 * 60 * 1000;
};
// Checks signature, age and payload. Compares in constant time.
[[nodiscard]] tl::expected<void, Refusal> verify(const http::Request& request,
                                                 const Authorization& authorization,
                                                 std::string_view secret,
                                                 const VerifyOptions& options);

struct Credential {
  std::string key_id;
  std::string secret;
  std::string session_token;  // "": none
};
// Adds X-Amz-Date, X-Amz-Security-Token where there is a token, x-amz-content-sha256 for S3, and
// Authorization. Signs Host, Content-Type and all X-Amz headers.
void sign(http::Request& request, const Credential& credential, std::string_view region,
          std::string_view service, TimeMs now_ms);

// Takes a body of aws-chunked apart. `seed` is the request's verified authorization; the chunks'
// signatures are checked where it says they are signed, and there is a secret. Trailers are passed
// over.
[[nodiscard]] tl::expected<std::string, Refusal> decode_chunked(
    std::string_view body, const Authorization& seed, const std::optional<std::string>& secret);
[[nodiscard]] bool is_chunked(const Authorization& authorization);
// Whether the signature says nothing of the body.
[[nodiscard]] bool has_unsigned_payload(const Authorization& authorization);

}  // namespace weir::aws
