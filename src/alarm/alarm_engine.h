#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alarm/alarm_table.h"
#include "alarm/composite_rule.h"
#include "alarm/definition.h"
#include "alarm/evaluation.h"
#include "base/clock.h"
#include "metric/anomaly_bands.h"
#include "metric/metric_store.h"

namespace weir::alarm {

struct AlarmEngineOptions {
  std::int64_t history_days = 30;
  // Slots of a range for N periods of some length; see range_length().
  std::function<std::int64_t(std::int64_t, std::int64_t)> range_length = alarm::range_length;
};

// An alarm that changed its state.
struct Transition {
  std::string scope;
  std::string name;
  StateValue from{};
  StateValue to{};
  std::string reason;
};

struct TickReport {
  std::size_t num_evaluated = 0;
  std::vector<Transition> transitions;
  // Alarms that could not be evaluated: name and why. Their state stays.
  std::vector<std::pair<std::string, Error>> failures;
};

// Keeps alarms and evaluates them as CloudWatch does, under whatever clock it is given. What a step
// changes (states, history, actions to do) is one commit of the table: after a crash an evaluation
// has happened or has not, and each transition's actions are there once. Thread-safe; tick() lets
// others in between batches of alarms.
//
// Refusals are CloudWatch's own; a weir::Error means that the table or a series could not be read
// or written, and that nothing was changed.
class AlarmEngine {
 public:
  template <class T>
  using Outcome = Result<metric::Checked<T>>;

  // All of these outlive the engine. `bands` may be null.
  [[nodiscard]] static Result<std::unique_ptr<AlarmEngine>> open(const metric::MetricStore& store,
                                                                 metric::AnomalyBands* bands,
                                                                 AlarmTable& table,
                                                                 const Clock& clock,
                                                                 AlarmEngineOptions options = {});

  // Creates an alarm, or replaces its configuration and keeps its state.
  [[nodiscard]] Outcome<void> put(std::string_view scope, MetricAlarm alarm);
  [[nodiscard]] Outcome<void> put(std::string_view scope, CompositeAlarm alarm);
  // Names that do not exist are not an error; alarms that a composite alarm uses are refused.
  [[nodiscard]] Outcome<void> remove(std::string_view scope, const std::vector<std::string>& names);
  // Lasts until the next evaluation. The same state again does nothing. Refuses an unknown alarm
  // with ResourceNotFound and an empty message.
  [[nodiscard]] Outcome<void> set_state(std::string_view scope, std::string_view name,
                                        StateValue value, std::string reason,
                                        std::string reason_data);
  // Names that do not exist are left out, as CloudWatch does.
  [[nodiscard]] Result<void> set_actions_enabled(std::string_view scope,
                                                 const std::vector<std::string>& names,
                                                 bool is_enabled);
  [[nodiscard]] Outcome<void> put_mute_rule(MuteRule rule);
  [[nodiscard]] Result<void> remove_mute_rule(std::string_view scope, std::string_view name);

  [[nodiscard]] std::optional<Alarm> find(std::string_view scope, std::string_view name) const;
  // By name; of all scopes where `scope` is empty.
  [[nodiscard]] std::vector<Alarm> list(std::string_view scope) const;
  [[nodiscard]] std::vector<MuteRule> mute_rules(std::string_view scope) const;
  [[nodiscard]] Result<std::vector<HistoryItem>> history(const HistoryQuery& query) const;

  // Evaluates what is due: metric alarms, then the composite ones. To be called every second or so.
  // Where the clock jumps forward an alarm is evaluated once, not for each time missed; where it
  // goes back, by the new time.
  [[nodiscard]] Result<TickReport> tick();
  // When a metric alarm is evaluated next; absent where there is no such alarm.
  [[nodiscard]] std::optional<TimeMs> next_evaluation_ms(std::string_view scope,
                                                         std::string_view name) const;

  // What is to be done and not yet confirmed, oldest first. Stays over restarts.
  [[nodiscard]] Result<std::vector<PendingAction>> pending_actions(std::size_t limit = 100) const;
  // Confirms one, once its target has it for certain (or for certain will not): writes the history.
  // `published_message` and `error` go into HistoryData.
  [[nodiscard]] Result<void> finish_action(const PendingAction& action, bool is_success,
                                           std::string_view published_message,
                                           std::string_view error);

 private:
  using Key = std::pair<std::string, std::string>;  // scope, name
  struct Entry {
    Alarm alarm;
    std::optional<CompositeRule> rule;
    TimeMs next_ms = 0;         // of a metric alarm's evaluation
    TimeMs last_repeat_ms = 0;  // of Auto Scaling actions
    bool is_in_cycle = false;
  };

  AlarmEngine(const metric::MetricStore& store, metric::AnomalyBands* bands, AlarmTable& table,
              const Clock& clock, AlarmEngineOptions options);
  [[nodiscard]] Outcome<void> put_locked(std::string_view scope,
                                         std::variant<MetricAlarm, CompositeAlarm> definition);
  [[nodiscard]] metric::Checked<void> check_children(std::string_view scope,
                                                     const CompositeAlarm& alarm,
                                                     const CompositeRule& rule) const;
  [[nodiscard]] bool reaches(std::string_view scope, const std::string& from,
                             std::string_view target) const;
  void evaluate_metric_alarm(Entry& entry, TimeMs now_ms, AlarmChange& change, TickReport& report);
  void evaluate_composites(TimeMs now_ms, AlarmChange& change, TickReport& report);
  void evaluate_composite(Entry& entry, TimeMs now_ms, AlarmChange& change, TickReport& report,
                          std::map<Key, int>& visited, std::map<Key, Alarm>& changed);
  void transition(Alarm& alarm, State state, TimeMs now_ms, AlarmChange& change);
  void step_suppression(Alarm& alarm, TimeMs now_ms, AlarmChange& change,
                        const std::function<StateValue(const std::string&)>& state_of);
  void request_actions(Alarm& alarm, const State& old_state, TimeMs now_ms, AlarmChange& change,
                       bool is_after_mute = false);
  [[nodiscard]] bool is_muted(const Alarm& alarm, TimeMs now_ms) const;
  [[nodiscard]] Result<void> commit_and_keep(AlarmChange& change);

  const metric::MetricStore& store_;
  metric::AnomalyBands* bands_;
  AlarmTable& table_;
  const Clock& clock_;
  AlarmEngineOptions options_;
  mutable std::mutex mutex_;
  std::map<Key, Entry, std::less<>> alarms_;
  std::map<Key, MuteRule, std::less<>> mute_rules_;
  std::uint64_t num_composites_ = 0;
  TimeMs last_trim_ms_ = 0;
};

}  // namespace weir::alarm
