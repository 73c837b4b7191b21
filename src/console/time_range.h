#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/native_api.h"
#include "base/clock.h"
#include "base/result.h"
#include "format/tree.h"

namespace weir::console {

struct TimeSpan {
  TimeMs since = 0;
  TimeMs until = 0;
  [[nodiscard]] std::int64_t length() const { return until - since; }
};

// since and until of a route's arguments, or of a body: milliseconds or what people type. Without
// until: now; without since: an hour before it. Errors where since is not before until.
[[nodiscard]] Result<TimeSpan> read_span(const api::RouteCall& call, TimeMs now_ms);
[[nodiscard]] Result<TimeSpan> read_span(const format::Tree& body, TimeMs now_ms);

// The smallest round number of whole minutes that divides a time into at most `points` steps.
[[nodiscard]] std::int64_t step_for(const TimeSpan& span, std::int64_t points);
// Where the steps that touch the span begin.
[[nodiscard]] std::vector<TimeMs> steps_of(const TimeSpan& span, std::int64_t step_ms);
// "5m", as bin() takes it.
[[nodiscard]] std::string period_text(std::int64_t step_ms);

// A whole number of an argument or a member, `standard` where it is not given. Errors where it lies
// outside of least..most.
[[nodiscard]] Result<std::int64_t> read_number(const api::RouteCall& call, std::string_view name,
                                               std::int64_t standard, std::int64_t least,
                                               std::int64_t most);
[[nodiscard]] Result<std::int64_t> read_number(const format::Tree& body, std::string_view name,
                                               std::int64_t standard, std::int64_t least,
                                               std::int64_t most);
// A text of a body, `standard` where it is not given.
[[nodiscard]] Result<std::string> read_text(const format::Tree& body, std::string_view name,
                                            std::string_view standard = "");

}  // namespace weir::console
