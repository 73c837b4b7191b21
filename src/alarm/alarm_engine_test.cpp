#include "alarm/alarm_engine.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "alarm/alarm_codec.h"
#include "io/faulty_file_system.h"

namespace weir::alarm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr TimeMs kStart = 1'772'409'600'000;  // 2026-03-02T00:00:00Z
constexpr TimeMs kMinute = 60'000;
constexpr const char* kScope = "123456789012/us-west-2";
constexpr const char* kTopic = "arn:aws:sns:us-west-2:123456789012:network-alerts";

class AlarmEngineTest : public ::testing::Test {
 protected:
  AlarmEngineTest() {
    metric::MetricOpenReport report;
    store_ = *metric::MetricStore::open(files_, "data/metrics", clock_, {}, report);
    reopen();
  }
  ~AlarmEngineTest() override {
    engine_.reset();
    table_.reset();
    for (const char* const suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_ + suffix);
    }
  }
  // As after a crash: only what was committed is there.
  void reopen() {
    engine_.reset();
    table_.reset();
    auto table = AlarmTable::open(path_);
    ASSERT_TRUE(table) << table.error().message;
    table_ = std::move(*table);
    auto engine = AlarmEngine::open(*store_, nullptr, *table_, clock_);
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }
  void put_value(std::string_view name, double value) {
    metric::Datum datum;
    datum.name = name;
    datum.value = value;
    datum.timestamp = clock_.now_ms();
    ASSERT_TRUE(store_->put(kScope, "N", {&datum, 1}));
  }
  TickReport tick() {
    const auto report = engine_->tick();
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    return report.value_or(TickReport{});
  }
  // A minute passes, with a value in it or none.
  void minute(std::optional<double> value, std::string_view name = "m") {
    if (value) {
      put_value(name, *value);
    }
    clock_.advance_ms(kMinute);
    tick();
  }
  static MetricAlarm alarm_named(std::string name, std::int64_t m, std::int64_t n) {
    MetricAlarm alarm;
    alarm.name = std::move(name);
    alarm.metric = metric::MetricStat{{"N", "m", {}}, 60, "Average", ""};
    alarm.evaluation_periods = n;
    alarm.datapoints_to_alarm = m;
    alarm.threshold = 10;
    alarm.alarm_actions = {kTopic};
    alarm.ok_actions = {kTopic};
    return alarm;
  }
  template <class T>
  void put(T alarm) {
    const auto done = engine_->put(kScope, std::move(alarm));
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_TRUE(*done) << done->error().message;
  }
  StateValue state(std::string_view name) { return engine_->find(kScope, name)->state.value; }
  std::vector<std::string> summaries(std::string name, std::string type) {
    HistoryQuery query;
    query.scope = kScope;
    query.alarm_name = std::move(name);
    query.type = std::move(type);
    query.is_ascending = true;
    std::vector<std::string> texts;
    const auto items = engine_->history(query);
    for (const HistoryItem& item : *items) {
      texts.push_back(item.summary);
    }
    return texts;
  }
  std::vector<std::string> pending() {
    std::vector<std::string> texts;
    const auto actions = engine_->pending_actions();
    for (const PendingAction& action : *actions) {
      texts.push_back(fmt::format("{} {}->{}", action.alarm.name(), name_of(action.old_state.value),
                                  name_of(action.alarm.state.value)));
    }
    return texts;
  }
  void finish_all() {
    const auto actions = engine_->pending_actions();
    for (const PendingAction& action : *actions) {
      ASSERT_TRUE(engine_->finish_action(action, true, "{}", ""));
    }
  }

  io::FaultyFileSystem files_;
  ManualClock clock_{kStart};
  std::string path_ = fmt::format("{}alarms-{}-{}.sqlite", ::testing::TempDir(), ::getpid(),
                                  ::testing::UnitTest::GetInstance()->current_test_info()->name());
  std::unique_ptr<metric::MetricStore> store_;
  std::unique_ptr<AlarmTable> table_;
  std::unique_ptr<AlarmEngine> engine_;
};

TEST_F(AlarmEngineTest, GoesFromCreationThroughAlarmAndBack) {
  put(alarm_named("a", 2, 2));
  EXPECT_EQ(engine_->find(kScope, "a")->state.reason, "Unchecked: Initial alarm creation");
  EXPECT_EQ(state("a"), StateValue::kInsufficientData);
  minute(5);
  EXPECT_EQ(state("a"), StateValue::kOk);
  minute(20);
  EXPECT_EQ(state("a"), StateValue::kOk);
  minute(20);
  EXPECT_EQ(state("a"), StateValue::kAlarm);
  EXPECT_EQ(engine_->find(kScope, "a")->state.reason,
            "Threshold Crossed: 2 out of the last 2 datapoints [20.0 (02/03/26 00:02:00), 20.0 "
            "(02/03/26 00:01:00)] were greater than the threshold (10.0) (minimum 2 datapoints for "
            "OK -> ALARM transition).");
  minute(20);
  minute(5);
  EXPECT_EQ(state("a"), StateValue::kOk);
  for (int i = 0; i < 5; ++i) {
    minute(std::nullopt);
  }
  EXPECT_EQ(state("a"), StateValue::kInsufficientData);
  EXPECT_THAT(
      summaries("a", "StateUpdate"),
      ElementsAre("Alarm updated from INSUFFICIENT_DATA to OK", "Alarm updated from OK to ALARM",
                  "Alarm updated from ALARM to OK", "Alarm updated from OK to INSUFFICIENT_DATA"));
  EXPECT_THAT(pending(), ElementsAre("a INSUFFICIENT_DATA->OK", "a OK->ALARM", "a ALARM->OK"));
  EXPECT_THAT(summaries("a", "ConfigurationUpdate"), ElementsAre("Alarm \"a\" created"));
  finish_all();
  EXPECT_THAT(pending(), IsEmpty());
  EXPECT_THAT(summaries("a", "Action"), SizeIs(3));
  EXPECT_EQ(summaries("a", "Action")[0],
            "Successfully executed action arn:aws:sns:us-west-2:123456789012:network-alerts");
}

TEST_F(AlarmEngineTest, RestartsLoseNothingAndRepeatNothing) {
  put(alarm_named("a", 1, 1));
  for (int i = 0; i < 40; ++i) {
    minute(i % 2 == 0 ? 20 : 5);
    if (i % 3 == 0) {
      reopen();
    }
    tick();  // the same minute again changes nothing
  }
  const auto actions = engine_->pending_actions().value();
  EXPECT_THAT(actions, SizeIs(40));
  std::set<std::string> ids;
  for (const PendingAction& action : actions) {
    ids.insert(action.message_id);
  }
  EXPECT_THAT(ids, SizeIs(40));
  EXPECT_THAT(summaries("a", "StateUpdate"), SizeIs(40));
}

TEST_F(AlarmEngineTest, ClockStepsMakeNoStorm) {
  put(alarm_named("a", 1, 1));
  minute(5);
  EXPECT_EQ(tick().num_evaluated, 0U);
  clock_.advance_ms(3'600'000);
  EXPECT_EQ(tick().num_evaluated, 1U);
  clock_.advance_ms(-7'200'000);
  EXPECT_EQ(tick().num_evaluated, 1U);
  EXPECT_EQ(tick().num_evaluated, 0U);
  clock_.advance_ms(kMinute);
  EXPECT_EQ(tick().num_evaluated, 1U);
  EXPECT_EQ(state("a"), StateValue::kInsufficientData);
}

TEST_F(AlarmEngineTest, SetStateLastsToTheNextEvaluation) {
  put(alarm_named("a", 1, 1));
  minute(5);
  finish_all();
  ASSERT_TRUE(
      engine_->set_state(kScope, "a", StateValue::kAlarm, "test", R"({"x":1})")->has_value());
  EXPECT_EQ(state("a"), StateValue::kAlarm);
  EXPECT_THAT(pending(), ElementsAre("a OK->ALARM"));
  ASSERT_TRUE(engine_->set_state(kScope, "a", StateValue::kAlarm, "again", "")->has_value());
  EXPECT_THAT(pending(), SizeIs(1));
  tick();
  EXPECT_EQ(state("a"), StateValue::kAlarm);
  minute(5);
  EXPECT_EQ(state("a"), StateValue::kOk);
  const auto unknown = engine_->set_state(kScope, "b", StateValue::kAlarm, "", "");
  EXPECT_EQ(unknown->error(), (metric::Refusal{"ResourceNotFound", ""}));
}

TEST_F(AlarmEngineTest, ActionsCanBeDisabled) {
  put(alarm_named("a", 1, 1));
  ASSERT_TRUE(engine_->set_actions_enabled(kScope, {"a", "unknown"}, false));
  minute(20);
  EXPECT_EQ(state("a"), StateValue::kAlarm);
  EXPECT_THAT(pending(), IsEmpty());
  reopen();
  EXPECT_FALSE(engine_->find(kScope, "a")->basics().actions_enabled);
}

TEST_F(AlarmEngineTest, AnUpdateKeepsTheState) {
  put(alarm_named("a", 1, 1));
  minute(20);
  MetricAlarm changed = alarm_named("a", 1, 1);
  changed.threshold = 100;
  put(changed);
  EXPECT_EQ(state("a"), StateValue::kAlarm);
  minute(20);
  EXPECT_EQ(state("a"), StateValue::kOk);
  EXPECT_THAT(summaries("a", "ConfigurationUpdate"), SizeIs(2));
}

TEST_F(AlarmEngineTest, CompositesFollowTheirChildren) {
  put(alarm_named("low", 1, 1));
  MetricAlarm high = alarm_named("high", 1, 1);
  high.threshold = 100;
  put(high);
  CompositeAlarm both;
  both.name = "both";
  both.rule = fmt::format("ALARM(low) AND ALARM(\"{}\")", alarm_arn(kScope, "high"));
  both.alarm_actions = {kTopic};
  put(both);
  CompositeAlarm over;
  over.name = "a-over";  // before its child by name
  over.rule = "NOT OK(both)";
  put(over);
  EXPECT_EQ(state("both"), StateValue::kInsufficientData);
  minute(20);
  EXPECT_EQ(state("both"), StateValue::kOk);
  EXPECT_EQ(engine_->find(kScope, "both")->state.reason,
            "arn:aws:cloudwatch:us-west-2:123456789012:alarm:both was created and its alarm rule "
            "evaluates to OK");
  minute(200);
  EXPECT_EQ(state("both"), StateValue::kAlarm);
  EXPECT_EQ(state("a-over"), StateValue::kAlarm);
  EXPECT_EQ(engine_->find(kScope, "both")->state.reason,
            "arn:aws:cloudwatch:us-west-2:123456789012:alarm:high transitioned to ALARM at Monday "
            "02 March, 2026 00:02:00 UTC");
  // Neither can a child be deleted, nor a circle be closed, nor a child be missing.
  const auto removed = engine_->remove(kScope, {"low"});
  ASSERT_FALSE(removed->has_value());
  EXPECT_THAT(removed->error().message, HasSubstr("Cannot delete low"));
  both.rule = "ALARM(a-over)";
  EXPECT_THAT(engine_->put(kScope, both)->error().message, HasSubstr("depend on itself"));
  both.rule = "ALARM(nobody)";
  EXPECT_THAT(engine_->put(kScope, both)->error().message, HasSubstr("do not exist"));
  ASSERT_TRUE(engine_->remove(kScope, {"a-over"})->has_value());
  ASSERT_TRUE(engine_->remove(kScope, {"both"})->has_value());
  ASSERT_TRUE(engine_->remove(kScope, {"low", "high", "never"})->has_value());
  EXPECT_THAT(engine_->list(kScope), IsEmpty());
  EXPECT_THAT(summaries("low", "ConfigurationUpdate"),
              ElementsAre("Alarm \"low\" created", "Alarm \"low\" deleted"));
}

class SuppressionTest : public AlarmEngineTest {
 protected:
  void make() {
    put(alarm_named("child", 1, 1));
    MetricAlarm suppressor = alarm_named("suppressor", 1, 1);
    suppressor.metric->metric.name = "s";
    suppressor.alarm_actions.clear();
    suppressor.ok_actions.clear();
    suppressor.treat_missing_data = MissingData::kNotBreaching;
    put(suppressor);
    CompositeAlarm composite;
    composite.name = "c";
    composite.rule = "ALARM(child)";
    composite.alarm_actions = {kTopic};
    composite.actions_suppressor = "suppressor";
    composite.suppressor_wait_period_s = 120;
    composite.suppressor_extension_period_s = 180;
    put(composite);
    minute(5);
    finish_all();
  }
  std::vector<std::string> told() {
    std::vector<std::string> texts;
    for (const std::string& text : pending()) {
      if (text.starts_with("c ")) {
        texts.push_back(text);
      }
    }
    return texts;
  }
  std::string phase() { return engine_->find(kScope, "c")->state.suppressed_by; }
};

TEST_F(SuppressionTest, WaitsAndThenTells) {
  make();
  minute(20);
  EXPECT_EQ(state("c"), StateValue::kAlarm);
  EXPECT_EQ(phase(), "WaitPeriod");
  minute(20);
  EXPECT_THAT(told(), IsEmpty());
  reopen();
  minute(20);
  EXPECT_EQ(phase(), "");
  EXPECT_THAT(told(), ElementsAre("c OK->ALARM"));
}

TEST_F(SuppressionTest, IsHeldByTheSuppressorAndForAWhileAfterIt) {
  make();
  minute(20);
  put_value("s", 20);
  minute(20);
  EXPECT_EQ(phase(), "Alarm");
  for (int i = 0; i < 5; ++i) {
    put_value("s", 20);
    minute(20);
  }
  EXPECT_THAT(told(), IsEmpty());
  for (int i = 0; i < 4; ++i) {  // the suppressor's range looks back past gaps
    minute(20);
  }
  EXPECT_EQ(phase(), "ExtensionPeriod");
  for (int i = 0; i < 3; ++i) {
    minute(20);
  }
  EXPECT_THAT(told(), ElementsAre("c OK->ALARM"));
}

TEST_F(SuppressionTest, ComingBackMeanwhileTellsNobody) {
  make();
  minute(20);
  minute(5);
  EXPECT_EQ(state("c"), StateValue::kOk);
  for (int i = 0; i < 5; ++i) {
    minute(5);
  }
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(phase(), "");
}

TEST_F(AlarmEngineTest, AWarmUpDelaysEvaluationAndEndsEarlyWithDataUnlessToldToWait) {
  MetricAlarm early = alarm_named("early", 1, 2);
  early.warm_up = WarmUp{10, std::nullopt};
  MetricAlarm patient = alarm_named("patient", 1, 2);
  patient.warm_up = WarmUp{10, true};
  put(early);
  put(patient);
  minute(50);  // of two periods one has data
  EXPECT_EQ(state("early"), StateValue::kInsufficientData);
  reopen();
  minute(50);
  EXPECT_EQ(state("early"), StateValue::kAlarm);
  EXPECT_EQ(state("patient"), StateValue::kInsufficientData);
  for (int i = 0; i < 7; ++i) {
    minute(50);
  }
  EXPECT_EQ(state("patient"), StateValue::kInsufficientData);
  EXPECT_THAT(*engine_->pending_actions(), SizeIs(1));  // of `early`
  minute(50);
  minute(50);
  EXPECT_EQ(state("patient"), StateValue::kAlarm);
  // Over once, it does not begin again, however long it is made.
  patient.warm_up = WarmUp{1000, true};
  put(patient);
  minute(1);
  minute(1);
  EXPECT_EQ(state("patient"), StateValue::kOk);
  patient.warm_up = WarmUp{2881, true};
  EXPECT_FALSE(engine_->put(kScope, patient)->has_value());
}

TEST_F(AlarmEngineTest, AWarmUpThatLastsTakesItsNewLengthFromItsBegin) {
  MetricAlarm alarm = alarm_named("a", 1, 1);
  alarm.warm_up = WarmUp{30, true};
  put(alarm);
  for (int i = 0; i < 4; ++i) {
    minute(50);
  }
  alarm.warm_up = WarmUp{5, true};
  put(alarm);
  EXPECT_EQ(engine_->find(kScope, "a")->warm_up_until_ms, kStart + 5 * kMinute);
  EXPECT_EQ(state("a"), StateValue::kInsufficientData);
  minute(50);
  minute(50);
  EXPECT_EQ(state("a"), StateValue::kAlarm);
  alarm.warm_up.reset();
  put(alarm);
  EXPECT_EQ(engine_->find(kScope, "a")->warm_up_until_ms, std::nullopt);
}

TEST(AlarmCodec, ReadsWhatTheVersionBeforeWrote) {
  Alarm alarm;
  alarm.scope = kScope;
  MetricAlarm definition;
  definition.name = "old";
  alarm.definition = definition;
  std::string bytes;
  encode_alarm(alarm, bytes);
  ASSERT_EQ(bytes.front(), 2);
  EXPECT_EQ(decode_alarm(bytes)->name(), "old");
  // Version 1 ends without the two members of version 2: an absent warm-up before the times of the
  // alarm, an absent end of it behind them.
  std::string state;
  encode_state(alarm.state, state);
  const std::size_t tail = 1 + (state.size() - 1) + 2 + 1;  // time 0, state, two absents, absent
  std::string old = bytes;
  old.pop_back();
  old.erase(bytes.size() - tail - 1, 1);
  old.front() = 1;
  const auto read = decode_alarm(old);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->name(), "old");
  EXPECT_FALSE(read->metric_alarm()->warm_up);
  old.front() = 2;
  EXPECT_FALSE(decode_alarm(old));
}

TEST_F(AlarmEngineTest, MuteRulesHoldActionsBackUntilTheirWindowEnds) {
  put(alarm_named("a", 1, 1));
  MuteRule rule;
  rule.scope = kScope;
  rule.name = "night";
  rule.expression = "cron(1 0 * * *)";
  rule.duration = "PT5M";
  rule.alarm_names = {"a"};
  ASSERT_TRUE(engine_->put_mute_rule(rule)->has_value());
  reopen();
  minute(20);  // evaluated at 00:01
  EXPECT_EQ(state("a"), StateValue::kAlarm);
  EXPECT_THAT(pending(), IsEmpty());
  for (int i = 0; i < 4; ++i) {
    minute(20);
  }
  EXPECT_THAT(pending(), IsEmpty());
  minute(20);
  EXPECT_THAT(pending(), ElementsAre("a INSUFFICIENT_DATA->ALARM"));
  EXPECT_TRUE(engine_->pending_actions()->front().is_after_mute);
  rule.expression = "cron(1 0 * *)";
  EXPECT_FALSE(engine_->put_mute_rule(rule)->has_value());
}

TEST_F(AlarmEngineTest, AnAlarmWithoutDimensionsSeesNoSeriesThatHasSome) {
  put(alarm_named("strict", 1, 1));
  const std::vector<metric::DimensionView> dimensions = {{"InstanceId", "i-1"}};
  metric::Datum datum;
  datum.name = "m";
  datum.value = 20;
  datum.dimensions = dimensions;
  for (int i = 0; i < 10; ++i) {
    datum.timestamp = clock_.now_ms();
    ASSERT_TRUE(store_->put(kScope, "N", {&datum, 1}));
    minute(std::nullopt);
  }
  EXPECT_EQ(state("strict"), StateValue::kInsufficientData);
}

TEST_F(AlarmEngineTest, DefinitionsAreRefusedInCloudWatchsWords) {
  const auto refusal = [&](const MetricAlarm& alarm) {
    const auto checked = check_metric_alarm(alarm, kScope);
    return checked ? "" : checked.error().message;
  };
  MetricAlarm alarm = alarm_named("a", 1, 1);
  EXPECT_EQ(refusal(alarm), "");
  alarm.metric->period_s = 45;
  EXPECT_EQ(refusal(alarm), "Period must be 10, 20, 30 or a multiple of 60");
  alarm.metric->period_s = 60;
  alarm.evaluation_periods = 1441;
  EXPECT_NE(refusal(alarm), "");
  alarm.evaluation_periods = 1440;
  EXPECT_EQ(refusal(alarm), "");
  alarm.datapoints_to_alarm = 1441;
  EXPECT_NE(refusal(alarm), "");
  alarm = alarm_named("a", 1, 1);
  alarm.alarm_actions = {"arn:alarm"};
  EXPECT_EQ(refusal(alarm), "Invalid arn syntax: arn:alarm");
  alarm.alarm_actions = {"arn:aws:sns:eu-west-1:123456789012:t"};
  EXPECT_EQ(refusal(alarm), "Invalid region eu-west-1 specified. Only us-west-2 is supported.");
  alarm = alarm_named("a", 1, 1);
  alarm.evaluate_low_sample_count_percentile = "maybe";
  EXPECT_EQ(refusal(alarm),
            "Option maybe is not supported. Supported options for parameter "
            "EvaluateLowSampleCountPercentile are evaluate and ignore.");
  alarm = alarm_named("a", 1, 1);
  alarm.metric->statistic = "cheese";
  EXPECT_EQ(refusal(alarm), "The value cheese for parameter ExtendedStatistic is not supported.");
  alarm = alarm_named("a", 1, 1);
  alarm.metric.reset();
  metric::DataQuery query;
  query.id = "e";
  query.expression = "SEARCH('{N} m', 'Sum', 60)";
  alarm.metrics = {query};
  EXPECT_EQ(refusal(alarm), "SEARCH is not supported on Metric Alarms.");
}

TEST_F(AlarmEngineTest, MetricMathAlarms) {
  MetricAlarm alarm = alarm_named("math", 1, 1);
  metric::DataQuery errors;
  errors.id = "errors";
  errors.metric_stat = metric::MetricStat{{"N", "errors", {}}, 60, "Sum", ""};
  errors.return_data = false;
  metric::DataQuery calls = errors;
  calls.id = "calls";
  calls.metric_stat->metric.name = "calls";
  metric::DataQuery rate;
  rate.id = "rate";
  rate.expression = "100 * errors / calls";
  alarm.metric.reset();
  alarm.metrics = {errors, calls, rate};
  put(alarm);
  reopen();
  put_value("errors", 5);
  put_value("calls", 100);
  minute(std::nullopt);
  EXPECT_EQ(state("math"), StateValue::kOk);
  put_value("errors", 20);
  put_value("calls", 100);
  minute(std::nullopt);
  EXPECT_EQ(state("math"), StateValue::kAlarm);
  EXPECT_THAT(engine_->find(kScope, "math")->state.reason, HasSubstr("[20.0 (02/03/26 00:01:00)]"));
  alarm.metrics[2].expression = "100 * errors / nobody";
  EXPECT_THAT(engine_->put(kScope, alarm)->error().message,
              HasSubstr("no query has the id nobody"));
  alarm.metrics[2].expression = "errors /";
  EXPECT_THAT(engine_->put(kScope, alarm)->error().message, HasSubstr("at character 9"));
  alarm.metrics[2].expression = "METRICS()";  // several series: cannot be told before there are any
  put(alarm);
  put_value("errors", 20);
  clock_.advance_ms(kMinute);
  const TickReport report = tick();
  ASSERT_THAT(report.failures, SizeIs(1));
  EXPECT_THAT(report.failures[0].second.message, HasSubstr("several series"));
  EXPECT_EQ(engine_->find(kScope, "math")->state.evaluation_state, "EVALUATION_ERROR");
}

TEST(CompositeRuleTest, ReadsAndEvaluates) {
  const auto is_true = [](std::string_view text) {
    const auto rule = CompositeRule::parse(text);
    EXPECT_TRUE(rule) << text << ": " << (rule ? "" : rule.error().message);
    return rule && rule->evaluate([](const std::string& name) {
      return name.starts_with('a')   ? StateValue::kAlarm
             : name.starts_with('o') ? StateValue::kOk
                                     : StateValue::kInsufficientData;
    });
  };
  EXPECT_TRUE(is_true("TRUE"));
  EXPECT_FALSE(is_true("NOT TRUE"));
  EXPECT_TRUE(is_true("ALARM(a)"));
  EXPECT_TRUE(is_true("ALARM(\"a b (c), d\")"));
  EXPECT_TRUE(is_true("alarm('a') and not ok('a')"));
  EXPECT_TRUE(is_true("TRUE OR FALSE AND FALSE"));
  EXPECT_FALSE(is_true("(TRUE OR FALSE) AND FALSE"));
  EXPECT_TRUE(is_true("NOT ALARM(o) AND INSUFFICIENT_DATA(x)"));
  EXPECT_TRUE(is_true("ALARM(arn:aws:cloudwatch:r:1:alarm:a1)"));
  EXPECT_TRUE(is_true("AT_LEAST(2, ALARM, (a1, a2, o1))"));
  EXPECT_FALSE(is_true("AT_LEAST(3, ALARM, (a1, a2, o1))"));
  EXPECT_TRUE(is_true("AT_LEAST(66%, ALARM, (a1, a2, o1))"));
  EXPECT_FALSE(is_true("AT_LEAST(67%, ALARM, (a1, a2, o1))"));
  EXPECT_TRUE(is_true("AT_LEAST(1, NOT ALARM, (a1, a2, o1))"));
}

TEST(CompositeRuleTest, ErrorsSayWhere) {
  const auto error = [](std::string_view text) {
    const auto rule = CompositeRule::parse(text);
    return rule ? "" : rule.error().message;
  };
  EXPECT_THAT(error(""), HasSubstr("at character 1: expected ALARM"));
  EXPECT_THAT(error("ALARM(a) ALARM(b)"), HasSubstr("at character 10: expected AND, OR"));
  EXPECT_THAT(error("ALARM(a"), HasSubstr("expected )"));
  EXPECT_THAT(error("ALARM(\"a)"), HasSubstr("quote is not closed"));
  EXPECT_THAT(error("AT_LEAST(5, ALARM, (a, b))"), HasSubstr("AT_LEAST"));
  EXPECT_THAT(error(std::string(100'000, '(')), HasSubstr("deeper than"));
  std::string many = "ALARM(a0)";
  for (int i = 1; i <= 100; ++i) {
    many += fmt::format(" OR ALARM(a{})", i);
  }
  EXPECT_THAT(error(many), HasSubstr("more than 100 alarms"));
}

}  // namespace
}  // namespace weir::alarm
