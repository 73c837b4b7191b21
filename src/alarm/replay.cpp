#include "alarm/replay.h"

#include <algorithm>

#include "alarm/evaluation.h"
#include "alarm/reason.h"
#include "alarm/slot_reader.h"

namespace weir::alarm {
namespace {

// The step of the coarsest samples that a window beginning at a time may be made of. A partition is
// rolled up as a whole, so what is younger than its resolution's time is certainly as fine.
std::int64_t resolution_at(const metric::MetricStore& store, TimeMs begin_ms, TimeMs now_ms) {
  const std::int64_t age_s = (now_ms - begin_ms) / 1000;
  // Samples of a minute or more never were finer than a minute; those of seconds go first.
  for (const metric::Tier& tier : store.tiers()) {
    if (age_s <= tier.retention_s) {
      return tier.step_s;
    }
  }
  return store.tiers().back().step_s;
}

}  // namespace

Result<Replay> replay(const metric::MetricStore& store, metric::AnomalyBands* bands,
                      std::string_view scope, const MetricAlarm& alarm, TimeMs since_ms,
                      TimeMs now_ms) {
  Replay out;
  const EvaluationRule rule = rule_of(alarm);
  const std::int64_t period_s = alarm.period_s();
  const std::int64_t num_slots = range_length(alarm.evaluation_periods, period_s);
  StateValue value = StateValue::kInsufficientData;
  TimeMs time_ms = since_ms;
  while (time_ms <= now_ms) {
    const TimeMs end_ms = window_end(alarm, time_ms);
    const std::int64_t left_s = resolution_at(store, end_ms - num_slots * period_s * 1000, now_ms);
    const std::int64_t step_s = std::max(interval_s(alarm), left_s >= 60 ? left_s : 0);
    const TimeMs next_ms = (time_ms / (step_s * 1000) + 1) * step_s * 1000;
    if (period_s % left_s != 0) {
      if (!out.unknown.empty() && out.unknown.back().end_ms == time_ms &&
          out.unknown.back().resolution_s == left_s) {
        out.unknown.back().end_ms = next_ms;
      } else {
        out.unknown.push_back({time_ms, std::min(next_ms, now_ms), left_s});
      }
      time_ms = next_ms;
      continue;
    }
    // Windows between the steps of what is left cannot be told: the window ends at such a step.
    const TimeMs aligned_ms = end_ms - end_ms % (left_s * 1000);
    WEIR_ASSIGN_OR_RETURN(const auto slots,
                          read_slots(store, bands, scope, alarm, aligned_ms, num_slots));
    ++out.num_evaluations;
    const Evaluation evaluation = evaluate(rule, slots);
    const StateValue judged = evaluation.verdict == Verdict::kOk      ? StateValue::kOk
                              : evaluation.verdict == Verdict::kAlarm ? StateValue::kAlarm
                              : evaluation.verdict == Verdict::kInsufficientData
                                  ? StateValue::kInsufficientData
                                  : value;
    if (judged != value) {
      out.transitions.push_back(
          {time_ms, value, judged, reason_of(alarm, evaluation, slots, value)});
      value = judged;
    }
    if (!out.stretches.empty() && out.stretches.back().end_ms == time_ms &&
        out.stretches.back().step_s == step_s) {
      out.stretches.back().end_ms = next_ms;
    } else {
      out.stretches.push_back({time_ms, next_ms, step_s});
    }
    time_ms = next_ms;
  }
  out.final_value = value;
  return out;
}

}  // namespace weir::alarm
