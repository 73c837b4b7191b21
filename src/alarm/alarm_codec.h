#pragma once

#include <string>
#include <string_view>

#include "alarm/alarm_table.h"
#include "alarm/definition.h"
#include "base/result.h"

namespace weir::alarm {

// Alarms as bytes, for the table. Versioned; decoding is hardened against untrusted input.
void encode_alarm(const Alarm& alarm, std::string& out);
[[nodiscard]] Result<Alarm> decode_alarm(std::string_view bytes);
void encode_state(const State& state, std::string& out);
[[nodiscard]] Result<State> decode_state(std::string_view bytes);
void encode_mute_rule(const MuteRule& rule, std::string& out);
[[nodiscard]] Result<MuteRule> decode_mute_rule(std::string_view bytes);

}  // namespace weir::alarm
