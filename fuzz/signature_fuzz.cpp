// Signature Version 4 of hostile requests: header, query, chunked forms; Host and Origin beside.
// Lines: method, target, then "name: value" up to an empty line, then the body.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "api/origin_guard.h"
#include "aws/sigv4.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto take_line = [&] {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
  };
  weir::http::Request request;
  request.method = take_line();
  request.target = take_line();
  while (!text.empty()) {
    const std::string line = take_line();
    if (line.empty()) {
      break;
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    request.headers.emplace_back(line.substr(0, colon),
                                 line.substr(std::min(colon + 1, line.size())));
  }
  request.body = text;
  (void)weir::api::find_foreign_origin(request, {"weir.example"});
  const auto authorization = weir::aws::read_authorization(request);
  if (authorization && *authorization) {
    const weir::aws::VerifyOptions options{(*authorization)->time_ms, 300'000};
    if (weir::aws::verify(request, **authorization, "a secret that nobody knows", options)) {
      std::abort();
    }
    (void)weir::aws::decode_chunked(request.body, **authorization, "secret");
  }
  weir::http::Request own = request;
  own.headers.clear();
  own.headers.emplace_back("Host", "localhost");
  own.target = "/" + request.target.substr(0, request.target.find('?'));
  weir::aws::sign(own, {"KEY", "secret", ""}, "us-east-1", "sts", 1'700'000'000'000);
  const auto back = weir::aws::read_authorization(own);
  if (!back || !*back || !weir::aws::verify(own, **back, "secret", {1'700'000'000'000, 300'000})) {
    std::abort();
  }
  return 0;
}
