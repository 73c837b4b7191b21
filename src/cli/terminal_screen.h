#pragma once

#include <termios.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/environment.h"

namespace weir::cli {

// A whole terminal for a view that is drawn again and again; as it was when this goes.
class TerminalScreen {
 public:
  // Standard output must be a terminal.
  explicit TerminalScreen(Environment& environment);
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  struct Size {
    std::size_t width = 80;
    std::size_t height = 24;
  };
  [[nodiscard]] static Size size();
  // False where nobody sees it any more.
  [[nodiscard]] bool draw(const std::vector<std::string>& lines);
  // A key that was pressed within that time.
  [[nodiscard]] std::optional<char> wait_for_key(std::int64_t limit_ms);

 private:
  Environment& environment_;
  std::optional<termios> before_;  // of standard input, where that is a terminal
  bool has_input_ = true;
};

}  // namespace weir::cli
