#include "query/insights/named_groups.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace weir::query::insights {

std::string to_re2_spelling(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    out += pattern[i];
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      out += pattern[++i];
    } else if (pattern.substr(i).starts_with("(?<") && i + 3 < pattern.size() &&
               pattern[i + 3] != '=' && pattern[i + 3] != '!') {
      out += "?P<";
      i += 2;
    }
  }
  return out;
}

Result<std::vector<std::pair<std::string, int>>> named_groups(const std::string& pattern,
                                                              TextSpan span) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  const RE2 regex(pattern, options);
  if (!regex.ok()) {
    return fail(ErrorCode::kUsage,
                fmt::format("the regular expression is wrong: {} (RE2 syntax; no backreferences, "
                            "no look-around)",
                            regex.error()),
                span);
  }
  std::vector<std::pair<std::string, int>> groups;
  for (const auto& [number, name] : regex.CapturingGroupNames()) {
    groups.emplace_back(name, number);
  }
  return groups;
}

}  // namespace weir::query::insights
