#include "api/request_body.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "io/inflate.h"

namespace weir::api {

tl::expected<const std::string*, ApiError> plain_body(const http::Request& request,
                                                      std::size_t max_bytes, std::string& room) {
  const std::string_view coding = request.header("content-encoding");
  if (coding.empty() || coding == "identity" || coding == "aws-chunked") {
    return &request.body;
  }
  if (coding != "gzip") {
    return refuse("UnsupportedMediaType",
                  fmt::format("Content-Encoding '{}' is not known; gzip is", coding), 415);
  }
  io::InflateLimits limits;
  limits.max_bytes = max_bytes;
  limits.max_ratio = 200;
  const auto source =
      io::make_inflate_source(io::Compression::kGzip, io::make_memory_source(request.body), limits);
  room.clear();
  std::vector<char> piece(65'536);
  while (true) {
    const auto num_bytes = source->read(piece);
    if (!num_bytes) {
      return refuse("RequestEntityTooLarge", num_bytes.error().message, 413);
    }
    if (*num_bytes == 0) {
      break;
    }
    room.append(piece.data(), *num_bytes);
  }
  const io::InflateReport& report = source->report();
  if (report.is_truncated || !report.error.empty() || report.trailing_bytes > 0 ||
      report.members == 0) {
    return refuse("SerializationException", "the body is no gzip stream, or a damaged one");
  }
  return &room;
}

}  // namespace weir::api
