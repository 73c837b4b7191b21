#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/application.h"
#include "base/result.h"
#include "cli/arguments.h"
#include "cli/environment.h"
#include "format/tree.h"
#include "http/client.h"

namespace weir::cli {

// A server that runs on a data directory, reached by its socket there. Commands that need what the
// server holds go through it; without one they open the store themselves.
class ServerLink {
 public:
  // nullopt where no server runs there (a killed one may have left its socket behind).
  [[nodiscard]] static std::optional<ServerLink> find(Environment& environment,
                                                      const std::string& directory);
  // The server, or, where none runs, its rooms opened in this process under the same lock: the same
  // routes answer both ways. The directory is the one that the arguments say, the configuration
  // that of WEIR_CONFIG and the variables, as `weir serve` reads them.
  [[nodiscard]] static Result<ServerLink> open(const Arguments& arguments,
                                               Environment& environment);

  // The body of the answer; a problem that the server told is an error with its text.
  // `target`: "/api/v1/alarms?state=ALARM". No limit of time: what is asked may be long work, and
  // Ctrl-C ends the wait.
  [[nodiscard]] Result<std::string> get(const std::string& target, std::string_view accept) const;
  [[nodiscard]] Result<format::Tree> get_json(const std::string& target) const;
  [[nodiscard]] Result<format::Tree> send_json(const std::string& method, const std::string& target,
                                               const format::Tree& body) const;
  // A body that is sent as it is, with headers of its own.
  [[nodiscard]] Result<format::Tree> send_text(const std::string& method, const std::string& target,
                                               std::string body, http::Headers headers) const;

 private:
  ServerLink(Environment& environment, std::string socket)
      : environment_(&environment), socket_(std::move(socket)) {}
  [[nodiscard]] Result<std::string> exchange(http::ClientRequest request) const;
  [[nodiscard]] Result<http::Response> answer(http::ClientRequest request) const;

  Environment* environment_;
  std::string socket_;
  std::shared_ptr<app::Application> idle_;  // asked instead of the socket
};

// "?region=us-west-2" of those options that were given; "" where none was.
[[nodiscard]] std::string query_of(const Arguments& arguments,
                                   std::initializer_list<std::string_view> names);
// The error that goes with a status of HTTP.
[[nodiscard]] ErrorCode error_code_of(int status);

}  // namespace weir::cli
