"""CloudWatch Logs: groups, events, filters, and queries over events and over the flow table."""
import collections
import contextlib
import datetime
import glob
import gzip
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
import unittest.mock
import urllib.request

import botocore.exceptions

from weir_server import WEIR, Server, ServerTest

GROUP = "/aws/vpc/flowlogs/vpc-flow-logs-monitoring"
# The queries of the documents' dashboard and of their incident response.
REJECTED = """fields @timestamp, srcaddr, dstaddr, srcport, dstport, protocol, action
| filter action = "REJECT"
| stats count() by srcaddr
| sort count desc
| limit 20"""
VOLUME = """fields @timestamp, srcaddr, dstaddr, bytes
| filter @timestamp > @timestamp - 1h
| stats sum(bytes) as total_bytes by bin(5m)
| sort @timestamp desc"""
PORTS = """fields @timestamp, dstport, protocol
| filter @timestamp > @timestamp - 1h
| stats count() as connection_count by dstport
| sort connection_count desc
| limit 10"""


def now_ms():
    return int(time.time() * 1000)


def run_query(client, wait=30, **arguments):
    query = client.start_query(**arguments)["queryId"]
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline:
        answer = client.get_query_results(queryId=query)
        if answer["status"] not in ("Scheduled", "Running"):
            return answer
        time.sleep(0.02)
    raise AssertionError("the query did not end")


def rows(answer):
    return [{cell["field"]: cell["value"] for cell in row} for row in answer["results"]]


class Fields(ServerTest):
    """What is within events: members of JSON, records by pointer, joins, lookups, metrics."""

    def setUp(self):
        self.logs = self.server.client("logs")
        self.metrics = self.server.client("cloudwatch")

    def group(self, name, *messages):
        self.logs.create_log_group(logGroupName=name)
        self.logs.create_log_stream(logGroupName=name, logStreamName="s")
        if messages:
            self.put(name, *messages)

    def put(self, name, *messages):
        at = now_ms() - 120_000
        self.logs.put_log_events(logGroupName=name, logStreamName="s",
                                 logEvents=[{"timestamp": at + i, "message": m} for i, m in enumerate(messages)])

    def ask(self, group, text, **more):
        answer = run_query(self.logs, logGroupName=group, startTime=int(time.time()) - 3600,
                           endTime=int(time.time()) + 60, queryString=text, **more)
        self.assertEqual(answer["status"], "Complete", answer)
        return rows(answer)

    def sum_of(self, namespace, name, *dimensions):
        points = self.metrics.get_metric_statistics(
            Namespace=namespace, MetricName=name, StartTime=time.time() - 7200, EndTime=time.time() + 600, Period=3600,
            Statistics=["Sum"], Dimensions=[{"Name": n, "Value": v} for n, v in dimensions])["Datapoints"]
        return sum(point["Sum"] for point in points)

    def test_members_of_json_are_fields(self):
        self.group("/f/json", '{"status": 500, "user": {"name": "ann"}, "ms": 12.5}',
                   '{"status": 200, "user": {"name": "bob"}, "ms": 3}', "no json")
        self.assertEqual(self.ask("/f/json", "filter status >= 500 | display user.name, ms"),
                         [{"user.name": "ann", "ms": "12.5", "@ptr": unittest.mock.ANY}])
        self.assertEqual(self.ask("/f/json", "stats sum(ms) as total, count(*) as n by user.name | sort total desc"),
                         [{"user.name": "ann", "total": "12.5", "n": "1"}, {"user.name": "bob", "total": "3", "n": "1"},
                          {"n": "1"}])

    def test_records_by_pointer_and_fields_of_a_group(self):
        self.group("/f/ptr", *(f'{{"n": {i}, "tags": ["a", "b"]}}' for i in range(5)), "plain")
        found = self.ask("/f/ptr", "fields @timestamp, n | filter n = 3")
        self.assertEqual(list(found[0]), ["@timestamp", "n", "@ptr"])
        record = self.logs.get_log_record(logRecordPointer=found[0]["@ptr"])["logRecord"]
        self.assertEqual((record["n"], record["tags[1]"], record["@logStream"], record["@log"]),
                         ("3", "b", "s", "123456789012:/f/ptr"))
        self.assertEqual(record["@message"], '{"n": 3, "tags": ["a", "b"]}')
        self.assertNotIn("@ptr", self.ask("/f/ptr", "stats count(*)")[0])
        self.refused("InvalidParameterException", self.logs.get_log_record, logRecordPointer="nonsense")
        fields = {f["name"]: f["percent"] for f in
                  self.logs.get_log_group_fields(logGroupName="/f/ptr")["logGroupFields"]}
        self.assertEqual((fields["@message"], fields["n"], fields["tags[0]"]), (100, 84, 84))
        self.logs.delete_log_group(logGroupName="/f/ptr")
        self.refused("ResourceNotFoundException", self.logs.get_log_record, logRecordPointer=found[0]["@ptr"])

    def test_joins_subqueries_and_lookups_across_groups(self):
        self.group("/f/api", '{"id": "r1", "status": 500}', '{"id": "r2", "status": 200}')
        self.group("/f/worker", '{"id": "r1", "took": 42}', '{"id": "r3", "took": 1}')
        self.assertEqual(
            self.ask("/f/api", "filter status >= 500 | join type=inner left=api right=worker "
                     "where api.id = worker.id (SOURCE '/f/worker') | fields api.id, worker.took"),
            [{"api.id": "r1", "worker.took": "42"}])
        self.assertEqual(
            self.ask("/f/api", "filter id in (SOURCE '/f/worker' | fields id) | display status")[0]["status"], "500")
        both = self.logs.start_query(startTime=0, endTime=int(time.time()) + 60, queryString=
                                     "SOURCE logGroups(namePrefix: ['/f/api', '/f/worker']) | stats count(*) as n")
        self.assertIn("queryId", both)
        with self.assertRaises(self.logs.exceptions.MalformedQueryException):
            self.logs.start_query(logGroupName="/f/api", startTime=0, endTime=1,
                                  queryString="filter id in (SOURCE '/f/none' | fields id)")
        if not hasattr(self.logs, "create_lookup_table"):
            return  # a client from before there were any
        arn = self.logs.create_lookup_table(lookupTableName="codes", tableBody="code,text\n500,broken\n")["lookupTableArn"]
        self.refused("ResourceAlreadyExistsException", self.logs.create_lookup_table, lookupTableName="codes",
                     tableBody="a\n")
        self.refused("InvalidParameterException", self.logs.create_lookup_table, lookupTableName="bad", tableBody='a\n"')
        text = "lookup codes code as status OUTPUT text | filter ispresent(text) | display id, text"
        self.assertEqual(self.ask("/f/api", text), [{"id": "r1", "text": "broken", "@ptr": unittest.mock.ANY}])
        self.logs.update_lookup_table(lookupTableArn=arn, tableBody="code,text\n200,fine\n")
        self.server.restart()
        self.setUp()
        self.assertEqual(self.ask("/f/api", text)[0]["text"], "fine")
        table, = self.logs.describe_lookup_tables()["lookupTables"]
        self.assertEqual(table["tableFields"], ["code", "text"])
        self.assertIn("200,fine", self.logs.get_lookup_table(lookupTableArn=arn)["tableBody"])
        self.logs.delete_lookup_table(lookupTableArn=arn)
        self.refused("ResourceNotFoundException", self.logs.get_lookup_table, lookupTableArn=arn)

    def test_patterns_and_results_in_pages(self):
        self.group("/f/pages", *(f"INFO request {i} took {i * 7} ms" for i in range(50)), "ERROR disk full")
        self.assertEqual([(r["@pattern"], r["@sampleCount"], r["@severityLabel"]) for r in
                          self.ask("/f/pages", "pattern @message")],
                         [("INFO request <*> took <*> ms", "50", "Info"), ("ERROR disk full", "1", "Error")])
        query = self.logs.start_query(logGroupName="/f/pages", startTime=0, endTime=int(time.time()) + 60,
                                      queryString="fields @message | sort @timestamp")["queryId"]
        if "maxItems" not in self.logs.meta.service_model.operation_model("GetQueryResults").input_shape.members:
            return
        while self.logs.get_query_results(queryId=query)["status"] != "Complete":
            time.sleep(0.02)
        seen, token = [], {}
        while True:
            page = self.logs.get_query_results(queryId=query, maxItems=20, **token)
            seen += [row[0]["value"] for row in page["results"]]
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
        self.assertEqual((len(seen), seen[0], seen[-1]), (51, "INFO request 0 took 0 ms", "ERROR disk full"))

    def test_metric_filters_over_json_and_columns(self):
        self.group("/f/metrics")
        self.logs.put_metric_filter(logGroupName="/f/metrics", filterName="latency", filterPattern="{ $.ms = * }",
                                    metricTransformations=[{"metricName": "latency", "metricNamespace": "Filters",
                                                            "metricValue": "$.ms", "dimensions": {"user": "$.user"}}])
        self.logs.put_metric_filter(logGroupName="/f/metrics", filterName="bytes",
                                    filterPattern="[ip, verb, status = 4*, bytes]",
                                    metricTransformations=[{"metricName": "bytes", "metricNamespace": "Filters",
                                                            "metricValue": "$bytes"}])
        self.put("/f/metrics", '{"ms": 5, "user": "ann"}', '{"ms": 7, "user": "ann"}', '{"ms": 100, "user": "bob"}',
                 '{"ms": "slow"}', "10.0.0.1 GET 404 1500", "10.0.0.1 GET 200 9000")
        self.assertEqual(self.sum_of("Filters", "latency", ("user", "ann")), 12)
        self.assertEqual(self.sum_of("Filters", "bytes"), 1500)
        self.refused("InvalidParameterException", self.logs.put_metric_filter, logGroupName="/f/metrics",
                     filterName="x", filterPattern="{ $.ms = * }", metricTransformations=[
                         {"metricName": "x", "metricNamespace": "Filters", "metricValue": "$.ms", "defaultValue": 0,
                          "dimensions": {"user": "$.user"}}])
        matches = self.logs.test_metric_filter(filterPattern="[ip, ..., bytes > 10]",
                                               logEventMessages=["a b 9", "a b c 11"])["matches"]
        self.assertEqual([(m["eventNumber"], m["extractedValues"]) for m in matches],
                         [(2, {"$ip": "a", "$bytes": "11"})])

    def test_embedded_metrics(self):
        self.group("/f/emf")
        at = now_ms() - 60_000
        event = {"_aws": {"Timestamp": at, "CloudWatchMetrics": [
            {"Namespace": "Embedded", "Dimensions": [["service"], ["service", "zone"]],
             "Metrics": [{"Name": "latency", "Unit": "Milliseconds"}, {"Name": "sizes"}]}]},
            "service": "checkout", "zone": "a", "latency": 25, "sizes": [1, 2, 3]}
        self.put("/f/emf", json.dumps(event), json.dumps({**event, "latency": 5}),
                 '{"_aws": {"CloudWatchMetrics": [{"Namespace": "Embedded", "Metrics": [{"Name": "gone"}]}]}}')
        self.assertEqual(self.sum_of("Embedded", "latency", ("service", "checkout")), 30)
        self.assertEqual(self.sum_of("Embedded", "sizes", ("service", "checkout"), ("zone", "a")), 12)
        self.assertEqual(self.sum_of("AWS/Logs", "EMFParsingErrors", ("LogGroupName", "/f/emf")), 1)
        self.assertEqual(len(self.ask("/f/emf", "fields @message")), 3)  # events stay events

    def test_subscription_filters_are_kept_and_not_delivered(self):
        self.group("/f/sub")
        put = lambda name, **more: self.logs.put_subscription_filter(
            logGroupName="/f/sub", filterName=name, filterPattern="{ $.level = \"error\" }",
            destinationArn="arn:aws:lambda:us-west-2:123456789012:function:f", **more)
        put("one")
        self.server.restart()
        self.setUp()
        put("two")
        self.refused("LimitExceededException", put, name="three")
        found = self.logs.describe_subscription_filters(logGroupName="/f/sub")["subscriptionFilters"]
        self.assertEqual([f["filterName"] for f in found], ["one", "two"])
        self.assertEqual(found[0]["distribution"], "ByLogStream")
        self.refused("InvalidParameterException", self.logs.put_subscription_filter, logGroupName="/f/sub",
                     filterName="one", filterPattern="{ $.x }", destinationArn=found[0]["destinationArn"])
        self.refused("InvalidParameterException", self.logs.put_subscription_filter, logGroupName="/f/sub",
                     filterName="one", filterPattern="", destinationArn="arn:aws:s3:::bucket")
        self.logs.delete_subscription_filter(logGroupName="/f/sub", filterName="one")
        self.refused("ResourceNotFoundException", self.logs.delete_subscription_filter, logGroupName="/f/sub",
                     filterName="one")
        # AWS's clients pass over the member that says that nothing is delivered.
        import urllib.request
        answer = json.load(urllib.request.urlopen(urllib.request.Request(
            self.server.url, headers={"X-Amz-Target": "Logs_20140328.PutSubscriptionFilter",
                                      "Content-Type": "application/x-amz-json-1.1"},
            data=json.dumps({"logGroupName": "/f/sub", "filterName": "two", "filterPattern": "",
                             "destinationArn": found[0]["destinationArn"]}).encode())))
        self.assertIn("does not deliver", answer["warnings"][0]["message"])


class Events(ServerTest):
    def group(self, name, *streams):
        logs = self.server.client("logs")
        logs.create_log_group(logGroupName=name)
        for stream in streams:
            logs.create_log_stream(logGroupName=name, logStreamName=stream)
        return logs

    def put(self, name, stream, *messages, at=None):
        at = at or now_ms() - 60_000
        return self.server.client("logs").put_log_events(
            logGroupName=name, logStreamName=stream,
            logEvents=[{"timestamp": at + i, "message": message} for i, message in enumerate(messages)])

    def test_groups(self):
        logs = self.group("/g/one", "s")
        self.refused("ResourceAlreadyExistsException", logs.create_log_group, logGroupName="/g/one")
        self.refused("InvalidParameterException", logs.create_log_group, logGroupName="no spaces")
        group, = logs.describe_log_groups(logGroupNamePrefix="/g/")["logGroups"]
        self.assertEqual(group["arn"], "arn:aws:logs:us-west-2:123456789012:log-group:/g/one:*")
        self.assertNotIn("retentionInDays", group)
        logs.put_retention_policy(logGroupName="/g/one", retentionInDays=7)
        self.assertEqual(logs.describe_log_groups(logGroupNamePrefix="/g/")["logGroups"][0]["retentionInDays"], 7)
        self.refused("InvalidParameterException", logs.put_retention_policy, logGroupName="/g/one",
                     retentionInDays=8)
        logs.delete_retention_policy(logGroupName="/g/one")
        self.assertEqual([s["logStreamName"] for s in
                          logs.describe_log_streams(logGroupName="/g/one")["logStreams"]], ["s"])
        logs.delete_log_group(logGroupName="/g/one")
        self.assertEqual(logs.describe_log_groups(logGroupNamePrefix="/g/")["logGroups"], [])
        self.refused("ResourceNotFoundException", logs.describe_log_streams, logGroupName="/g/one")

    def test_events_in_order_and_in_pages(self):
        logs = self.group("/e/pages", "s", "t")
        self.put("/e/pages", "s", *(f"event {i}" for i in range(250)))
        self.put("/e/pages", "t", "other stream")
        seen, token = [], {}
        while True:
            page = logs.get_log_events(logGroupName="/e/pages", logStreamName="s", limit=100, startFromHead=True,
                                       **token)
            if not page["events"]:
                self.assertEqual(page["nextForwardToken"], token["nextToken"])
                break
            seen += [event["message"] for event in page["events"]]
            token = {"nextToken": page["nextForwardToken"]}
        self.assertEqual(seen, [f"event {i}" for i in range(250)])
        newest = logs.get_log_events(logGroupName="/e/pages", logStreamName="s", limit=2)
        self.assertEqual([e["message"] for e in newest["events"]], ["event 248", "event 249"])
        before = logs.get_log_events(logGroupName="/e/pages", logStreamName="s", limit=2,
                                     nextToken=newest["nextBackwardToken"])
        self.assertEqual([e["message"] for e in before["events"]], ["event 246", "event 247"])
        stream, = logs.describe_log_streams(logGroupName="/e/pages", logStreamNamePrefix="s")["logStreams"]
        self.assertEqual(stream["lastEventTimestamp"] - stream["firstEventTimestamp"], 249)

    def test_filters(self):
        logs = self.group("/e/filter", "a", "b")
        self.put("/e/filter", "a", "ERROR timeout", "INFO fine", "ERROR retry timeout")
        self.put("/e/filter", "b", "ERROR other")
        messages = lambda **arguments: sorted(
            e["message"] for page in logs.get_paginator("filter_log_events").paginate(
                logGroupName="/e/filter", **arguments) for e in page["events"])
        self.assertEqual(messages(filterPattern="ERROR timeout"), ["ERROR retry timeout", "ERROR timeout"])
        self.assertEqual(messages(filterPattern="ERROR -retry", logStreamNames=["a"]), ["ERROR timeout"])
        self.assertEqual(messages(logStreamNamePrefix="b"), ["ERROR other"])
        self.assertEqual(len(messages(limit=1)), 4)
        self.put("/e/filter", "a", '{"level": 3, "who": {"name": "ann"}}', '{"level": 1}', "10.0.0.1 GET 404 1534")
        self.assertEqual(messages(filterPattern='{ $.level > 1 && $.who.name = "a*" }'),
                         ['{"level": 3, "who": {"name": "ann"}}'])
        self.assertEqual(messages(filterPattern="[ip, verb, status = 4*, bytes > 1000]"), ["10.0.0.1 GET 404 1534"])
        self.refused("InvalidParameterException", logs.filter_log_events, logGroupName="/e/filter",
                     filterPattern="{ $.level = }")

    def test_what_is_refused_of_a_batch(self):
        logs = self.group("/e/limits", "s")
        at = now_ms()
        put = lambda *times: logs.put_log_events(
            logGroupName="/e/limits", logStreamName="s",
            logEvents=[{"timestamp": t, "message": "m"} for t in times])
        with self.assertRaises(logs.exceptions.InvalidParameterException):
            put(at, at - 1)
        rejected = put(at, at + 3 * 3600 * 1000)["rejectedLogEventsInfo"]
        self.assertEqual(rejected, {"tooNewLogEventStartIndex": 1})
        rejected = put(at - 15 * 86400 * 1000)["rejectedLogEventsInfo"]
        self.assertEqual(rejected, {"tooOldLogEventEndIndex": 1})
        with self.assertRaises(logs.exceptions.ResourceNotFoundException):
            logs.put_log_events(logGroupName="/e/limits", logStreamName="none",
                                logEvents=[{"timestamp": at, "message": "m"}])

    def test_queries_over_events(self):
        logs = self.group("/e/query", "s")
        self.group("/e/query2", "s")
        self.put("/e/query", "s", *(f"user={i % 3} took {i} ms" for i in range(30)))
        self.put("/e/query2", "s", "user=9 took 1000 ms")
        span = {"startTime": int(time.time()) - 3600, "endTime": int(time.time()) + 60}
        answer = run_query(logs, logGroupName="/e/query", queryString=(
            'parse @message "user=* took * ms" as user, ms | filter ms > 8 | stats count(*) as n by user '
            '| sort user asc'), **span)
        self.assertEqual(answer["status"], "Complete", answer)
        self.assertEqual([(r["user"], r["n"]) for r in rows(answer)], [("0", "7"), ("1", "7"), ("2", "7")])
        self.assertEqual(answer["statistics"]["recordsMatched"], 21.0)
        both = run_query(logs, logGroupNames=["/e/query", "/e/query2"], queryString="stats count(*) as n by @log",
                         **span)
        self.assertEqual({r["@log"]: r["n"] for r in rows(both)},
                         {"123456789012:/e/query": "30", "123456789012:/e/query2": "1"})
        newest = run_query(logs, logGroupName="/e/query", limit=2, queryString="fields @timestamp, @message", **span)
        self.assertEqual([r["@message"] for r in rows(newest)], ["user=2 took 29 ms", "user=1 took 28 ms"])
        self.assertRegex(rows(newest)[0]["@timestamp"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$")

    def test_query_errors(self):
        logs = self.group("/e/errors")
        span = {"startTime": 0, "endTime": int(time.time())}
        with self.assertRaises(logs.exceptions.MalformedQueryException) as caught:
            logs.start_query(logGroupName="/e/errors", queryString="stats nonsense(", **span)
        location = caught.exception.response["queryCompileError"]["location"]
        self.assertGreater(location["endCharOffset"], 0)
        with self.assertRaises(logs.exceptions.ResourceNotFoundException):
            logs.start_query(logGroupName="/nowhere", queryString="fields @message", **span)
        with self.assertRaises(logs.exceptions.InvalidParameterException):
            logs.start_query(queryString="fields @message", **span)
        with self.assertRaises(logs.exceptions.ResourceNotFoundException):
            logs.get_query_results(queryId="none")

    def test_answers_outlive_a_restart(self):
        logs = self.group("/e/kept")
        logs.create_log_stream(logGroupName="/e/kept", logStreamName="s")
        logs.put_log_events(logGroupName="/e/kept", logStreamName="s", logEvents=[
            {"timestamp": now_ms() - 1000 + i, "message": f"line {i}"} for i in range(3)])
        span = {"startTime": int(time.time()) - 60, "endTime": int(time.time()) + 60}
        query = logs.start_query(logGroupName="/e/kept", queryString="fields @message | sort @message", **span)["queryId"]
        deadline = time.monotonic() + 30
        while (before := logs.get_query_results(queryId=query))["status"] != "Complete":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        for end in (self.server.stop, self.server.kill):
            end()
            self.server.start()
            logs = self.server.client("logs")
            after = logs.get_query_results(queryId=query)
            self.assertEqual(after["status"], "Complete")
            self.assertEqual(after["results"], before["results"])
            self.assertEqual(after["statistics"], before["statistics"])
            told, = [q for q in logs.describe_queries(logGroupName="/e/kept")["queries"] if q["queryId"] == query]
            self.assertEqual(told["queryString"], "fields @message | sort @message")
        with self.assertRaises(self.server.client("logs", region="eu-west-1").exceptions.ResourceNotFoundException):
            self.server.client("logs", region="eu-west-1").get_query_results(queryId=query)

    def test_groups_are_named_in_one_way(self):
        logs = self.server.client("logs")
        for name in ("/one/a", "/one/b"):
            logs.create_log_group(logGroupName=name)
        arn = "arn:aws:logs:us-west-2:123456789012:log-group:/one/b"
        for names in ({"logGroupName": "/one/a", "logGroupNames": ["/one/b"]},
                      {"logGroupName": "/one/a", "logGroupIdentifiers": [arn]},
                      {"logGroupNames": ["/one/a"], "logGroupIdentifiers": [arn]}):
            if "logGroupIdentifiers" in names and "logGroupIdentifiers" not in \
                    logs.meta.service_model.operation_model("StartQuery").input_shape.members:
                continue
            self.refused("InvalidParameterException", logs.start_query, queryString="fields @message", startTime=0,
                         endTime=1, **names)
        self.refused("InvalidParameterException", logs.start_query, startTime=0, endTime=1, logGroupName="/one/a",
                     queryString="SOURCE '/one/b' | fields @message")
        logs.start_query(startTime=0, endTime=1, logGroupName="/one/a",
                         queryString="SOURCE '/one/a' | fields @message")
        if "logGroupNamePattern" in logs.meta.service_model.operation_model("DescribeLogGroups").input_shape.members:
            self.refused("InvalidParameterException", logs.describe_log_groups, logGroupNamePrefix="/one",
                         logGroupNamePattern="a")

    def test_query_definitions(self):
        logs = self.server.client("logs")
        identity = logs.put_query_definition(name="rejects", queryString=REJECTED, logGroupNames=[GROUP])[
            "queryDefinitionId"]
        definition, = logs.describe_query_definitions(queryDefinitionNamePrefix="rej")["queryDefinitions"]
        self.assertEqual((definition["queryDefinitionId"], definition["queryString"]), (identity, REJECTED))
        self.assertTrue(logs.delete_query_definition(queryDefinitionId=identity)["success"])
        self.assertEqual(logs.describe_query_definitions()["queryDefinitions"], [])

    def test_metric_filters(self):
        logs = self.group("/e/metric", "s")
        logs.put_metric_filter(
            logGroupName="/e/metric", filterName="errors", filterPattern="ERROR",
            metricTransformations=[{"metricName": "errors", "metricNamespace": "T/Logs", "metricValue": "1"}])
        self.put("/e/metric", "s", "ERROR one", "fine", "ERROR two")
        at = datetime.datetime.now(datetime.timezone.utc)
        points = self.server.client("cloudwatch").get_metric_statistics(
            Namespace="T/Logs", MetricName="errors", StartTime=at - datetime.timedelta(minutes=10),
            EndTime=at + datetime.timedelta(minutes=1), Period=60, Statistics=["Sum"])["Datapoints"]
        self.assertEqual(sum(p["Sum"] for p in points), 2.0)
        described, = logs.describe_metric_filters(logGroupName="/e/metric")["metricFilters"]
        self.assertEqual(described["filterName"], "errors")
        logs.delete_metric_filter(logGroupName="/e/metric", filterName="errors")
        self.assertEqual(logs.describe_metric_filters(logGroupName="/e/metric")["metricFilters"], [])


class Durability(unittest.TestCase):
    def test_events_survive_a_kill(self):
        server = Server()
        self.addCleanup(server.close)
        logs = server.client("logs")
        logs.create_log_group(logGroupName="g")
        logs.create_log_stream(logGroupName="g", logStreamName="s")
        for i in range(10):
            logs.put_log_events(logGroupName="g", logStreamName="s",
                                logEvents=[{"timestamp": now_ms(), "message": str(i)}])
        server.kill()
        server.start()
        events = server.client("logs").get_log_events(logGroupName="g", logStreamName="s", startFromHead=True)
        self.assertEqual([e["message"] for e in events["events"]], [str(i) for i in range(10)])


class Flows(unittest.TestCase):
    """What weir ingest took in is what queries over the flow-log groups see."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="weir_flows_")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        source = os.path.join(cls.directory, "source")
        # Around now, so that "the last hour" has something in it.
        start = datetime.datetime.fromtimestamp(int(time.time()) // 300 * 300 - 3 * 3600, datetime.timezone.utc)
        subprocess.run([WEIR, "simulate", "-n", "20000", "--out", source, "-q", "--duration", "3h", "--start",
                        start.strftime("%Y-%m-%dT%H:%M:%SZ")], check=True)
        data = os.path.join(cls.directory, "data")
        os.mkdir(data)
        subprocess.run([WEIR, "ingest", "--data", data, source], check=True, capture_output=True)
        cls.records = []
        for path in glob.glob(source + "/**/*.gz", recursive=True):
            with gzip.open(path, "rt") as lines:
                names = next(lines).split()
                cls.records += [dict(zip(names, line.split())) for line in lines]
        cls.server = Server(data=data)
        cls.addClassCleanup(cls.server.close)
        cls.span = {"startTime": min(int(r["start"]) for r in cls.records),
                    "endTime": max(int(r["end"]) for r in cls.records)}

    def ask(self, text, **arguments):
        answer = run_query(self.server.client("logs"), queryString=text, **{**self.span, **arguments})
        self.assertEqual(answer["status"], "Complete", answer)
        return answer

    def test_rejected_sources(self):
        answer = self.ask(f"SOURCE '{GROUP}' | {REJECTED}")
        expected = collections.Counter(r["srcaddr"] for r in self.records if r["action"] == "REJECT")
        told = [(r["srcaddr"], int(r["count()"])) for r in rows(answer)]
        self.assertEqual(len(told), min(20, len(expected)))
        self.assertEqual([n for _, n in told], [n for _, n in expected.most_common(20)])
        for address, number in told:
            self.assertEqual(expected[address], number)
        self.assertEqual(answer["results"][0][0]["field"], "srcaddr")  # clients read by position
        self.assertEqual(answer["statistics"]["recordsMatched"], float(sum(expected.values())))

    def test_volume_and_ports(self):
        # `@timestamp > @timestamp - 1h` is read as the last hour, and said to be (docs/insights.md).
        volume = [r for r in rows(self.ask(VOLUME, logGroupName=GROUP)) if "total_bytes" in r]
        as_text = lambda second: datetime.datetime.fromtimestamp(second, datetime.timezone.utc).strftime(
            "%Y-%m-%d %H:%M:%S.000")
        first = int(time.time() - 3600) // 300 * 300 + 300  # the bin before holds a part of what it would
        expected = collections.Counter()
        for r in self.records:
            if r["bytes"] != "-" and int(r["start"]) >= first:
                expected[int(r["start"]) // 300 * 300] += int(r["bytes"])
        told = [(r["bin(5m)"], int(r["total_bytes"])) for r in volume if r["bin(5m)"] >= as_text(first)]
        self.assertEqual(told, [(as_text(s), n) for s, n in sorted(expected.items(), reverse=True)])
        self.assertGreater(len(told), 8)
        ports = rows(self.ask(PORTS.replace("| filter @timestamp > @timestamp - 1h\n", ""), logGroupName=GROUP))
        counts = collections.Counter(r["dstport"] for r in self.records if r["dstport"] != "-")
        told = [(r["dstport"], int(r["connection_count"])) for r in ports if "dstport" in r]
        self.assertEqual([n for _, n in told], [n for _, n in counts.most_common(len(told))])
        self.assertTrue(all(counts[port] == n for port, n in told))

    def test_time_ranges_are_exact(self):
        start, end = self.span["startTime"] + 600, self.span["startTime"] + 1200
        expected = sum(1 for r in self.records if start <= int(r["start"]) <= end)
        for scale in (1, 1000):
            answer = rows(self.ask("stats count(*) as n", logGroupName=GROUP, startTime=start * scale,
                                   endTime=end * scale))
            self.assertEqual(int(answer[0]["n"]), expected)

    def test_sql(self):
        answer = rows(self.ask(f"SELECT COUNT(*) AS n FROM `{GROUP}` WHERE action = 'REJECT'", logGroupName=GROUP,
                               **({"queryLanguage": "SQL"} if self.has_languages() else {})))
        self.assertEqual(int(answer[0]["n"]), sum(1 for r in self.records if r["action"] == "REJECT"))

    def has_languages(self):
        import botocore
        if tuple(int(x) for x in botocore.__version__.split(".")[:2]) < (1, 36):
            self.skipTest("this boto3 knows no queryLanguage")
        return True

    def test_warnings_are_told(self):
        import http.client
        import json
        start = self.server.client("logs").start_query(logGroupName=GROUP, queryString=REJECTED, **self.span)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
            connection.request("POST", "/", json.dumps({"queryId": start["queryId"]}),
                               {"content-type": "application/x-amz-json-1.1",
                                "x-amz-target": "Logs_20140328.GetQueryResults"})
            answer = json.loads(connection.getresponse().read())
            connection.close()
            if answer["status"] == "Complete":
                break
        self.assertIn("sort_key_resolved", [w["code"] for w in answer["warnings"]])

    def test_flow_groups_take_no_metric_filters(self):
        logs = self.server.client("logs")
        with self.assertRaises(logs.exceptions.ClientError) as caught:
            logs.put_metric_filter(logGroupName=GROUP, filterName="f", filterPattern="",
                                   metricTransformations=[{"metricName": "m", "metricNamespace": "n",
                                                           "metricValue": "1"}])
        self.assertEqual(caught.exception.response["Error"]["Code"], "InvalidOperationException")

    def test_described_queries(self):
        self.ask("stats count(*)", logGroupName=GROUP)
        queries = self.server.client("logs").describe_queries(logGroupName=GROUP, status="Complete")["queries"]
        self.assertIn("stats count(*)", [q["queryString"] for q in queries])


class Ingest(unittest.TestCase):
    def test_flow_logs_are_taken_in_while_it_runs(self):
        directory = tempfile.mkdtemp(prefix="weir_ingest_")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        server = Server("--ingest", directory)
        self.addCleanup(server.close)
        logs = server.client("logs")
        count = lambda: int(rows(run_query(logs, logGroupName=GROUP, queryString="stats count(*) as n",
                                           startTime=0, endTime=int(time.time())))[0]["n"])
        subprocess.run([WEIR, "simulate", "-n", "1000", "--out", os.path.join(directory, "new"), "-q"], check=True)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and count() < 1000:
            time.sleep(0.2)
        self.assertEqual(count(), 1000)


class FlowEvents(ServerTest):
    """Events that are put into a group of the flow table are flow records."""

    def record(self, start, source="10.0.0.1", action="ACCEPT"):
        return f"2 123456789012 eni-1 {source} 10.0.0.2 1234 443 6 3 400 {start} {start + 60} {action} OK"

    def put(self, group, *messages, **arguments):
        logs = self.server.client("logs")
        return logs.put_log_events(logGroupName=group, logStreamName="eni-1-all", logEvents=[
            {"timestamp": int(time.time() * 1000), "message": message} for message in messages], **arguments)

    def make(self, group):
        logs = self.server.client("logs")
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName="eni-1-all")

    def ask(self, text, group):
        return rows(run_query(self.server.client("logs"), logGroupName=group, queryString=text, startTime=0,
                              endTime=int(time.time()) + 60))

    def test_records_are_rows_each_time_they_come(self):
        group, start = "/aws/vpc/flowlogs/put", int(time.time()) - 60
        self.make(group)
        batch = [self.record(start, "198.51.100.1", "REJECT"), self.record(start, "198.51.100.2")]
        for _ in range(2):  # AWS knows no idempotency of PutLogEvents: what was acknowledged counts
            self.put(group, *batch)
        text = "filter srcaddr like '198.51.100' | stats count(*) as n, sum(bytes) as b by srcaddr, action | sort srcaddr"
        expected = [{"srcaddr": "198.51.100.1", "action": "REJECT", "n": "2", "b": "800"},
                    {"srcaddr": "198.51.100.2", "action": "ACCEPT", "n": "2", "b": "800"}]
        self.assertEqual(self.ask(text, group), expected)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.ask(text, "/aws/vpc/flowlogs/another"), expected)  # one table, whatever the group

    def test_the_layout_of_the_flow_log(self):
        group, start = "/my/own/format", int(time.time()) - 60
        self.server.client("ec2").create_flow_logs(
            ResourceIds=["vpc-1"], ResourceType="VPC", TrafficType="ALL", LogGroupName=group,
            DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flow",
            LogFormat="${srcaddr} ${start} ${end} ${action} ${log-status} ${bytes}")
        self.make(group)
        self.put(group, f"203.0.113.5 {start} {start + 1} REJECT OK 77")
        self.assertEqual(self.ask("filter srcaddr = '203.0.113.5' | fields action, bytes", group),
                         [{"action": "REJECT", "bytes": "77"}])

    def test_what_is_no_record(self):
        group, start = "/aws/vpc/flowlogs/bad", int(time.time()) - 60
        self.make(group)
        for messages in (["hello"], ["{\"a\": 1}"], ["a b c", "d e f"]):
            with self.assertRaises(botocore.exceptions.ClientError) as caught:
                self.put(group, *messages)
            self.assertEqual(caught.exception.response["Error"]["Code"], "InvalidParameterException", messages)
        import http.client
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        now = int(time.time() * 1000)
        events = [self.record(start, "192.0.2.9"), "no record", self.record(start, "192.0.2.9") + "\n" +
                  self.record(start, "192.0.2.9")]
        connection.request("POST", "/", json.dumps({
            "logGroupName": group, "logStreamName": "eni-1-all",
            "logEvents": [{"timestamp": now, "message": message} for message in events]}), {
                "content-type": "application/x-amz-json-1.1", "x-amz-target": "Logs_20140328.PutLogEvents"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        self.assertEqual(response.status, 200)
        self.assertEqual([w["message"] for w in answer["warnings"]],
                         ["2 of 3 events are no flow records and were left out"])
        self.assertEqual(self.ask("filter srcaddr = '192.0.2.9' | stats count(*) as n", group), [{"n": "1"}])


    def test_what_is_left_out_is_counted(self):
        start = int(time.time()) - 60
        self.make("/aws/vpc/flowlogs/counted")
        self.put("/aws/vpc/flowlogs/counted", self.record(start, "192.0.2.77"), "no record")
        with urllib.request.urlopen(self.server.url + "/metrics") as page:
            counts = dict(line.split() for line in page.read().decode().splitlines() if line[0] != "#")
        self.assertGreaterEqual(float(counts["weir_ingest_rejected_total"]), 1)
        self.assertIn("weir_ingest_refused_objects_total", counts)


class FlowLogs(ServerTest):
    def test_create_describe_delete(self):
        ec2 = self.server.client("ec2")
        created = ec2.create_flow_logs(
            ResourceIds=["vpc-1", "vpc-2"], ResourceType="VPC", TrafficType="ALL", LogGroupName="/my/flows",
            DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flow", MaxAggregationInterval=60,
            TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": [{"Key": "a", "Value": "b"}]}])
        self.assertEqual((len(created["FlowLogIds"]), created["Unsuccessful"]), (2, []))
        described = ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": ["vpc-2"]}])["FlowLogs"]
        self.assertEqual([(f["ResourceId"], f["FlowLogStatus"], f["MaxAggregationInterval"], f["LogGroupName"],
                           f["Tags"]) for f in described],
                         [("vpc-2", "ACTIVE", 60, "/my/flows", [{"Key": "a", "Value": "b"}])])
        self.assertTrue(described[0]["LogFormat"].startswith("${version} ${account-id}"))
        for name, value, number in (("tag:a", "b", 2), ("tag:a", "c", 0), ("tag:b", "b", 0), ("tag-key", "a", 2),
                                    ("tag-key", "b", 0), ("traffic-type", "ALL", 2)):
            found = ec2.describe_flow_logs(Filters=[{"Name": name, "Values": [value]}])["FlowLogs"]
            self.assertEqual(len(found), number, (name, value))
        self.refused("InvalidParameterValue", ec2.describe_flow_logs, Filters=[{"Name": "colour", "Values": ["red"]}])
        # Its group shows the flow table, under AWS's names.
        answer = run_query(self.server.client("logs"), logGroupName="/my/flows",
                           queryString="stats sum(bytes) as b by srcAddr", startTime=0, endTime=int(time.time()))
        self.assertEqual((answer["status"], answer["results"]), ("Complete", []))
        gone = ec2.delete_flow_logs(FlowLogIds=[created["FlowLogIds"][0], "fl-none"])["Unsuccessful"]
        self.assertEqual([u["ResourceId"] for u in gone], ["fl-none"])
        self.assertEqual(len(ec2.describe_flow_logs()["FlowLogs"]), 1)
        answer = self.refused("InvalidParameter", ec2.create_flow_logs, ResourceIds=["vpc-1"], ResourceType="VPC",
                              TrafficType="ALL", LogGroupName="g", LogDestination="arn:aws:s3:::b")
        self.assertIn("Please only provide LogGroupName", answer["Error"]["Message"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
