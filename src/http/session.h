#pragma once

// Of the server's own files alone: Boost.Beast's headers cost seconds.

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "http/byte_stream.h"
#include "http/message.h"
#include "http/server_state.h"
#include "http/stream_sender.h"

namespace weir::http {

// One connection from its first byte to its last.
class Session {
 public:
  // What a connection is known by.
  struct Peer {
    std::string address;
    bool is_tls = false;
    bool is_local = false;  // it came by the server's socket in the file system
  };

  // All outlive it.
  Session(ByteStream& stream, ServerState& state, Connection& connection, Peer peer);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  asio::awaitable<void> run();
  // Tells a client of HTTP/1.1 that there is no room for it.
  asio::awaitable<void> refuse_overload();

 private:
  using Parser = beast::http::request_parser<beast::http::string_body>;

  asio::awaitable<void> linger();
  asio::awaitable<bool> await_first_byte();
  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> is_http2();
  asio::awaitable<void> refuse_http2();
  asio::awaitable<bool> send_text(std::string_view text);
  asio::awaitable<bool> read_header(Parser& parser);
  asio::awaitable<bool> read_body(Parser& parser, BodyReservation& reservation);
  asio::awaitable<void> read_more(std::size_t most_bytes, beast::error_code& error);
  void parse(Parser& parser, beast::error_code& error);
  Request take_request(Parser& parser);
  Response handle(const Request& request);
  asio::awaitable<Response> handle_on_worker(const Request& request);
  asio::awaitable<Response> answer(const Request& request);
  void count_answer(int status);
  asio::awaitable<bool> stream(const Response& response, bool is_kept, unsigned version);
  asio::awaitable<bool> write(const Response& response, bool is_kept, unsigned version,
                              bool is_head);
  asio::awaitable<void> give_up(const Response& response);
  asio::awaitable<void> refuse(const beast::error_code& code);

  ByteStream& stream_;
  ServerState& state_;
  Connection& connection_;
  Peer peer_;
  bool was_refused_ = false;
  beast::flat_buffer buffer_;
  StreamSender sender_;
};

}  // namespace weir::http
