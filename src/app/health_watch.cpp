#include "app/health_watch.h"

#include <atomic>
#include <string_view>
#include <utility>

namespace weir::app {

void HealthWatch::look() {
  look_at_checks();
  look_at_server();
}

void HealthWatch::look_at_checks() {
  for (const HealthCheck& check : checks_) {
    const std::string problem = check.problem();
    const auto known = problems_.find(check.name);
    if (problem.empty() && known != problems_.end()) {
      log_.write(LogLevel::kInfo, "a part is well again", {{"part", check.name}});
      problems_.erase(known);
    } else if (!problem.empty() && (known == problems_.end() || known->second != problem)) {
      log_.write(LogLevel::kWarning, "a part is not well",
                 {{"part", check.name}, {"reason", problem}});
      problems_[check.name] = problem;
    }
  }
}

void HealthWatch::look_at_server() {
  const std::pair<std::string_view, const std::atomic<std::uint64_t>*> reasons[] = {
      {"overload", &server_.refused_overload},
      {"no HTTP", &server_.refused_malformed},
      {"too large", &server_.refused_large},
      {"too slow", &server_.timed_out}};
  for (const auto& [reason, counter] : reasons) {
    const std::uint64_t now = counter->load();
    std::uint64_t& before = turned_away_.try_emplace(std::string(reason), 0).first->second;
    if (now > before) {
      log_.write(LogLevel::kWarning, "requests were turned away",
                 {{"reason", reason}, {"requests", now - before}});
      before = now;
    }
  }
}

}  // namespace weir::app
