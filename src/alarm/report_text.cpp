#include "alarm/report_text.h"

#include <fmt/format.h>

#include "alarm/reason.h"
#include "base/time_text.h"
#include "format/json_writer.h"

namespace weir::alarm {
namespace {

using format::JsonWriter;

std::string metric_text(const ExplainedMetric& item) {
  std::string text = fmt::format("{} {}", item.metric.name_space, item.metric.name);
  for (const metric::Dimension& dimension : item.metric.dimensions) {
    text += fmt::format(" {}={}", dimension.name, dimension.value);
  }
  text += fmt::format(" ({})", fmt::join(item.units, ", "));
  return text;
}

void put_text_member(JsonWriter& json, std::string_view key, std::string_view value) {
  json.key(key);
  json.string(value);
}

void put_time_member(JsonWriter& json, std::string_view key, TimeMs time_ms) {
  put_text_member(json, key, to_time_text(time_ms));
}

void put_metrics(JsonWriter& json, std::string_view key,
                 const std::vector<ExplainedMetric>& items) {
  json.key(key);
  json.begin_array();
  for (const ExplainedMetric& item : items) {
    json.begin_object();
    put_text_member(json, "id", item.query_id);
    put_text_member(json, "namespace", item.metric.name_space);
    put_text_member(json, "name", item.metric.name);
    json.key("dimensions");
    json.begin_object();
    for (const metric::Dimension& dimension : item.metric.dimensions) {
      put_text_member(json, dimension.name, dimension.value);
    }
    json.end_object();
    json.key("units");
    json.begin_array();
    for (const std::string& unit : item.units) {
      json.string(unit);
    }
    json.end_array();
    put_time_member(json, "last", item.last_ms);
    json.key("differences");
    json.begin_array();
    for (const std::string& difference : item.differences) {
      json.string(difference);
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string to_text(const Alarm& alarm, const Explanation& explanation) {
  std::string out = fmt::format("{}: {} since {}\n", alarm.name(), name_of(alarm.state.value),
                                to_time_text(alarm.state.transitioned_ms));
  out += fmt::format("  {}\n", alarm.state.reason);
  for (const std::string& reason : explanation.reasons) {
    out += fmt::format("  {}\n", reason);
  }
  for (const ExplainedMetric& item : explanation.matching) {
    out += fmt::format("looks at  {}: {}, newest sample {}\n", item.query_id, metric_text(item),
                       to_time_text(item.last_ms));
  }
  for (const ExplainedMetric& item : explanation.near) {
    out += fmt::format("near      {}: {}: {}\n", item.query_id, metric_text(item),
                       fmt::join(item.differences, ", "));
  }
  for (const Slot& slot : explanation.slots) {
    out += fmt::format("period    {}  {}\n", to_time_text(slot.time_ms),
                       slot.value ? number_text(*slot.value) : std::string("no data"));
  }
  for (const Gap& gap : explanation.gaps) {
    out +=
        fmt::format("gap       {} to {}\n", to_time_text(gap.begin_ms), to_time_text(gap.end_ms));
  }
  if (explanation.next_evaluation_ms) {
    out +=
        fmt::format("next      evaluation at {}\n", to_time_text(*explanation.next_evaluation_ms));
  }
  return out;
}

std::string to_text(const Replay& replay) {
  std::string out;
  for (const ReplayedTransition& transition : replay.transitions) {
    out += fmt::format("{}  {} -> {}  {}\n", to_time_text(transition.time_ms),
                       name_of(transition.old_value), name_of(transition.new_value),
                       transition.reason);
  }
  for (const UnknownStretch& unknown : replay.unknown) {
    out += fmt::format("{} to {}  unknown: only samples of {} s are left\n",
                       to_time_text(unknown.begin_ms), to_time_text(unknown.end_ms),
                       unknown.resolution_s);
  }
  for (const ReplayedStretch& stretch : replay.stretches) {
    out += fmt::format("{} to {}  evaluated every {} s\n", to_time_text(stretch.begin_ms),
                       to_time_text(stretch.end_ms), stretch.step_s);
  }
  out += fmt::format("{} evaluations, {} transitions, in the end {}\n", replay.num_evaluations,
                     replay.transitions.size(), name_of(replay.final_value));
  return out;
}

std::string to_json(const Alarm& alarm, const Explanation& explanation) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("format");
  json.integer(1);
  put_text_member(json, "alarm", alarm.name());
  put_text_member(json, "state", name_of(alarm.state.value));
  put_text_member(json, "stateReason", alarm.state.reason);
  put_time_member(json, "stateSince", alarm.state.transitioned_ms);
  json.key("reasons");
  json.begin_array();
  for (const std::string& reason : explanation.reasons) {
    json.string(reason);
  }
  json.end_array();
  put_metrics(json, "matching", explanation.matching);
  put_metrics(json, "near", explanation.near);
  json.key("periods");
  json.begin_array();
  for (const Slot& slot : explanation.slots) {
    json.begin_object();
    put_time_member(json, "time", slot.time_ms);
    json.key("value");
    slot.value ? json.number(*slot.value) : json.null();
    json.end_object();
  }
  json.end_array();
  json.key("gaps");
  json.begin_array();
  for (const Gap& gap : explanation.gaps) {
    json.begin_object();
    put_time_member(json, "begin", gap.begin_ms);
    put_time_member(json, "end", gap.end_ms);
    json.end_object();
  }
  json.end_array();
  if (explanation.next_evaluation_ms) {
    put_time_member(json, "nextEvaluation", *explanation.next_evaluation_ms);
  }
  json.end_object();
  return out;
}

std::string to_json(const Replay& replay) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("format");
  json.integer(1);
  json.key("transitions");
  json.begin_array();
  for (const ReplayedTransition& transition : replay.transitions) {
    json.begin_object();
    put_time_member(json, "time", transition.time_ms);
    put_text_member(json, "from", name_of(transition.old_value));
    put_text_member(json, "to", name_of(transition.new_value));
    put_text_member(json, "reason", transition.reason);
    json.end_object();
  }
  json.end_array();
  json.key("unknown");
  json.begin_array();
  for (const UnknownStretch& unknown : replay.unknown) {
    json.begin_object();
    put_time_member(json, "begin", unknown.begin_ms);
    put_time_member(json, "end", unknown.end_ms);
    json.key("resolutionSeconds");
    json.integer(unknown.resolution_s);
    json.end_object();
  }
  json.end_array();
  json.key("evaluated");
  json.begin_array();
  for (const ReplayedStretch& stretch : replay.stretches) {
    json.begin_object();
    put_time_member(json, "begin", stretch.begin_ms);
    put_time_member(json, "end", stretch.end_ms);
    json.key("everySeconds");
    json.integer(stretch.step_s);
    json.end_object();
  }
  json.end_array();
  json.key("evaluations");
  json.unsigned_integer(replay.num_evaluations);
  put_text_member(json, "state", name_of(replay.final_value));
  json.end_object();
  return out;
}

}  // namespace weir::alarm
