#pragma once

// Of server.cpp alone: Boost.Beast's headers cost seconds.

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "http/body_channel.h"
#include "http/server_state.h"

namespace weir::http {

// Sends bodies that are made piece by piece over one connection, and watches meanwhile whether the
// client is still there. Of the thread that moves bytes.
template <class Stream>
class StreamSender {
 public:
  // All outlive it. What the watch reads goes to the end of `buffer`.
  StreamSender(Stream& stream, beast::flat_buffer& buffer, ServerState& state)
      : stream_(stream), buffer_(buffer), state_(state), wake_(stream.get_executor()) {}

  // `state.counters.open_streams` counts this one already. False where the connection is over.
  asio::awaitable<bool> send(const Response& response, bool is_kept, unsigned version) {
    is_chunked_ = version != 10;
    ++state_.counters.streams;
    const auto channel = start(response);
    start_watch(channel);
    bool is_open = co_await write_head(response, is_kept);
    while (is_open) {
      std::string piece = channel->take();
      if (channel->gone().is_cancelled()) {
        is_open = false;
      } else if (!piece.empty()) {
        is_open = co_await write_chunk(piece);
      } else if (channel->state() != BodyChannel::State::kOpen) {
        break;
      } else {
        co_await sleep(kLongMs);
      }
    }
    watched_.reset();
    if (!is_open) {
      ++state_.counters.streams_cut;
      channel->close();
      co_return false;
    }
    if (channel->state() == BodyChannel::State::kFailed || !is_chunked_) {
      co_return false;  // without a last chunk: the client sees that it is not whole
    }
    constexpr std::string_view kLastChunk = "0\r\n\r\n";
    is_open = co_await write_text(kLastChunk);
    co_return is_open;
  }

  // Waits for what the watch of the last stream still reads: the first bytes of the next request.
  // After `ms` the connection is closed.
  asio::awaitable<void> end_watch(std::int64_t ms) {
    if (!is_watching_) {
      co_return;
    }
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
    while (is_watching_ && std::chrono::steady_clock::now() < end) {
      wake_.expires_at(end);
      co_await wait();
    }
    if (is_watching_) {
      beast::get_lowest_layer(stream_).close();
    }
    while (is_watching_) {
      co_await sleep(kLongMs);
    }
  }

 private:
  static constexpr std::int64_t kLongMs = 3'600'000;

  // A producer may notify after this connection has gone: it reaches the timer by what lives on.
  std::shared_ptr<BodyChannel> start(const Response& response) {
    auto link = std::make_shared<StreamSender*>(this);
    link_.set(link);
    auto notify = [link, executor = stream_.get_executor()] {
      asio::post(executor, [link] {
        if (*link != nullptr) {
          (*link)->wake_.cancel();
        }
      });
    };
    auto channel = std::make_shared<BodyChannel>(std::move(notify), state_.is_draining);
    asio::post(state_.streams, [channel, produce = response.produce, &state = state_] {
      bool is_whole = true;
      try {
        produce(*channel);
      } catch (const std::exception& /*fault*/) {
        is_whole = false;
      }
      --state.counters.open_streams;
      channel->finish(is_whole);
    });
    return channel;
  }

  void start_watch(const std::shared_ptr<BodyChannel>& channel) {
    watched_ = channel;
    if (buffer_.size() > 0) {
      return;  // the next request is there already; whether the client is shows when it is written
               // to
    }
    is_watching_ = true;
    beast::get_lowest_layer(stream_).expires_never();
    asio::co_spawn(stream_.get_executor(), watch(), asio::detached);
  }

  asio::awaitable<void> watch() {
    beast::error_code error;
    const auto room = buffer_.prepare(4096);
    const std::size_t num_bytes =
        co_await stream_.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
    buffer_.commit(num_bytes);
    is_watching_ = false;
    if ((error || num_bytes == 0) && watched_ != nullptr) {
      watched_->close();
    }
    wake_.cancel();
  }

  asio::awaitable<void> sleep(std::int64_t ms) {
    wake_.expires_after(std::chrono::milliseconds(ms));
    co_await wait();
  }
  asio::awaitable<void> wait() {
    beast::error_code error;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }

  asio::awaitable<bool> write_head(const Response& response, bool is_kept) {
    beast::http::response<beast::http::empty_body> message;
    message.version(is_chunked_ ? 11 : 10);
    message.result(static_cast<unsigned>(response.status));
    for (const auto& [name, value] : response.headers) {
      message.insert(name, value);
    }
    message.set(beast::http::field::server, "weir");
    message.keep_alive(is_kept && is_chunked_);
    message.chunked(is_chunked_);
    beast::http::response_serializer<beast::http::empty_body> serializer(message);
    expire_write();
    beast::error_code error;
    co_await beast::http::async_write_header(stream_, serializer,
                                             asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  asio::awaitable<bool> write_chunk(std::string& piece) {
    if (is_chunked_) {
      piece.insert(0, fmt::format("{:x}\r\n", piece.size()));
      piece += "\r\n";
    }
    const bool is_written = co_await write_text(piece);
    co_return is_written;
  }

  asio::awaitable<bool> write_text(std::string_view text) {
    expire_write();
    beast::error_code error;
    const auto bytes = asio::buffer(text.data(), text.size());
    co_await asio::async_write(stream_, bytes, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }

  // The watch's read, where one is pending, keeps its time without end.
  void expire_write() {
    beast::get_lowest_layer(stream_).expires_after(
        std::chrono::milliseconds(state_.options.write_ms));
  }

  // Tells notifications that are still on their way that there is nobody to wake.
  class Link {
   public:
    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { reset(); }
    void set(std::shared_ptr<StreamSender*> link) {
      reset();
      link_ = std::move(link);
    }

   private:
    void reset() {
      if (link_ != nullptr) {
        *link_ = nullptr;
      }
    }
    std::shared_ptr<StreamSender*> link_;
  };

  Stream& stream_;
  beast::flat_buffer& buffer_;
  ServerState& state_;
  asio::steady_timer wake_;
  Link link_;
  std::shared_ptr<BodyChannel> watched_;
  bool is_watching_ = false;
  bool is_chunked_ = true;
};

}  // namespace weir::http
