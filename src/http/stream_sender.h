#pragma once

// Of the server's own files alone: Boost.Beast's headers cost seconds.

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "http/body_channel.h"
#include "http/byte_stream.h"
#include "http/server_state.h"

namespace weir::http {

// Sends bodies that are made piece by piece over one connection, and watches meanwhile whether the
// client is still there. Of the thread that moves bytes.
class StreamSender {
 public:
  // All outlive it. What the watch reads goes to the end of `buffer`.
  StreamSender(ByteStream& stream, beast::flat_buffer& buffer, ServerState& state)
      : stream_(stream), buffer_(buffer), state_(state), wake_(stream.executor()) {}

  // `state.counters.open_streams` counts this one already. False where the connection is over.
  asio::awaitable<bool> send(const Response& response, bool is_kept, unsigned version);
  // Waits for what the watch of the last stream still reads: the first bytes of the next request.
  // After `ms` the connection is closed.
  asio::awaitable<void> end_watch(std::int64_t ms);

 private:
  std::shared_ptr<BodyChannel> start(const Response& response);
  void start_watch(const std::shared_ptr<BodyChannel>& channel);
  asio::awaitable<void> watch();
  asio::awaitable<void> sleep(std::int64_t ms);
  asio::awaitable<void> wait();
  asio::awaitable<bool> write_head(const Response& response, bool is_kept);
  asio::awaitable<bool> write_chunk(std::string& piece);
  asio::awaitable<bool> write_text(std::string_view text);

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

  ByteStream& stream_;
  beast::flat_buffer& buffer_;
  ServerState& state_;
  asio::steady_timer wake_;
  Link link_;
  std::shared_ptr<BodyChannel> watched_;
  bool is_watching_ = false;
  bool is_chunked_ = true;
};

}  // namespace weir::http
