#include "doctor/check_files.h"

#include <algorithm>

#include "doctor/readers.h"
#include "doctor/setup.h"

namespace weir::doctor {
namespace {

std::string name_of_path(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

bool has_line_of(std::string_view text, std::string_view begin) {
  return text.starts_with(begin) || text.find("\n" + std::string(begin)) != std::string_view::npos;
}

bool is_python(const SourceText& source) {
  return source.file.ends_with(".py") ||
         (source.text.starts_with("#!") &&
          source.text.substr(0, source.text.find('\n')).find("python") != std::string::npos);
}
bool is_yaml(const SourceText& source) {
  return source.file.ends_with(".yaml") || source.file.ends_with(".yml") ||
         source.file.ends_with(".template") || has_line_of(source.text, "Resources:");
}
bool is_json(const SourceText& source) {
  const std::size_t first = source.text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && source.text[first] == '{';
}

}  // namespace

std::vector<Finding> check_files(const std::vector<SourceText>& files) {
  Setup setup;
  StackNames stacks;
  std::vector<std::pair<const SourceText*, MarkedTree>> templates;
  for (const SourceText& source : files) {
    const std::string name = name_of_path(source.file);
    if (is_python(source)) {
      read_python(source.text, name, setup);
    } else if (is_json(source) && source.text.find("\"widgets\"") != std::string::npos &&
               source.text.find("\"Resources\"") == std::string::npos) {
      read_dashboard(source.text, name, setup);
    } else if (is_json(source) || is_yaml(source)) {
      auto document = read_yaml(source.text);
      if (!document) {
        setup.findings.push_back({Severity::kError, "no_template", name, "file " + name,
                                  document.error().message, "CloudFormation cannot read it"});
      } else if (document->find("Resources") != nullptr) {
        templates.emplace_back(&source, std::move(*document));
      }
    } else if (source.text.find("aws ") != std::string::npos) {
      read_script(source.text, name, setup, stacks);
    }
  }
  for (const auto& [source, document] : templates) {  // scripts say what their stacks are called
    const std::string name = name_of_path(source->file);
    const auto stack = stacks.find(name);
    read_template(document, name, stack == stacks.end() ? "" : stack->second, setup);
  }
  std::vector<Finding> findings;
  check_setup(setup, findings);
  sort_findings(findings);
  return findings;
}

}  // namespace weir::doctor
