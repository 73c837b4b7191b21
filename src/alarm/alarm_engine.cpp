#include "alarm/alarm_engine.h"

#include <fmt/format.h>

#include <algorithm>

#include "alarm/alarm_document.h"
#include "alarm/mute_schedule.h"
#include "alarm/reason.h"

namespace weir::alarm {
namespace {

using metric::refuse;

HistoryItem history_item(const Alarm& alarm, TimeMs now_ms, std::string type, std::string summary,
                         std::string data) {
  HistoryItem item;
  item.scope = alarm.scope;
  item.alarm_name = alarm.name();
  item.is_composite = alarm.composite() != nullptr;
  item.time_ms = now_ms;
  item.type = std::move(type);
  item.summary = std::move(summary);
  item.data = std::move(data);
  return item;
}

}  // namespace

AlarmEngine::AlarmEngine(const metric::MetricStore& store, metric::AnomalyBands* bands,
                         AlarmTable& table, const Clock& clock, AlarmEngineOptions options)
    : store_(store), bands_(bands), table_(table), clock_(clock), options_(std::move(options)) {}

Result<std::unique_ptr<AlarmEngine>> AlarmEngine::open(const metric::MetricStore& store,
                                                       metric::AnomalyBands* bands,
                                                       AlarmTable& table, const Clock& clock,
                                                       AlarmEngineOptions options) {
  auto engine =
      std::unique_ptr<AlarmEngine>(new AlarmEngine(store, bands, table, clock, std::move(options)));
  WEIR_ASSIGN_OR_RETURN(auto alarms, table.load_alarms());
  for (Alarm& alarm : alarms) {
    Entry entry;
    if (const CompositeAlarm* const composite = alarm.composite()) {
      WEIR_ASSIGN_OR_RETURN(entry.rule, CompositeRule::parse(composite->rule));
      ++engine->num_composites_;
    }
    const Key key(alarm.scope, alarm.name());
    entry.alarm = std::move(alarm);
    engine->alarms_.emplace(key, std::move(entry));
  }
  WEIR_ASSIGN_OR_RETURN(auto rules, table.load_mute_rules());
  for (MuteRule& rule : rules) {
    const Key key(rule.scope, rule.name);
    engine->mute_rules_.emplace(key, std::move(rule));
  }
  return engine;
}

// Makes a change last, then seen.
Result<void> AlarmEngine::commit_and_keep(AlarmChange& change) {
  WEIR_RETURN_IF_ERROR(table_.commit(change));
  for (Alarm& alarm : change.puts) {
    const auto found = alarms_.find(Key(alarm.scope, alarm.name()));
    if (found != alarms_.end()) {
      found->second.alarm = std::move(alarm);
    }
  }
  change = {};
  return {};
}

AlarmEngine::Outcome<void> AlarmEngine::put(std::string_view scope, MetricAlarm alarm) {
  const std::lock_guard lock(mutex_);
  if (auto checked = check_metric_alarm(alarm, scope); !checked) {
    return checked;
  }
  return put_locked(scope, std::move(alarm));
}

AlarmEngine::Outcome<void> AlarmEngine::put(std::string_view scope, CompositeAlarm alarm) {
  const std::lock_guard lock(mutex_);
  if (auto checked = check_composite_alarm(alarm, scope); !checked) {
    return checked;
  }
  return put_locked(scope, std::move(alarm));
}

namespace {

// When an alarm's warm-up ends. It begins with the alarm, or with the update that asks for one; a
// change of its length counts from that begin, and one that is over does not begin again.
std::optional<TimeMs> warm_up_end(const Alarm& alarm, const Alarm* old, TimeMs now_ms) {
  const MetricAlarm* const definition = alarm.metric_alarm();
  if (definition == nullptr || !definition->warm_up) {
    return std::nullopt;
  }
  const TimeMs length_ms = definition->warm_up->minutes * 60'000;
  const MetricAlarm* const before = old == nullptr ? nullptr : old->metric_alarm();
  if (before == nullptr || !before->warm_up) {
    return now_ms + length_ms;
  }
  if (!old->warm_up_until_ms || *old->warm_up_until_ms <= now_ms) {
    return std::nullopt;
  }
  return *old->warm_up_until_ms - before->warm_up->minutes * 60'000 + length_ms;
}

}  // namespace

AlarmEngine::Outcome<void> AlarmEngine::put_locked(
    std::string_view scope, std::variant<MetricAlarm, CompositeAlarm> definition) {
  const TimeMs now_ms = clock_.now_ms();
  Entry entry;
  if (const auto* const composite = std::get_if<CompositeAlarm>(&definition)) {
    auto rule = CompositeRule::parse(composite->rule);
    if (!rule) {
      return Outcome<void>(refuse(metric::kValidationError, rule.error().message));
    }
    if (auto checked = check_children(scope, *composite, *rule); !checked) {
      return checked;
    }
    entry.rule = std::move(*rule);
  }
  entry.alarm.scope = scope;
  entry.alarm.definition = std::move(definition);
  entry.alarm.configuration_updated_ms = now_ms;
  const Key key(entry.alarm.scope, entry.alarm.name());
  const auto found = alarms_.find(key);
  const bool is_new = found == alarms_.end();
  if (!is_new && found->second.rule.has_value() != entry.rule.has_value()) {
    return Outcome<void>(refuse(
        metric::kValidationError,
        fmt::format("Alarm {} exists and is of another kind; delete it first.", key.second)));
  }
  if (is_new) {
    State& state = entry.alarm.state;
    state.reason = kCreationReason;
    state.updated_ms = now_ms;
    state.transitioned_ms = now_ms;
  } else {
    entry.alarm.state = found->second.alarm.state;
    entry.alarm.suppressed = found->second.alarm.suppressed;
    entry.alarm.muted = found->second.alarm.muted;
  }
  entry.alarm.warm_up_until_ms =
      warm_up_end(entry.alarm, is_new ? nullptr : &found->second.alarm, now_ms);
  AlarmChange change;
  change.puts.push_back(entry.alarm);
  change.history.push_back(
      history_item(entry.alarm, now_ms, "ConfigurationUpdate",
                   fmt::format("Alarm \"{}\" {}", key.second, is_new ? "created" : "updated"),
                   configuration_data(is_new ? "Create" : "Update", entry.alarm)));
  WEIR_RETURN_IF_ERROR(table_.commit(change));
  num_composites_ += is_new && entry.rule ? 1 : 0;
  alarms_.insert_or_assign(key, std::move(entry));
  return metric::Checked<void>();
}

// Whether an alarm is, or rests on, another.
bool AlarmEngine::reaches(std::string_view scope, const std::string& from,
                          std::string_view target) const {
  std::vector<std::string> open = {from};
  std::vector<std::string> seen;
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    if (name == target) {
      return true;
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      continue;
    }
    const auto found = alarms_.find(Key(scope, name));
    if (found != alarms_.end() && found->second.rule) {
      const auto& children = found->second.rule->children();
      open.insert(open.end(), children.begin(), children.end());
    }
    seen.push_back(name);
  }
  return false;
}

metric::Checked<void> AlarmEngine::check_children(std::string_view scope,
                                                  const CompositeAlarm& alarm,
                                                  const CompositeRule& rule) const {
  for (const std::string& child : rule.children()) {
    if (child != alarm.name && !alarms_.contains(Key(scope, child))) {
      return refuse(metric::kValidationError,
                    fmt::format("Could not save the composite alarm as alarms [{}] in the alarm "
                                "rule do not exist",
                                child));
    }
    if (reaches(scope, child, alarm.name)) {
      return refuse(metric::kValidationError,
                    fmt::format("Could not save the composite alarm as its rule would depend on "
                                "itself, through {}",
                                child));
    }
  }
  if (alarm.actions_suppressor &&
      !alarms_.contains(Key(scope, std::string(name_in_arn(*alarm.actions_suppressor))))) {
    return refuse(metric::kValidationError,
                  fmt::format("Could not save the composite alarm as its ActionsSuppressor {} does "
                              "not exist",
                              *alarm.actions_suppressor));
  }
  return {};
}

AlarmEngine::Outcome<void> AlarmEngine::remove(std::string_view scope,
                                               const std::vector<std::string>& names) {
  const std::lock_guard lock(mutex_);
  const auto is_named = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const auto& [key, entry] : alarms_) {
    if (key.first != scope || !entry.rule || is_named(key.second)) {
      continue;
    }
    for (const std::string& child : entry.rule->children()) {
      if (is_named(child)) {
        return Outcome<void>(refuse(
            metric::kValidationError,
            fmt::format("Cannot delete {} as there are composite alarm(s) depending on it: {}",
                        child, key.second)));
      }
    }
  }
  const TimeMs now_ms = clock_.now_ms();
  AlarmChange change;
  std::vector<Key> keys;
  for (const std::string& name : names) {
    const auto found = alarms_.find(Key(scope, name));
    if (found == alarms_.end() || std::find(keys.begin(), keys.end(), found->first) != keys.end()) {
      continue;
    }
    keys.push_back(found->first);
    change.deletions.push_back(found->first);
    change.history.push_back(history_item(found->second.alarm, now_ms, "ConfigurationUpdate",
                                          fmt::format("Alarm \"{}\" deleted", name),
                                          configuration_data("Delete", found->second.alarm)));
  }
  WEIR_RETURN_IF_ERROR(table_.commit(change));
  for (const Key& key : keys) {
    const auto found = alarms_.find(key);
    num_composites_ -= found->second.rule ? 1 : 0;
    alarms_.erase(found);
  }
  return metric::Checked<void>();
}

AlarmEngine::Outcome<void> AlarmEngine::set_state(std::string_view scope, std::string_view name,
                                                  StateValue value, std::string reason,
                                                  std::string reason_data) {
  const std::lock_guard lock(mutex_);
  const auto found = alarms_.find(Key(scope, name));
  if (found == alarms_.end()) {
    return Outcome<void>(refuse("ResourceNotFound", ""));
  }
  if (found->second.alarm.state.value == value) {
    return metric::Checked<void>();
  }
  const TimeMs now_ms = clock_.now_ms();
  Alarm alarm = found->second.alarm;
  State state = alarm.state;
  state.value = value;
  state.reason = std::move(reason);
  state.reason_data = std::move(reason_data);
  AlarmChange change;
  transition(alarm, std::move(state), now_ms, change);
  if (alarm.composite() != nullptr) {
    step_suppression(alarm, now_ms, change, [&](const std::string& child) {
      const auto place = alarms_.find(Key(scope, child));
      return place == alarms_.end() ? StateValue::kInsufficientData
                                    : place->second.alarm.state.value;
    });
  }
  change.puts.push_back(std::move(alarm));
  WEIR_RETURN_IF_ERROR(commit_and_keep(change));
  // Until the evaluation that would have come next anyway.
  Entry& entry = found->second;
  if (const MetricAlarm* const metric_alarm = entry.alarm.metric_alarm()) {
    const TimeMs step_ms = interval_s(*metric_alarm) * 1000;
    entry.next_ms = std::max(entry.next_ms, (now_ms / step_ms + 1) * step_ms);
  }
  return metric::Checked<void>();
}

Result<void> AlarmEngine::set_actions_enabled(std::string_view scope,
                                              const std::vector<std::string>& names,
                                              bool is_enabled) {
  const std::lock_guard lock(mutex_);
  const TimeMs now_ms = clock_.now_ms();
  AlarmChange change;
  for (const std::string& name : names) {
    const auto found = alarms_.find(Key(scope, name));
    if (found == alarms_.end() || found->second.alarm.basics().actions_enabled == is_enabled) {
      continue;
    }
    Alarm alarm = found->second.alarm;
    alarm.basics().actions_enabled = is_enabled;
    alarm.configuration_updated_ms = now_ms;
    change.history.push_back(history_item(alarm, now_ms, "ConfigurationUpdate",
                                          fmt::format("Alarm \"{}\" updated", name),
                                          configuration_data("Update", alarm)));
    change.puts.push_back(std::move(alarm));
  }
  return commit_and_keep(change);
}

AlarmEngine::Outcome<void> AlarmEngine::put_mute_rule(MuteRule rule) {
  const std::lock_guard lock(mutex_);
  if (auto checked = check_mute_rule(rule); !checked) {
    return checked;
  }
  rule.updated_ms = clock_.now_ms();
  AlarmChange change;
  change.mute_rules.push_back(rule);
  WEIR_RETURN_IF_ERROR(table_.commit(change));
  const Key key(rule.scope, rule.name);
  mute_rules_.insert_or_assign(key, std::move(rule));
  return metric::Checked<void>();
}

Result<void> AlarmEngine::remove_mute_rule(std::string_view scope, std::string_view name) {
  const std::lock_guard lock(mutex_);
  AlarmChange change;
  change.mute_deletions.emplace_back(scope, name);
  WEIR_RETURN_IF_ERROR(table_.commit(change));
  mute_rules_.erase(Key(scope, name));
  return {};
}

std::optional<Alarm> AlarmEngine::find(std::string_view scope, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = alarms_.find(Key(scope, name));
  return found == alarms_.end() ? std::nullopt : std::optional(found->second.alarm);
}

std::vector<Alarm> AlarmEngine::list(std::string_view scope) const {
  const std::lock_guard lock(mutex_);
  std::vector<Alarm> alarms;
  for (auto place = alarms_.lower_bound(Key(scope, ""));
       place != alarms_.end() && (scope.empty() || place->first.first == scope); ++place) {
    alarms.push_back(place->second.alarm);
  }
  return alarms;
}

std::vector<MuteRule> AlarmEngine::mute_rules(std::string_view scope) const {
  const std::lock_guard lock(mutex_);
  std::vector<MuteRule> rules;
  for (auto place = mute_rules_.lower_bound(Key(scope, ""));
       place != mute_rules_.end() && place->first.first == scope; ++place) {
    rules.push_back(place->second);
  }
  return rules;
}

Result<std::vector<HistoryItem>> AlarmEngine::history(const HistoryQuery& query) const {
  const std::lock_guard lock(mutex_);
  return table_.history(query);
}

std::optional<TimeMs> AlarmEngine::next_evaluation_ms(std::string_view scope,
                                                      std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = alarms_.find(Key(scope, name));
  if (found == alarms_.end() || found->second.rule) {
    return std::nullopt;
  }
  return std::max(found->second.next_ms, clock_.now_ms());
}

Result<std::vector<PendingAction>> AlarmEngine::pending_actions(std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  return table_.load_actions(limit);
}

Result<void> AlarmEngine::finish_action(const PendingAction& action, bool is_success,
                                        std::string_view published_message,
                                        std::string_view error) {
  const std::lock_guard lock(mutex_);
  constexpr std::size_t kMaxData = 4095;
  const auto document = [&](std::string_view message) {
    return fmt::format(
        R"({{"actionState":"{}","stateUpdateTimestamp":{},"notificationResource":{},)"
        R"("publishedMessage":{},"error":{}}})",
        is_success ? "Succeeded" : "Failed", action.time_ms, quoted(action.action),
        message.empty() ? "null" : quoted(message), error.empty() ? "null" : quoted(error));
  };
  std::string data = document(published_message);
  if (data.size() > kMaxData) {
    data = document("");
  }
  AlarmChange change;
  change.finished_actions.push_back(action.id);
  change.history.push_back(
      history_item(action.alarm, clock_.now_ms(), "Action",
                   fmt::format("{} execute{} action {}", is_success ? "Successfully" : "Failed to",
                               is_success ? "d" : "", action.action),
                   std::move(data)));
  return table_.commit(change);
}

}  // namespace weir::alarm
