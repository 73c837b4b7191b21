#include "cli/environment.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace weir::cli {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kUnsupported:
      return kExitUsage;
    case ErrorCode::kInput:
    case ErrorCode::kNotFound:
    case ErrorCode::kLimit:
    case ErrorCode::kIo:
    case ErrorCode::kFull:
    case ErrorCode::kBusy:
      return kExitInput;
    case ErrorCode::kUnauthorized:
      return 5;
    case ErrorCode::kRemote:
      return 6;
    case ErrorCode::kCancelled:
      return kExitInterrupted;
    case ErrorCode::kInternal:
      return kExitInternal;
  }
  return kExitInternal;
}

Environment::Environment(const Clock& clock, io::FileSystem& files, CancelToken& cancel)
    : clock_(clock),
      files_(files),
      cancel_(cancel),
      is_output_terminal_(isatty(STDOUT_FILENO) == 1),
      is_error_terminal_(isatty(STDERR_FILENO) == 1),
      has_color_(false) {
  set_color("auto");
}

void Environment::set_color(std::string_view choice) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool is_wanted = (no_color == nullptr || *no_color == '\0') && term != nullptr &&
                         std::strcmp(term, "dumb") != 0;
  has_color_ = choice == "always" || (choice == "auto" && is_output_terminal_ && is_wanted);
}

bool Environment::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      if (errno != EPIPE) {
        say(fmt::format("weir: cannot write to standard output: {}\n", std::strerror(errno)));
        write_failure_ = kExitInput;
      }
      return false;
    }
  }
  return true;
}

void Environment::say(std::string_view text) { write_standard_error(text); }

void write_standard_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return;
    }
    text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
}

int Environment::fail(const Error& error) {
  const bool is_told = error.message.starts_with("interrupted");
  say(fmt::format("weir: {}\n",
                  error.code == ErrorCode::kCancelled && !is_told ? "interrupted" : error.message));
  return exit_code(error.code);
}

std::size_t Environment::terminal_width() const {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return 120;
}

}  // namespace weir::cli
