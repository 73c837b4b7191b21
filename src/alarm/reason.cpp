#include "alarm/reason.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/time_text.h"
#include "format/json_writer.h"

namespace weir::alarm {
namespace {

constexpr std::size_t kMaxReason = 1023;
constexpr std::size_t kMaxReasonData = 4000;

std::string_view words(Comparison comparison) {
  switch (comparison) {
    case Comparison::kGreaterThanOrEqualToThreshold:
      return "greater than or equal to";
    case Comparison::kGreaterThanThreshold:
      return "greater than";
    case Comparison::kLessThanThreshold:
      return "less than";
    default:
      return "less than or equal to";
  }
}

// "1 datapoint", "2 datapoints"
std::string count_of(std::int64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string short_time(TimeMs time_ms) {
  const CivilTime t = to_civil(time_ms);
  return fmt::format("{:02}/{:02}/{:02} {:02}:{:02}:{:02}", t.day, t.month, t.year % 100, t.hour,
                     t.minute, t.second);
}

template <class Of>
std::string listed(std::span<const Slot> range, const std::vector<std::size_t>& places,
                   const Of& of) {
  std::string text;
  for (const std::size_t place : places) {
    text += text.empty() ? "" : ", ";
    text += of(range[place]);
  }
  return "[" + text + "]";
}

// "greater than the threshold (21.0)", or what it says of bands.
std::string threshold_text(const MetricAlarm& alarm, std::span<const Slot> range,
                           const std::vector<std::size_t>& places) {
  if (!is_band(alarm.comparison)) {
    return fmt::format("{} the threshold ({})", words(alarm.comparison),
                       number_text(alarm.threshold.value_or(0)));
  }
  const std::string lower =
      listed(range, places, [](const Slot& slot) { return number_text(slot.lower); });
  const std::string upper =
      listed(range, places, [](const Slot& slot) { return number_text(slot.upper); });
  switch (alarm.comparison) {
    case Comparison::kLessThanLowerThreshold:
      return fmt::format("less than the lower thresholds {}", lower);
    case Comparison::kGreaterThanUpperThreshold:
      return fmt::format("greater than the upper thresholds {}", upper);
    default:
      return fmt::format(
          "less than the lower thresholds {} or greater than the upper thresholds {}", lower,
          upper);
  }
}

std::string crossed(const MetricAlarm& alarm, const Evaluation& evaluation,
                    std::span<const Slot> range, StateValue old_value) {
  const EvaluationRule rule = rule_of(alarm);
  const bool is_alarm = evaluation.verdict == Verdict::kAlarm;
  std::vector<std::size_t> places;  // those that brought it about
  for (const std::size_t place : evaluation.deciding) {
    if (is_breaching(rule, range[place]) == is_alarm) {
      places.push_back(place);
    }
  }
  const auto count = static_cast<std::int64_t>(places.size());
  const std::string points = listed(range, places, [](const Slot& slot) {
    return fmt::format("{} ({})", number_text(*slot.value), short_time(slot.time_ms));
  });
  const std::string_view head =
      is_band(alarm.comparison) ? "Thresholds Crossed" : "Threshold Crossed";
  const std::string what =
      fmt::format("{} {}{}", count == 1 ? "was" : "were", is_alarm ? "" : "not ",
                  threshold_text(alarm, range, places));
  if (!alarm.datapoints_to_alarm) {
    return fmt::format("{}: {} {} {}.", head, count_of(count, "datapoint"), points, what);
  }
  const std::int64_t n = alarm.evaluation_periods;
  const std::int64_t m = alarm.min_breaching();
  const std::int64_t minimum = is_alarm ? m : n - m + 1;
  const StateValue other = is_alarm ? StateValue::kOk : StateValue::kAlarm;
  return fmt::format(
      "{}: {} out of the last {} datapoints {} {} (minimum {} for {} -> {} transition).", head,
      count, n, points, what, count_of(minimum, "datapoint"),
      name_of(old_value == StateValue::kInsufficientData ? other : old_value),
      is_alarm ? "ALARM" : "OK");
}

std::string filled(const MetricAlarm& alarm, const Evaluation& evaluation) {
  const auto received = static_cast<std::int64_t>(evaluation.deciding.size());
  const std::int64_t missing = evaluation.num_filled;
  return fmt::format(
      "Threshold Crossed: {} {} received for {} and {} {} treated as [{}].",
      received == 0 ? "no datapoints" : count_of(received, "datapoint"),
      received == 1 ? "was" : "were", count_of(alarm.evaluation_periods, "period"),
      count_of(missing, "missing datapoint"), missing == 1 ? "was" : "were",
      alarm.missing_data() == MissingData::kBreaching ? "Breaching" : "NonBreaching");
}

void cut(std::string& text, std::size_t limit) {
  if (text.size() > limit) {
    text.resize(limit);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) {
      text.pop_back();
    }
  }
}

}  // namespace

std::string number_text(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "Infinity" : "-Infinity";
  }
  const double magnitude = std::fabs(value);
  char text[512];
  if (magnitude == 0 || (magnitude >= 1e-3 && magnitude < 1e7)) {
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed);
    std::string out(text, end.ptr);
    return out.find('.') == std::string::npos ? out + ".0" : out;
  }
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  const std::string_view all(text, static_cast<std::size_t>(end.ptr - text));
  const std::size_t e = all.find('e');
  std::string mantissa(all.substr(0, e));
  if (mantissa.find('.') == std::string::npos) {
    mantissa += ".0";
  }
  int exponent = 0;
  const char* const digits = text + e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(digits, end.ptr, exponent);
  return fmt::format("{}E{}", mantissa, exponent);
}

std::string document_time(TimeMs time_ms) {
  const CivilTime t = to_civil(time_ms);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+0000", t.year, t.month, t.day,
                     t.hour, t.minute, t.second, t.millisecond);
}

std::string spoken_time(TimeMs time_ms) {
  static constexpr std::array<std::string_view, 7> kDays = {
      "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"};
  static constexpr std::array<std::string_view, 12> kMonths = {
      "January", "February", "March",     "April",   "May",      "June",
      "July",    "August",   "September", "October", "November", "December"};
  const CivilTime t = to_civil(time_ms);
  const TimeMs day = time_ms / 86'400'000;
  return fmt::format(
      "{} {:02} {}, {} {:02}:{:02}:{:02} UTC", kDays[static_cast<std::size_t>(day % 7)], t.day,
      kMonths[static_cast<std::size_t>(t.month - 1)], t.year, t.hour, t.minute, t.second);
}

std::string quoted(std::string_view text) {
  std::string out;
  format::JsonWriter writer(out);
  writer.string(text);
  return out;
}

std::string reason_of(const MetricAlarm& alarm, const Evaluation& evaluation,
                      std::span<const Slot> range, StateValue old_value) {
  std::string reason;
  if (evaluation.verdict == Verdict::kInsufficientData) {
    const std::int64_t n = alarm.evaluation_periods;
    reason = fmt::format("Insufficient Data: {} {} unknown.", count_of(n, "datapoint"),
                         n == 1 ? "was" : "were");
  } else if (evaluation.num_filled > 0) {
    reason = filled(alarm, evaluation);
  } else {
    reason = crossed(alarm, evaluation, range, old_value);
  }
  cut(reason, kMaxReason);
  return reason;
}

std::string reason_data_of(const MetricAlarm& alarm, const Evaluation& evaluation,
                           std::span<const Slot> range, TimeMs now_ms) {
  std::vector<std::size_t> deciding = evaluation.deciding;
  const auto document = [&]() {
    std::string out = fmt::format(R"({{"version":"1.0","queryDate":"{}")", document_time(now_ms));
    if (!deciding.empty()) {
      out += fmt::format(R"(,"startDate":"{}")", document_time(range[deciding.back()].time_ms));
    }
    if (alarm.metric && !alarm.metric->unit.empty()) {
      out += fmt::format(R"(,"unit":{})", quoted(alarm.metric->unit));
    }
    if (alarm.metric) {
      out += fmt::format(R"(,"statistic":{})", quoted(alarm.metric->statistic));
    }
    out += fmt::format(R"(,"period":{})", alarm.period_s());
    const auto recent = [&](const auto& of) {
      std::string values;
      if (!deciding.empty()) {
        for (std::size_t i = deciding.back(); i <= deciding.front(); ++i) {
          values += values.empty() ? "" : ",";
          values += range[i].value ? number_text(of(range[i])) : "null";
        }
      }
      return values;
    };
    out +=
        fmt::format(R"(,"recentDatapoints":[{}])", recent([](const Slot& s) { return *s.value; }));
    if (is_band(alarm.comparison)) {
      out += fmt::format(R"(,"recentLowerThresholds":[{}],"recentUpperThresholds":[{}])",
                         recent([](const Slot& s) { return s.lower; }),
                         recent([](const Slot& s) { return s.upper; }));
    } else {
      out += fmt::format(R"(,"threshold":{})", number_text(alarm.threshold.value_or(0)));
    }
    out += R"(,"evaluatedDatapoints":[)";
    if (deciding.empty()) {  // nothing but the times of the periods that were looked at
      const auto n = static_cast<std::size_t>(alarm.evaluation_periods);
      for (std::size_t i = 0; i < std::min(n, range.size()); ++i) {
        out += fmt::format(R"({}{{"timestamp":"{}"}})", i > 0 ? "," : "",
                           document_time(range[range.size() - 1 - i].time_ms));
      }
    }
    for (std::size_t i = 0; i < deciding.size(); ++i) {
      const Slot& slot = range[deciding[i]];
      out += fmt::format(R"({}{{"timestamp":"{}")", i > 0 ? "," : "", document_time(slot.time_ms));
      if (slot.sample_count > 0) {
        out += fmt::format(R"(,"sampleCount":{})", number_text(slot.sample_count));
      }
      out += fmt::format(R"(,"value":{}}})", number_text(*slot.value));
    }
    return out + "]}";
  };
  std::string out = document();
  while (out.size() > kMaxReasonData && deciding.size() > 1) {  // the oldest points are left out
    deciding.resize(deciding.size() / 2);
    out = document();
  }
  if (out.size() > kMaxReasonData) {  // a very long range of no data
    out = fmt::format(R"({{"version":"1.0","queryDate":"{}","period":{},"recentDatapoints":[],)"
                      R"("evaluatedDatapoints":[]}})",
                      document_time(now_ms), alarm.period_s());
  }
  return out;
}

std::string state_update_data(const State& old_state, const State& new_state) {
  const auto part = [](const State& state) {
    std::string out = fmt::format(R"({{"stateValue":"{}","stateReason":{})", name_of(state.value),
                                  quoted(state.reason));
    if (!state.reason_data.empty()) {
      out += R"(,"stateReasonData":)" + state.reason_data;
    }
    return out + "}";
  };
  return fmt::format(R"({{"version":"1.0","oldState":{},"newState":{}}})", part(old_state),
                     part(new_state));
}

}  // namespace weir::alarm
