#include "api/cloudwatch/shapes.h"

namespace weir::api::cloudwatch {

const std::string_view kShapes = R"(
# Metrics
Dimension { Name! text, Value! text }
StatisticSet { SampleCount! double, Sum! double, Minimum! double, Maximum! double }
MetricDatum {
  MetricName! text, Dimensions [Dimension], Timestamp time, Value double
  StatisticValues StatisticSet, Values [double], Counts [double], Unit text
  StorageResolution integer
}
Entity { KeyAttributes {text}, Attributes {text} }
EntityMetricData { Entity Entity, MetricData [MetricDatum] }
PutMetricDataInput {
  Namespace! text, MetricData [MetricDatum], EntityMetricData [EntityMetricData]
  StrictEntityValidation boolean
}
operation PutMetricData(PutMetricDataInput) ingest

DimensionFilter { Name! text(1..255), Value text(1..1024) }
ListMetricsInput {
  Namespace text(1..255), MetricName text(1..255), Dimensions [DimensionFilter](..10)
  NextToken text, RecentlyActive text(PT3H), IncludeLinkedAccounts boolean, OwningAccount text
}
Metric { Namespace text, MetricName text, Dimensions [Dimension] }
ListMetricsOutput { Metrics [Metric], NextToken text, OwningAccounts [text] }
operation ListMetrics(ListMetricsInput) -> ListMetricsOutput read

GetMetricStatisticsInput {
  Namespace! text, MetricName! text, Dimensions [Dimension], StartTime! time, EndTime! time
  Period! integer(1..), Statistics [text](1..5), ExtendedStatistics [text](1..10), Unit text
}
Datapoint {
  Timestamp time, SampleCount double, Average double, Sum double, Minimum double, Maximum double
  Unit text, ExtendedStatistics {double}
}
GetMetricStatisticsOutput { Label text, Datapoints [Datapoint] }
operation GetMetricStatistics(GetMetricStatisticsInput) -> GetMetricStatisticsOutput read

MetricStat { Metric! Metric, Period! integer, Stat! text, Unit text }
MetricDataQuery {
  Id! text, MetricStat MetricStat, Expression text, Label text, ReturnData boolean
  Period integer, AccountId text
}
LabelOptions { Timezone text }
GetMetricDataInput {
  MetricDataQueries! [MetricDataQuery], StartTime! time, EndTime! time, NextToken text
  ScanBy text(TimestampDescending|TimestampAscending), MaxDatapoints integer
  LabelOptions LabelOptions
}
MessageData { Code text, Value text }
MetricDataResult {
  Id text, Label text, Timestamps [time], Values [double], StatusCode text, Messages [MessageData]
}
GetMetricDataOutput {
  MetricDataResults [MetricDataResult], NextToken text, Messages [MessageData]
}
operation GetMetricData(GetMetricDataInput) -> GetMetricDataOutput read

# Alarms
Tag { Key! text(1..128), Value! text(0..256) }
WallClockWindow { Timezone text }
EvaluationWindow { WallClockWindow WallClockWindow }
WarmUpConfiguration {
  WarmUpPeriodDurationInMinutes! integer(1..2880), OnlyStartEvaluatingAfterWarmUpPeriodEnds boolean
}
PromQLCriteria { Query! text, PendingPeriod integer, RecoveryPeriod integer }
EvaluationCriteria { PromQLCriteria PromQLCriteria }
AlarmTagsPropagation { Enabled! boolean, IncludedTagKeys [text], ExcludedTagKeys [text] }
ActionConfiguration { AlarmTagsPropagation AlarmTagsPropagation }
PutMetricAlarmInput {
  AlarmName! text(1..255), AlarmDescription text(0..1024), ActionsEnabled boolean
  OKActions [text](..5), AlarmActions [text](..5), InsufficientDataActions [text](..5)
  MetricName text, Namespace text
  Statistic text(SampleCount|Average|Sum|Minimum|Maximum), ExtendedStatistic text
  Dimensions [Dimension], Period integer(1..), Unit text, EvaluationPeriods integer(1..)
  DatapointsToAlarm integer(1..), Threshold double, ComparisonOperator text
  TreatMissingData text, EvaluateLowSampleCountPercentile text, Metrics [MetricDataQuery]
  Tags [Tag](..50), ThresholdMetricId text, EvaluationWindow EvaluationWindow
  WarmUpConfiguration WarmUpConfiguration, EvaluationCriteria EvaluationCriteria
  EvaluationInterval integer(10..3600), ActionConfiguration ActionConfiguration
}
operation PutMetricAlarm(PutMetricAlarmInput) admin

PutCompositeAlarmInput {
  ActionsEnabled boolean, AlarmActions [text](..5), AlarmDescription text(0..1024)
  AlarmName! text(1..255), AlarmRule! text(1..10240), InsufficientDataActions [text](..5)
  OKActions [text](..5), Tags [Tag](..50), ActionsSuppressor text
  ActionsSuppressorWaitPeriod integer, ActionsSuppressorExtensionPeriod integer
}
operation PutCompositeAlarm(PutCompositeAlarmInput) admin

DescribeAlarmsInput {
  AlarmNames [text](..100), AlarmNamePrefix text(1..255)
  AlarmTypes [text(MetricAlarm|CompositeAlarm)], ChildrenOfAlarmName text
  ParentsOfAlarmName text, StateValue text(INSUFFICIENT_DATA|ALARM|OK), ActionPrefix text
  MaxRecords integer(1..100), NextToken text
}
CompositeAlarm {
  ActionsEnabled boolean, AlarmActions [text], AlarmArn text
  AlarmConfigurationUpdatedTimestamp time, AlarmDescription text, AlarmName text, AlarmRule text
  InsufficientDataActions [text], OKActions [text], StateReason text, StateReasonData text
  StateUpdatedTimestamp time, StateValue text, StateTransitionedTimestamp time
  ActionsSuppressedBy text, ActionsSuppressedReason text, ActionsSuppressor text
  ActionsSuppressorWaitPeriod integer, ActionsSuppressorExtensionPeriod integer
}
MetricAlarm {
  AlarmName text, AlarmArn text, AlarmDescription text, AlarmConfigurationUpdatedTimestamp time
  ActionsEnabled boolean, OKActions [text], AlarmActions [text], InsufficientDataActions [text]
  StateValue text, StateReason text, StateReasonData text, StateUpdatedTimestamp time
  MetricName text, Namespace text, Statistic text, ExtendedStatistic text, Dimensions [Dimension]
  Period integer, Unit text, EvaluationPeriods integer, DatapointsToAlarm integer
  Threshold double, ComparisonOperator text, TreatMissingData text
  EvaluateLowSampleCountPercentile text, Metrics [MetricDataQuery], ThresholdMetricId text
  EvaluationState text, StateTransitionedTimestamp time, EvaluationWindow EvaluationWindow
  WarmUpConfiguration WarmUpConfiguration
}
DescribeAlarmsOutput {
  CompositeAlarms [CompositeAlarm], MetricAlarms [MetricAlarm], NextToken text
}
operation DescribeAlarms(DescribeAlarmsInput) -> DescribeAlarmsOutput read

DescribeAlarmsForMetricInput {
  MetricName! text, Namespace! text, Statistic text, ExtendedStatistic text
  Dimensions [Dimension], Period integer, Unit text
}
DescribeAlarmsForMetricOutput { MetricAlarms [MetricAlarm] }
operation DescribeAlarmsForMetric(DescribeAlarmsForMetricInput) -> DescribeAlarmsForMetricOutput read

DescribeAlarmHistoryInput {
  AlarmName text(1..255), AlarmTypes [text(MetricAlarm|CompositeAlarm)]
  HistoryItemType text(ConfigurationUpdate|StateUpdate|Action), StartDate time, EndDate time
  MaxRecords integer(1..100), NextToken text, ScanBy text(TimestampDescending|TimestampAscending)
}
AlarmHistoryItem {
  AlarmName text, AlarmType text, Timestamp time, HistoryItemType text, HistorySummary text
  HistoryData text
}
DescribeAlarmHistoryOutput { AlarmHistoryItems [AlarmHistoryItem], NextToken text }
operation DescribeAlarmHistory(DescribeAlarmHistoryInput) -> DescribeAlarmHistoryOutput read

SetAlarmStateInput {
  AlarmName! text(1..255), StateValue! text(INSUFFICIENT_DATA|ALARM|OK)
  StateReason! text(0..1023), StateReasonData text(0..4000)
}
operation SetAlarmState(SetAlarmStateInput) admin
AlarmNamesInput { AlarmNames! [text](..100) }
operation EnableAlarmActions(AlarmNamesInput) admin
operation DisableAlarmActions(AlarmNamesInput) admin
operation DeleteAlarms(AlarmNamesInput) admin

GetMetricWidgetImageInput { MetricWidget! text, OutputFormat text }
GetMetricWidgetImageOutput { MetricWidgetImage bytes }
operation GetMetricWidgetImage(GetMetricWidgetImageInput) -> GetMetricWidgetImageOutput read

# Mute rules
MuteSchedule { Expression! text(1..256), Duration! text(1..50), Timezone text(1..50) }
MuteRule { Schedule! MuteSchedule }
MuteTargets { AlarmNames! [text](..100) }
PutAlarmMuteRuleInput {
  Name! text(1..255), Description text(0..1024), Rule! MuteRule, MuteTargets MuteTargets
  Tags [Tag](..50), StartDate time, ExpireDate time
}
operation PutAlarmMuteRule(PutAlarmMuteRuleInput) admin
AlarmMuteRuleNameInput { AlarmMuteRuleName! text(1..255) }
GetAlarmMuteRuleOutput {
  Name text, AlarmMuteRuleArn text, Description text, Rule MuteRule, MuteTargets MuteTargets
  StartDate time, ExpireDate time, Status text, LastUpdatedTimestamp time, MuteType text
}
operation GetAlarmMuteRule(AlarmMuteRuleNameInput) -> GetAlarmMuteRuleOutput read
ListAlarmMuteRulesInput {
  AlarmName text(1..255), Statuses [text(SCHEDULED|ACTIVE|EXPIRED)], MaxRecords integer(1..100)
  NextToken text
}
AlarmMuteRuleSummary {
  AlarmMuteRuleArn text, ExpireDate time, Status text, MuteType text, LastUpdatedTimestamp time
}
ListAlarmMuteRulesOutput { AlarmMuteRuleSummaries [AlarmMuteRuleSummary], NextToken text }
operation ListAlarmMuteRules(ListAlarmMuteRulesInput) -> ListAlarmMuteRulesOutput read
operation DeleteAlarmMuteRule(AlarmMuteRuleNameInput) admin

# Anomaly detectors
TimeRange { StartTime! time, EndTime! time }
AnomalyDetectorConfiguration {
  ExcludedTimeRanges [TimeRange](..10), MetricTimezone text(0..50)
  AdaptationSpeed text(FAST|NORMAL|SLOW), OutlierFilteringStrength text(MINIMAL|MODERATE|STRICT)
}
MetricCharacteristics { PeriodicSpikes boolean }
SingleMetricAnomalyDetector {
  AccountId text(1..255), Namespace text(1..255), MetricName text(1..255), Dimensions [Dimension](..30)
  Stat text(1..50)
}
MetricMathAnomalyDetector { MetricDataQueries [MetricDataQuery] }
PutAnomalyDetectorInput {
  Namespace text(1..255), MetricName text(1..255), Dimensions [Dimension](..30), Stat text(1..50)
  Configuration AnomalyDetectorConfiguration, MetricCharacteristics MetricCharacteristics
  SingleMetricAnomalyDetector SingleMetricAnomalyDetector
  MetricMathAnomalyDetector MetricMathAnomalyDetector
}
PutAnomalyDetectorOutput { AnomalyDetectorId text }
operation PutAnomalyDetector(PutAnomalyDetectorInput) -> PutAnomalyDetectorOutput admin
DescribeAnomalyDetectorsInput {
  AnomalyDetectorIds [text(1..128)](..50), NextToken text, MaxResults integer(1..)
  Namespace text(1..255), MetricName text(1..255), Dimensions [Dimension](..30)
  AnomalyDetectorTypes [text(SINGLE_METRIC|METRIC_MATH)](..2)
}
AnomalyDetector {
  AnomalyDetectorId text, Namespace text, MetricName text, Dimensions [Dimension], Stat text
  Configuration AnomalyDetectorConfiguration, StateValue text
  MetricCharacteristics MetricCharacteristics
  SingleMetricAnomalyDetector SingleMetricAnomalyDetector
}
DescribeAnomalyDetectorsOutput { AnomalyDetectors [AnomalyDetector], NextToken text }
operation DescribeAnomalyDetectors(DescribeAnomalyDetectorsInput) -> DescribeAnomalyDetectorsOutput read
DeleteAnomalyDetectorInput {
  AnomalyDetectorId text(1..128), Namespace text(1..255), MetricName text(1..255)
  Dimensions [Dimension](..30), Stat text(1..50)
  SingleMetricAnomalyDetector SingleMetricAnomalyDetector
  MetricMathAnomalyDetector MetricMathAnomalyDetector
}
operation DeleteAnomalyDetector(DeleteAnomalyDetectorInput) -> NoOutput admin

# Tags
ListTagsForResourceInput { ResourceARN! text(1..1024) }
ListTagsForResourceOutput { Tags [Tag] }
operation ListTagsForResource(ListTagsForResourceInput) -> ListTagsForResourceOutput read
TagResourceInput { ResourceARN! text(1..1024), Tags! [Tag](1..50) }
NoOutput { }
operation TagResource(TagResourceInput) -> NoOutput admin
UntagResourceInput { ResourceARN! text(1..1024), TagKeys! [text] }
operation UntagResource(UntagResourceInput) -> NoOutput admin

# Dashboards
PutDashboardInput { DashboardName text, DashboardBody text, Tags [Tag](..50) }
DashboardValidationMessage { DataPath text, Message text }
PutDashboardOutput { DashboardValidationMessages [DashboardValidationMessage] }
operation PutDashboard(PutDashboardInput) -> PutDashboardOutput admin
GetDashboardInput { DashboardName! text }
GetDashboardOutput { DashboardArn text, DashboardBody text, DashboardName text }
operation GetDashboard(GetDashboardInput) -> GetDashboardOutput read
ListDashboardsInput { DashboardNamePrefix text, NextToken text }
DashboardEntry { DashboardName text, DashboardArn text, LastModified time, Size integer }
ListDashboardsOutput { DashboardEntries [DashboardEntry], NextToken text }
operation ListDashboards(ListDashboardsInput) -> ListDashboardsOutput read
DeleteDashboardsInput { DashboardNames! [text](1..100) }
operation DeleteDashboards(DeleteDashboardsInput) -> NoOutput admin
)";

}  // namespace weir::api::cloudwatch
