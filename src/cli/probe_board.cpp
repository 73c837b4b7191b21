#include "cli/probe_board.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/number.h"
#include "cli/cell.h"
#include "cli/probe_output.h"
#include "probe/round_statistics.h"

namespace weir::cli {
namespace {

using Order = BoardOptions::Order;

constexpr std::size_t kRoundsKept = 60;
constexpr std::size_t kRttsKept = 1'200;
constexpr std::size_t kNameWidth = 30;
constexpr std::size_t kFixedWidth = kNameWidth + 53;
constexpr std::size_t kHostLines = 6;  // of interfaces, and of remotes
constexpr double kLossyPercent = 1;

constexpr std::array<std::string_view, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 8> kSigns = {"_", "_", ".", ".", "-", "-", "=", "^"};

std::string shown_text(std::string_view text) {
  std::string out;
  append_printable(text, out);
  return out;
}

// ASCII alone is cut here; the sparkline is made as wide as there is room.
std::string cut(std::string text, std::size_t width) {
  if (text.size() > width) {
    text.resize(width);
  }
  return text;
}

std::string cell(const std::optional<double>& value, std::string_view unit) {
  return value ? fmt::format("{:.2f} {}", *value, unit) : "-";
}

}  // namespace

std::optional<Order> order_of(char key) {
  switch (key) {
    case 's':
      return Order::kState;
    case 'n':
      return Order::kName;
    case 'l':
      return Order::kLoss;
    case 'r':
      return Order::kRtt;
    case 'p':
      return Order::kP95;
    case 'j':
      return Order::kJitter;
    default:
      return std::nullopt;
  }
}

int ProbeBoard::Row::rank() const {
  if (rounds.empty()) {
    return 2;
  }
  if (rounds.back().sent > 0 && !rounds.back().rtt_ms) {
    return 0;
  }
  return rounds.back().sent == 0 ? 2 : loss_percent().value_or(0) >= kLossyPercent ? 1 : 3;
}

std::string_view ProbeBoard::Row::state() const {
  constexpr std::array<std::string_view, 4> kStates = {"down", "lossy", "no data", "up"};
  return kStates[static_cast<std::size_t>(rank())];
}

std::optional<double> ProbeBoard::Row::loss_percent() const {
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  for (const Round& round : rounds) {
    sent += round.sent;
    lost += round.lost;
  }
  return sent == 0 ? std::nullopt
                   : std::optional(100.0 * static_cast<double>(lost) / static_cast<double>(sent));
}

std::optional<double> ProbeBoard::Row::rtt_ms() const {
  return rounds.empty() ? std::nullopt : rounds.back().rtt_ms;
}

std::optional<double> ProbeBoard::Row::p95_ms() const {
  if (rtts_ms.empty()) {
    return std::nullopt;
  }
  std::vector<double> sorted(rtts_ms.begin(), rtts_ms.end());
  std::sort(sorted.begin(), sorted.end());
  return probe::percentile(sorted, 0.95);
}

void ProbeBoard::add_target(std::string name) {
  Row& row = rows_[name];
  row.name = std::move(name);
}

void ProbeBoard::take(const probe::LatencyMeasurement& measurement) {
  const probe::RoundStatistics& statistics = measurement.statistics;
  std::string name = shown_target(measurement.method, measurement.target);
  Row& row = rows_[name];
  row.name = std::move(name);
  row.rounds.push_back({statistics.sent, statistics.sent - statistics.received,
                        statistics.delay ? std::optional(statistics.delay->avg) : std::nullopt});
  if (row.rounds.size() > kRoundsKept) {
    row.rounds.pop_front();
  }
  if (measurement.outcomes != nullptr) {
    for (const probe::Outcome& outcome : *measurement.outcomes) {
      if (outcome.fate == probe::Fate::kAnswered) {
        row.rtts_ms.push_back(outcome.rtt_ms());
      }
    }
  }
  while (row.rtts_ms.size() > kRttsKept) {
    row.rtts_ms.pop_front();
  }
  row.jitter_ms = statistics.delay ? std::optional(statistics.delay->stddev) : std::nullopt;
  row.note = measurement.detail.problem;
  if (row.note.empty() && measurement.path && row.rank() < 2) {
    const probe::PathTrace& path = *measurement.path;
    row.note = path.is_reached     ? "the host answers traces"
               : path.hops.empty() ? "no hop answers"
                                   : fmt::format("the way ends at hop {}", path.hops.back().ttl);
  }
}

void ProbeBoard::take(const probe::HostMeasurement& measurement) { host_ = measurement; }
void ProbeBoard::set_problem(std::string problem) { problem_ = std::move(problem); }

std::vector<const ProbeBoard::Row*> ProbeBoard::ordered(Order order) const {
  std::vector<const Row*> rows;
  rows.reserve(rows_.size());
  for (const auto& [name, row] : rows_) {
    rows.push_back(&row);
  }
  // By a number, the highest first, names settling ties.
  const auto by = [&](const auto& number) {
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const Row* a, const Row* b) { return number(*a) > number(*b); });
  };
  switch (order) {
    case Order::kState:
      by([](const Row& row) { return row.loss_percent().value_or(-1); });
      by([](const Row& row) { return -static_cast<double>(row.rank()); });
      break;
    case Order::kName:
      break;
    case Order::kLoss:
      by([](const Row& row) { return row.loss_percent().value_or(-1); });
      break;
    case Order::kRtt:
      by([](const Row& row) { return row.rtt_ms().value_or(-1); });
      break;
    case Order::kP95:
      by([](const Row& row) { return row.p95_ms().value_or(-1); });
      break;
    case Order::kJitter:
      by([](const Row& row) { return row.jitter_ms.value_or(-1); });
      break;
  }
  return rows;
}

std::string ProbeBoard::line_of(const Row& row, const BoardOptions& options) {
  std::string line =
      fmt::format("{:<{}} {:<7} {:>8} {:>11} {:>11} {:>10} ", cut(shown_text(row.name), kNameWidth),
                  kNameWidth, row.state(), cell(row.loss_percent(), "%"), cell(row.rtt_ms(), "ms"),
                  cell(row.p95_ms(), "ms"), cell(row.jitter_ms, "ms"));
  if (options.width <= kFixedWidth) {
    return cut(std::move(line), options.width);
  }
  std::size_t room = options.width - kFixedWidth;
  double most = 0;
  for (const Round& round : row.rounds) {
    most = std::max(most, round.rtt_ms.value_or(0));
  }
  const auto& signs = options.has_blocks ? kBlocks : kSigns;
  const std::size_t shown = std::min({room, row.rounds.size(), std::size_t{kRoundsKept / 2}});
  for (std::size_t i = row.rounds.size() - shown; i < row.rounds.size(); ++i) {
    const Round& round = row.rounds[i];
    if (round.lost > 0) {
      line += options.has_color ? "\x1b[31m!\x1b[0m" : "!";
    } else if (!round.rtt_ms) {
      line += ' ';
    } else {
      const double share = most > 0 ? *round.rtt_ms / most : 0;
      line += signs[std::min<std::size_t>(static_cast<std::size_t>(share * 8), 7)];
    }
  }
  room -= shown;
  if (!row.note.empty() && room > 2) {
    line += " " + cut(shown_text(row.note), room - 1);
  }
  return line;
}

void ProbeBoard::add_host_lines(std::vector<std::string>& lines) const {
  if (!host_.interfaces.empty()) {
    lines.emplace_back();
    lines.push_back(fmt::format("{:<16} {:>12} {:>12} {:>10} {:>10} {:>8}", "INTERFACE", "IN/S",
                                "OUT/S", "ERRORS", "DROPS", "USED"));
  }
  for (std::size_t i = 0; i < std::min(host_.interfaces.size(), kHostLines); ++i) {
    const probe::Bandwidth& row = host_.interfaces[i];
    const double seconds = row.duration_s > 0 ? row.duration_s : 1;
    lines.push_back(fmt::format(
        "{:<16} {:>12} {:>12} {:>10} {:>10} {:>8}", shown_text(row.name),
        format_bytes(static_cast<double>(row.bytes_recv) / seconds),
        format_bytes(static_cast<double>(row.bytes_sent) / seconds), row.errors_in + row.errors_out,
        row.drops_in + row.drops_out,
        row.utilisation_percent ? fmt::format("{:.1f} %", *row.utilisation_percent) : "-"));
  }
  if (!host_.remotes.empty()) {
    lines.emplace_back();
    lines.push_back(fmt::format("{:<40} {:>6} {:>12} {:>9} {:>9} {:>6}", "TCP REMOTE", "CONNS",
                                "RTT", "RESENT", "TIMEOUTS", "SCORE"));
  }
  for (std::size_t i = 0; i < std::min(host_.remotes.size(), kHostLines); ++i) {
    const probe::RemoteQuality& remote = host_.remotes[i];
    lines.push_back(fmt::format("{:<40} {:>6} {:>9.3f} ms {:>9} {:>9} {:>6}",
                                to_string(remote.remote), remote.connections, remote.rtt_ms,
                                remote.retransmits, remote.timeouts, remote.loss_score()));
  }
}

std::vector<std::string> ProbeBoard::lines(const BoardOptions& options) const {
  std::vector<std::string> host;
  add_host_lines(host);
  if (!problem_.empty()) {
    host.push_back(shown_text(problem_));
  }
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{:<{}} {:<7} {:>8} {:>11} {:>11} {:>10} LAST ROUNDS", "TARGET",
                              kNameWidth, "STATE", "LOSS", "RTT", "P95", "JITTER"));
  const std::vector<const Row*> rows = ordered(options.order);
  // The host's lines give way where there is no room for a few targets beside them.
  constexpr std::size_t kLeastTargets = 4;
  const std::size_t least = 1 + std::min(rows.size(), kLeastTargets);
  if (options.height < least + host.size() + 1) {
    host.resize(options.height > least + 1 ? options.height - least - 1 : 0);
  }
  const std::size_t room = options.height == SIZE_MAX
                               ? SIZE_MAX
                               : options.height - std::min(options.height, host.size() + 2);
  const std::size_t shown = std::min(rows.size(), std::max<std::size_t>(room, 1));
  for (std::size_t i = 0; i < shown; ++i) {
    lines.push_back(line_of(*rows[i], options));
  }
  if (shown < rows.size()) {
    lines.push_back(fmt::format(".. and {} more targets", rows.size() - shown));
  }
  for (std::string& line : host) {
    lines.push_back(std::move(line));
  }
  for (std::string& line : lines) {
    const bool is_target = &line != lines.data() && &line <= lines.data() + shown;
    line = is_target ? std::move(line) : cut(std::move(line), options.width);
  }
  lines.resize(std::min(lines.size(), options.height));
  return lines;
}

}  // namespace weir::cli
