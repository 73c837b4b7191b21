#pragma once

// Of the server's own files alone: Boost.Asio's headers cost seconds.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "http/message.h"

namespace weir::http {

namespace asio = boost::asio;

// Answers that other threads make (Response::later), brought to the thread that moves bytes.
class LaterAnswers {
 public:
  LaterAnswers() = default;
  LaterAnswers(const LaterAnswers&) = delete;
  LaterAnswers& operator=(const LaterAnswers&) = delete;

  // The answer proper. `executor` is the one of the thread that moves bytes.
  asio::awaitable<Response> wait(asio::any_io_executor executor, const Response& begun);
  // Once that thread is gone: waits until nobody makes an answer any more, and drops those made.
  void end();

 private:
  using Resume = asio::async_result<asio::use_awaitable_t<>, void(Response)>::handler_type;
  // Copies of a std::function share it; who answers takes what resumes out of it.
  using Slot = std::shared_ptr<std::optional<Resume>>;

  void add(Slot& slot, Response answer, bool is_last, const asio::any_io_executor& executor);
  void resume_all();

  std::mutex mutex_;  // guards what follows
  std::condition_variable none_awaited_;
  std::size_t num_awaited_ = 0;
  std::vector<std::pair<Resume, Response>> made_;
};

}  // namespace weir::http
