#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/completeness.h"
#include "query/warning.h"

namespace weir::cli {

// What is said beside an answer.
struct AnswerReport {
  column::Completeness completeness;
  std::vector<query::Warning> warnings;
  std::vector<std::string> paths;  // how it was computed
  std::uint64_t rows_matched = 0;
  std::uint64_t rows_returned = 0;
  double seconds = 0;
  std::size_t peak_memory_bytes = 0;
  std::string query;
};

// The lines for a person, on standard error: what was read, what was refused and why, gaps.
[[nodiscard]] std::string report_text(const AnswerReport& report);
// Why an answer has no rows, as far as it can be told; "" where rows came.
[[nodiscard]] std::string empty_reason(const AnswerReport& report);
// The document of --report FILE; its field "schema" names its version.
[[nodiscard]] std::string report_json(const std::vector<AnswerReport>& reports);

}  // namespace weir::cli
