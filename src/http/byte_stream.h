#pragma once

// Of the server's own files alone: Boost.Beast's headers cost seconds.

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace weir::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

// In coroutines, what is awaited stands alone and its arguments have names: g++ 12.2 was
// seen to destroy temporaries of larger co_await expressions twice.

// One connection's bytes: TCP, a socket in the file system, or TLS over either. What it does over a
// time ends with beast::error::timeout, and the connection is closed then. At most one read and one
// write at a time; of the thread that moves bytes.
class ByteStream {
 public:
  using Protocol = asio::generic::stream_protocol;
  using Transport = beast::basic_stream<Protocol>;
  using Bytes = std::array<asio::const_buffer, 2>;

  [[nodiscard]] static std::unique_ptr<ByteStream> plain(Protocol::socket socket);
  // `context` outlives it.
  [[nodiscard]] static std::unique_ptr<ByteStream> tls(Protocol::socket socket,
                                                       asio::ssl::context& context);
  virtual ~ByteStream() = default;

  // Before the first byte: TLS's handshake, as the server.
  virtual asio::awaitable<void> open(beast::error_code& error) = 0;
  virtual asio::awaitable<std::size_t> read_some(asio::mutable_buffer room,
                                                 beast::error_code& error) = 0;
  virtual asio::awaitable<void> write(const Bytes& bytes, beast::error_code& error) = 0;

  // Of the reads and writes that begin from here on.
  void expire_after(std::int64_t ms);
  void expire_never();
  void shutdown_send();
  void close();
  [[nodiscard]] Transport::executor_type executor();

 protected:
  [[nodiscard]] virtual Transport& transport() = 0;
};

}  // namespace weir::http
