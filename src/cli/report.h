#pragma once

#include <string>

#include "base/result.h"
#include "cli/environment.h"
#include "query/answer_report.h"

namespace weir::cli {

using query::AnswerReport;
using query::report_json;

// The lines for a person, on standard error: what was read, what was refused and why, gaps.
[[nodiscard]] std::string report_text(const AnswerReport& report);
// Why an answer has no rows, as far as it can be told; "" where rows came.
[[nodiscard]] std::string empty_reason(const AnswerReport& report);

// The file of --report.
[[nodiscard]] Result<void> write_report_file(const std::string& path, const std::string& document,
                                             Environment& environment);

}  // namespace weir::cli
