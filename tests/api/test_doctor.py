"""weir doctor on a server: what can never work there, and what its callers did wrong."""
import json
import os
import subprocess
import unittest
import urllib.request

from weir_server import WEIR, Server, ServerTest, botocore

ROUND_TRIPS = {"type": "metric", "properties": {"title": "Round trips", "region": "us-west-2", "metrics": [
    ["T/D", "rtt", {"stat": "Average"}], [".", "nothing"]]}}


def log_widget(title, query):
    return {"type": "log", "properties": {"title": title, "region": "us-west-2", "query": query}}


class Doctor(ServerTest):
    def findings(self, **options):
        done = subprocess.run([WEIR, "doctor", "--data", self.server.directory, "-o", "json"], capture_output=True,
                              text=True, check=True)
        return {(f["rule"], f["subject"]): f for f in json.loads(done.stdout)["findings"]}

    def test_what_can_never_work_and_its_mending(self):
        cloudwatch, sns, logs = (self.server.client(name) for name in ("cloudwatch", "sns", "logs"))
        put = lambda dimensions: cloudwatch.put_metric_data(Namespace="T/D", MetricData=[
            {"MetricName": "rtt", "Value": 5.0, "Dimensions": dimensions}])
        put([{"Name": "InstanceId", "Value": "i-1"}, {"Name": "VpcId", "Value": "v-1"}])
        topic = "arn:aws:sns:us-west-2:123456789012:doctors"
        cloudwatch.put_metric_alarm(AlarmName="Slow", Namespace="T/D", MetricName="rtt", Statistic="Average", Period=60,
                                    EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
                                    AlarmActions=[topic])
        dashboard = {"widgets": [
            ROUND_TRIPS, log_widget("Always", "SOURCE '/aws/vpc/flowlogs/x' | filter @timestamp > @timestamp - 1h"),
            log_widget("Absent", "SOURCE '/aws/vpc/flowlogs/x' | stats count(*) by nowhere"),
            log_widget("Nogroup", "SOURCE '/app/none' | fields @message"),
            log_widget("Good", "SOURCE '/aws/vpc/flowlogs/x' | stats sum(bytes) by srcAddr")]}
        cloudwatch.put_dashboard(DashboardName="D", DashboardBody=json.dumps(dashboard))
        # What callers do: the last of several datapoints, a wrong set of dimensions, an alarm that nobody made.
        import datetime
        now = datetime.datetime.now(datetime.timezone.utc)
        span = dict(StartTime=now - datetime.timedelta(minutes=30), EndTime=now + datetime.timedelta(minutes=1),
                    Period=60, Statistics=["Average"])
        cloudwatch.get_metric_statistics(Namespace="T/D", MetricName="rtt", Dimensions=[
            {"Name": "InstanceId", "Value": "i-1"}], **span)
        cloudwatch.describe_alarms(AlarmNames=["Security-Threat-Detected", "Slow"])
        found = self.findings()
        slow = found["dimensions_differ", "alarm Slow"]
        self.assertIn("InstanceId=i-1,VpcId=v-1", slow["message"])
        self.assertIn("dimensionless_rollup", slow["fix"])
        self.assertEqual(slow["severity"], "error")
        for key in (("topic_missing", "alarm Slow"), ("dimensions_differ", "widget 'Round trips'"),
                    ("metric_missing", "widget 'Round trips'"), ("constant_condition", "widget 'Always'"),
                    ("query_fails", "widget 'Absent'"), ("log_group_missing", "widget 'Nogroup'"),
                    ("dimensions_differ", "T/D rtt InstanceId=i-1"),
                    ("alarm_missing", "alarm Security-Threat-Detected")):
            self.assertIn(key, found)
        self.assertNotIn(("alarm_missing", "alarm Slow"), found)
        self.assertFalse([key for key in found if "Good" in key[1]])
        with urllib.request.urlopen(urllib.request.Request(self.server.url + "/api/v1/doctor",
                                                           headers={"Accept": "text/plain"})) as answer:
            self.assertIn("alarm Slow", answer.read().decode())
        # Without the server: the same, but for what callers did, which it alone saw.
        self.server.stop()
        stopped = self.findings()
        self.assertEqual(set(stopped), {key for key, f in found.items() if not f["place"].startswith("requests")})
        # Mended, nothing is left.
        self.server.start()
        cloudwatch, sns = self.server.client("cloudwatch"), self.server.client("sns")
        sns.create_topic(Name="doctors")
        put = lambda name: cloudwatch.put_metric_data(Namespace="T/D", MetricData=[{"MetricName": name, "Value": 1}])
        put("rtt"), put("nothing")
        dashboard["widgets"][1:4] = []
        cloudwatch.put_dashboard(DashboardName="D", DashboardBody=json.dumps(dashboard))
        self.assertEqual(self.findings(), {})

    def test_other_services_name_the_command(self):
        template = "Resources: {}"
        answer = self.refused("InvalidAction", self.server.client("cloudformation").create_stack, StackName="s",
                              TemplateBody=template)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 400)
        self.assertIn("weir doctor", answer["Error"]["Message"])
        s3 = self.server.client("s3")
        for call, arguments in ((s3.list_objects_v2, {"Bucket": "b"}), (s3.list_buckets, {}),
                                (s3.put_object, {"Bucket": "b", "Key": "k", "Body": b"x"})):
            answer = self.refused("NotImplemented", call, **arguments)
            self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 400)
            self.assertIn("weir ingest", answer["Error"]["Message"])
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            self.server.client("lambda").list_functions()
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 400)


class Files(unittest.TestCase):
    def test_files_and_exit_codes(self):
        import tempfile
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "alarms.sh")
            with open(path, "w") as script:
                script.write("aws cloudwatch put-metric-alarm --alarm-name A --namespace N --metric-name m "
                             "--alarm-actions arn:aws:sns:us-west-2:123456789012:t\n")
            run = lambda *words: subprocess.run([WEIR, "doctor", *words], capture_output=True, text=True)
            done = run(path)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("alarms.sh:1: error: alarm A: the topic 't'", done.stdout)
            self.assertEqual(run("--exit-code", folder).returncode, 1)
            with open(path, "a") as script:
                script.write("aws sns create-topic --name t\n")
            done = run("--exit-code", folder)
            self.assertEqual((done.returncode, done.stdout), (0, "nothing is wrong\n"))
            self.assertEqual(run(path + "x").returncode, 4)


if __name__ == "__main__":
    unittest.main(verbosity=1)
