#pragma once

#include <cstdint>
#include <string_view>

#include "alarm/alarm_table.h"
#include "metric/refusal.h"

namespace weir::alarm {

// When a mute rule holds actions back: "cron(minute hour day-of-month month day-of-week)", each a
// number (or JAN, MON), *, a list, a range or */n, or "at(yyyy-mm-ddThh:mm)", each time for
// `duration`.

[[nodiscard]] metric::Checked<void> check_mute_rule(const MuteRule& rule);
// Whether a time lies in one of the rule's windows, and between its start and its end.
[[nodiscard]] bool is_mute_active(const MuteRule& rule, TimeMs now_ms);
// Whether none of its windows is to come or lasts.
[[nodiscard]] bool has_mute_expired(const MuteRule& rule, TimeMs now_ms);

}  // namespace weir::alarm
