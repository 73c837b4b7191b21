#include "metric/put_queue.h"

#include <utility>

namespace weir::metric {

PutQueue::PutQueue(MetricStore& store) : store_(store), thread_([this] { run(); }) {}

PutQueue::~PutQueue() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<std::shared_ptr<PutQueue::Ticket>> PutQueue::put(std::string_view scope,
                                                        std::string_view name_space,
                                                        std::span<const Datum> datums) {
  auto ticket = std::make_shared<Ticket>();
  WEIR_ASSIGN_OR_RETURN(ticket->put_, store_.begin_put(scope, name_space, datums));
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = waiting_.empty();
    waiting_.push_back(ticket);
  }
  if (was_empty) {
    changed_.notify_one();
  }
  return ticket;
}

void PutQueue::run() {
  std::vector<std::shared_ptr<Ticket>> tickets;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return is_ending_ || !waiting_.empty(); });
      if (waiting_.empty()) {
        return;
      }
      tickets.swap(waiting_);
    }
    end(tickets);
    tickets.clear();
  }
}

void PutQueue::end(std::vector<std::shared_ptr<Ticket>>& tickets) {
  std::vector<BegunPut*> puts;
  puts.reserve(tickets.size());
  for (const auto& ticket : tickets) {
    puts.push_back(&ticket->put_);
  }
  store_.end_puts(puts);
  std::vector<std::pair<Done, const Result<void>*>> told;
  told.reserve(tickets.size());
  for (const auto& ticket : tickets) {
    const std::lock_guard lock(ticket->mutex_);
    ticket->is_ended_ = true;
    if (ticket->done_) {
      told.emplace_back(std::exchange(ticket->done_, nullptr), &ticket->put_.outcome);
    }
  }
  for (std::size_t i = 0; i < told.size(); ++i) {
    told[i].first(*told[i].second, i + 1 == told.size());
  }
}

void PutQueue::Ticket::then(Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_ended_) {
      done_ = std::move(done);
      return;
    }
  }
  done(put_.outcome, true);
}

}  // namespace weir::metric
