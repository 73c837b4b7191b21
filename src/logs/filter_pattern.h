#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::logs {

// Which events a filter wants, in CloudWatch Logs' filter syntax for unstructured events: words and
// "quoted phrases" that must all be there, -word that must not, ?word of which one must; without
// any all events. Case matters, as it does there.
//
// Patterns over JSON ({ $.x = 1 }) and over columns ([ip, user]), and %regular expressions%, are
// refused with kUnsupported. Hardened against untrusted input.
class FilterPattern {
 public:
  static constexpr std::size_t kMaxBytes = 1024;

  [[nodiscard]] static Result<FilterPattern> parse(std::string_view text);
  [[nodiscard]] bool matches(std::string_view message) const;

 private:
  std::vector<std::string> all_;
  std::vector<std::string> none_;
  std::vector<std::string> any_;
};

}  // namespace weir::logs
