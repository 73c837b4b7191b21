#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/measurement.h"

namespace weir::cli {

// How the board of `weir probe top` is drawn.
struct BoardOptions {
  enum class Order : std::uint8_t { kState, kName, kLoss, kRtt, kP95, kJitter };
  Order order = Order::kState;
  std::size_t width = 100;
  std::size_t height = SIZE_MAX;  // in lines
  bool has_blocks = true;         // the terminal shows UTF-8's block signs
  bool has_color = false;
};
// The key that asks for an order; nullopt where it asks for none.
[[nodiscard]] std::optional<BoardOptions::Order> order_of(char key);

// The last rounds of each target, and the host's last numbers: what `weir probe top` shows.
class ProbeBoard {
 public:
  void add_target(std::string name);  // shown as waiting until it has a round
  void take(const probe::LatencyMeasurement& measurement);
  void take(const probe::HostMeasurement& measurement);
  void set_problem(std::string problem);

  // Lines without ends, none wider than asked for, nor more of them.
  [[nodiscard]] std::vector<std::string> lines(const BoardOptions& options) const;

 private:
  struct Round {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
    std::optional<double> rtt_ms;  // mean; absent where nothing was answered
  };
  struct Row {
    std::string name;
    std::deque<Round> rounds;
    std::deque<double> rtts_ms;
    std::optional<double> jitter_ms;  // of the last round
    std::string note;
    [[nodiscard]] std::string_view state() const;
    [[nodiscard]] int rank() const;  // of the state, the worst first
    [[nodiscard]] std::optional<double> loss_percent() const;
    [[nodiscard]] std::optional<double> rtt_ms() const;
    [[nodiscard]] std::optional<double> p95_ms() const;
  };
  [[nodiscard]] std::vector<const Row*> ordered(BoardOptions::Order order) const;
  [[nodiscard]] static std::string line_of(const Row& row, const BoardOptions& options);
  void add_host_lines(std::vector<std::string>& lines) const;

  std::map<std::string, Row> rows_;
  probe::HostMeasurement host_;
  std::string problem_;
};

}  // namespace weir::cli
