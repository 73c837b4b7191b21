#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace weir::probe {

// Which problems are to be told: each once, and again when it comes back after five quiet minutes.
class ProblemNews {
 public:
  [[nodiscard]] bool is_news(const std::string& problem, std::int64_t now_ns) {
    std::erase_if(last_ns_, [&](const auto& known) { return now_ns - known.second > kQuietNs; });
    return last_ns_.insert_or_assign(problem, now_ns).second;
  }

 private:
  static constexpr std::int64_t kQuietNs = 300'000'000'000;

  std::map<std::string, std::int64_t> last_ns_;
};

}  // namespace weir::probe
