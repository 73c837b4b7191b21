#include "api/cloudwatch/alarm_operations.h"

#include <fmt/format.h>

#include <algorithm>

#include "alarm/composite_rule.h"
#include "api/cloudwatch/alarm_tree.h"
#include "api/cloudwatch/metric_operations.h"
#include "base/number.h"

namespace weir::api::cloudwatch {
namespace {

constexpr std::int64_t kAlarmsEachPage = 100;

// What the engine says, in one: a failure of the surroundings, a refusal, or done.
tl::expected<void, ApiError> as_outcome(const alarm::AlarmEngine::Outcome<void>& outcome) {
  if (!outcome) {
    return as_failure(outcome.error());
  }
  if (!*outcome) {
    return as_refusal(outcome->error());
  }
  return {};
}
Outcome nothing_or(const tl::expected<void, ApiError>& done) {
  return done ? Outcome(Tree()) : Outcome(tl::unexpected<ApiError>(done.error()));
}

template <class Definition>
Outcome put_alarm(alarm::AlarmEngine& engine, ResourceTags& tags, const Call& call,
                  Definition definition, const Tree& tag_list) {
  const std::string scope = scope_of(call);
  const std::string name = definition.name;
  const bool is_new = !engine.find(scope, name);
  if (auto done = as_outcome(engine.put(scope, std::move(definition))); !done) {
    return tl::unexpected<ApiError>(done.error());
  }
  if (is_new && !tag_list.items().empty()) {  // tags of an update are passed over
    if (auto done = tags.put(alarm::alarm_arn(scope, name), tag_list); !done) {
      return as_failure(done.error());
    }
  }
  return Tree();
}

bool has_action(const alarm::AlarmBasics& basics, const std::string& prefix) {
  const auto begins = [&](const std::string& action) { return action.starts_with(prefix); };
  return std::any_of(basics.ok_actions.begin(), basics.ok_actions.end(), begins) ||
         std::any_of(basics.alarm_actions.begin(), basics.alarm_actions.end(), begins) ||
         std::any_of(basics.insufficient_data_actions.begin(),
                     basics.insufficient_data_actions.end(), begins);
}

// Names that a composite alarm's rule mentions; its suppressor counts as a child as well.
std::vector<std::string> children_of(const alarm::Alarm& alarm) {
  const alarm::CompositeAlarm* composite = alarm.composite();
  if (composite == nullptr) {
    return {};
  }
  const auto rule = alarm::CompositeRule::parse(composite->rule);
  return rule ? rule->children() : std::vector<std::string>();
}

class AlarmFilter {
 public:
  AlarmFilter(const Tree& input, const std::vector<alarm::Alarm>& all)
      : names_(input["AlarmNames"].texts()),
        prefix_(input["AlarmNamePrefix"].text()),
        types_(input["AlarmTypes"].texts()),
        state_(input["StateValue"].text()),
        action_(input["ActionPrefix"].text()),
        parent_of_(alarm::name_in_arn(input["ParentsOfAlarmName"].text())) {
    if (input.has("ChildrenOfAlarmName")) {
      is_children_ = true;
      const std::string_view parent = alarm::name_in_arn(input["ChildrenOfAlarmName"].text());
      for (const alarm::Alarm& alarm : all) {
        if (alarm.name() == parent) {
          names_ = children_of(alarm);
        }
      }
    }
    is_any_type_ = !names_.empty() || is_children_ || !parent_of_.empty();
  }

  [[nodiscard]] bool matches(const alarm::Alarm& alarm) const {
    const bool is_composite = alarm.composite() != nullptr;
    const std::string_view type = is_composite ? "CompositeAlarm" : "MetricAlarm";
    const bool has_type = types_.empty()
                              ? !is_composite || is_any_type_
                              : std::find(types_.begin(), types_.end(), type) != types_.end();
    const bool has_name = (names_.empty() && !is_children_) ||
                          std::find(names_.begin(), names_.end(), alarm.name()) != names_.end();
    const std::vector<std::string> children =
        parent_of_.empty() ? std::vector<std::string>() : children_of(alarm);
    return has_type && has_name && alarm.name().starts_with(prefix_) &&
           (state_.empty() || alarm::name_of(alarm.state.value) == state_) &&
           (action_.empty() || has_action(alarm.basics(), action_)) &&
           (parent_of_.empty() ||
            std::find(children.begin(), children.end(), parent_of_) != children.end());
  }

 private:
  std::vector<std::string> names_;
  std::string prefix_;
  std::vector<std::string> types_;
  std::string state_;
  std::string action_;
  std::string parent_of_;
  bool is_children_ = false;
  bool is_any_type_ = false;
};

Outcome describe_alarms(const alarm::AlarmEngine& engine, const Call& call, const Tree& input) {
  if (input.has("AlarmNames") && input.has("AlarmNamePrefix")) {
    return refuse("ValidationError",
                  "AlarmNamePrefix and AlarmNames.member cannot be used together");
  }
  const auto all = engine.list(scope_of(call));
  const AlarmFilter filter(input, all);
  const std::int64_t limit =
      input.has("MaxRecords") ? input["MaxRecords"].integer() : kAlarmsEachPage;
  const std::string& token = input["NextToken"].text();
  Tree metric_alarms = Tree::list();
  Tree composite_alarms = Tree::list();
  std::int64_t num_alarms = 0;
  std::string last;
  std::string next;
  for (const alarm::Alarm& alarm : all) {
    if ((!token.empty() && alarm.name() <= token) || !filter.matches(alarm)) {
      continue;
    }
    if (num_alarms++ == limit) {
      next = last;
      break;
    }
    last = alarm.name();
    if (alarm.composite() != nullptr) {
      composite_alarms.push(composite_alarm_tree(alarm));
    } else {
      metric_alarms.push(metric_alarm_tree(alarm));
    }
  }
  Tree output = Tree::map({{"CompositeAlarms", std::move(composite_alarms)},
                           {"MetricAlarms", std::move(metric_alarms)}});
  if (!next.empty()) {
    output.append("NextToken", next);
  }
  return output;
}

bool is_of_metric(const alarm::Alarm& alarm, const Tree& input,
                  const std::vector<metric::Dimension>& wanted) {
  const alarm::MetricAlarm* definition = alarm.metric_alarm();
  if (definition == nullptr || !definition->metric) {
    return false;
  }
  const metric::MetricStat& stat = *definition->metric;
  const std::vector<metric::Dimension>& dimensions = stat.metric.dimensions;
  const auto has_text = [&](std::string_view name, const std::string& value) {
    return !input.has(name) || input[name].text() == value;
  };
  return stat.metric.name_space == input["Namespace"].text() &&
         stat.metric.name == input["MetricName"].text() &&
         std::is_permutation(dimensions.begin(), dimensions.end(), wanted.begin(), wanted.end()) &&
         has_text("Statistic", stat.statistic) && has_text("ExtendedStatistic", stat.statistic) &&
         has_text("Unit", stat.unit) &&
         (!input.has("Period") || input["Period"].integer() == stat.period_s);
}

Outcome describe_for_metric(const alarm::AlarmEngine& engine, const Call& call, const Tree& input) {
  const auto wanted = read_dimensions(input["Dimensions"]);
  Tree alarms = Tree::list();
  for (const alarm::Alarm& alarm : engine.list(scope_of(call))) {
    if (is_of_metric(alarm, input, wanted)) {
      alarms.push(metric_alarm_tree(alarm));
    }
  }
  return Tree::map({{"MetricAlarms", std::move(alarms)}});
}

Outcome describe_history(const alarm::AlarmEngine& engine, const Call& call, const Tree& input) {
  alarm::HistoryQuery query;
  query.scope = scope_of(call);
  if (input.has("AlarmName")) {
    query.alarm_name = input["AlarmName"].text();
  }
  if (const auto types = input["AlarmTypes"].texts(); types.size() == 1) {
    query.is_composite = types.front() == "CompositeAlarm";
  } else if (types.empty() && !input.has("AlarmName")) {
    query.is_composite = false;  // AWS's default: metric alarms
  }
  if (input.has("HistoryItemType")) {
    query.type = input["HistoryItemType"].text();
  }
  if (input.has("StartDate")) {
    query.from_ms = input["StartDate"].time_ms();
  }
  if (input.has("EndDate")) {
    query.until_ms = input["EndDate"].time_ms();
  }
  query.is_ascending = input["ScanBy"].text() == "TimestampAscending";
  if (input.has("NextToken")) {
    const auto token = parse_int64(input["NextToken"].text());
    if (!token || *token <= 0) {
      return refuse("InvalidNextToken", "The NextToken is none of this server's.");
    }
    query.after_id = *token;
  }
  query.limit = (input.has("MaxRecords") ? input["MaxRecords"].integer() : kAlarmsEachPage) + 1;
  const auto items = engine.history(query);
  if (!items) {
    return as_failure(items.error());
  }
  Tree list = Tree::list();
  Tree output = Tree::map();
  for (const alarm::HistoryItem& item : *items) {
    if (static_cast<std::int64_t>(list.items().size()) == query.limit - 1) {
      break;
    }
    list.push(Tree::map({{"AlarmName", item.alarm_name},
                         {"AlarmType", item.is_composite ? "CompositeAlarm" : "MetricAlarm"},
                         {"Timestamp", Tree::time(item.time_ms)},
                         {"HistoryItemType", item.type},
                         {"HistorySummary", item.summary},
                         {"HistoryData", item.data}}));
  }
  const std::size_t num_shown = list.items().size();
  output.append("AlarmHistoryItems", std::move(list));
  if (items->size() > num_shown) {
    output.append("NextToken", std::to_string((*items)[num_shown - 1].id));
  }
  return output;
}

Outcome set_alarm_state(alarm::AlarmEngine& engine, const Call& call, const Tree& input) {
  const std::string& data = input["StateReasonData"].text();
  if (!data.empty() && !format::read_json(data)) {
    return refuse("InvalidFormat", "StateReasonData is not valid JSON", 400);
  }
  return nothing_or(as_outcome(engine.set_state(
      scope_of(call), input["AlarmName"].text(),
      alarm::parse_state_value(input["StateValue"].text()).value_or(alarm::StateValue::kOk),
      input["StateReason"].text(), data)));
}

Outcome delete_alarms(alarm::AlarmEngine& engine, ResourceTags& tags, const Call& call,
                      const Tree& input) {
  const std::string scope = scope_of(call);
  const auto names = input["AlarmNames"].texts();
  if (auto done = as_outcome(engine.remove(scope, names)); !done) {
    return tl::unexpected<ApiError>(done.error());
  }
  for (const std::string& name : names) {
    if (auto done = tags.remove_all(alarm::alarm_arn(scope, name)); !done) {
      return as_failure(done.error());
    }
  }
  return Tree();
}

}  // namespace

void add_alarm_operations(Service& service, alarm::AlarmEngine& engine, ResourceTags& tags) {
  auto& operations = service.operations;
  operations["PutMetricAlarm"] = [&](const Call& call, const Tree& input) -> Outcome {
    auto alarm = read_metric_alarm(input);
    return alarm ? put_alarm(engine, tags, call, std::move(*alarm), input["Tags"])
                 : Outcome(tl::unexpected<ApiError>(alarm.error()));
  };
  operations["PutCompositeAlarm"] = [&](const Call& call, const Tree& input) {
    return put_alarm(engine, tags, call, read_composite_alarm(input), input["Tags"]);
  };
  operations["DescribeAlarms"] = [&](const Call& call, const Tree& input) {
    return describe_alarms(engine, call, input);
  };
  operations["DescribeAlarmsForMetric"] = [&](const Call& call, const Tree& input) {
    return describe_for_metric(engine, call, input);
  };
  operations["DescribeAlarmHistory"] = [&](const Call& call, const Tree& input) {
    return describe_history(engine, call, input);
  };
  operations["SetAlarmState"] = [&](const Call& call, const Tree& input) {
    return set_alarm_state(engine, call, input);
  };
  for (const bool is_enabled : {false, true}) {
    operations[is_enabled ? "EnableAlarmActions" : "DisableAlarmActions"] =
        [&engine, is_enabled](const Call& call, const Tree& input) -> Outcome {
      auto done =
          engine.set_actions_enabled(scope_of(call), input["AlarmNames"].texts(), is_enabled);
      return done ? Outcome(Tree()) : Outcome(as_failure(done.error()));
    };
  }
  operations["DeleteAlarms"] = [&](const Call& call, const Tree& input) {
    return delete_alarms(engine, tags, call, input);
  };
}

}  // namespace weir::api::cloudwatch
