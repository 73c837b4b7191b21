#include "aws/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "aws/canonical_request.h"
#include "aws/digest.h"
#include "base/time_text.h"
#include "http/form.h"

namespace weir::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kUnsigned = "UNSIGNED-PAYLOAD";

tl::unexpected<Refusal> refuse(std::string code, std::string message) {
  return tl::unexpected<Refusal>(Refusal{std::move(code), std::move(message)});
}

std::string time_text(TimeMs time_ms) {
  const CivilTime civil = to_civil(time_ms);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", civil.year, civil.month, civil.day,
                     civil.hour, civil.minute, civil.second);
}

// yyyymmddThhmmssZ
std::optional<TimeMs> parse_time_text(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') {
    return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t width) {
    int value = -1;
    const auto end = text.data() + at + width;
    const auto [rest, error] = std::from_chars(text.data() + at, end, value);
    return error == std::errc() && rest == end ? value : -1;
  };
  const CivilTime civil{
      number(0, 4), number(4, 2), number(6, 2), number(9, 2), number(11, 2), number(13, 2), 0};
  const bool is_valid = civil.year >= 1970 && civil.month >= 1 && civil.month <= 12 &&
                        civil.day >= 1 && civil.day <= 31 && civil.hour >= 0 && civil.hour < 24 &&
                        civil.minute >= 0 && civil.minute < 60 && civil.second >= 0 &&
                        civil.second <= 60;
  return is_valid ? std::optional(from_civil(civil)) : std::nullopt;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

std::string signing_key(std::string_view secret, const Scope& scope) {
  const std::string date = hmac_sha256("AWS4" + std::string(secret), scope.date);
  return hmac_sha256(hmac_sha256(hmac_sha256(date, scope.region), scope.service), "aws4_request");
}

std::string string_to_sign(std::string_view time, const Scope& scope, std::string_view canonical) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, scope.text(), to_hex(sha256(canonical)));
}

// The fields of an Authorization: from the header or from the query.
struct Fields {
  std::string credential;
  std::string signed_headers;
  std::string signature;
};

tl::expected<Authorization, Refusal> make_authorization(const Fields& fields) {
  Authorization authorization;
  const auto parts = split(fields.credential, '/');
  if (parts.size() != 5 || parts[4] != "aws4_request" || parts[0].empty()) {
    return refuse("IncompleteSignature",
                  "Credential must be KEY/yyyymmdd/region/service/aws4_request");
  }
  authorization.key_id = parts[0];
  authorization.scope = {parts[1], parts[2], parts[3]};
  authorization.signed_headers = split(fields.signed_headers, ';');
  authorization.signature = fields.signature;
  if (std::find(authorization.signed_headers.begin(), authorization.signed_headers.end(), "host") ==
      authorization.signed_headers.end()) {
    return refuse("SignatureDoesNotMatch", "'Host' must be a signed header");
  }
  return authorization;
}

tl::expected<std::optional<Authorization>, Refusal> read_header_form(const http::Request& request,
                                                                     std::string_view header) {
  header.remove_prefix(kAlgorithm.size());
  Fields fields;
  for (const std::string& part : split(header, ',')) {
    const std::string_view pair =
        std::string_view(part).substr(std::min(part.find_first_not_of(' '), part.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    const std::string_view name = pair.substr(0, equals);
    if (name == "Credential") {
      fields.credential = value;
    } else if (name == "SignedHeaders") {
      fields.signed_headers = value;
    } else if (name == "Signature") {
      fields.signature = value;
    }
  }
  if (fields.credential.empty() || fields.signed_headers.empty() || fields.signature.empty()) {
    return refuse("IncompleteSignature",
                  "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature'");
  }
  auto authorization = make_authorization(fields);
  if (!authorization) {
    return tl::unexpected<Refusal>(authorization.error());
  }
  authorization->time_text = request.header("x-amz-date");
  authorization->session_token = request.header("x-amz-security-token");
  authorization->payload_hash = request.header("x-amz-content-sha256");
  const auto time = parse_time_text(authorization->time_text);
  if (!time) {
    return refuse("IncompleteSignature", "X-Amz-Date must be given as yyyymmddThhmmssZ");
  }
  authorization->time_ms = *time;
  return std::optional<Authorization>(std::move(*authorization));
}

tl::expected<std::optional<Authorization>, Refusal> read_query_form(const http::Request& request) {
  const auto pairs = http::parse_form(request.query(), 1000);
  Fields fields;
  std::string algorithm;
  std::string time;
  std::string expires;
  std::string token;
  for (const auto& [name, value] : pairs.value_or(http::FormPairs{})) {
    std::string* target = name == "X-Amz-Algorithm"        ? &algorithm
                          : name == "X-Amz-Credential"     ? &fields.credential
                          : name == "X-Amz-SignedHeaders"  ? &fields.signed_headers
                          : name == "X-Amz-Signature"      ? &fields.signature
                          : name == "X-Amz-Date"           ? &time
                          : name == "X-Amz-Expires"        ? &expires
                          : name == "X-Amz-Security-Token" ? &token
                                                           : nullptr;
    if (target != nullptr) {
      *target = value;
    }
  }
  if (algorithm.empty() && fields.signature.empty()) {
    return std::optional<Authorization>();
  }
  auto authorization = make_authorization(fields);
  if (!authorization) {
    return tl::unexpected<Refusal>(authorization.error());
  }
  const auto time_ms = parse_time_text(time);
  const long seconds = std::strtol(expires.c_str(), nullptr, 10);
  if (algorithm != kAlgorithm || !time_ms || seconds < 1 || seconds > 604'800) {
    return refuse("AuthorizationQueryParametersError",
                  "X-Amz-Algorithm, X-Amz-Date and X-Amz-Expires (1 to 604800) must be given");
  }
  authorization->is_presigned = true;
  authorization->time_text = time;
  authorization->time_ms = *time_ms;
  authorization->expires_s = seconds;
  authorization->session_token = token;
  authorization->payload_hash = request.header("x-amz-content-sha256");
  if (authorization->payload_hash.empty() && authorization->scope.service == "s3") {
    authorization->payload_hash = kUnsigned;
  }
  return std::optional<Authorization>(std::move(*authorization));
}

}  // namespace

std::string Scope::text() const { return date + "/" + region + "/" + service + "/aws4_request"; }

tl::expected<std::optional<Authorization>, Refusal> read_authorization(
    const http::Request& request) {
  const std::string_view header = request.header("authorization");
  if (header.starts_with(kAlgorithm)) {
    return read_header_form(request, header);
  }
  return read_query_form(request);
}

bool is_chunked(const Authorization& authorization) {
  return authorization.payload_hash.starts_with("STREAMING-");
}

bool has_unsigned_payload(const Authorization& authorization) {
  return authorization.payload_hash == kUnsigned ||
         (is_chunked(authorization) &&
          !authorization.payload_hash.starts_with("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
}

tl::expected<void, Refusal> verify(const http::Request& request, const Authorization& authorization,
                                   std::string_view secret, const VerifyOptions& options) {
  const std::int64_t age_ms = options.now_ms - authorization.time_ms;
  const std::int64_t max_age_ms =
      authorization.is_presigned ? authorization.expires_s * 1000 : options.max_skew_ms;
  if (age_ms < -options.max_skew_ms || age_ms > max_age_ms) {
    return refuse("SignatureDoesNotMatch",
                  fmt::format("Signature {}: {} is not within {} s of {}, this server's time",
                              age_ms < 0 ? "not yet current" : "expired", authorization.time_text,
                              max_age_ms / 1000, time_text(options.now_ms)));
  }
  if (!std::string_view(authorization.time_text).starts_with(authorization.scope.date)) {
    return refuse("SignatureDoesNotMatch", "the Credential's date is not that of X-Amz-Date");
  }
  if (!authorization.session_token.empty() && !authorization.is_presigned &&
      std::find(authorization.signed_headers.begin(), authorization.signed_headers.end(),
                "x-amz-security-token") == authorization.signed_headers.end()) {
    return refuse("SignatureDoesNotMatch", "X-Amz-Security-Token must be a signed header");
  }
  const std::string body_hash = to_hex(sha256(request.body));
  std::string payload_hash = authorization.payload_hash;
  if (payload_hash.empty()) {
    payload_hash = body_hash;
  } else if (payload_hash != kUnsigned && !is_chunked(authorization) &&
             !equals_in_constant_time(payload_hash, body_hash)) {
    return refuse("XAmzContentSHA256Mismatch",
                  "x-amz-content-sha256 is not the SHA-256 of the body that came");
  }
  const std::string canonical = canonical_request(
      request, authorization.signed_headers, payload_hash, authorization.scope.service == "s3");
  const std::string expected =
      to_hex(hmac_sha256(signing_key(secret, authorization.scope),
                         string_to_sign(authorization.time_text, authorization.scope, canonical)));
  if (!equals_in_constant_time(expected, authorization.signature)) {
    return refuse("SignatureDoesNotMatch",
                  "The request signature we calculated does not match the signature you provided. "
                  "Check your AWS Secret Access Key and signing method.");
  }
  return {};
}

void sign(http::Request& request, const Credential& credential, std::string_view region,
          std::string_view service, TimeMs now_ms) {
  const std::string time = time_text(now_ms);
  const Scope scope{time.substr(0, 8), std::string(region), std::string(service)};
  const std::string payload_hash = to_hex(sha256(request.body));
  request.headers.emplace_back("X-Amz-Date", time);
  if (!credential.session_token.empty()) {
    request.headers.emplace_back("X-Amz-Security-Token", credential.session_token);
  }
  if (service == "s3") {
    request.headers.emplace_back("x-amz-content-sha256", payload_hash);
  }
  std::vector<std::string> names;
  for (const auto& header : request.headers) {
    std::string name = header.first;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (name == "host" || name == "content-type" || name.starts_with("x-amz-")) {
      names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::string joined;
  for (const std::string& name : names) {
    joined += (joined.empty() ? "" : ";") + name;
  }
  const std::string canonical = canonical_request(request, names, payload_hash, service == "s3");
  const std::string signature = to_hex(
      hmac_sha256(signing_key(credential.secret, scope), string_to_sign(time, scope, canonical)));
  request.headers.emplace_back(
      "Authorization", fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                                   kAlgorithm, credential.key_id, scope.text(), joined, signature));
}

tl::expected<std::string, Refusal> decode_chunked(std::string_view body, const Authorization& seed,
                                                  const std::optional<std::string>& secret) {
  const bool is_signed = secret && !has_unsigned_payload(seed);
  const std::string key = is_signed ? signing_key(*secret, seed.scope) : std::string();
  std::string previous = seed.signature;
  std::string out;
  while (true) {
    const std::size_t line_end = body.find("\r\n");
    if (line_end > 1024) {  // npos too
      return refuse("IncompleteBody", "a chunk has no head");
    }
    const std::string_view head = body.substr(0, line_end);
    body.remove_prefix(line_end + 2);
    std::size_t size = 0;
    const auto [rest, error] = std::from_chars(head.data(), head.data() + head.size(), size, 16);
    if (error != std::errc() || size > body.size()) {
      return refuse("IncompleteBody", "a chunk's length is wrong");
    }
    const std::string_view data = body.substr(0, size);
    body.remove_prefix(size);
    if (is_signed) {
      constexpr std::string_view kMark = ";chunk-signature=";
      const std::string_view given(rest, static_cast<std::size_t>(head.end() - rest));
      const std::string text =
          fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}", seed.time_text,
                      seed.scope.text(), previous, to_hex(sha256("")), to_hex(sha256(data)));
      const std::string expected = to_hex(hmac_sha256(key, text));
      if (!given.starts_with(kMark) ||
          !equals_in_constant_time(given.substr(kMark.size()), expected)) {
        return refuse("SignatureDoesNotMatch", "a chunk's signature does not match");
      }
      previous = expected;
    }
    if (size == 0) {
      return out;
    }
    out += data;
    if (!body.starts_with("\r\n")) {
      return refuse("IncompleteBody", "a chunk has no end");
    }
    body.remove_prefix(2);
  }
}

}  // namespace weir::aws
