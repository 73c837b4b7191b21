#include "app/journal.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace weir::app {
namespace {

constexpr std::size_t kMostSubjects = 1'024;  // whose repeats are told apart
constexpr std::chrono::seconds kPatience{1};

std::string subject_of(const JournalLine& line) {
  std::string subject = fmt::format("{} {}", name_of(line.level), line.message);
  if (!line.fields.empty()) {
    const auto& value = line.fields.front().value;
    if (const auto* text = std::get_if<std::string>(&value)) {
      subject += " " + *text;
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
      subject += " " + std::to_string(*number);
    }
  }
  return subject;
}

}  // namespace

// What waits to be written. Outlives a journal whose sink does not come back.
struct Journal::Queue {
  std::mutex mutex;  // guards what follows
  std::condition_variable wake;
  std::condition_variable written;
  std::string waiting;
  std::uint64_t num_dropped = 0;
  bool is_writing = false;
  bool is_ending = false;

  void run(const Sink& sink) {
    std::unique_lock lock(mutex);
    while (true) {
      wake.wait(lock, [this] { return is_ending || !waiting.empty(); });
      if (waiting.empty()) {
        return;
      }
      std::string lines;
      lines.swap(waiting);
      is_writing = true;
      lock.unlock();
      sink(lines);
      lock.lock();
      is_writing = false;
      if (waiting.empty()) {
        written.notify_all();
      }
    }
  }
};

Journal::Journal(const JournalOptions& options, const Clock& clock, Sink sink)
    : options_(options), clock_(clock), queue_(std::make_shared<Queue>()) {
  std::thread([queue = queue_, sink = std::move(sink)] { queue->run(sink); }).detach();
}

Journal::~Journal() {
  {
    const std::lock_guard lock(mutex_);
    for (auto& [subject, repeats] : repeats_) {
      end_window(repeats);
    }
  }
  flush();
  const std::lock_guard lock(queue_->mutex);
  queue_->is_ending = true;
  queue_->wake.notify_all();
}

void Journal::flush() {
  std::unique_lock lock(queue_->mutex);
  queue_->written.wait_for(lock, kPatience,
                           [this] { return queue_->waiting.empty() && !queue_->is_writing; });
}

Journal::Repeats& Journal::repeats_of(const JournalLine& line, std::int64_t now_ms) {
  std::string subject = subject_of(line);
  if (repeats_.size() >= kMostSubjects && !repeats_.contains(subject)) {
    end_windows(now_ms);
    if (repeats_.size() >= kMostSubjects) {
      subject.clear();  // all others are one
    }
  }
  Repeats& repeats =
      repeats_.try_emplace(std::move(subject), Repeats{now_ms, 0, 0, {}}).first->second;
  if (now_ms - repeats.since_ms >= options_.window_ms) {
    end_window(repeats);
    repeats.since_ms = now_ms;
  }
  return repeats;
}

void Journal::write(LogLevel level, std::string_view message, std::vector<LogField> fields) {
  if (!takes(level)) {
    return;
  }
  JournalLine line{clock_.now_ms(), level, std::string(message), std::move(fields)};
  const std::lock_guard lock(mutex_);
  Repeats& repeats = repeats_of(line, monotonic_ms());
  if (repeats.shown < options_.shown_repeats) {
    ++repeats.shown;
    put(line);
  } else {
    ++repeats.held;
    repeats.last = std::move(line);
  }
}

void Journal::tick() {
  const std::lock_guard lock(mutex_);
  end_windows(monotonic_ms());
}

void Journal::end_windows(std::int64_t now_ms) {
  for (auto entry = repeats_.begin(); entry != repeats_.end();) {
    if (now_ms - entry->second.since_ms >= options_.window_ms) {
      end_window(entry->second);
      entry = repeats_.erase(entry);
    } else {
      ++entry;
    }
  }
}

// The last of those held is written, with how many it stands for.
void Journal::end_window(Repeats& repeats) {
  if (repeats.held > 0) {
    repeats.last.fields.emplace_back("repeats", repeats.held);
    put(repeats.last);
  }
  repeats.shown = 0;
  repeats.held = 0;
}

void Journal::put(const JournalLine& line) {
  const std::string text = write_line(line, options_.form);
  const std::lock_guard lock(queue_->mutex);
  if (queue_->waiting.size() + text.size() > options_.max_waiting_bytes) {
    ++queue_->num_dropped;
    return;
  }
  if (queue_->num_dropped > 0) {
    const JournalLine dropped{line.time_ms,
                              LogLevel::kWarning,
                              "lines of this log were dropped: nobody took them",
                              {{"lines", queue_->num_dropped}}};
    queue_->num_dropped = 0;
    queue_->waiting += write_line(dropped, options_.form);
  }
  queue_->waiting += text;
  queue_->wake.notify_one();
}

}  // namespace weir::app
