#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "cli/command_line.h"
#include "cli/environment.h"
#include "io/file_system.h"

namespace {

// The one thing a signal handler can reach; set once, before the handler is.
weir::CancelToken* interrupt_token = nullptr;

extern "C" void on_interrupt(int /*signal*/) {
  if (interrupt_token->is_cancelled()) {
    _exit(130);  // a second Ctrl-C does not wait
  }
  interrupt_token->cancel();
}

}  // namespace

int main(int argc, char** argv) {
  weir::CancelToken cancel;
  interrupt_token = &cancel;
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is seen as EPIPE

  try {
    const weir::SystemClock clock;
    const auto files = weir::io::make_local_file_system();
    weir::cli::Environment environment(clock, *files, cancel);
    return weir::cli::run_command_line(std::vector<std::string>(argv + 1, argv + argc),
                                       environment);
  } catch (const std::bad_alloc&) {
    std::fputs("weir: out of memory; lower --memory, so that the query is refused instead\n",
               stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "weir: internal error: %s\n", error.what());
  }
  return weir::cli::kExitInternal;
}
