#include "doctor/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace weir::doctor {

using format::Tree;

std::string_view name_of(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

void sort_findings(std::vector<Finding>& findings) {
  std::sort(findings.begin(), findings.end());
  findings.erase(std::unique(findings.begin(), findings.end()), findings.end());
}

Tree to_tree(const std::vector<Finding>& findings) {
  Tree list = Tree::list();
  for (const Finding& finding : findings) {
    list.push(Tree::map({{"severity", name_of(finding.severity)},
                         {"rule", finding.rule},
                         {"place", finding.place},
                         {"subject", finding.subject},
                         {"message", finding.message},
                         {"fix", finding.fix}}));
  }
  return list;
}

std::vector<Finding> findings_of(const Tree& tree) {
  std::vector<Finding> findings;
  for (const Tree& item : tree.items()) {
    findings.push_back({item["severity"].text() == name_of(Severity::kError) ? Severity::kError
                                                                             : Severity::kWarning,
                        item["rule"].text(), item["place"].text(), item["subject"].text(),
                        item["message"].text(), item["fix"].text()});
  }
  return findings;
}

std::string to_text(const std::vector<Finding>& findings) {
  std::string text;
  std::size_t num_errors = 0;
  for (const Finding& finding : findings) {
    num_errors += finding.severity == Severity::kError ? 1 : 0;
    text += fmt::format("{}: {}: {}: {} [{}]\n", finding.place, name_of(finding.severity),
                        finding.subject, finding.message, finding.rule);
    if (!finding.fix.empty()) {
      text += fmt::format("    fix: {}\n", finding.fix);
    }
  }
  text += findings.empty() ? "nothing is wrong\n"
                           : fmt::format("{} can never work, {} work otherwise than they look\n",
                                         num_errors, findings.size() - num_errors);
  return text;
}

}  // namespace weir::doctor
