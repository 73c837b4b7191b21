#include "http/later_answers.h"

#include <boost/asio/post.hpp>

namespace weir::http {

asio::awaitable<Response> LaterAnswers::wait(asio::any_io_executor executor,
                                             const Response& begun) {
  const auto begin = [this, &executor, &begun](Resume resume) {
    {
      const std::lock_guard lock(mutex_);
      ++num_awaited_;
    }
    auto slot = std::make_shared<std::optional<Resume>>(std::move(resume));
    begun.later([this, executor, slot](Response answer, bool is_last) mutable {
      add(slot, std::move(answer), is_last, executor);
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Response)>(begin,
                                                                             asio::use_awaitable);
}

void LaterAnswers::add(Slot& slot, Response answer, bool is_last,
                       const asio::any_io_executor& executor) {
  const std::lock_guard lock(mutex_);
  made_.emplace_back(std::move(**slot), std::move(answer));
  slot->reset();
  --num_awaited_;
  if (is_last) {
    asio::post(executor, [this] { resume_all(); });
  }
  none_awaited_.notify_all();  // under the mutex: end() may be the last that happens to this
}

void LaterAnswers::resume_all() {
  std::vector<std::pair<Resume, Response>> made;
  {
    const std::lock_guard lock(mutex_);
    made.swap(made_);
  }
  for (auto& [resume, answer] : made) {
    resume(std::move(answer));
  }
}

void LaterAnswers::end() {
  std::vector<std::pair<Resume, Response>> made;
  std::unique_lock lock(mutex_);
  none_awaited_.wait(lock, [&] { return num_awaited_ == 0; });
  made.swap(made_);
}

}  // namespace weir::http
