#include "console/alarm_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "alarm/mute_schedule.h"
#include "aws/digest.h"
#include "base/nearest_name.h"
#include "base/time_text.h"
#include "console/answer_tree.h"
#include "console/time_range.h"

namespace weir::console {
namespace {

using api::json_answer;
using api::KeyScope;
using api::Route;
using api::RouteCall;
using format::Tree;

// The routes of one alarm share these.
struct AlarmRoom {
  const AwsCalls& aws;
  const alarm::AlarmEngine& alarms;
  const Clock& clock;

  [[nodiscard]] Result<alarm::Alarm> find(const RouteCall& call) const {
    const std::string scope = aws.scope(call);
    const std::string& name = call.parameters.front();
    if (auto found = alarms.find(scope, name)) {
      return std::move(*found);
    }
    std::vector<std::string> names;
    for (const alarm::Alarm& alarm : alarms.list(scope)) {
      names.push_back(alarm.name());
    }
    return fail(ErrorCode::kNotFound, fmt::format("there is no alarm '{}' in {};{}", name,
                                                  aws.region(call), did_you_mean(name, names)));
  }

  [[nodiscard]] Result<http::Response> describe(const RouteCall& call) const {
    WEIR_ASSIGN_OR_RETURN(const alarm::Alarm alarm, find(call));
    const bool is_composite = alarm.composite() != nullptr;
    const auto described =
        aws.run("DescribeAlarms", call,
                Tree::map({{"AlarmNames", Tree::list_of(call.parameters)},
                           {"AlarmTypes", Tree::list_of(std::vector<std::string>{
                                              is_composite ? "CompositeAlarm" : "MetricAlarm"})}}));
    if (!described) {
      return problem_of(described.error(), call);
    }
    const auto& found = (*described)[is_composite ? "CompositeAlarms" : "MetricAlarms"].items();
    if (found.empty()) {
      return fail(ErrorCode::kNotFound, "the alarm has just been removed");
    }
    return json_answer(Tree::map(
        {{"alarm", plain_tree(found.front())},
         {"kind", is_composite ? "composite" : "metric"},
         {"region", aws.region(call)},
         {"mutedUntilMs",
          time_tree(muted_until(alarms, aws.scope(call), alarm.name(), clock.now_ms()))}}));
  }
};

// Each alarm has one rule of this application's own.
std::string mute_rule_name(std::string_view alarm) {
  return "console-" + aws::to_hex(aws::sha256(alarm)).substr(0, 24);
}

void add_reading(api::NativeApi& native, const std::shared_ptr<AlarmRoom>& room) {
  Route get{"GET", "/api/v1/alarms/{name}", "An alarm: its configuration and its state."};
  get.arguments = {"region"};
  get.answers = "alarm (members of DescribeAlarms), kind, region, mutedUntilMs";
  get.run = [room](const RouteCall& call) { return room->describe(call); };
  native.add(std::move(get));

  Route history{"GET", "/api/v1/alarms/{name}/history", "What became of an alarm, newest first."};
  history.arguments = {"region", "cursor", "limit"};
  history.answers = "items: timeMs, kind, summary, data; cursor";
  history.run = [room](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const auto limit, read_number(call, "limit", 50, 1, 100));
    Tree input = Tree::map(
        {{"AlarmName", call.parameters.front()},
         {"MaxRecords", limit},
         {"AlarmTypes", Tree::list_of(std::vector<std::string>{"MetricAlarm", "CompositeAlarm"})}});
    if (const auto cursor = call.argument("cursor"); cursor && !cursor->empty()) {
      input.set("NextToken", *cursor);
    }
    const auto page = room->aws.run("DescribeAlarmHistory", call, input);
    if (!page) {
      return problem_of(page.error(), call);
    }
    Tree items = Tree::list();
    for (const Tree& item : (*page)["AlarmHistoryItems"].items()) {
      items.push(Tree::map(
          {{"timeMs", item["Timestamp"].time_ms()},
           {"kind", item["HistoryItemType"]},
           {"summary", item["HistorySummary"]},
           {"data",
            format::read_json(item["HistoryData"].text()).value_or(Tree(item["HistoryData"]))}}));
    }
    return json_answer(Tree::map({{"items", std::move(items)}, {"cursor", (*page)["NextToken"]}}));
  };
  native.add(std::move(history));
}

void add_changing(api::NativeApi& native, const std::shared_ptr<AlarmRoom>& room) {
  Route put{"PUT", "/api/v1/alarms/{name}",
            "Makes or changes an alarm: members of PutMetricAlarm, or of PutCompositeAlarm where "
            "AlarmRule is given."};
  put.scope = KeyScope::kOperate;
  put.arguments = {"region"};
  // What a read gives may be put back as it is.
  for (const auto& names :
       {room->aws.members("PutMetricAlarm"), room->aws.members("PutCompositeAlarm"),
        room->aws.listed_members("DescribeAlarms", "MetricAlarms"),
        room->aws.listed_members("DescribeAlarms", "CompositeAlarms")}) {
    for (const std::string& name : names) {
      if (std::find(put.members.begin(), put.members.end(), name) == put.members.end()) {
        put.members.push_back(name);
      }
    }
  }
  put.answers = "as GET";
  put.run = [room](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(Tree body, call.body());
    const std::string& name = call.parameters.front();
    if (body.has("AlarmName") && body["AlarmName"] != Tree(name)) {
      return fail(ErrorCode::kUsage, "AlarmName in the body is another one than in the path");
    }
    body.set("AlarmName", name);
    const auto done =
        room->aws.run(body.has("AlarmRule") ? "PutCompositeAlarm" : "PutMetricAlarm", call, body);
    return done ? room->describe(call) : problem_of(done.error(), call);
  };
  native.add(std::move(put));

  Route remove{"DELETE", "/api/v1/alarms/{name}", "Removes an alarm."};
  remove.scope = KeyScope::kOperate;
  remove.arguments = {"region"};
  remove.answers = "removed";
  remove.run = [room](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const alarm::Alarm alarm, room->find(call));
    const auto done = room->aws.run("DeleteAlarms", call,
                                    Tree::map({{"AlarmNames", Tree::list_of(call.parameters)}}));
    return done ? json_answer(Tree::map({{"removed", alarm.name()}}))
                : problem_of(done.error(), call);
  };
  native.add(std::move(remove));

  Route actions{"POST", "/api/v1/alarms/{name}/actions", "Lets an alarm act, or not."};
  actions.scope = KeyScope::kOperate;
  actions.arguments = {"region"};
  actions.members = {"enabled"};
  actions.answers = "enabled";
  actions.run = [room](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const alarm::Alarm alarm, room->find(call));
    WEIR_ASSIGN_OR_RETURN(const Tree body, call.body());
    if (!body["enabled"].is_bool()) {
      return fail(ErrorCode::kUsage, "enabled is true or false");
    }
    const bool is_enabled = body["enabled"].boolean();
    const auto done = room->aws.run(is_enabled ? "EnableAlarmActions" : "DisableAlarmActions", call,
                                    Tree::map({{"AlarmNames", Tree::list_of(call.parameters)}}));
    return done ? json_answer(Tree::map({{"enabled", is_enabled}}))
                : problem_of(done.error(), call);
  };
  native.add(std::move(actions));
}

void add_muting(api::NativeApi& native, const std::shared_ptr<AlarmRoom>& room) {
  Route mute{"POST", "/api/v1/alarms/{name}/mute", "Holds an alarm's actions back for a while."};
  mute.scope = KeyScope::kOperate;
  mute.arguments = {"region"};
  mute.members = {"minutes"};
  mute.answers = "mutedUntilMs";
  mute.run = [room](const RouteCall& call) -> Result<http::Response> {
    constexpr std::int64_t kMostMinutes = 14 * 24 * 60;
    WEIR_ASSIGN_OR_RETURN(const alarm::Alarm alarm, room->find(call));
    WEIR_ASSIGN_OR_RETURN(const Tree body, call.body());
    WEIR_ASSIGN_OR_RETURN(const auto minutes, read_number(body, "minutes", 60, 1, kMostMinutes));
    const TimeMs now_ms = room->clock.now_ms();
    const TimeMs until_ms = now_ms + minutes * 60'000;
    const TimeMs minute_ms = now_ms - now_ms % 60'000;
    const std::string at = to_time_text(minute_ms).substr(0, 16);  // 2026-03-01T10:00
    // From the minute that has begun; the expiry cuts the window to the asked length.
    const auto done = room->aws.run(
        "PutAlarmMuteRule", call,
        Tree::map(
            {{"Name", mute_rule_name(alarm.name())},
             {"Description", "muted by hand"},
             {"Rule", Tree::map({{"Schedule",
                                  Tree::map({{"Expression", fmt::format("at({})", at)},
                                             {"Duration", fmt::format("PT{}M", minutes + 1)}})}})},
             {"MuteTargets", Tree::map({{"AlarmNames", Tree::list_of(call.parameters)}})},
             {"ExpireDate", static_cast<double>(until_ms) / 1000}}));
    return done ? json_answer(Tree::map({{"mutedUntilMs", until_ms}}))
                : problem_of(done.error(), call);
  };
  native.add(std::move(mute));

  Route end{"DELETE", "/api/v1/alarms/{name}/mute", "Lets a muted alarm act again."};
  end.scope = KeyScope::kOperate;
  end.arguments = {"region"};
  end.answers = "mutedUntilMs: null, or when another rule ends";
  end.run = [room](const RouteCall& call) -> Result<http::Response> {
    WEIR_ASSIGN_OR_RETURN(const alarm::Alarm alarm, room->find(call));
    const auto done =
        room->aws.run("DeleteAlarmMuteRule", call,
                      Tree::map({{"AlarmMuteRuleName", mute_rule_name(alarm.name())}}));
    if (!done && !done.error().code.starts_with("ResourceNotFound")) {
      return problem_of(done.error(), call);
    }
    return json_answer(
        Tree::map({{"mutedUntilMs", time_tree(muted_until(room->alarms, room->aws.scope(call),
                                                          alarm.name(), room->clock.now_ms()))}}));
  };
  native.add(std::move(end));
}

}  // namespace

std::optional<TimeMs> muted_until(const alarm::AlarmEngine& alarms, std::string_view scope,
                                  std::string_view name, TimeMs now_ms) {
  std::optional<TimeMs> until;
  for (const alarm::MuteRule& rule : alarms.mute_rules(scope)) {
    const auto& names = rule.alarm_names;
    if (rule.expire_ms && std::find(names.begin(), names.end(), name) != names.end() &&
        alarm::is_mute_active(rule, now_ms)) {
      until = std::max(until.value_or(*rule.expire_ms), *rule.expire_ms);
    }
  }
  return until;
}

void add_alarm_routes(api::NativeApi& native, const AwsCalls& aws, const alarm::AlarmEngine& alarms,
                      const Clock& clock) {
  const auto room = std::make_shared<AlarmRoom>(AlarmRoom{aws, alarms, clock});
  add_reading(native, room);
  add_changing(native, room);
  add_muting(native, room);
}

}  // namespace weir::console
