#include "api/logs/shapes.h"

namespace weir::api::logs {

const std::string_view kShapes = R"(
NoOutput { }

# Groups and streams
CreateLogGroupInput {
  logGroupName! text(1..512), kmsKeyId text, tags {text}, logGroupClass text(STANDARD|INFREQUENT_ACCESS|DELIVERY)
}
operation CreateLogGroup(CreateLogGroupInput) admin
LogGroupInput { logGroupName! text(1..512) }
operation DeleteLogGroup(LogGroupInput) admin
DescribeLogGroupsInput {
  logGroupNamePrefix text(1..512), logGroupNamePattern text(0..512), nextToken text
  limit integer(1..50), logGroupClass text, includeLinkedAccounts boolean
}
LogGroup {
  logGroupName text, creationTime integer, retentionInDays integer, metricFilterCount integer
  arn text, logGroupArn text, storedBytes integer, logGroupClass text
}
DescribeLogGroupsOutput { logGroups [LogGroup], nextToken text }
operation DescribeLogGroups(DescribeLogGroupsInput) -> DescribeLogGroupsOutput read
PutRetentionPolicyInput { logGroupName! text(1..512), retentionInDays! integer }
operation PutRetentionPolicy(PutRetentionPolicyInput) admin
operation DeleteRetentionPolicy(LogGroupInput) admin
LogStreamInput { logGroupName! text(1..512), logStreamName! text(1..512) }
operation CreateLogStream(LogStreamInput) ingest
operation DeleteLogStream(LogStreamInput) admin
DescribeLogStreamsInput {
  logGroupName text, logGroupIdentifier text, logStreamNamePrefix text
  orderBy text(LogStreamName|LastEventTime), descending boolean, nextToken text, limit integer(1..50)
}
LogStream {
  logStreamName text, creationTime integer, firstEventTimestamp integer, lastEventTimestamp integer
  lastIngestionTime integer, uploadSequenceToken text, arn text, storedBytes integer
}
DescribeLogStreamsOutput { logStreams [LogStream], nextToken text }
operation DescribeLogStreams(DescribeLogStreamsInput) -> DescribeLogStreamsOutput read

# Events
InputLogEvent { timestamp! integer(0..), message! text(1..) }
PutLogEventsInput {
  logGroupName! text(1..512), logStreamName! text(1..512), logEvents! [InputLogEvent](1..10000)
  sequenceToken text
}
RejectedLogEventsInfo {
  tooNewLogEventStartIndex integer, tooOldLogEventEndIndex integer, expiredLogEventEndIndex integer
}
PutLogEventsOutput {
  nextSequenceToken text, rejectedLogEventsInfo RejectedLogEventsInfo, warnings [QueryWarning]
}
operation PutLogEvents(PutLogEventsInput) -> PutLogEventsOutput ingest
GetLogEventsInput {
  logGroupName text, logGroupIdentifier text, logStreamName! text, startTime integer
  endTime integer, nextToken text, limit integer(1..10000), startFromHead boolean, unmask boolean
}
OutputLogEvent { timestamp integer, message text, ingestionTime integer }
GetLogEventsOutput { events [OutputLogEvent], nextForwardToken text, nextBackwardToken text }
operation GetLogEvents(GetLogEventsInput) -> GetLogEventsOutput read
FilterLogEventsInput {
  logGroupName text, logGroupIdentifier text, logStreamNames [text](1..100)
  logStreamNamePrefix text, startTime integer, endTime integer, filterPattern text(0..1024)
  nextToken text, limit integer(1..10000), interleaved boolean, unmask boolean
}
FilteredLogEvent {
  logStreamName text, timestamp integer, message text, ingestionTime integer, eventId text
}
SearchedLogStream { logStreamName text, searchedCompletely boolean }
FilterLogEventsOutput {
  events [FilteredLogEvent], searchedLogStreams [SearchedLogStream], nextToken text
}
operation FilterLogEvents(FilterLogEventsInput) -> FilterLogEventsOutput read

# Queries
StartQueryInput {
  queryLanguage text(CWLI|SQL|PPL), logGroupName text, logGroupNames [text](..50)
  logGroupIdentifiers [text](..50), startTime! integer(0..), endTime! integer(0..)
  queryString! text(1..10000), limit integer(1..100000)
}
StartQueryOutput { queryId text }
operation StartQuery(StartQueryInput) -> StartQueryOutput read
QueryIdInput { queryId! text }
GetQueryResultsInput { queryId! text, nextToken text, maxItems integer(1..10000) }
ResultField { field text, value text }
QueryStatistics {
  recordsMatched double, recordsScanned double, bytesScanned double, estimatedRecordsSkipped double
  estimatedBytesSkipped double, logGroupsScanned double
}
QueryWarning { code text, message text, startCharOffset integer, endCharOffset integer }
GetQueryResultsOutput {
  queryLanguage text, results [[ResultField]], statistics QueryStatistics, status text
  warnings [QueryWarning], nextToken text
}
operation GetQueryResults(GetQueryResultsInput) -> GetQueryResultsOutput read
StopQueryOutput { success boolean }
operation StopQuery(QueryIdInput) -> StopQueryOutput read
DescribeQueriesInput {
  logGroupName text, status text, maxResults integer(1..1000), nextToken text, queryLanguage text
}
QueryInfo {
  queryLanguage text, queryId text, queryString text, status text, createTime integer
  logGroupName text, queryDuration integer, bytesScanned double
}
DescribeQueriesOutput { queries [QueryInfo], nextToken text }
operation DescribeQueries(DescribeQueriesInput) -> DescribeQueriesOutput read
PutQueryDefinitionInput {
  queryLanguage text(CWLI|SQL|PPL), name! text(1..255), queryDefinitionId text
  logGroupNames [text], queryString! text(1..10000), clientToken text
}
PutQueryDefinitionOutput { queryDefinitionId text }
operation PutQueryDefinition(PutQueryDefinitionInput) -> PutQueryDefinitionOutput admin
DescribeQueryDefinitionsInput {
  queryLanguage text, queryDefinitionNamePrefix text, maxResults integer(1..1000), nextToken text
}
QueryDefinition {
  queryLanguage text, queryDefinitionId text, name text, queryString text, lastModified integer
  logGroupNames [text]
}
DescribeQueryDefinitionsOutput { queryDefinitions [QueryDefinition], nextToken text }
operation DescribeQueryDefinitions(DescribeQueryDefinitionsInput) -> DescribeQueryDefinitionsOutput read
DeleteQueryDefinitionInput { queryDefinitionId! text }
operation DeleteQueryDefinition(DeleteQueryDefinitionInput) -> StopQueryOutput admin

# Metric filters
MetricTransformation {
  metricName! text(1..255), metricNamespace! text(1..255), metricValue! text(1..100)
  defaultValue double, unit text, dimensions {text}
}
PutMetricFilterInput {
  logGroupName! text(1..512), filterName! text(1..512), filterPattern! text(0..1024)
  metricTransformations! [MetricTransformation](1..1)
}
operation PutMetricFilter(PutMetricFilterInput) admin
DescribeMetricFiltersInput {
  logGroupName text(1..512), filterNamePrefix text(1..512), nextToken text, limit integer(1..50)
  metricName text(1..255), metricNamespace text(1..255)
}
MetricFilter {
  filterName text, filterPattern text, metricTransformations [MetricTransformation]
  creationTime integer, logGroupName text
}
DescribeMetricFiltersOutput { metricFilters [MetricFilter], nextToken text }
operation DescribeMetricFilters(DescribeMetricFiltersInput) -> DescribeMetricFiltersOutput read
DeleteMetricFilterInput { logGroupName! text(1..512), filterName! text(1..512) }
operation DeleteMetricFilter(DeleteMetricFilterInput) admin
MetricFilterMatchRecord { eventNumber integer, eventMessage text, extractedValues {text} }
TestMetricFilterInput { filterPattern! text(0..1024), logEventMessages! [text](1..50) }
TestMetricFilterOutput { matches [MetricFilterMatchRecord] }
operation TestMetricFilter(TestMetricFilterInput) -> TestMetricFilterOutput read

# Records and their fields
GetLogRecordInput { logRecordPointer! text, unmask boolean }
GetLogRecordOutput { logRecord {text} }
operation GetLogRecord(GetLogRecordInput) -> GetLogRecordOutput read
GetLogGroupFieldsInput { logGroupName text, logGroupIdentifier text, time integer(0..) }
LogGroupField { name text, percent integer }
GetLogGroupFieldsOutput { logGroupFields [LogGroupField] }
operation GetLogGroupFields(GetLogGroupFieldsInput) -> GetLogGroupFieldsOutput read

# Subscription filters
PutSubscriptionFilterInput {
  logGroupName! text, filterName! text(1..512), filterPattern! text(0..1024)
  destinationArn! text(1..), roleArn text, distribution text(Random|ByLogStream)
  applyOnTransformedLogs boolean
}
PutSubscriptionFilterOutput { warnings [QueryWarning] }
operation PutSubscriptionFilter(PutSubscriptionFilterInput) -> PutSubscriptionFilterOutput admin
DescribeSubscriptionFiltersInput {
  logGroupName! text, filterNamePrefix text, nextToken text, limit integer(1..50)
}
SubscriptionFilter {
  filterName text, logGroupName text, filterPattern text, destinationArn text, roleArn text
  distribution text, applyOnTransformedLogs boolean, creationTime integer
}
DescribeSubscriptionFiltersOutput { subscriptionFilters [SubscriptionFilter], nextToken text }
operation DescribeSubscriptionFilters(DescribeSubscriptionFiltersInput) -> DescribeSubscriptionFiltersOutput read
DeleteSubscriptionFilterInput { logGroupName! text, filterName! text }
operation DeleteSubscriptionFilter(DeleteSubscriptionFilterInput) admin

# Lookup tables
CreateLookupTableInput {
  lookupTableName! text(1..256), description text(0..1024), tableBody text(1..10485760), queryId text
  kmsKeyId text, tags {text}
}
CreateLookupTableOutput { lookupTableArn text, createdAt integer }
operation CreateLookupTable(CreateLookupTableInput) -> CreateLookupTableOutput admin
UpdateLookupTableInput {
  lookupTableArn! text, description text(0..1024), tableBody text(1..10485760), queryId text, kmsKeyId text
}
UpdateLookupTableOutput { lookupTableArn text, lastUpdatedTime integer }
operation UpdateLookupTable(UpdateLookupTableInput) -> UpdateLookupTableOutput admin
LookupTable {
  lookupTableArn text, lookupTableName text, description text, tableFields [text], recordsCount integer
  sizeBytes integer, lastUpdatedTime integer, tableBody text
}
DescribeLookupTablesInput {
  lookupTableNamePrefix text, maxResults integer(1..100), nextToken text
}
DescribeLookupTablesOutput { lookupTables [LookupTable], nextToken text }
operation DescribeLookupTables(DescribeLookupTablesInput) -> DescribeLookupTablesOutput read
LookupTableInput { lookupTableArn! text }
operation GetLookupTable(LookupTableInput) -> LookupTable read
operation DeleteLookupTable(LookupTableInput) admin
)";

}  // namespace weir::api::logs
