#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/client.h"
#include "io/file_system.h"

namespace weir::aws {

struct CredentialOptions {
  // The process's variables, by name.
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::string profile;  // "": AWS_PROFILE, else default
  // Sends to the container's or the instance's metadata service; http::send but in tests.
  std::function<Result<http::Response>(const http::ClientRequest&, const http::ClientOptions&)>
      send;
  std::int64_t metadata_timeout_ms = 1'000;
};

// Finds who a call is made as, in the order that AWS's clients have: environment, profile
// (~/.aws/credentials, ~/.aws/config: static keys), container, instance (IMDSv2 alone). What ends
// is fetched again five minutes before. Thread-safe.
class CredentialSource {
 public:
  CredentialSource(CredentialOptions options, const Clock& clock, io::FileSystem& files);

  // kUnauthorized where there is none; the message names the places that were looked at.
  [[nodiscard]] Result<Credential> get();
  // The service said that they are not valid (any more): fetches them anew at the next get().
  void forget();

 private:
  struct Held {
    Credential credential;
    std::optional<TimeMs> expires_ms;
  };
  [[nodiscard]] std::optional<Held> from_environment() const;
  [[nodiscard]] std::optional<Held> from_profile() const;
  [[nodiscard]] Result<std::optional<Held>> from_container() const;
  [[nodiscard]] Result<std::optional<Held>> from_instance() const;

  CredentialOptions options_;
  const Clock& clock_;
  io::FileSystem& files_;
  std::mutex mutex_;
  std::optional<Held> held_;
};

// A document of the instance metadata service by IMDSv2: a token first, then the path. kRemote
// where no such service answers, as outside of EC2; `base` is http://169.254.169.254 but in tests.
[[nodiscard]] Result<std::string> read_instance_metadata(
    const std::function<Result<http::Response>(const http::ClientRequest&,
                                               const http::ClientOptions&)>& send,
    const std::string& base, const std::string& path, std::int64_t timeout_ms);

}  // namespace weir::aws
