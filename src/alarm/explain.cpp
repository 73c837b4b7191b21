#include "alarm/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "alarm/composite_rule.h"
#include "alarm/reason.h"
#include "alarm/slot_reader.h"
#include "base/nearest_name.h"
#include "base/time_text.h"

namespace weir::alarm {
namespace {

constexpr std::size_t kMaxNear = 10;

std::string dimension_text(std::span<const metric::Dimension> dimensions) {
  std::string text;
  for (const metric::Dimension& dimension : dimensions) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", dimension.name, dimension.value);
  }
  return text;
}

ExplainedMetric explained(const std::string& id, const metric::ListedMetric& listed) {
  ExplainedMetric item;
  item.query_id = id;
  item.metric = {std::string(listed.name_space), std::string(listed.name),
                 metric::copy_of(listed.dimensions)};
  for (const metric::Unit unit : listed.units) {
    item.units.emplace_back(name_of(unit));
  }
  item.last_ms = listed.last_ms;
  return item;
}

// Metrics of the same name that the query does not see, then those of a name nearly the same.
void look_for(const metric::MetricStore& store, const Alarm& alarm, const metric::DataQuery& query,
              Explanation& out) {
  const metric::MetricStat& stat = *query.metric_stat;
  metric::MetricFilter filter;
  filter.scope = alarm.scope;
  filter.name = stat.metric.name;
  for (const metric::ListedMetric& listed : store.list(filter)) {
    ExplainedMetric item = explained(query.id, listed);
    if (item.metric.name_space != stat.metric.name_space) {
      item.differences.push_back(fmt::format("it is in namespace {}", item.metric.name_space));
    }
    for (std::string& text : differences_of(stat.metric, listed.dimensions)) {
      item.differences.push_back(std::move(text));
    }
    if (item.differences.empty() && !stat.unit.empty() &&
        std::find(item.units.begin(), item.units.end(), stat.unit) == item.units.end()) {
      item.differences.push_back(fmt::format("its unit is {}, the alarm looks at {} alone",
                                             fmt::join(item.units, ", "), stat.unit));
    }
    (item.differences.empty() ? out.matching : out.near).push_back(std::move(item));
  }
  const bool found_any =
      std::any_of(out.matching.begin(), out.matching.end(),
                  [&](const ExplainedMetric& item) { return item.query_id == query.id; });
  if (found_any) {
    return;
  }
  filter.name.reset();
  filter.name_space = stat.metric.name_space;
  std::vector<std::string> names;
  const auto all = store.list(filter);
  for (const metric::ListedMetric& listed : all) {
    names.emplace_back(listed.name);
  }
  const auto nearest = nearest_names(stat.metric.name, names);
  for (const metric::ListedMetric& listed : all) {
    if (listed.name != stat.metric.name &&
        std::find(nearest.begin(), nearest.end(), listed.name) != nearest.end()) {
      ExplainedMetric item = explained(query.id, listed);
      item.differences.push_back(fmt::format("its name is {}", item.metric.name));
      for (std::string& text : differences_of(stat.metric, listed.dimensions)) {
        item.differences.push_back(std::move(text));
      }
      out.near.push_back(std::move(item));
    }
  }
}

void find_gaps(Explanation& out, TimeMs step_ms) {
  for (const Slot& slot : out.slots) {
    if (slot.value) {
      continue;
    }
    if (!out.gaps.empty() && out.gaps.back().end_ms == slot.time_ms) {
      out.gaps.back().end_ms += step_ms;
    } else {
      out.gaps.push_back({slot.time_ms, slot.time_ms + step_ms});
    }
  }
}

void add_reasons(const Alarm& alarm, const MetricAlarm& definition,
                 const std::vector<metric::DataQuery>& queries, Explanation& out) {
  for (const metric::DataQuery& query : queries) {
    if (!query.metric_stat) {
      continue;
    }
    const auto is_of = [&](const ExplainedMetric& item) { return item.query_id == query.id; };
    if (std::any_of(out.matching.begin(), out.matching.end(), is_of)) {
      continue;
    }
    const metric::MetricReference& wanted = query.metric_stat->metric;
    const std::string what =
        wanted.dimensions.empty()
            ? std::string("no metric without dimensions")
            : fmt::format("no metric with exactly {}", dimension_text(wanted.dimensions));
    const auto num_near = std::count_if(out.near.begin(), out.near.end(), is_of);
    std::string text = fmt::format("alarm {}: {} is named {} in {}", alarm.name(), what,
                                   wanted.name, wanted.name_space);
    const auto closest = std::find_if(out.near.begin(), out.near.end(), is_of);
    if (closest != out.near.end()) {
      text += fmt::format("; {} nearly match{}, the closest {}{}: {}", num_near,
                          num_near == 1 ? "es" : "", closest->metric.name,
                          closest->metric.dimensions.empty()
                              ? std::string(" without dimensions")
                              : " with " + dimension_text(closest->metric.dimensions),
                          fmt::join(closest->differences, ", "));
    } else {
      text += "; nothing like it was ever stored";
    }
    out.reasons.push_back(std::move(text));
  }
  if (!out.evaluation) {
    out.reasons.push_back(out.problem);
    return;
  }
  const Evaluation& evaluation = *out.evaluation;
  if (evaluation.verdict == Verdict::kHold) {
    out.reasons.push_back(
        evaluation.has_low_samples
            ? std::string("the state is held: too few samples for the percentile, and "
                          "EvaluateLowSampleCountPercentile is ignore")
            : fmt::format("the state is held: {} of the {} datapoints needed {} there, and missing "
                          "data is treated as {}",
                          evaluation.deciding.size(), definition.evaluation_periods,
                          evaluation.deciding.size() == 1 ? "is" : "are",
                          name_of(definition.missing_data())));
  } else {
    out.reasons.push_back("as of now: " +
                          reason_of(definition, evaluation, out.slots, alarm.state.value));
  }
  if (!alarm.basics().actions_enabled) {
    out.reasons.push_back("its actions are disabled");
  }
  if (!alarm.state.suppressed_by.empty()) {
    out.reasons.push_back(alarm.state.suppressed_reason);
  }
}

}  // namespace

std::vector<std::string> differences_of(const metric::MetricReference& wanted,
                                        std::span<const metric::DimensionView> found) {
  std::vector<std::string> texts;
  for (const metric::DimensionView& has : found) {
    const auto same = std::find_if(wanted.dimensions.begin(), wanted.dimensions.end(),
                                   [&](const auto& d) { return d.name == has.name; });
    if (same == wanted.dimensions.end()) {
      texts.push_back(fmt::format("it has {}={} besides", has.name, has.value));
    } else if (same->value != has.value) {
      texts.push_back(fmt::format("its {} is {}, not {}", has.name, has.value, same->value));
    }
  }
  for (const metric::Dimension& dimension : wanted.dimensions) {
    const bool has_it = std::any_of(found.begin(), found.end(),
                                    [&](const auto& d) { return d.name == dimension.name; });
    if (!has_it) {
      texts.push_back(fmt::format("it has no {}", dimension.name));
    }
  }
  return texts;
}

Explanation explain(const metric::MetricStore& store, metric::AnomalyBands* bands,
                    const Alarm& alarm, TimeMs now_ms, std::optional<TimeMs> next_evaluation_ms) {
  Explanation out;
  out.next_evaluation_ms = next_evaluation_ms;
  const MetricAlarm* const definition = alarm.metric_alarm();
  if (definition == nullptr) {
    out.problem = "a composite alarm is explained by its children";
    return out;
  }
  const auto queries = definition->queries();
  for (const metric::DataQuery& query : queries) {
    if (query.metric_stat) {
      look_for(store, alarm, query, out);
    }
  }
  std::stable_sort(out.near.begin(), out.near.end(), [](const auto& a, const auto& b) {
    return a.differences.size() < b.differences.size();
  });
  out.window_end_ms = window_end(*definition, now_ms);
  auto slots = read_slots(store, bands, alarm.scope, *definition, out.window_end_ms,
                          range_length(definition->evaluation_periods, definition->period_s()));
  if (slots) {
    out.slots = std::move(*slots);
    out.evaluation = evaluate(rule_of(*definition), out.slots);
    find_gaps(out, definition->period_s() * 1000);
  } else {
    out.problem = slots.error().message;
  }
  add_reasons(alarm, *definition, queries, out);
  if (out.near.size() > kMaxNear) {
    out.near.resize(kMaxNear);
  }
  return out;
}

Explanation explain_composite(const Alarm& alarm,
                              const std::function<std::optional<Alarm>(const std::string&)>& find) {
  Explanation out;
  out.problem = "a composite alarm is explained by its children";
  const CompositeAlarm* const definition = alarm.composite();
  if (definition == nullptr) {
    return out;
  }
  out.reasons.push_back("its rule: " + definition->rule);
  const auto rule = CompositeRule::parse(definition->rule);
  if (!rule) {
    out.reasons.push_back(rule.error().message);
    return out;
  }
  for (const std::string& name : rule->children()) {
    const auto child = find(name);
    out.reasons.push_back(
        child ? fmt::format("{} is {} since {}: {}", name, name_of(child->state.value),
                            to_time_text(child->state.transitioned_ms), child->state.reason)
              : fmt::format("{} does not exist, and counts as INSUFFICIENT_DATA", name));
  }
  if (!definition->actions_enabled) {
    out.reasons.push_back("its actions are disabled");
  }
  if (!alarm.state.suppressed_by.empty()) {
    out.reasons.push_back(alarm.state.suppressed_reason);
  }
  return out;
}

}  // namespace weir::alarm
