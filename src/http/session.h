#pragma once

// Of server.cpp alone: Boost.Beast's headers cost seconds.

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/message.h"
#include "http/server.h"
#include "http/server_state.h"
#include "http/stream_sender.h"

namespace weir::http {

// One connection from its first byte to its last. `Stream` is TCP, or TLS over it.
template <class Stream>
class Session {
 public:
  Session(Stream stream, ServerState& state, std::shared_ptr<Connection> connection,
          std::string peer, bool is_tls)
      : stream_(std::move(stream)),
        state_(state),
        connection_(std::move(connection)),
        peer_(std::move(peer)),
        is_tls_(is_tls),
        sender_(stream_, buffer_, state) {
    connection_->close = [this] { beast::get_lowest_layer(stream_).close(); };
  }
  ~Session() {
    connection_->close = [] {};
  }

  [[nodiscard]] Stream& stream() { return stream_; }
  // It came by the server's socket in the file system.
  void set_local() { is_local_ = true; }

  asio::awaitable<void> run_or_refuse(bool is_full) {
    if (is_full) {
      co_await refuse_overload();
    } else {
      co_await run();
    }
  }

  asio::awaitable<void> run() {
    try {
      bool goes_on = true;
      while (goes_on) {
        goes_on = co_await await_first_byte();
        if (goes_on) {
          connection_->is_idle = false;
          goes_on = co_await serve_one();
          goes_on = goes_on && !state_.is_draining;
          connection_->is_idle = goes_on;
        }
      }
    } catch (const std::exception& /*fault*/) {
      ++state_.counters.responses_5xx;  // and what still reads from the stream is waited for below
    }
    beast::error_code error;
    auto& socket = beast::get_lowest_layer(stream_).socket();
    socket.shutdown(asio::socket_base::shutdown_send, error);
    co_await sender_.end_watch(kLingerMs);
    co_await linger();
  }

  // Tells a client of HTTP/1.1 that there is no room for it.
  asio::awaitable<void> refuse_overload() {
    ++state_.counters.refused_overload;
    const Response response = overloaded("connections");
    co_await write(response, false, 11, false);
  }

 private:
  using Parser = beast::http::request_parser<beast::http::string_body>;
  static constexpr std::int64_t kLingerMs = 500;
  static constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n";

  void expire_after(std::int64_t ms) {
    beast::get_lowest_layer(stream_).expires_after(std::chrono::milliseconds(ms));
  }

  // Reads and drops what the client still sends, for a moment: a socket closed with unread bytes is
  // reset, and the client would lose the answer.
  asio::awaitable<void> linger() {
    if (!was_refused_) {
      co_return;
    }
    expire_after(kLingerMs);
    beast::error_code error;
    for (int i = 0; i < 64 && !error; ++i) {
      buffer_.consume(buffer_.size());
      co_await stream_.async_read_some(buffer_.prepare(16'384),
                                       asio::redirect_error(asio::use_awaitable, error));
    }
  }

  asio::awaitable<bool> await_first_byte() {
    co_await sender_.end_watch(state_.options.idle_ms);
    if (buffer_.size() > 0) {
      co_return true;
    }
    expire_after(state_.options.idle_ms);
    beast::error_code error;
    const std::size_t num_bytes = co_await stream_.async_read_some(
        buffer_.prepare(4096), asio::redirect_error(asio::use_awaitable, error));
    buffer_.commit(num_bytes);
    co_return !error && num_bytes > 0;
  }

  // False where the connection is over.
  asio::awaitable<bool> serve_one() {
    expire_after(state_.options.header_ms);
    const bool speaks_http2 = co_await is_http2();
    if (speaks_http2) {
      co_await refuse_http2();
      co_return false;
    }
    Parser parser;
    parser.header_limit(state_.options.max_header_bytes);
    parser.body_limit(state_.options.max_body_bytes);
    beast::error_code error;
    co_await beast::http::async_read_header(stream_, buffer_, parser,
                                            asio::redirect_error(asio::use_awaitable, error));
    if (error) {
      co_await refuse(error);
      co_return false;
    }
    ++state_.counters.requests;
    const auto& head = parser.get();
    if (static_cast<std::size_t>(std::distance(head.begin(), head.end())) >
        state_.options.max_headers) {
      ++state_.counters.refused_large;
      const Response response = plain(431, "too many headers");
      co_await give_up(response);
      co_return false;
    }
    BodyReservation reservation(state_);
    if (!reservation.grow_to(parser.content_length().value_or(0))) {
      ++state_.counters.refused_overload;
      const Response response = overloaded("requests in hand");
      co_await give_up(response);
      co_return false;
    }
    if (head[beast::http::field::expect] == "100-continue" && head.version() == 11) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await send_text(kContinue);
    }
    const bool has_body = co_await read_body(parser, reservation);
    if (!has_body) {
      co_return false;
    }
    const bool wants_more = parser.get().keep_alive();
    const unsigned version = parser.get().version();
    const Request request = take_request(parser);
    const Response response = co_await answer(request);
    const bool is_kept = wants_more && !state_.is_draining;
    const bool is_head = request.method == "HEAD";
    if (response.produce && !is_head) {
      const bool is_sent = co_await stream(response, is_kept, version);
      co_return is_sent&& is_kept&& version != 10;
    }
    const bool is_written = co_await write(response, is_kept, version, is_head);
    co_return is_written&& is_kept;
  }

  asio::awaitable<bool> is_http2() {
    beast::error_code error;
    while (!error) {
      const auto data = buffer_.data();
      const std::string_view seen(static_cast<const char*>(data.data()), data.size());
      const std::size_t common = std::min(seen.size(), kHttp2Preface.size());
      if (seen.substr(0, common) != kHttp2Preface.substr(0, common)) {
        co_return false;
      }
      if (common == kHttp2Preface.size()) {
        co_return true;
      }
      const std::size_t num_bytes = co_await stream_.async_read_some(
          buffer_.prepare(4096), asio::redirect_error(asio::use_awaitable, error));
      buffer_.commit(num_bytes);
    }
    co_return false;
  }

  // RFC 9113: an empty SETTINGS frame, then GOAWAY with HTTP_1_1_REQUIRED.
  asio::awaitable<void> refuse_http2() {
    ++state_.counters.http2_prefaces;
    was_refused_ = true;
    constexpr char kFrames[] =
        "\0\0\0\4\0\0\0\0\0"
        "\0\0\10\7\0\0\0\0\0"
        "\0\0\0\0\0\0\0\15";
    const std::string_view frames(kFrames, sizeof kFrames - 1);
    co_await send_text(frames);
  }

  asio::awaitable<void> send_text(std::string_view text) {
    expire_after(state_.options.write_ms);
    beast::error_code error;
    co_await asio::async_write(stream_, asio::buffer(text.data(), text.size()),
                               asio::redirect_error(asio::use_awaitable, error));
  }

  // False where it was refused, or the client went away.
  asio::awaitable<bool> read_body(Parser& parser, BodyReservation& reservation) {
    const auto begin = std::chrono::steady_clock::now();
    expire_after(state_.options.body_ms);
    std::size_t last_bytes = 0;
    beast::error_code error;
    while (!parser.is_done()) {
      co_await beast::http::async_read_some(stream_, buffer_, parser,
                                            asio::redirect_error(asio::use_awaitable, error));
      if (error) {
        co_await refuse(error);
        co_return false;
      }
      const std::size_t num_bytes = parser.get().body().size();
      state_.counters.body_bytes += num_bytes - last_bytes;
      last_bytes = num_bytes;
      if (!reservation.grow_to(num_bytes)) {
        ++state_.counters.refused_overload;
        const Response response = overloaded("requests in hand");
        co_await give_up(response);
        co_return false;
      }
      const auto elapsed_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::steady_clock::now() - begin)
                                  .count();
      if (elapsed_ms > state_.options.body_ms &&
          static_cast<std::int64_t>(num_bytes) < elapsed_ms) {  // 1 KiB/s is about 1 byte a ms
        ++state_.counters.timed_out;
        const Response response = plain(408, "the body comes too slowly");
        co_await give_up(response);
        co_return false;
      }
      if (elapsed_ms > state_.options.body_ms) {
        expire_after(5'000);
      }
    }
    co_return true;
  }

  Request take_request(Parser& parser) {
    auto message = parser.release();
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    request.body = std::move(message.body());
    request.peer = peer_;
    request.is_tls = is_tls_;
    request.is_local = is_local_;
    return request;
  }

  asio::awaitable<Response> answer(const Request& request) {
    if (state_.num_queued.fetch_add(1) >= state_.options.max_queued) {
      --state_.num_queued;
      ++state_.counters.refused_overload;
      Response refusal = overloaded("requests in hand");
      co_return refusal;
    }
    expire_after(3'600'000);  // the handler's time is the handler's
    auto work = [this, &request]() -> asio::awaitable<Response> {
      Response response;
      try {
        response = state_.handler.handle(request);
      } catch (const std::exception& /*fault*/) {
        response = plain(500, "internal error");
      }
      --state_.num_queued;
      co_return response;
    };
    Response response =
        co_await asio::co_spawn(state_.workers, std::move(work), asio::use_awaitable);
    co_return response;
  }

  void count_answer(int status) {
    auto& counters = state_.counters;
    ++(status < 400   ? counters.responses_2xx
       : status < 500 ? counters.responses_4xx
                      : counters.responses_5xx);
  }

  asio::awaitable<bool> stream(const Response& response, bool is_kept, unsigned version) {
    if (state_.counters.open_streams.fetch_add(1) >= state_.options.max_streams) {
      --state_.counters.open_streams;
      ++state_.counters.refused_overload;
      const Response refusal = overloaded("streams at a time");
      const bool is_written = co_await write(refusal, is_kept, version, false);
      co_return is_written;
    }
    count_answer(response.status);
    const bool is_sent = co_await sender_.send(response, is_kept, version);
    co_return is_sent;
  }

  asio::awaitable<bool> write(const Response& response, bool is_kept, unsigned version,
                              bool is_head) {
    count_answer(response.status);
    beast::http::response<beast::http::string_body> message;
    message.version(version == 10 ? 10 : 11);
    message.result(static_cast<unsigned>(response.status));
    for (const auto& [name, value] : response.headers) {
      message.insert(name, value);
    }
    message.set(beast::http::field::server, "weir");
    message.keep_alive(is_kept);
    message.body() = response.body;
    message.prepare_payload();
    expire_after(state_.options.write_ms);
    beast::error_code error;
    if (is_head) {
      beast::http::response_serializer<beast::http::string_body> serializer(message);
      co_await beast::http::async_write_header(stream_, serializer,
                                               asio::redirect_error(asio::use_awaitable, error));
    } else {
      co_await beast::http::async_write(stream_, message,
                                        asio::redirect_error(asio::use_awaitable, error));
    }
    co_return !error;
  }

  asio::awaitable<void> give_up(const Response& response) {
    was_refused_ = true;
    co_await write(response, false, 11, false);
  }

  asio::awaitable<void> refuse(const beast::error_code& code) {
    using beast::http::error;
    if (code == beast::error::timeout) {
      ++state_.counters.timed_out;
      co_return;  // the socket is closed by then
    }
    if (code == error::end_of_stream || code == error::partial_message ||
        code.category() != beast::http::make_error_code(error::bad_method).category()) {
      co_return;  // the client went away
    }
    const bool is_header = code == error::header_limit || code == error::buffer_overflow;
    if (is_header || code == error::body_limit) {
      ++state_.counters.refused_large;
      const Response response = is_header
                                    ? plain(431, "the headers are too large")
                                    : plain(413, fmt::format("the body is larger than {} bytes",
                                                             state_.options.max_body_bytes));
      co_await give_up(response);
      co_return;
    }
    ++state_.counters.refused_malformed;
    const Response response =
        plain(400, fmt::format("this is no HTTP/1.1 request: {}", code.message()));
    co_await give_up(response);
  }

  static Response overloaded(std::string_view what) {
    return plain(503, fmt::format("too many {}; try again shortly", what));
  }
  static Response plain(int status, std::string text) {
    Response response{status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
    response.body += '\n';
    if (status == 503) {
      response.headers.emplace_back("Retry-After", "1");
    }
    return response;
  }

  Stream stream_;
  ServerState& state_;
  std::shared_ptr<Connection> connection_;
  std::string peer_;
  bool is_tls_;
  bool is_local_ = false;
  bool was_refused_ = false;
  beast::flat_buffer buffer_;
  StreamSender<Stream> sender_;
};

}  // namespace weir::http
