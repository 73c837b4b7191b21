#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/environment.h"
#include "format/tree.h"

namespace weir::cli {

// A server that runs on a data directory, reached by its socket there. Commands that need what the
// server holds go through it; without one they open the store themselves.
class ServerLink {
 public:
  // nullopt where no server runs there (a killed one may have left its socket behind).
  [[nodiscard]] static std::optional<ServerLink> find(Environment& environment,
                                                      const std::string& directory);

  // The body of the answer; a problem that the server told is an error with its text.
  // `target`: "/api/v1/alarms?state=ALARM". No limit of time: what is asked may be long work, and
  // Ctrl-C ends the wait.
  [[nodiscard]] Result<std::string> get(const std::string& target, std::string_view accept) const;
  [[nodiscard]] Result<format::Tree> get_json(const std::string& target) const;
  [[nodiscard]] Result<format::Tree> send_json(const std::string& method, const std::string& target,
                                               const format::Tree& body) const;

 private:
  ServerLink(Environment& environment, std::string socket)
      : environment_(&environment), socket_(std::move(socket)) {}
  [[nodiscard]] Result<std::string> exchange(const std::string& method, const std::string& target,
                                             std::string_view accept, std::string body) const;

  Environment* environment_;
  std::string socket_;
};

// The error that goes with a status of HTTP.
[[nodiscard]] ErrorCode error_code_of(int status);

}  // namespace weir::cli
