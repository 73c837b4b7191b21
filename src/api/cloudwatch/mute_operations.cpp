#include "api/cloudwatch/mute_operations.h"

#include <fmt/format.h>

#include <algorithm>

#include "alarm/mute_schedule.h"
#include "api/cloudwatch/metric_operations.h"

namespace weir::api::cloudwatch {
namespace {

constexpr std::int64_t kRulesEachPage = 100;

std::string_view status_of(const alarm::MuteRule& rule, TimeMs now_ms) {
  if (alarm::has_mute_expired(rule, now_ms)) {
    return "EXPIRED";
  }
  return alarm::is_mute_active(rule, now_ms) ? "ACTIVE" : "SCHEDULED";
}

std::string_view type_of(const alarm::MuteRule& rule) {
  return rule.expression.starts_with("at(") ? "ONE_TIME" : "RECURRING";
}

// What Get and List both tell.
Tree summary_tree(const alarm::MuteRule& rule, TimeMs now_ms) {
  Tree tree = Tree::map({{"AlarmMuteRuleArn", mute_rule_arn(rule.scope, rule.name)},
                         {"Status", status_of(rule, now_ms)},
                         {"MuteType", type_of(rule)},
                         {"LastUpdatedTimestamp", Tree::time(rule.updated_ms)}});
  if (rule.expire_ms) {
    tree.append("ExpireDate", Tree::time(*rule.expire_ms));
  }
  return tree;
}

std::optional<alarm::MuteRule> find_rule(const alarm::AlarmEngine& engine, const std::string& scope,
                                         std::string_view name) {
  for (alarm::MuteRule& rule : engine.mute_rules(scope)) {
    if (rule.name == name) {
      return std::move(rule);
    }
  }
  return std::nullopt;
}

Outcome put_rule(alarm::AlarmEngine& engine, ResourceTags& tags, const Call& call,
                 const Tree& input) {
  const Tree& schedule = input["Rule"]["Schedule"];
  alarm::MuteRule rule;
  rule.scope = scope_of(call);
  rule.name = input["Name"].text();
  rule.description = input["Description"].text();
  rule.expression = schedule["Expression"].text();
  rule.duration = schedule["Duration"].text();
  rule.timezone = schedule["Timezone"].text();
  rule.alarm_names = input["MuteTargets"]["AlarmNames"].texts();
  if (input.has("StartDate")) {
    rule.start_ms = input["StartDate"].time_ms();
  }
  if (input.has("ExpireDate")) {
    rule.expire_ms = input["ExpireDate"].time_ms();
  }
  const bool is_new = !find_rule(engine, rule.scope, rule.name);
  const std::string arn = mute_rule_arn(rule.scope, rule.name);
  const auto done = engine.put_mute_rule(std::move(rule));
  if (!done) {
    return as_failure(done.error());
  }
  if (!*done) {
    return as_refusal(done->error());
  }
  if (is_new && !input["Tags"].items().empty()) {
    if (auto tagged = tags.put(arn, input["Tags"]); !tagged) {
      return as_failure(tagged.error());
    }
  }
  return Tree();
}

Outcome get_rule(const alarm::AlarmEngine& engine, const Call& call, const Tree& input) {
  const auto rule = find_rule(engine, scope_of(call), input["AlarmMuteRuleName"].text());
  if (!rule) {
    return refuse(
        "ResourceNotFoundException",
        fmt::format("Alarm mute rule {} does not exist", input["AlarmMuteRuleName"].text()), 404);
  }
  Tree schedule = Tree::map({{"Expression", rule->expression}, {"Duration", rule->duration}});
  if (!rule->timezone.empty()) {
    schedule.append("Timezone", rule->timezone);
  }
  Tree tree = summary_tree(*rule, call.now_ms);
  tree.append("Name", rule->name);
  if (!rule->description.empty()) {
    tree.append("Description", rule->description);
  }
  tree.append("Rule", Tree::map({{"Schedule", std::move(schedule)}}));
  if (!rule->alarm_names.empty()) {
    tree.append("MuteTargets", Tree::map({{"AlarmNames", Tree::list_of(rule->alarm_names)}}));
  }
  if (rule->start_ms) {
    tree.append("StartDate", Tree::time(*rule->start_ms));
  }
  return tree;
}

Outcome list_rules(const alarm::AlarmEngine& engine, const Call& call, const Tree& input) {
  const std::vector<std::string> statuses = input["Statuses"].texts();
  const std::string& alarm = input["AlarmName"].text();
  const std::string& token = input["NextToken"].text();
  const std::int64_t limit =
      input.has("MaxRecords") ? input["MaxRecords"].integer() : kRulesEachPage;
  Tree summaries = Tree::list();
  Tree answer = Tree::map();
  std::string last;
  for (const alarm::MuteRule& rule : engine.mute_rules(scope_of(call))) {
    const auto& names = rule.alarm_names;
    const bool is_wanted =
        (alarm.empty() || std::find(names.begin(), names.end(), alarm) != names.end()) &&
        (statuses.empty() || std::find(statuses.begin(), statuses.end(),
                                       status_of(rule, call.now_ms)) != statuses.end());
    if (!is_wanted || (!token.empty() && rule.name <= token)) {
      continue;
    }
    if (static_cast<std::int64_t>(summaries.items().size()) == limit) {
      answer.set("NextToken", last);
      break;
    }
    summaries.push(summary_tree(rule, call.now_ms));
    last = rule.name;
  }
  answer.set("AlarmMuteRuleSummaries", std::move(summaries));
  return answer;
}

Outcome delete_rule(alarm::AlarmEngine& engine, ResourceTags& tags, const Call& call,
                    const Tree& input) {
  const std::string& name = input["AlarmMuteRuleName"].text();  // one that is not there is no error
  if (auto done = engine.remove_mute_rule(scope_of(call), name); !done) {
    return as_failure(done.error());
  }
  if (auto done = tags.remove_all(mute_rule_arn(scope_of(call), name)); !done) {
    return as_failure(done.error());
  }
  return Tree();
}

}  // namespace

std::string mute_rule_arn(std::string_view scope, std::string_view name) {
  const std::size_t slash = scope.find('/');
  return fmt::format("arn:aws:cloudwatch:{}:{}:alarm-mute-rule:{}", scope.substr(slash + 1),
                     scope.substr(0, slash), name);
}

void add_mute_operations(Service& service, alarm::AlarmEngine& engine, ResourceTags& tags) {
  service.operations["PutAlarmMuteRule"] = [&](const Call& call, const Tree& input) {
    return put_rule(engine, tags, call, input);
  };
  service.operations["GetAlarmMuteRule"] = [&](const Call& call, const Tree& input) {
    return get_rule(engine, call, input);
  };
  service.operations["ListAlarmMuteRules"] = [&](const Call& call, const Tree& input) {
    return list_rules(engine, call, input);
  };
  service.operations["DeleteAlarmMuteRule"] = [&](const Call& call, const Tree& input) {
    return delete_rule(engine, tags, call, input);
  };
}

}  // namespace weir::api::cloudwatch
