#include "doctor/format_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "flowlog/field.h"

namespace weir::doctor {
namespace {

// The field that was meant: one of Weir's aliases (windowstart), else the nearest.
std::string meant_by(const std::string& token) {
  if (const auto id = flowlog::find_field(token)) {
    return std::string(flowlog::info(*id).token);
  }
  std::vector<std::string> tokens;
  for (const flowlog::FieldInfo& field : flowlog::all_fields()) {
    tokens.emplace_back(field.token);
  }
  const auto near = nearest_names(token, tokens, 1);
  return near.empty() ? "" : near.front();
}

bool is_token(const std::string& text) {
  const auto fields = flowlog::all_fields();
  return std::any_of(fields.begin(), fields.end(), [&](const flowlog::FieldInfo& field) {
    return field.token == text && field.version != 6;  // 6: of Transit Gateways alone
  });
}

}  // namespace

void check_format(const LogFormat& format, std::vector<Finding>& findings) {
  std::vector<std::string> wrong;
  std::vector<std::string> fixes;
  std::size_t at = 0;
  while ((at = format.text.find("${", at)) != std::string::npos) {
    const std::size_t end = format.text.find('}', at);
    if (end == std::string::npos) {
      break;
    }
    const std::string token = format.text.substr(at + 2, end - at - 2);
    at = end;
    if (is_token(token) || token.starts_with("instance-tag")) {
      continue;
    }
    wrong.push_back(fmt::format("${{{}}}", token));
    if (const std::string meant = meant_by(token); !meant.empty()) {
      fixes.push_back(fmt::format("${{{}}} for ${{{}}}", meant, token));
    }
  }
  if (!wrong.empty()) {
    findings.push_back({Severity::kError, "flow_log_token", format.place, format.subject,
                        fmt::format("flow logs have no {} {}: the flow log cannot be created",
                                    wrong.size() == 1 ? "field" : "fields", fmt::join(wrong, ", ")),
                        fmt::format("write {}", fmt::join(fixes, ", "))});
  }
}

}  // namespace weir::doctor
