#include "cli/terminal_screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace weir::cli {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // another screen, without a cursor
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";

}  // namespace

TerminalScreen::TerminalScreen(Environment& environment) : environment_(environment) {
  termios state{};
  if (isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &state) == 0) {
    before_ = state;
    state.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // Ctrl-C stays a signal
    state.c_cc[VMIN] = 0;
    state.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &state);
  }
  (void)environment_.write(kEnter);
}

TerminalScreen::~TerminalScreen() {
  (void)environment_.write(kLeave);
  if (before_) {
    tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
  }
}

TerminalScreen::Size TerminalScreen::size() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

bool TerminalScreen::draw(const std::vector<std::string>& lines) {
  std::string frame = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    frame += lines[i];
    frame += i + 1 < lines.size() ? "\x1b[K\r\n" : "\x1b[K";
  }
  frame += "\x1b[J";
  return environment_.write(frame);
}

std::optional<char> TerminalScreen::wait_for_key(std::int64_t limit_ms) {
  pollfd polled{has_input_ ? STDIN_FILENO : -1, POLLIN, 0};
  char key = 0;
  if (poll(&polled, 1, static_cast<int>(limit_ms)) <= 0) {
    return std::nullopt;
  }
  if (read(STDIN_FILENO, &key, 1) == 1) {
    return key;
  }
  has_input_ = false;  // its end: no keys will come
  return std::nullopt;
}

}  // namespace weir::cli
