#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include "cli/probe_board.h"
#include "cli/probe_commands.h"
#include "cli/probe_output.h"
#include "cli/terminal_screen.h"

namespace weir::cli {
namespace {

constexpr std::int64_t kLookMs = 250;
constexpr std::size_t kTableWidth = 120;
constexpr std::int64_t kProblemShownNs = 60'000'000'000;  // unless it comes again

// Whether the locale says that the terminal takes UTF-8.
bool has_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') {
      return std::strstr(value, "UTF-8") != nullptr || std::strstr(value, "utf8") != nullptr;
    }
  }
  return false;
}

// What the monitor's thread tells, for the thread that draws.
class SharedBoard {
 public:
  SharedBoard(const probe::MonitorOptions& options, const Clock& clock) : clock_(clock) {
    for (const probe::TargetText& target : options.targets) {
      board_.add_target(shown_target(name_of(target.method), target.label()));
    }
  }
  probe::MonitorEvents events() {
    probe::MonitorEvents events;
    events.on_latency = [this](const probe::LatencyMeasurement& measurement) { take(measurement); };
    events.on_host = [this](const probe::HostMeasurement& measurement) { take(measurement); };
    events.on_problem = [this](const std::string& problem) {
      const std::lock_guard lock(mutex_);
      board_.set_problem(problem);
      problem_ns_ = clock_.monotonic_ns();
    };
    return events;
  }
  std::vector<std::string> lines(const BoardOptions& options) {
    const std::lock_guard lock(mutex_);
    if (clock_.monotonic_ns() - problem_ns_ > kProblemShownNs) {
      board_.set_problem("");
    }
    return board_.lines(options);
  }

 private:
  template <class Measurement>
  void take(const Measurement& measurement) {
    const std::lock_guard lock(mutex_);
    board_.take(measurement);
  }

  const Clock& clock_;
  std::mutex mutex_;
  ProbeBoard board_;
  std::int64_t problem_ns_ = 0;
};

void draw_until_quit(SharedBoard& board, Environment& environment) {
  TerminalScreen screen(environment);
  BoardOptions options;
  options.has_blocks = has_utf8();
  options.has_color = environment.has_color();
  bool is_open = true;
  while (is_open && !environment.cancel().is_cancelled()) {
    const TerminalScreen::Size size = TerminalScreen::size();
    options.width = size.width;
    options.height = size.height > 1 ? size.height - 1 : 1;
    std::vector<std::string> lines = board.lines(options);
    lines.resize(options.height);
    lines.push_back(
        std::string("q quit   order by  s state  n name  l loss  r rtt  p p95  j jitter")
            .substr(0, size.width));
    is_open = screen.draw(lines);
    const auto key = screen.wait_for_key(kLookMs);
    if (key && *key == 'q') {
      return;
    }
    options.order = key ? order_of(*key).value_or(options.order) : options.order;
  }
}

}  // namespace

Result<int> probe_top(const Arguments& arguments, Environment& environment) {
  WEIR_ASSIGN_OR_RETURN(Probing probing, prepare_probing(arguments, environment));
  probe::MonitorOptions& options = probing.options;
  // Rounds short enough to look at, unless others are asked for.
  constexpr std::int64_t kIntervalMs = 2'000;
  constexpr std::int64_t kProbeIntervalMs = 200;
  if (!arguments.has("interval")) {
    options.interval_ms = kIntervalMs;
  }
  if (!arguments.has("probe-interval")) {
    options.probe_interval_ms = kProbeIntervalMs;
  }
  const char* const term = std::getenv("TERM");
  const bool is_live =
      environment.is_output_terminal() && term != nullptr && std::strcmp(term, "dumb") != 0;
  if (!is_live) {
    options.max_rounds = 1;
    options.is_immediate = true;
  }
  SharedBoard board(options, environment.clock());
  probe::Monitor monitor(options, probing.transports, environment.clock(), environment.files(),
                         lookup_of(probing, environment), board.events(),
                         probe::make_tracer(environment.clock()));
  if (!is_live) {
    (void)monitor.look_up_targets(environment.cancel());
    monitor.run(environment.cancel());
    BoardOptions table;
    table.width = kTableWidth;
    table.has_blocks = has_utf8();
    bool is_open = true;
    for (const std::string& line : board.lines(table)) {
      is_open = is_open && environment.write(line + "\n");
    }
    return is_open ? kExitDone : environment.write_failure();
  }
  CancelToken end;
  {
    const std::jthread measuring([&] {
      (void)monitor.look_up_targets(end);
      monitor.run(end);
    });
    draw_until_quit(board, environment);
    end.cancel();
  }
  return environment.cancel().is_cancelled() ? kExitInterrupted : kExitDone;
}

}  // namespace weir::cli
