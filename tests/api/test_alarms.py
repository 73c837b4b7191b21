"""Alarms by data alone, from PutMetricData to a subscriber of the topic; and the documents' own script."""
import datetime
import json
import os
import shutil
import subprocess
import time
import unittest
import urllib.request

import artefacts
from http_receiver import Receiver
from weir_server import SKIPPED, Server, ServerTest



def wait_for(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


class Alarms(ServerTest):
    def alarm(self, name, **changes):
        arguments = dict(AlarmName=name, Namespace="T/X", MetricName="rtt", Statistic="Average", Period=10,
                         EvaluationPeriods=1, Threshold=100.0, ComparisonOperator="GreaterThanThreshold")
        arguments.update(changes)
        self.server.client("cloudwatch").put_metric_alarm(**arguments)

    def described(self, name):
        alarm, = self.server.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return alarm

    def test_to_alarm_by_data_alone_and_back(self):
        cloudwatch, sns = self.server.client("cloudwatch"), self.server.client("sns")
        topic = sns.create_topic(Name="network-alerts")["TopicArn"]
        receiver = Receiver()
        self.addCleanup(receiver.close)
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=receiver.url)
        receiver.confirm()
        self.alarm("High-Latency", AlarmDescription="too slow", AlarmActions=[topic], OKActions=[topic],
                   TreatMissingData="notBreaching")
        put = lambda value: cloudwatch.put_metric_data(
            Namespace="T/X", MetricData=[{"MetricName": "rtt", "Value": value, "StorageResolution": 1}])
        put(250.5)
        wait_for(lambda: self.described("High-Latency")["StateValue"] == "ALARM")
        alarm = self.described("High-Latency")
        self.assertIn("250.5", alarm["StateReason"])
        messages = [json.loads(body) for _, body in receiver.wait(1)]
        # The way to ALARM may lead over OK, where an evaluation came before the datum.
        message = wait_for(lambda: next((m for m in (json.loads(b) for _, b in list(receiver.messages))
                                         if m["Subject"].startswith("ALARM")), None))
        self.assertEqual(message["Subject"], 'ALARM: "High-Latency" in US West (Oregon)')
        told = json.loads(message["Message"])
        self.assertEqual(told["NewStateValue"], "ALARM")
        self.assertEqual(told["AlarmArn"], alarm["AlarmArn"])
        self.assertEqual(told["Region"], "US West (Oregon)")
        self.assertEqual(told["AlarmDescription"], "too slow")
        trigger = told["Trigger"]
        self.assertEqual((trigger["Statistic"], trigger["MetricName"], trigger["Threshold"], trigger["Dimensions"],
                          trigger["Unit"]), ("AVERAGE", "rtt", 100.0, [], None))
        # And back to OK by what is put next.
        wait_for(lambda: put(1.5) or self.described("High-Latency")["StateValue"] == "OK")
        wait_for(lambda: json.loads(receiver.messages[-1][1])["Subject"].startswith("OK"))
        history = cloudwatch.describe_alarm_history(AlarmName="High-Latency")["AlarmHistoryItems"]
        summaries = [item["HistorySummary"] for item in history]
        self.assertIn(f"Successfully executed action {topic}", summaries)
        self.assertTrue(any(s.endswith("to ALARM") for s in summaries), summaries)
        self.assertEqual(history[-1]["HistoryItemType"], "ConfigurationUpdate")

    def evaluations(self):
        with urllib.request.urlopen(self.server.url + "/metrics") as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("weir_alarm_evaluations_total "):
                    return float(line.split()[1])

    def test_definitions_come_back(self):
        self.alarm("Defined", Dimensions=[{"Name": "i", "Value": "1"}], Period=300, EvaluationPeriods=3,
                   DatapointsToAlarm=2, Unit="Milliseconds",
                   Tags=[{"Key": "team", "Value": "net"}])
        alarm = self.described("Defined")
        self.assertEqual(alarm["StateValue"], "INSUFFICIENT_DATA")
        self.assertEqual(alarm["StateReason"], "Unchecked: Initial alarm creation")
        self.assertEqual((alarm["Period"], alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"], alarm["Unit"],
                          alarm["Statistic"], alarm["Threshold"]), (300, 3, 2, "Milliseconds", "Average", 100.0))
        self.assertNotIn("TreatMissingData", alarm)
        self.assertNotIn("AlarmDescription", alarm)
        self.assertEqual(alarm["AlarmActions"], [])
        cloudwatch = self.server.client("cloudwatch")
        arn = alarm["AlarmArn"]
        self.assertEqual(arn, "arn:aws:cloudwatch:us-west-2:123456789012:alarm:Defined")
        self.assertEqual(cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"],
                         [{"Key": "team", "Value": "net"}])
        cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["team"])
        cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "b"}])
        self.assertEqual(cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"], [{"Key": "a", "Value": "b"}])
        found = cloudwatch.describe_alarms_for_metric(Namespace="T/X", MetricName="rtt",
                                                      Dimensions=[{"Name": "i", "Value": "1"}])["MetricAlarms"]
        self.assertEqual([a["AlarmName"] for a in found], ["Defined"])
        cloudwatch.disable_alarm_actions(AlarmNames=["Defined"])
        self.assertFalse(self.described("Defined")["ActionsEnabled"])
        cloudwatch.enable_alarm_actions(AlarmNames=["Defined"])
        self.assertTrue(self.described("Defined")["ActionsEnabled"])
        cloudwatch.delete_alarms(AlarmNames=["Defined"])
        self.assertEqual(cloudwatch.describe_alarms(AlarmNames=["Defined"])["MetricAlarms"], [])
        self.refused("ResourceNotFoundException", cloudwatch.list_tags_for_resource, ResourceARN=arn)

    def test_windows_by_the_clock_come_back(self):
        members = self.server.client("cloudwatch").meta.service_model.operation_model("PutMetricAlarm").input_shape.members
        if "EvaluationWindow" not in members:
            self.skipTest("this boto3 knows no EvaluationWindow")
        window = {"WallClockWindow": {"Timezone": "+0130"}}
        self.alarm("by-the-clock", Period=3600, EvaluationWindow=window)
        self.assertEqual(self.described("by-the-clock")["EvaluationWindow"], window)
        self.alarm("sliding", EvaluationWindow={"SlidingWindow": {}})
        self.assertNotIn("EvaluationWindow", self.described("sliding"))
        with self.assertRaisesRegex(Exception, "EvaluationWindow.WallClockWindow.Timezone"):
            self.alarm("nowhere", EvaluationWindow={"WallClockWindow": {"Timezone": "Mars/Olympus"}})

    def test_states_by_hand_and_composites(self):
        cloudwatch = self.server.client("cloudwatch")
        # A state set by hand lasts to the next evaluation: of periods this long, an hour away.
        before = self.evaluations()
        for name in ("child-1", "child-2"):
            self.alarm(name, MetricName="none", Period=86400, EvaluationPeriods=2)
        wait_for(lambda: self.evaluations() >= before + 2)
        cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("child-1") AND ALARM("child-2")')
        answer = self.refused("InvalidFormat", cloudwatch.set_alarm_state, AlarmName="child-1", StateValue="ALARM",
                              StateReason="x", StateReasonData="{")
        for name in ("child-1", "child-2"):
            cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="by hand")
        composite = lambda: cloudwatch.describe_alarms(
            AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
        wait_for(lambda: composite()["StateValue"] == "ALARM")
        answer = self.refused("ResourceNotFound", cloudwatch.set_alarm_state, AlarmName="nobody", StateValue="OK",
                              StateReason="x")
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 404)
        children = cloudwatch.describe_alarms(ChildrenOfAlarmName="both")["MetricAlarms"]
        self.assertEqual([a["AlarmName"] for a in children], ["child-1", "child-2"])
        parents = cloudwatch.describe_alarms(ParentsOfAlarmName="child-1")["CompositeAlarms"]
        self.assertEqual([a["AlarmName"] for a in parents], ["both"])

    def test_refusals(self):
        self.refused("ValidationError", self.alarm, name="bad", Period=61)
        self.refused("ValidationError", self.alarm, name="bad", AlarmActions=["nonsense"])
        self.refused("ValidationError", self.alarm, name="bad",
                     AlarmActions=["arn:aws:sns:eu-west-1:123456789012:t"])
        self.refused("ValidationError", self.alarm, name="bad", ComparisonOperator="Above")
        for expression in ("LAMBDA('f')", "1 + SERVICE_QUOTA(m1)", "DB_PERF_INSIGHTS('RDS', 'db', 'os')"):
            answer = self.refused(
                "ValidationError", self.server.client("cloudwatch").put_metric_alarm, AlarmName="bad",
                EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", Metrics=[
                    {"Id": "m1", "ReturnData": False, "MetricStat": {
                        "Metric": {"Namespace": "N", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}},
                    {"Id": "e1", "Expression": expression}])
            self.assertIn("has no source here", answer["Error"]["Message"])

    def test_pages(self):
        for i in range(5):
            self.alarm(f"page-{i}")
        paginator = self.server.client("cloudwatch").get_paginator("describe_alarms")
        pages = [[a["AlarmName"] for a in page["MetricAlarms"]] for page in paginator.paginate(
            AlarmNamePrefix="page-", PaginationConfig={"PageSize": 2})]
        self.assertEqual(pages, [["page-0", "page-1"], ["page-2", "page-3"], ["page-4"]])

    def test_an_action_on_no_topic_is_in_the_history(self):
        self.alarm("lost", AlarmActions=["arn:aws:sns:us-west-2:123456789012:nowhere"])
        cloudwatch = self.server.client("cloudwatch")
        cloudwatch.set_alarm_state(AlarmName="lost", StateValue="ALARM", StateReason="by hand")
        item = wait_for(lambda: cloudwatch.describe_alarm_history(
            AlarmName="lost", HistoryItemType="Action")["AlarmHistoryItems"])[0]
        self.assertIn("nowhere", item["HistorySummary"])
        self.assertIn("does not exist", item["HistoryData"])


class Restart(unittest.TestCase):
    def test_alarms_survive_a_kill(self):
        server = Server()
        self.addCleanup(server.close)
        cloudwatch = server.client("cloudwatch")
        cloudwatch.put_metric_alarm(AlarmName="a", Namespace="T", MetricName="m", Statistic="Sum", Period=60,
                                    EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold")
        cloudwatch.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="by hand")
        server.kill()
        server.start()
        cloudwatch = server.client("cloudwatch")
        self.assertEqual([a["AlarmName"] for a in cloudwatch.describe_alarms()["MetricAlarms"]], ["a"])
        history = cloudwatch.describe_alarm_history(AlarmName="a", ScanBy="TimestampAscending")["AlarmHistoryItems"]
        self.assertIn("Alarm updated from INSUFFICIENT_DATA to OK", [item["HistorySummary"] for item in history])


@unittest.skipUnless(artefacts.are_here(), artefacts.REASON)
class Document(ServerTest):
    def test_the_documents_own_script(self):
        if not shutil.which("aws"):
            self.skipTest("there is no aws command")
        import tempfile
        directory = tempfile.mkdtemp(prefix="weir_document_")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        for name in ("create-dashboard-and-alarms.sh", "dashboard-config.json"):
            shutil.copy(artefacts.path(name), directory)
        # The clients that the script calls know no endpoint: a command of that name gives it.
        command = os.path.join(directory, "aws")
        with open(command, "w") as script:
            script.write(f'#!/bin/sh\nexec {shutil.which("aws")} --endpoint-url {self.server.url} "$@"\n')
        os.chmod(command, 0o755)
        done = subprocess.run(
            ["bash", "create-dashboard-and-alarms.sh"], cwd=directory, capture_output=True, text=True,
            env={**os.environ, "PATH": f"{directory}:{os.environ['PATH']}", "AWS_ACCESS_KEY_ID": "test",
                 "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-west-2"})
        self.assertEqual(done.returncode, 0, done.stderr)
        cloudwatch = self.server.client("cloudwatch")
        alarms = {a["AlarmName"]: a for a in cloudwatch.describe_alarms()["MetricAlarms"]}
        self.assertEqual(set(alarms), {"High-Network-Latency", "High-Packet-Loss", "High-Network-Errors"})
        self.assertEqual(alarms["High-Network-Errors"]["Threshold"], 10.0)
        body = cloudwatch.get_dashboard(DashboardName="VPC-Network-Monitoring")["DashboardBody"]
        with open(os.path.join(directory, "dashboard-config.json")) as config:
            self.assertEqual(json.loads(body), json.load(config))


if __name__ == "__main__":
    unittest.main(verbosity=1)
