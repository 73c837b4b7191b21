#include "http/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <iterator>
#include <utility>

#include "http/response_head.h"

namespace weir::http {
namespace {

constexpr std::int64_t kLingerMs = 500;
constexpr std::size_t kHeaderPieceBytes = 4096;
constexpr std::size_t kBodyPieceBytes = 64U << 10;
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n";

Response plain(int status, std::string text) {
  Response response{status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
  response.body += '\n';
  if (status == 503) {
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

Response overloaded(std::string_view what) {
  return plain(503, fmt::format("too many {}; try again shortly", what));
}

}  // namespace

Session::Session(ByteStream& stream, ServerState& state, Connection& connection, Peer peer)
    : stream_(stream),
      state_(state),
      connection_(connection),
      peer_(std::move(peer)),
      sender_(stream_, buffer_, state) {
  connection_.close = [this] { stream_.close(); };
}

Session::~Session() {
  connection_.close = [] {};
}

asio::awaitable<void> Session::run() {
  try {
    bool goes_on = true;
    while (goes_on) {
      goes_on = co_await await_first_byte();
      if (goes_on) {
        connection_.is_idle = false;
        goes_on = co_await serve_one();
        goes_on = goes_on && !state_.is_draining;
        connection_.is_idle = goes_on;
      }
    }
  } catch (const std::exception& /*fault*/) {
    ++state_.counters.responses_5xx;  // and what still reads from the stream is waited for below
  }
  stream_.shutdown_send();
  co_await sender_.end_watch(kLingerMs);
  co_await linger();
}

// Tells a client of HTTP/1.1 that there is no room for it.
asio::awaitable<void> Session::refuse_overload() {
  ++state_.counters.refused_overload;
  const Response response = overloaded("connections");
  co_await write(response, false, 11, false);
}

// Reads and drops what the client still sends, for a moment: a socket closed with unread bytes is
// reset, and the client would lose the answer.
asio::awaitable<void> Session::linger() {
  if (!was_refused_) {
    co_return;
  }
  stream_.expire_after(kLingerMs);
  beast::error_code error;
  for (int i = 0; i < 64 && !error; ++i) {
    buffer_.consume(buffer_.size());
    co_await read_more(kBodyPieceBytes, error);
  }
}

asio::awaitable<bool> Session::await_first_byte() {
  co_await sender_.end_watch(state_.options.idle_ms);
  if (buffer_.size() > 0) {
    co_return true;
  }
  stream_.expire_after(state_.options.idle_ms);
  beast::error_code error;
  co_await read_more(kHeaderPieceBytes, error);
  co_return !error;
}

// False where the connection is over.
asio::awaitable<bool> Session::serve_one() {
  stream_.expire_after(state_.options.header_ms);
  const bool speaks_http2 = co_await is_http2();
  if (speaks_http2) {
    co_await refuse_http2();
    co_return false;
  }
  Parser parser;
  parser.header_limit(state_.options.max_header_bytes);
  parser.body_limit(state_.options.max_body_bytes);
  const bool has_header = co_await read_header(parser);
  if (!has_header) {
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

asio::awaitable<bool> Session::is_http2() {
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
    co_await read_more(kHeaderPieceBytes, error);
  }
  co_return false;
}

// RFC 9113: an empty SETTINGS frame, then GOAWAY with HTTP_1_1_REQUIRED.
asio::awaitable<void> Session::refuse_http2() {
  ++state_.counters.http2_prefaces;
  was_refused_ = true;
  constexpr char kFrames[] =
      "\0\0\0\4\0\0\0\0\0"
      "\0\0\10\7\0\0\0\0\0"
      "\0\0\0\0\0\0\0\15";
  const std::string_view frames(kFrames, sizeof kFrames - 1);
  co_await send_text(frames);
}

asio::awaitable<bool> Session::send_text(std::string_view text) {
  stream_.expire_after(state_.options.write_ms);
  beast::error_code error;
  const ByteStream::Bytes bytes{asio::buffer(text.data(), text.size())};
  co_await stream_.write(bytes, error);
  co_return !error;
}

asio::awaitable<void> Session::read_more(std::size_t most_bytes, beast::error_code& error) {
  const auto room = buffer_.prepare(most_bytes);
  const std::size_t num_bytes = co_await stream_.read_some(room, error);
  buffer_.commit(num_bytes);
  if (!error && num_bytes == 0) {
    error = asio::error::eof;
  }
}

// No error where it only needs more.
void Session::parse(Parser& parser, beast::error_code& error) {
  if (buffer_.size() > 0) {
    const std::size_t num_bytes = parser.put(buffer_.data(), error);
    buffer_.consume(num_bytes);
    if (error == beast::http::error::need_more) {
      error = {};
    }
  }
}

// False where it was refused, or the client went away.
asio::awaitable<bool> Session::read_header(Parser& parser) {
  beast::error_code error;
  parse(parser, error);
  while (!error && !parser.is_header_done()) {
    co_await read_more(kHeaderPieceBytes, error);
    if (!error) {
      parse(parser, error);
    }
  }
  if (error) {
    co_await refuse(error);
  }
  co_return !error;
}

// False where it was refused, or the client went away.
asio::awaitable<bool> Session::read_body(Parser& parser, BodyReservation& reservation) {
  const auto begin = std::chrono::steady_clock::now();
  stream_.expire_after(state_.options.body_ms);
  std::size_t last_bytes = 0;
  beast::error_code error;
  parser.eager(true);
  bool is_first = true;  // what came with the header
  while (!parser.is_done()) {
    if (!is_first) {
      co_await read_more(kBodyPieceBytes, error);
    }
    is_first = false;
    if (!error) {
      parse(parser, error);
    }
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
      stream_.expire_after(5'000);
    }
  }
  co_return true;
}

Request Session::take_request(Parser& parser) {
  auto message = parser.release();
  Request request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(message.body());
  request.peer = peer_.address;
  request.is_tls = peer_.is_tls;
  request.is_local = peer_.is_local;
  return request;
}

Response Session::handle(const Request& request) {
  try {
    return state_.handler.handle(request);
  } catch (const std::exception& /*fault*/) {
    return plain(500, "internal error");
  }
}

asio::awaitable<Response> Session::handle_on_worker(const Request& request) {
  Response response = handle(request);
  --state_.num_queued;
  co_return response;
}

asio::awaitable<Response> Session::answer(const Request& request) {
  stream_.expire_after(3'600'000);  // the handler's time is the handler's
  Response response;
  if (state_.handler.is_brief(request)) {
    response = handle(request);
  } else if (state_.num_queued.fetch_add(1) >= state_.options.max_queued) {
    --state_.num_queued;
    ++state_.counters.refused_overload;
    response = overloaded("requests in hand");
  } else {
    response =
        co_await asio::co_spawn(state_.workers, handle_on_worker(request), asio::use_awaitable);
  }
  if (response.later) {
    const asio::any_io_executor executor = stream_.executor();
    Response made = co_await state_.later.wait(executor, response);
    co_return made;
  }
  co_return response;
}

void Session::count_answer(int status) {
  auto& counters = state_.counters;
  ++(status < 400   ? counters.responses_2xx
     : status < 500 ? counters.responses_4xx
                    : counters.responses_5xx);
}

asio::awaitable<bool> Session::stream(const Response& response, bool is_kept, unsigned version) {
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

asio::awaitable<bool> Session::write(const Response& response, bool is_kept, unsigned version,
                                     bool is_head) {
  count_answer(response.status);
  const HeadOptions options{
      .is_kept = is_kept, .version = version == 10 ? 10U : 11U, .num_bytes = response.body.size()};
  const std::string head = response_head(response, options);
  stream_.expire_after(state_.options.write_ms);
  beast::error_code error;
  ByteStream::Bytes bytes{asio::buffer(head)};
  if (!is_head) {
    bytes[1] = asio::buffer(response.body);
  }
  co_await stream_.write(bytes, error);
  co_return !error;
}

asio::awaitable<void> Session::give_up(const Response& response) {
  was_refused_ = true;
  co_await write(response, false, 11, false);
}

asio::awaitable<void> Session::refuse(const beast::error_code& code) {
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
    const Response response = is_header ? plain(431, "the headers are too large")
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

}  // namespace weir::http
