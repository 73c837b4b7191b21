#pragma once

// Of the server's own files alone: Boost.Asio's headers cost seconds.

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <functional>

#include "http/later_answers.h"
#include "http/server.h"

namespace weir::http {

// What connections share.
struct ServerState {
  ServerState(const ServerOptions& the_options, Handler& the_handler)
      : options(the_options),
        handler(the_handler),
        workers(the_options.num_workers),
        streams(the_options.max_streams) {}

  const ServerOptions options;
  Handler& handler;
  boost::asio::thread_pool workers;
  boost::asio::thread_pool streams;  // where bodies are made: they may wait for their readers
  LaterAnswers later;
  ServerCounters counters;
  std::atomic<std::size_t> num_queued{0};
  std::atomic<std::size_t> bodies_bytes{0};
  std::atomic<bool> is_draining{false};
};

// How the server reaches a connection from outside. Its functions run on the connection's strand.
struct Connection {
  std::function<void()> close;
  bool is_idle = true;
};

// Bytes of bodies in hand, given back when the request is done.
class BodyReservation {
 public:
  explicit BodyReservation(ServerState& state) : state_(state) {}
  BodyReservation(const BodyReservation&) = delete;
  BodyReservation& operator=(const BodyReservation&) = delete;
  ~BodyReservation() { state_.bodies_bytes -= bytes_; }

  [[nodiscard]] bool grow_to(std::size_t bytes) {
    if (bytes <= bytes_) {
      return true;
    }
    const std::size_t more = bytes - bytes_;
    if (state_.bodies_bytes.fetch_add(more) + more > state_.options.max_bodies_bytes) {
      state_.bodies_bytes -= more;
      return false;
    }
    bytes_ = bytes;
    return true;
  }

 private:
  ServerState& state_;
  std::size_t bytes_ = 0;
};

}  // namespace weir::http
