// How alarms are evaluated: the schedule, transitions, composite alarms and their suppression.

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

#include "alarm/alarm_engine.h"
#include "alarm/mute_schedule.h"
#include "alarm/reason.h"
#include "alarm/slot_reader.h"

namespace weir::alarm {
namespace {

// Alarms that are evaluated before others get in.
constexpr std::size_t kBatch = 1000;
constexpr TimeMs kDayMs = 86'400'000;
constexpr TimeMs kRepeatMs = 60'000;

// The same for the same transition and target, whoever asks.
std::string message_id_of(const Alarm& alarm, std::string_view action, TimeMs time_ms) {
  const std::string text = fmt::format("{}\n{}\n{}\n{}\n{}", alarm.scope, alarm.name(), action,
                                       time_ms, name_of(alarm.state.value));
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", hash.high64 >> 32,
                     (hash.high64 >> 16) & 0xffff, hash.high64 & 0xfff, hash.low64 >> 52,
                     hash.low64 & 0xffff'ffff'ffff);
}

const std::vector<std::string>& actions_of(const AlarmBasics& alarm, StateValue value) {
  switch (value) {
    case StateValue::kOk:
      return alarm.ok_actions;
    case StateValue::kAlarm:
      return alarm.alarm_actions;
    default:
      return alarm.insufficient_data_actions;
  }
}

StateValue value_of(Verdict verdict) {
  return verdict == Verdict::kOk      ? StateValue::kOk
         : verdict == Verdict::kAlarm ? StateValue::kAlarm
                                      : StateValue::kInsufficientData;
}

}  // namespace

bool AlarmEngine::is_muted(const Alarm& alarm, TimeMs now_ms) const {
  for (auto place = mute_rules_.lower_bound(Key(alarm.scope, ""));
       place != mute_rules_.end() && place->first.first == alarm.scope; ++place) {
    const auto& names = place->second.alarm_names;
    if (std::find(names.begin(), names.end(), alarm.name()) != names.end() &&
        is_mute_active(place->second, now_ms)) {
      return true;
    }
  }
  return false;
}

void AlarmEngine::request_actions(Alarm& alarm, const State& old_state, TimeMs now_ms,
                                  AlarmChange& change, bool is_after_mute) {
  if (!alarm.basics().actions_enabled) {
    return;
  }
  if (!is_after_mute && is_muted(alarm, now_ms)) {
    alarm.muted = SuppressedTransition{old_state, now_ms};
    return;
  }
  alarm.muted.reset();
  for (const std::string& action : actions_of(alarm.basics(), alarm.state.value)) {
    PendingAction pending;
    pending.message_id = message_id_of(alarm, action, now_ms);
    pending.action = action;
    pending.alarm = alarm;
    pending.old_state = old_state;
    pending.time_ms = now_ms;
    pending.is_after_mute = is_after_mute;
    change.actions.push_back(std::move(pending));
  }
}

// Moves an alarm into another state. Actions of a composite alarm go through its suppressor.
void AlarmEngine::transition(Alarm& alarm, State state, TimeMs now_ms, AlarmChange& change) {
  const State old_state = alarm.state;
  state.updated_ms = now_ms;
  state.transitioned_ms = now_ms;
  alarm.state = std::move(state);
  HistoryItem item;
  item.scope = alarm.scope;
  item.alarm_name = alarm.name();
  item.is_composite = alarm.composite() != nullptr;
  item.time_ms = now_ms;
  item.type = "StateUpdate";
  item.summary = fmt::format("Alarm updated from {} to {}", name_of(old_state.value),
                             name_of(alarm.state.value));
  item.data = state_update_data(old_state, alarm.state);
  change.history.push_back(std::move(item));
  alarm.muted.reset();
  const CompositeAlarm* const composite = alarm.composite();
  if (composite == nullptr || !composite->actions_suppressor) {
    request_actions(alarm, old_state, now_ms, change);
    return;
  }
  // Back where it was before anybody was told: there is nothing to tell.
  if (alarm.suppressed && alarm.suppressed->old_state.value == alarm.state.value) {
    alarm.suppressed.reset();
    alarm.state.suppressed_by.clear();
    alarm.state.suppressed_reason.clear();
    return;
  }
  const State told = alarm.suppressed ? alarm.suppressed->old_state : old_state;
  const bool was_suppressed = alarm.suppressed.has_value();
  alarm.suppressed = SuppressedTransition{told, now_ms};
  if (!was_suppressed) {
    alarm.state.suppressed_by = "WaitPeriod";
  }
}

// Carries a held-back transition on: waiting for the suppressor, held by it, or held for a while
// after it.
void AlarmEngine::step_suppression(Alarm& alarm, TimeMs now_ms, AlarmChange& change,
                                   const std::function<StateValue(const std::string&)>& state_of) {
  const CompositeAlarm* const composite = alarm.composite();
  if (composite == nullptr || !alarm.suppressed) {
    return;
  }
  const bool has_suppressor = composite->actions_suppressor.has_value();
  const std::string suppressor(name_in_arn(composite->actions_suppressor.value_or("")));
  const bool is_suppressing = has_suppressor && state_of(suppressor) == StateValue::kAlarm;
  const auto enter = [&](std::string_view phase, std::string reason) {
    alarm.state.suppressed_by = phase;
    alarm.state.suppressed_reason = std::move(reason);
    alarm.suppressed->since_ms = now_ms;
  };
  const std::string arn = alarm_arn(alarm.scope, suppressor);
  std::string& phase = alarm.state.suppressed_by;
  if (is_suppressing) {
    if (phase != "Alarm") {
      enter("Alarm", fmt::format("Actions suppressed by {}", arn));
    }
    return;
  }
  if (phase == "Alarm" && has_suppressor) {
    enter("ExtensionPeriod",
          fmt::format("Actions suppressed by the extension period of {} seconds after {}",
                      composite->suppressor_extension_period_s.value_or(0), arn));
  }
  std::int64_t held_s = 0;
  if (phase == "ExtensionPeriod") {
    held_s = composite->suppressor_extension_period_s.value_or(0);
  } else if (alarm.state.value == StateValue::kAlarm) {  // waits before it alarms, only then
    held_s = composite->suppressor_wait_period_s.value_or(0);
    if (alarm.state.suppressed_reason.empty()) {
      alarm.state.suppressed_reason =
          fmt::format("Actions suppressed by the wait period of {} seconds for {}", held_s, arn);
    }
  }
  if (has_suppressor && now_ms - alarm.suppressed->since_ms < held_s * 1000) {
    return;
  }
  const State old_state = alarm.suppressed->old_state;
  alarm.suppressed.reset();
  alarm.state.suppressed_by.clear();
  alarm.state.suppressed_reason.clear();
  request_actions(alarm, old_state, now_ms, change);
}

void AlarmEngine::evaluate_metric_alarm(Entry& entry, TimeMs now_ms, AlarmChange& change,
                                        TickReport& report) {
  const MetricAlarm& definition = *entry.alarm.metric_alarm();
  const std::int64_t num_slots =
      options_.range_length(definition.evaluation_periods, definition.period_s());
  const bool warms_up =
      entry.alarm.warm_up_until_ms && now_ms < *entry.alarm.warm_up_until_ms && definition.warm_up;
  if (warms_up && definition.warm_up->waits_to_its_end.value_or(false)) {
    return;
  }
  ++report.num_evaluated;
  const auto slots = read_slots(store_, bands_, entry.alarm.scope, definition,
                                window_end(definition, now_ms), num_slots);
  if (!slots) {
    report.failures.emplace_back(entry.alarm.name(), slots.error());
    if (entry.alarm.state.evaluation_state != "EVALUATION_ERROR") {
      Alarm alarm = entry.alarm;
      alarm.state.evaluation_state = "EVALUATION_ERROR";
      change.puts.push_back(std::move(alarm));
    }
    return;
  }
  if (warms_up) {
    const auto newest =
        slots->end() - std::min<std::ptrdiff_t>(definition.evaluation_periods, std::ssize(*slots));
    if (std::any_of(newest, slots->end(), [](const Slot& slot) { return !slot.value; })) {
      return;
    }
  }
  const Evaluation evaluation = evaluate(rule_of(definition), *slots);
  const bool is_changed = evaluation.verdict != Verdict::kHold &&
                          value_of(evaluation.verdict) != entry.alarm.state.value;
  const bool is_muted_done = entry.alarm.muted && !is_muted(entry.alarm, now_ms);
  if (!is_changed && !is_muted_done && !warms_up && entry.alarm.state.evaluation_state.empty()) {
    // Auto Scaling is told each minute while the state lasts.
    const auto& actions = actions_of(entry.alarm.basics(), entry.alarm.state.value);
    const bool repeats = std::any_of(actions.begin(), actions.end(), [](const std::string& action) {
      return action.find(":autoscaling:") != std::string::npos;
    });
    if (repeats &&
        now_ms - std::max(entry.last_repeat_ms, entry.alarm.state.transitioned_ms) >= kRepeatMs) {
      entry.last_repeat_ms = now_ms;
      AlarmChange all;
      Alarm alarm = entry.alarm;
      request_actions(alarm, alarm.state, now_ms, all);
      for (PendingAction& action : all.actions) {
        if (action.action.find(":autoscaling:") != std::string::npos) {
          change.actions.push_back(std::move(action));
        }
      }
    }
    return;
  }
  Alarm alarm = entry.alarm;
  alarm.state.evaluation_state.clear();
  alarm.warm_up_until_ms.reset();
  if (is_changed) {
    State state = alarm.state;
    state.value = value_of(evaluation.verdict);
    state.reason = reason_of(definition, evaluation, *slots, alarm.state.value);
    state.reason_data = reason_data_of(definition, evaluation, *slots, now_ms);
    report.transitions.push_back(
        {alarm.scope, alarm.name(), alarm.state.value, state.value, state.reason});
    transition(alarm, std::move(state), now_ms, change);
  } else if (is_muted_done) {
    const State old_state = alarm.muted->old_state;
    request_actions(alarm, old_state, now_ms, change, true);
  }
  change.puts.push_back(std::move(alarm));
}

void AlarmEngine::evaluate_composite(Entry& entry, TimeMs now_ms, AlarmChange& change,
                                     TickReport& report, std::map<Key, int>& visited,
                                     std::map<Key, Alarm>& changed) {
  enum : int { kUnseen, kOpen, kDone };
  const Key key(entry.alarm.scope, entry.alarm.name());
  int& mark = visited[key];
  if (mark == kOpen && !entry.is_in_cycle) {  // rests on itself: CloudWatch stops evaluating it
    entry.is_in_cycle = true;
    report.failures.emplace_back(
        key.second,
        Error{ErrorCode::kInput,
              fmt::format("alarm {}: its rule depends on itself through other composite "
                          "alarms, so it is not evaluated; change one of the rules",
                          key.second)});
  }
  if (mark != kUnseen) {
    return;
  }
  mark = kOpen;
  for (const std::string& child : entry.rule->children()) {
    const auto found = alarms_.find(Key(entry.alarm.scope, child));
    if (found != alarms_.end() && found->second.rule) {
      evaluate_composite(found->second, now_ms, change, report, visited, changed);
    }
  }
  mark = kDone;
  if (entry.is_in_cycle) {
    return;
  }
  const auto current = [&](const std::string& name) -> const Alarm* {
    const Key child(entry.alarm.scope, name);
    if (const auto found = changed.find(child); found != changed.end()) {
      return &found->second;
    }
    const auto found = alarms_.find(child);
    return found == alarms_.end() ? nullptr : &found->second.alarm;
  };
  const auto state_of = [&](const std::string& name) {
    const Alarm* const child = current(name);
    return child == nullptr ? StateValue::kInsufficientData : child->state.value;
  };
  ++report.num_evaluated;
  const StateValue value = entry.rule->evaluate(state_of) ? StateValue::kAlarm : StateValue::kOk;
  Alarm alarm = entry.alarm;
  if (value != alarm.state.value) {
    State state = alarm.state;
    const bool is_first = state.reason == kCreationReason;
    state.value = value;
    // The child that changed last is what triggered it.
    const Alarm* trigger = nullptr;
    for (const std::string& name : entry.rule->children()) {
      const Alarm* const child = current(name);
      if (child != nullptr &&
          (trigger == nullptr || child->state.transitioned_ms >= trigger->state.transitioned_ms)) {
        trigger = child;
      }
    }
    if (is_first || trigger == nullptr) {
      state.reason = fmt::format("{} was created and its alarm rule evaluates to {}",
                                 alarm_arn(alarm.scope, alarm.name()), name_of(value));
    } else {
      state.reason =
          fmt::format("{} transitioned to {} at {}", alarm_arn(trigger->scope, trigger->name()),
                      name_of(trigger->state.value), spoken_time(trigger->state.transitioned_ms));
    }
    state.reason_data = R"({"triggeringAlarms":[)";
    if (trigger != nullptr) {
      state.reason_data +=
          fmt::format(R"({{"arn":{},"state":{{"value":"{}","timestamp":"{}"}}}})",
                      quoted(alarm_arn(trigger->scope, trigger->name())),
                      name_of(trigger->state.value), document_time(trigger->state.transitioned_ms));
    }
    state.reason_data += "]}";
    report.transitions.push_back(
        {alarm.scope, alarm.name(), alarm.state.value, state.value, state.reason});
    transition(alarm, std::move(state), now_ms, change);
  } else if (alarm.muted && !is_muted(alarm, now_ms)) {
    const State old_state = alarm.muted->old_state;
    request_actions(alarm, old_state, now_ms, change, true);
  }
  step_suppression(alarm, now_ms, change, state_of);
  if (alarm.state != entry.alarm.state || alarm.suppressed != entry.alarm.suppressed ||
      alarm.muted != entry.alarm.muted) {
    changed.insert_or_assign(key, alarm);
    change.puts.push_back(std::move(alarm));
  }
}

void AlarmEngine::evaluate_composites(TimeMs now_ms, AlarmChange& change, TickReport& report) {
  std::map<Key, int> visited;
  std::map<Key, Alarm> changed;
  for (auto& [key, entry] : alarms_) {
    if (entry.rule) {
      entry.is_in_cycle = false;
      evaluate_composite(entry, now_ms, change, report, visited, changed);
    }
  }
}

Result<TickReport> AlarmEngine::tick() {
  TickReport report;
  const TimeMs now_ms = clock_.now_ms();
  Key next;
  bool is_done = false;
  while (!is_done) {
    const std::lock_guard lock(mutex_);
    AlarmChange change;
    std::vector<std::pair<Entry*, TimeMs>> evaluated;
    auto place = alarms_.lower_bound(next);
    for (std::size_t i = 0; i < kBatch && place != alarms_.end(); ++place) {
      Entry& entry = place->second;
      const MetricAlarm* const definition = entry.alarm.metric_alarm();
      if (definition == nullptr) {
        continue;
      }
      const TimeMs step_ms = interval_s(*definition) * 1000;
      // Due; or the clock went back, and it would be due too late.
      if (entry.next_ms > now_ms && entry.next_ms <= now_ms + step_ms) {
        continue;
      }
      ++i;
      evaluate_metric_alarm(entry, now_ms, change, report);
      evaluated.emplace_back(&entry, (now_ms / step_ms + 1) * step_ms);
    }
    is_done = place == alarms_.end();
    if (!is_done) {
      next = place->first;
    }
    WEIR_RETURN_IF_ERROR(commit_and_keep(change));
    for (const auto& [entry, next_ms] : evaluated) {
      entry->next_ms = next_ms;
    }
  }
  const std::lock_guard lock(mutex_);
  if (num_composites_ > 0) {
    AlarmChange change;
    evaluate_composites(now_ms, change, report);
    WEIR_RETURN_IF_ERROR(commit_and_keep(change));
  }
  if (now_ms - last_trim_ms_ >= kDayMs) {
    WEIR_RETURN_IF_ERROR(table_.trim_history(now_ms - options_.history_days * kDayMs));
    last_trim_ms_ = now_ms;
  }
  return report;
}

}  // namespace weir::alarm
