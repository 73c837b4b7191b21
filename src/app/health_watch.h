#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/health.h"
#include "base/log.h"
#include "http/server.h"

namespace weir::app {

// Says in the log when a part is no longer well and when it is again, and how many connections and
// requests the server turned away before any handler saw them. For one thread.
class HealthWatch {
 public:
  // All outlive it.
  HealthWatch(const std::vector<HealthCheck>& checks, const http::ServerCounters& server, Log& log)
      : checks_(checks), server_(server), log_(log) {}

  // To be called about once a second.
  void look();

 private:
  void look_at_checks();
  void look_at_server();

  const std::vector<HealthCheck>& checks_;
  const http::ServerCounters& server_;
  Log& log_;
  std::map<std::string, std::string> problems_;  // by part, of those that are not well
  std::map<std::string, std::uint64_t, std::less<>> turned_away_;  // at the last look, by reason
};

}  // namespace weir::app
