"""What the server says of itself: lines of JSON off a terminal, each answer's request id in them, repeats held, no secret."""
import json
import os
import pty
import re
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from weir_server import WEIR, Server


def lines_of(server):
    return [json.loads(line) for line in server.text().splitlines()]


def await_line(server, **members):
    """The first line that has these members."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for line in lines_of(server):
            if all(line.get(name) == value for name, value in members.items()):
                return line
        time.sleep(0.05)
    raise AssertionError(f"no line with {members} in\n{server.text()}")


class ServerLog(unittest.TestCase):
    def setUp(self):
        self.server = Server()

    def tearDown(self):
        self.server.close()

    def get(self, path, headers=None):
        try:
            with urllib.request.urlopen(urllib.request.Request(self.server.url + path, headers=headers or {})) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.headers

    def test_every_line_is_an_object_with_time_level_and_message(self):
        self.get("/livez")
        self.server.stop()
        lines = lines_of(self.server)
        self.assertEqual([line["message"] for line in lines if line["message"].startswith("stop")], ["stopping", "stopped"])
        for line in lines:
            self.assertEqual(list(line)[:3], ["time", "level", "message"])
            self.assertRegex(line["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("debug", "info", "warning", "error"))
        self.server.start()

    def test_a_refusal_is_found_by_the_request_id_of_its_answer(self):
        cloudwatch = self.server.client("cloudwatch")
        with self.assertRaises(cloudwatch.exceptions.ClientError) as refused:
            cloudwatch.put_metric_data(Namespace="AWS/Reserved", MetricData=[{"MetricName": "m", "Value": 1}])
        request_id = refused.exception.response["ResponseMetadata"]["RequestId"]
        line = await_line(self.server, request_id=request_id)
        self.assertEqual((line["level"], line["message"], line["operation"], line["status"]), ("info", "refused", "PutMetricData", 400))
        self.assertIn("AWS/", line["answer"])

    def test_every_answer_names_its_request(self):
        for path in ("/", "/livez", "/metrics", "/api/v1/alarms", "/api/v1/nothing"):
            self.assertRegex(self.get(path)[1]["x-amzn-RequestId"] or "", "^[0-9a-f-]{36}$", path)

    def test_what_went_well_is_said_at_debug_alone(self):
        self.get("/livez")
        self.assertFalse([line for line in lines_of(self.server) if line["message"] == "answered"])
        self.server.stop()
        self.server.environment["WEIR_LOG_LEVEL"] = "debug"
        self.server.start()
        self.get("/livez", {"X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"})
        line = await_line(self.server, operation="GET /livez")
        self.assertEqual((line["level"], line["status"]), ("debug", 200))
        self.assertEqual(line["trace"], "Root=1-67891233-abcdef012345678912345678")

    def test_repeats_are_held_and_counted(self):
        for _ in range(30):
            self.get("/api/v1/nothing")
        self.server.stop()
        lines = [line for line in lines_of(self.server) if line.get("operation") == "GET /api/v1/nothing"]
        self.assertEqual(len(lines), 6)
        self.assertEqual(lines[-1]["repeats"], 25)
        self.server.start()

    def test_secrets_are_masked(self):
        secret = "c2VjcmV0LXZhbHVlLW9mLWEta2V5"
        self.get("/api/v1/nothing?token=" + secret, {"Authorization": "Bearer WEIRX." + secret})
        self.get("/?X-Amz-Signature=" + secret)
        sns = self.server.client("sns")
        topic = sns.create_topic(Name="t")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://user:{secret}@127.0.0.1:9/{secret}")
        line = await_line(self.server, message="a message was not taken")
        self.assertEqual((line["level"], line["attempts"]), ("warning", 1))
        self.assertTrue(line["endpoint"].endswith("127.0.0.1:9"), line)
        self.assertNotIn(secret, self.server.text())

    def test_alarms_say_when_they_change(self):
        cloudwatch = self.server.client("cloudwatch")
        cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": 5, "StorageResolution": 1}])
        cloudwatch.put_metric_alarm(
            AlarmName="high", Namespace="N", MetricName="m", Statistic="Maximum", Period=10, EvaluationPeriods=1,
            DatapointsToAlarm=1, Threshold=1, ComparisonOperator="GreaterThanThreshold")
        line = await_line(self.server, message="an alarm changed its state", alarm="high")
        self.assertEqual((line["level"], line["from"], line["to"]), ("info", "INSUFFICIENT_DATA", "ALARM"))
        self.assertIn("Threshold Crossed", line["reason"])

    def test_flow_logs_taken_in_and_refused(self):
        folder = os.path.join(self.server.directory, "in")
        os.mkdir(folder)
        with open(os.path.join(folder, "a.log"), "w") as file:
            file.write("version srcaddr dstaddr bytes start end\n2 10.0.0.1 10.0.0.2 100 1780000000 1780000060\n")
        with open(os.path.join(folder, "b.log.gz"), "wb") as file:
            file.write(b"\x1f\x8b\x08 no gzip at all")
        self.server.stop()
        self.server.options = ("--ingest", folder)
        self.server.start()
        line = await_line(self.server, message="flow logs were taken in")
        self.assertEqual((line["records"], line["rejected"]), (1, 0))
        self.assertTrue(line["path"].endswith("a.log"))
        line = await_line(self.server, message="flow logs could not be read")
        self.assertEqual(line["level"], "warning")
        self.assertTrue(line["path"].endswith("b.log.gz"))

    def test_a_reload_that_fails_says_why(self):
        self.server.process.send_signal(signal.SIGHUP)
        await_line(self.server, message="reloaded", level="info")

    def test_pretty_on_a_terminal(self):
        self.server.stop()
        theirs, ours = pty.openpty()
        process = subprocess.Popen([WEIR, "serve", "--data", self.server.directory, "--listen", "127.0.0.1:0"],
                                   stdin=ours, stdout=ours, stderr=ours, env={**os.environ, "TERM": "xterm"})
        os.close(ours)
        text = ""
        while "listening on" not in text:
            text += os.read(theirs, 4096).decode()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 0)
        os.close(theirs)
        plain = re.sub(r"\x1b\[\d+m", "", text)
        self.assertRegex(plain, r"(?m)^\d\d:\d\d:\d\d\.\d{3}Z info    listening on http://127\.0\.0\.1:\d+  data=")
        self.assertNotEqual(plain, text)
        self.server.start()


class LevelAndForm(unittest.TestCase):
    def test_unknown_values_are_refused(self):
        for name, value, wanted in (("LEVEL", "loud", "none of debug, info, warning, error"),
                                    ("FORM", "xml", "none of auto, json, pretty")):
            done = subprocess.run([WEIR, "serve", "--data", "/nonexistent", "--listen", "127.0.0.1:0"],
                                  env={**os.environ, f"WEIR_LOG_{name}": value}, capture_output=True, text=True)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(wanted, done.stderr)

    def test_form_can_be_told(self):
        server = Server(environment={"WEIR_LOG_FORM": "pretty"})
        self.addCleanup(server.close)
        self.assertRegex(server.text(), r"(?m)^\d\d:\d\d:\d\d\.\d{3}Z info    listening on ")


if __name__ == "__main__":
    unittest.main()
