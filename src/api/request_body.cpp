#include "api/request_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "io/inflate.h"

namespace weir::api {

tl::expected<const std::string*, ApiError> plain_body(std::string_view coding,
                                                      const std::string& body,
                                                      std::size_t max_bytes, std::string& room) {
  // The signature says whether there are chunks; what follows is what they hold.
  constexpr std::string_view kChunked = "aws-chunked";
  if (coding.starts_with(kChunked)) {
    coding.remove_prefix(std::min(coding.find_first_not_of(", ", kChunked.size()), coding.size()));
  }
  if (coding.empty() || coding == "identity") {
    return &body;
  }
  if (coding != "gzip") {
    return refuse("UnsupportedMediaType",
                  fmt::format("Content-Encoding '{}' is not known; gzip is", coding), 415);
  }
  io::InflateLimits limits;
  limits.max_bytes = max_bytes;
  limits.max_ratio = 200;
  const auto source =
      io::make_inflate_source(io::Compression::kGzip, io::make_memory_source(body), limits);
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
