#include "http/byte_stream.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <utility>

namespace weir::http {
namespace {

template <class Stream>
class StreamOf : public ByteStream {
 public:
  template <class... Args>
  explicit StreamOf(Args&&... args) : stream_(std::forward<Args>(args)...) {}

  asio::awaitable<void> open(beast::error_code& /*error*/) override { co_return; }

  asio::awaitable<std::size_t> read_some(asio::mutable_buffer room,
                                         beast::error_code& error) override {
    return stream_.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
  }
  asio::awaitable<void> write(const Bytes& bytes, beast::error_code& error) override {
    co_await asio::async_write(stream_, bytes, asio::redirect_error(asio::use_awaitable, error));
  }

 protected:
  Transport& transport() override { return beast::get_lowest_layer(stream_); }
  Stream stream_;
};

class TlsStream final : public StreamOf<beast::ssl_stream<ByteStream::Transport>> {
 public:
  using StreamOf::StreamOf;

  asio::awaitable<void> open(beast::error_code& error) override {
    return stream_.async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, error));
  }
};

}  // namespace

std::unique_ptr<ByteStream> ByteStream::plain(Protocol::socket socket) {
  return std::make_unique<StreamOf<Transport>>(std::move(socket));
}

std::unique_ptr<ByteStream> ByteStream::tls(Protocol::socket socket, asio::ssl::context& context) {
  return std::make_unique<TlsStream>(std::move(socket), context);
}

void ByteStream::expire_after(std::int64_t ms) {
  transport().expires_after(std::chrono::milliseconds(ms));
}

void ByteStream::expire_never() { transport().expires_never(); }

void ByteStream::shutdown_send() {
  beast::error_code error;
  transport().socket().shutdown(asio::socket_base::shutdown_send, error);
}

void ByteStream::close() { transport().close(); }

ByteStream::Transport::executor_type ByteStream::executor() { return transport().get_executor(); }

}  // namespace weir::http
