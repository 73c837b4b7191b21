#include "http/response_head.h"

#include <boost/asio/buffers_iterator.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/serializer.hpp>

namespace weir::http {
namespace beast = boost::beast;

std::string response_head(const Response& response, const HeadOptions& options) {
  beast::http::response<beast::http::empty_body> message;
  message.version(options.version);
  message.result(static_cast<unsigned>(response.status));
  for (const auto& [name, value] : response.headers) {
    message.insert(name, value);
  }
  message.set(beast::http::field::server, "weir");
  message.keep_alive(options.is_kept);
  if (options.is_chunked) {
    message.chunked(true);
  }
  // RFC 9110, 8.6: no length where there can be no body.
  const bool has_no_body =
      response.status < 200 || response.status == 204 || response.status == 304;
  if (options.num_bytes && (!has_no_body || *options.num_bytes > 0)) {
    message.content_length(*options.num_bytes);
  }
  beast::http::response_serializer<beast::http::empty_body> serializer(message);
  serializer.split(true);
  std::string text;
  beast::error_code error;
  while (!error && !serializer.is_header_done()) {
    serializer.next(error, [&](beast::error_code& /*error*/, const auto& buffers) {
      for (const auto buffer : beast::buffers_range_ref(buffers)) {
        text.append(static_cast<const char*>(buffer.data()), buffer.size());
      }
      serializer.consume(beast::buffer_bytes(buffers));
    });
  }
  return text;
}

}  // namespace weir::http
