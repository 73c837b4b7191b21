#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "state/database.h"

namespace weir::api {

// Who did what that changed something, or tried to sign in.
struct AuditEntry {
  std::int64_t id = 0;  // rising; given by note()
  TimeMs time_ms = 0;
  std::string who;     // a user, "key WEIR..."; "": nobody had to say
  std::string action;  // "sign-in", "CloudWatch.PutMetricAlarm"
  std::string what;    // what it was done to
  std::string peer;    // the address it came from; "": by the socket in the data directory
};

// The entries of a server, as rows of the state: appended, never changed; the oldest go past
// kMostEntries. Thread-safe.
class AuditLog {
 public:
  static constexpr std::int64_t kMostEntries = 200'000;

  // `database` outlives it.
  [[nodiscard]] static Result<AuditLog> open(state::Database& database);

  [[nodiscard]] Result<void> note(const AuditEntry& entry);
  // Newest first, older than the entry of id `before` where it is given.
  [[nodiscard]] Result<std::vector<AuditEntry>> list(std::optional<std::int64_t> before,
                                                     std::size_t limit) const;

 private:
  explicit AuditLog(state::Database& database) : database_(&database) {}
  state::Database* database_;
};

}  // namespace weir::api
