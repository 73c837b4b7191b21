#pragma once

#include <span>
#include <string>
#include <string_view>

#include "alarm/evaluation.h"

namespace weir::alarm {

// Texts that go with a state, in CloudWatch's own words (facts: section 7).

inline constexpr std::string_view kCreationReason = "Unchecked: Initial alarm creation";

// StateReason of a verdict that is not kHold. `old_value` says which transition is spoken of.
[[nodiscard]] std::string reason_of(const MetricAlarm& alarm, const Evaluation& evaluation,
                                    std::span<const Slot> range, StateValue old_value);
// StateReasonData, a JSON document of version 1.0, at most 4,000 bytes.
[[nodiscard]] std::string reason_data_of(const MetricAlarm& alarm, const Evaluation& evaluation,
                                         std::span<const Slot> range, TimeMs now_ms);

// A double as Java prints it, which is how CloudWatch does: 21.0, 0.05, 1.0E10.
[[nodiscard]] std::string number_text(double value);
// 2026-02-26T10:14:00.000+0000
[[nodiscard]] std::string document_time(TimeMs time_ms);
// Friday 22 July, 2022 15:57:45 UTC
[[nodiscard]] std::string spoken_time(TimeMs time_ms);
// A JSON string with its quotes.
[[nodiscard]] std::string quoted(std::string_view text);

// HistoryData of a StateUpdate.
[[nodiscard]] std::string state_update_data(const State& old_state, const State& new_state);

}  // namespace weir::alarm
