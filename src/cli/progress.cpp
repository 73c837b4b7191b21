#include "cli/progress.h"

#include <fmt/format.h>

#include <chrono>

#include "base/number.h"
#include "format/json_writer.h"

namespace weir::cli {

ProgressLine::ProgressLine(std::string_view mode, const column::ScanProgress& progress,
                           Environment& environment)
    : progress_(progress), environment_(environment), is_json_(mode == "jsonl") {
  if (is_json_ || (mode == "auto" && environment.is_error_terminal())) {
    thread_ = std::thread([this] { run(); });
  }
}

ProgressLine::~ProgressLine() {
  if (!thread_.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_all();
  thread_.join();
  if (has_shown_ && !is_json_) {
    environment_.say("\r\x1b[K");
  }
}

void ProgressLine::run() {
  const std::int64_t begin_ns = environment_.clock().monotonic_ns();
  std::unique_lock lock(mutex_);
  auto pause = std::chrono::milliseconds(500);
  while (!wake_.wait_for(lock, pause, [this] { return is_over_; })) {
    const double seconds =
        static_cast<double>(environment_.clock().monotonic_ns() - begin_ns) / 1e9;
    environment_.say(is_json_ ? object(seconds) : line(seconds));
    has_shown_ = true;
    pause = is_json_ ? std::chrono::milliseconds(1000) : std::chrono::milliseconds(200);
  }
}

std::string ProgressLine::line(double seconds) const {
  const auto total = static_cast<double>(progress_.bytes_total.load());
  const auto done = static_cast<double>(progress_.bytes_done.load());
  const auto records = static_cast<double>(progress_.records.load());
  std::string text = fmt::format("\r\x1b[K{}", format_bytes(done));
  if (total > 0) {
    text += fmt::format(" of {} ({:.0f} %)", format_bytes(total), 100 * done / total);
  }
  text += fmt::format(", {} of {} files, {} records/s", progress_.files_done.load(),
                      progress_.files_total.load(),
                      format_grouped(static_cast<std::int64_t>(records / seconds)));
  if (const auto rejected = progress_.rejected.load(); rejected > 0) {
    text += fmt::format(", {} rejected", format_grouped(static_cast<std::int64_t>(rejected)));
  }
  if (total > done && done > 0) {
    text += fmt::format(", {:.0f} s left", seconds * (total - done) / done);
  }
  return text;
}

std::string ProgressLine::object(double seconds) const {
  std::string text;
  format::JsonWriter json(text);
  const auto count = [&](std::string_view key, std::uint64_t value) {
    json.key(key);
    json.unsigned_integer(value);
  };
  json.begin_object();
  json.key("seconds");
  json.number(seconds);
  count("bytes_total", progress_.bytes_total.load());
  count("bytes_done", progress_.bytes_done.load());
  count("files_total", progress_.files_total.load());
  count("files_done", progress_.files_done.load());
  count("records", progress_.records.load());
  count("rejected", progress_.rejected.load());
  json.end_object();
  return text + "\n";
}

}  // namespace weir::cli
