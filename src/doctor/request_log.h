#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "doctor/finding.h"
#include "format/tree.h"

namespace weir::doctor {

// What callers of a server did that tells of a fault of theirs. Bounded: of each kind the first
// kMaxKept are kept. Thread-safe.
class RequestLog {
 public:
  static constexpr std::size_t kMaxKept = 1000;
  // A query whose results are still asked for may yet be read to its end.
  static constexpr TimeMs kPatienceMs = 60'000;

  // A call as it was answered: "CloudWatch.GetMetricStatistics", "123456789012/us-west-2".
  // `answer`: nullptr where it was refused.
  void note(std::string_view operation, const std::string& scope, const format::Tree& input,
            const format::Tree* answer, TimeMs now_ms);

  // Whether there is an alarm of that name; and what near series a metric without data has, as a
  // sentence ("" where there is none).
  struct Knowledge {
    std::function<bool(const std::string& scope, const std::string& alarm)> has_alarm;
    std::function<std::string(const std::string& scope, const format::Tree& input)> near_series;
  };
  void add_findings(const Knowledge& knowledge, TimeMs now_ms,
                    std::vector<Finding>& findings) const;

 private:
  struct Statistics {
    format::Tree input;
    std::string scope;
    bool was_unordered = false;  // an answer of more than one datapoint
    bool was_empty = false;      // the last answer
  };
  struct Query {
    std::string status;  // as it was last told
    TimeMs asked_ms = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Statistics> statistics_;
  std::map<std::string, Query> queries_;
  std::map<std::pair<std::string, std::string>, std::string> alarms_;  // scope, name -> operation
};

}  // namespace weir::doctor
