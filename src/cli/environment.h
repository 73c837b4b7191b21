#pragma once

#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "io/file_system.h"

namespace weir::cli {

// The exit codes of the contract (help text and docs/cli.md).
inline constexpr int kExitDone = 0;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitPartial = 3;
inline constexpr int kExitInput = 4;
inline constexpr int kExitInternal = 70;
inline constexpr int kExitInterrupted = 130;
[[nodiscard]] int exit_code(ErrorCode code);

// All of it, however long that takes; what cannot be written is lost.
void write_standard_error(std::string_view text);

// What a command sees of the process: clock, files, standard streams, the user's Ctrl-C. Passed in,
// so that commands run in tests as they do for users.
class Environment {
 public:
  Environment(const Clock& clock, io::FileSystem& files, CancelToken& cancel);

  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] io::FileSystem& files() { return files_; }
  [[nodiscard]] CancelToken& cancel() { return cancel_; }
  // Of rooms that a command opens for itself: what is wrong is said by the command.
  [[nodiscard]] Log& silent_log() { return silent_log_; }

  // Writes data to standard output. False: the reader has gone away, or the disk is full (said on
  // standard error); nothing more can be written.
  [[nodiscard]] bool write(std::string_view bytes);
  // Says something to the person, on standard error.
  void say(std::string_view text);
  // "weir: ..." on standard error; the exit code that goes with it.
  int fail(const Error& error);

  [[nodiscard]] bool is_output_terminal() const { return is_output_terminal_; }
  [[nodiscard]] bool is_error_terminal() const { return is_error_terminal_; }
  [[nodiscard]] std::size_t terminal_width() const;
  // Decided by --color, NO_COLOR, TERM and whether standard output is a terminal.
  void set_color(std::string_view choice);
  [[nodiscard]] bool has_color() const { return has_color_; }
  // An exit code of a write that went wrong: SIGPIPE is silent (0), a full disk is not.
  [[nodiscard]] int write_failure() const { return write_failure_; }

 private:
  const Clock& clock_;
  io::FileSystem& files_;
  CancelToken& cancel_;
  SilentLog silent_log_;
  bool is_output_terminal_;
  bool is_error_terminal_;
  bool has_color_;
  int write_failure_ = kExitDone;
};

}  // namespace weir::cli
