"""Mute rules, anomaly detectors, and the newer members of PutMetricAlarm, by clients that know them."""
import datetime
import json
import math
import random
import time
import unittest

from http_receiver import Receiver
from weir_server import ServerTest

MINUTE = datetime.timedelta(minutes=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Extras(ServerTest):
    def client_that_knows(self, operation, member=None):
        client = self.server.client("cloudwatch")
        model = client.meta.service_model
        if operation not in model.operation_names or (
                member and member not in model.operation_model(operation).input_shape.members):
            self.skipTest(f"this boto3 knows no {member or operation}")
        return client

    def alarm(self, name, **changes):
        arguments = dict(AlarmName=name, Namespace="T/E", MetricName="rtt", Statistic="Average", Period=10,
                         EvaluationPeriods=1, Threshold=100.0, ComparisonOperator="GreaterThanThreshold")
        arguments.update(changes)
        self.server.client("cloudwatch").put_metric_alarm(**arguments)

    def described(self, name):
        alarm, = self.server.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return alarm

    def test_mute_rules(self):
        cloudwatch = self.client_that_knows("PutAlarmMuteRule")
        sns = self.server.client("sns")
        receiver = Receiver()
        self.addCleanup(receiver.close)
        topic = sns.create_topic(Name="muted")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=receiver.url)
        receiver.confirm()
        for name in ("muted", "loud"):
            self.alarm(name, MetricName=name, Period=86400, EvaluationPeriods=2, AlarmActions=[topic])
        cloudwatch.put_alarm_mute_rule(
            Name="always", Description="at work", Tags=[{"Key": "a", "Value": "b"}],
            Rule={"Schedule": {"Expression": "cron(* * * * *)", "Duration": "PT1H", "Timezone": "UTC"}},
            MuteTargets={"AlarmNames": ["muted"]}, StartDate=now() - 60 * MINUTE)
        told = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="always")
        self.assertEqual(told["AlarmMuteRuleArn"], "arn:aws:cloudwatch:us-west-2:123456789012:alarm-mute-rule:always")
        self.assertEqual((told["Status"], told["MuteType"], told["Description"]), ("ACTIVE", "RECURRING", "at work"))
        self.assertEqual(told["Rule"]["Schedule"], {"Expression": "cron(* * * * *)", "Duration": "PT1H",
                                                    "Timezone": "UTC"})
        self.assertEqual(told["MuteTargets"], {"AlarmNames": ["muted"]})
        self.assertEqual(cloudwatch.list_tags_for_resource(ResourceARN=told["AlarmMuteRuleArn"])["Tags"],
                         [{"Key": "a", "Value": "b"}])
        for name in ("muted", "loud"):
            cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="by hand")
        receiver.wait(1)
        time.sleep(1.5)  # a second delivery would have come by now
        self.assertEqual([json.loads(json.loads(body)["Message"])["AlarmName"] for _, body in receiver.messages],
                         ["loud"])
        cloudwatch.put_alarm_mute_rule(
            Name="later", Rule={"Schedule": {"Expression": "at(2049-01-01T10:00)", "Duration": "PT4H"}},
            MuteTargets={"AlarmNames": ["loud"]})
        cloudwatch.put_alarm_mute_rule(
            Name="past", ExpireDate=now() - MINUTE, StartDate=now() - 60 * MINUTE,
            Rule={"Schedule": {"Expression": "cron(0 2 * * *)", "Duration": "PT4H"}},
            MuteTargets={"AlarmNames": ["loud"]})
        cloudwatch.put_alarm_mute_rule(
            Name="once", Rule={"Schedule": {"Expression": "at(2020-01-01T10:00)", "Duration": "PT4H",
                                            "Timezone": "Europe/Berlin"}}, MuteTargets={"AlarmNames": ["else"]})
        self.assertEqual(cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="once")["Status"], "EXPIRED")
        cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="once")
        self.server.restart()
        cloudwatch = self.server.client("cloudwatch")
        names = lambda **query: [s["AlarmMuteRuleArn"].rsplit(":", 1)[1] for s in
                                 cloudwatch.list_alarm_mute_rules(**query)["AlarmMuteRuleSummaries"]]
        self.assertEqual(names(), ["always", "later", "past"])
        self.assertEqual(names(AlarmName="loud"), ["later", "past"])
        self.assertEqual(names(Statuses=["EXPIRED", "SCHEDULED"]), ["later", "past"])
        first = cloudwatch.list_alarm_mute_rules(MaxRecords=2)
        self.assertEqual(names(MaxRecords=2, NextToken=first["NextToken"]), ["past"])
        for change in ({"Expression": "cron(nonsense)"}, {"Duration": "4 hours"}, {"Timezone": "Mars/Olympus"}):
            with self.assertRaisesRegex(Exception, "ValidationError|ValidationException|InvalidParameter"):
                cloudwatch.put_alarm_mute_rule(Name="bad", Rule={"Schedule": {
                    "Expression": "cron(0 2 * * *)", "Duration": "PT4H", **change}})
        cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="always")
        cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="always")
        self.refused("ResourceNotFoundException", cloudwatch.get_alarm_mute_rule, AlarmMuteRuleName="always")

    def test_anomaly_detectors(self):
        cloudwatch = self.server.client("cloudwatch")
        subject = {"Namespace": "T/A", "MetricName": "load", "Stat": "Average",
                   "Dimensions": [{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}]}
        # Ten days of a daily wave, an hour a datum: each a Monday like another.
        generator, end = random.Random(7), now().replace(minute=0, second=0, microsecond=0)
        value = lambda hours: 100 + 30 * math.sin(hours * math.pi / 12) + generator.gauss(0, 2)
        data = [{"MetricName": "load", "Value": value(i), "Timestamp": end - datetime.timedelta(hours=240 - i),
                 "Dimensions": subject["Dimensions"]} for i in range(240)]
        cloudwatch.put_metric_data(Namespace="T/A", MetricData=data)
        excluded = {"StartTime": end - datetime.timedelta(hours=300), "EndTime": end - datetime.timedelta(hours=290)}
        put = lambda **more: cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector=subject, **more)
        put()
        put(Configuration={"ExcludedTimeRanges": [excluded], "MetricTimezone": "UTC"})
        cloudwatch.put_anomaly_detector(SingleMetricAnomalyDetector={
            "Namespace": "T/A", "MetricName": "nothing", "Stat": "Sum"})
        self.server.restart()
        cloudwatch = self.server.client("cloudwatch")
        load, nothing = cloudwatch.describe_anomaly_detectors(Namespace="T/A")["AnomalyDetectors"]
        self.assertEqual((load["SingleMetricAnomalyDetector"]["MetricName"], nothing["MetricName"]), ("load", "nothing"))
        self.assertEqual(load["Configuration"]["ExcludedTimeRanges"], [excluded])
        self.assertEqual((load["Configuration"]["MetricTimezone"], load["Stat"]), ("UTC", "Average"))
        self.assertEqual((load["StateValue"], nothing["StateValue"]), ("TRAINED", "TRAINED_INSUFFICIENT_DATA"))
        pages = [d["MetricName"] for page in cloudwatch.get_paginator("describe_anomaly_detectors").paginate(
            PaginationConfig={"PageSize": 1}) for d in page["AnomalyDetectors"]]
        self.assertEqual(pages, ["load", "nothing"])
        # The band that GetMetricData tells holds what the wave does, and not what it does not.
        band = cloudwatch.get_metric_data(
            StartTime=end - datetime.timedelta(hours=24), EndTime=end, ScanBy="TimestampAscending", MetricDataQueries=[
                {"Id": "m1", "ReturnData": False, "MetricStat": {"Period": 3600, "Stat": "Average", "Metric": {
                    k: subject[k] for k in ("Namespace", "MetricName", "Dimensions")}}},
                {"Id": "b", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}])["MetricDataResults"]
        upper, lower = sorted((sorted(zip(r["Timestamps"], r["Values"])) for r in band), key=lambda s: -s[0][1])
        inside = [low <= 100 + 30 * math.sin((216 + i) * math.pi / 12) <= high
                  for i, ((_, high), (_, low)) in enumerate(zip(upper, lower))]
        self.assertEqual(len(inside), 24)
        self.assertGreaterEqual(sum(inside), 23)
        self.assertTrue(all(high - low < 25 for (_, high), (_, low) in zip(upper, lower)))
        self.refused("InvalidParameterCombination", cloudwatch.put_anomaly_detector, Namespace="T/A", MetricName="x",
                     Stat="Sum", SingleMetricAnomalyDetector=subject)
        self.refused("InvalidParameterValue", cloudwatch.put_anomaly_detector, MetricMathAnomalyDetector={
            "MetricDataQueries": [{"Id": "e", "Expression": "1"}]})
        self.refused("MissingParameter", cloudwatch.put_anomaly_detector, Namespace="T/A", MetricName="x")
        delete = lambda: cloudwatch.delete_anomaly_detector(SingleMetricAnomalyDetector={
            **subject, "Dimensions": subject["Dimensions"][::-1]})
        delete()
        self.refused("ResourceNotFoundException", cloudwatch.delete_anomaly_detector, SingleMetricAnomalyDetector=subject)
        self.assertEqual(len(cloudwatch.describe_anomaly_detectors()["AnomalyDetectors"]), 1)

    def test_newer_members_are_kept_or_refused(self):
        self.client_that_knows("PutMetricAlarm", "WarmUpConfiguration")
        warm_up = {"WarmUpPeriodDurationInMinutes": 30, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True}
        self.alarm("warm", WarmUpConfiguration=warm_up, TreatMissingData="breaching",
                   ActionConfiguration={"AlarmTagsPropagation": {"Enabled": False}})
        self.alarm("cold", TreatMissingData="breaching")
        deadline = time.monotonic() + 30
        while self.described("cold")["StateValue"] != "ALARM":
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        self.server.restart()
        warm = self.described("warm")
        self.assertEqual((warm["StateValue"], warm["WarmUpConfiguration"]), ("INSUFFICIENT_DATA", warm_up))
        self.assertNotIn("WarmUpConfiguration", self.described("cold"))
        for refusal, arguments in (
                ("PromQL", dict(EvaluationCriteria={"PromQLCriteria": {"Query": "up"}}, EvaluationInterval=60)),
                ("EvaluationInterval", dict(EvaluationInterval=60)),
                ("AlarmTagsPropagation", dict(ActionConfiguration={"AlarmTagsPropagation": {"Enabled": True}})),
                ("2880", dict(WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 2881}))):
            with self.assertRaisesRegex(Exception, refusal):
                self.alarm("refused", **arguments)


if __name__ == "__main__":
    unittest.main(verbosity=1)
