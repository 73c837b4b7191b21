#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "column/completeness.h"
#include "query/warning.h"

namespace weir::query {

// What is said beside an answer.
struct AnswerReport {
  column::Completeness completeness;
  std::vector<Warning> warnings;
  std::vector<std::string> paths;  // how it was computed
  std::uint64_t rows_matched = 0;
  std::uint64_t rows_returned = 0;
  double seconds = 0;
  std::size_t peak_memory_bytes = 0;
  std::string query;
};

// The document of --report FILE, on one line; its field "schema" names its version.
[[nodiscard]] std::string report_json(const std::vector<AnswerReport>& reports);

}  // namespace weir::query
