#include "http/stream_sender.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "http/response_head.h"

namespace weir::http {
namespace {

constexpr std::int64_t kLongMs = 3'600'000;

}  // namespace

asio::awaitable<bool> StreamSender::send(const Response& response, bool is_kept, unsigned version) {
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

asio::awaitable<void> StreamSender::end_watch(std::int64_t ms) {
  if (!is_watching_) {
    co_return;
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  while (is_watching_ && std::chrono::steady_clock::now() < end) {
    wake_.expires_at(end);
    co_await wait();
  }
  if (is_watching_) {
    stream_.close();
  }
  while (is_watching_) {
    co_await sleep(kLongMs);
  }
}

// A producer may notify after this connection has gone: it reaches the timer by what lives on.
std::shared_ptr<BodyChannel> StreamSender::start(const Response& response) {
  auto link = std::make_shared<StreamSender*>(this);
  link_.set(link);
  auto notify = [link, executor = stream_.executor()] {
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

void StreamSender::start_watch(const std::shared_ptr<BodyChannel>& channel) {
  watched_ = channel;
  if (buffer_.size() > 0) {
    return;  // the next request is there already; whether the client is shows in the writing
  }
  is_watching_ = true;
  stream_.expire_never();
  asio::co_spawn(stream_.executor(), watch(), asio::detached);
}

asio::awaitable<void> StreamSender::watch() {
  beast::error_code error;
  const auto room = buffer_.prepare(4096);
  const std::size_t num_bytes = co_await stream_.read_some(room, error);
  buffer_.commit(num_bytes);
  is_watching_ = false;
  if ((error || num_bytes == 0) && watched_ != nullptr) {
    watched_->close();
  }
  wake_.cancel();
}

asio::awaitable<void> StreamSender::sleep(std::int64_t ms) {
  wake_.expires_after(std::chrono::milliseconds(ms));
  co_await wait();
}

asio::awaitable<void> StreamSender::wait() {
  beast::error_code error;
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, error));
}

asio::awaitable<bool> StreamSender::write_head(const Response& response, bool is_kept) {
  const std::string head = is_chunked_
                               ? response_head(response, {.is_kept = is_kept, .is_chunked = true})
                               : response_head(response, {.version = 10});
  const bool is_written = co_await write_text(head);
  co_return is_written;
}

asio::awaitable<bool> StreamSender::write_chunk(std::string& piece) {
  if (is_chunked_) {
    piece.insert(0, fmt::format("{:x}\r\n", piece.size()));
    piece += "\r\n";
  }
  const bool is_written = co_await write_text(piece);
  co_return is_written;
}

// The watch's read, where one is pending, keeps its time without end.
asio::awaitable<bool> StreamSender::write_text(std::string_view text) {
  stream_.expire_after(state_.options.write_ms);
  beast::error_code error;
  const ByteStream::Bytes bytes{asio::buffer(text.data(), text.size())};
  co_await stream_.write(bytes, error);
  co_return !error;
}

}  // namespace weir::http
