#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "query/bind.h"
#include "query/syntax.h"

namespace weir::query::insights {

// How CloudWatch spells the flow-log field `canonical`: srcAddr for srcaddr. Empty for a field that
// CloudWatch does not discover, nullopt for a column that is no flow-log field.
[[nodiscard]] std::optional<std::string_view> cloudwatch_spelling(std::string_view canonical);

// Collects the fields that a query names otherwise than CloudWatch does, to say it once.
class SpellingNotes {
 public:
  void add(std::string_view written, std::string_view canonical, TextSpan span);
  // Adds at most a warning of each code: field_casing, field_undiscovered.
  void report(Binder& binder) const;

 private:
  struct Note {
    std::string written;
    std::string cloudwatch;  // empty: not discovered there
    TextSpan span;
  };
  std::vector<Note> notes_;
};

// Refuses what CloudWatch does not have: functions of Weir's own, and periods outside the arguments
// of functions (`now() - 1h`).
[[nodiscard]] Result<void> check_cloudwatch_expression(const Syntax& syntax);
// The span of the first period that is an operand of an operator.
[[nodiscard]] std::optional<TextSpan> find_period_arithmetic(const Syntax& syntax);

}  // namespace weir::query::insights
