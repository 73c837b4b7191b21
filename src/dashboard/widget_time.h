#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "format/tree.h"

namespace weir::dashboard {

struct WidgetSpan {
  TimeMs since_ms = 0;
  TimeMs until_ms = 0;
};

// "-PT3H", "-P7D", "PT0H" as milliseconds; months of 30 days, years of 365. nullopt where it is
// none.
[[nodiscard]] std::optional<std::int64_t> relative_ms(std::string_view text);
// The range that `start` and `end` of a body, or of a widget's properties, name; nullopt where they
// name none. An end without a start is passed over, as CloudWatch does.
[[nodiscard]] std::optional<WidgetSpan> own_span(const format::Tree& source, TimeMs now_ms);

// The period of a graph whose own one is `own_s`: a longer one where data so old is not kept at it,
// or where there would be more than 1,440 points. A dashboard that inherits periods keeps each.
[[nodiscard]] std::int64_t graph_period_s(std::int64_t own_s, const WidgetSpan& span,
                                          TimeMs now_ms);
// One period over the whole range, for views that show a single value of it.
[[nodiscard]] std::int64_t whole_period_s(const WidgetSpan& span);

}  // namespace weir::dashboard
