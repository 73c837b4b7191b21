#pragma once

#include <string>
#include <vector>

#include "doctor/finding.h"

namespace weir::doctor {

struct SourceText {
  std::string file;
  std::string text;
};

// Reads files as one set: CloudFormation templates (YAML, JSON), dashboard bodies, shell scripts,
// Python. What a file is shows in its content, then in its name. One that is nothing of these is a
// finding only where it looks like one that is damaged. Hardened against untrusted input.
[[nodiscard]] std::vector<Finding> check_files(const std::vector<SourceText>& files);

}  // namespace weir::doctor
