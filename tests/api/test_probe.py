"""weir serve with [probe]: what the server measures of its host is there for CloudWatch's clients."""
import datetime
import http.client
import http.server
import os
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from weir_server import WEIR, Server

CONFIGURATION = """
[probe]
targets = ["127.0.0.1"]
interval_s = 1
probe_interval_ms = 100
timeout_ms = 200
instance_id = "i-0123456789abcdef0"
vpc_id = "vpc-0123456789abcdef0"
"""
DIMENSIONS = [{"Name": "InstanceId", "Value": "i-0123456789abcdef0"}, {"Name": "VpcId", "Value": "vpc-0123456789abcdef0"}]


class ProbeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="weir_api_probe_")
        path = os.path.join(cls.folder.name, "weir.toml")
        with open(path, "w") as file:
            file.write(CONFIGURATION)
        cls.server = Server("--config", path)
        cls.cloudwatch = cls.server.client("cloudwatch")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.folder.cleanup()

    def statistics(self, name_space, metric):
        now = datetime.datetime.now(datetime.timezone.utc)
        answer = self.cloudwatch.get_metric_statistics(
            Namespace=name_space, MetricName=metric, Dimensions=DIMENSIONS, Period=60, StartTime=now - datetime.timedelta(hours=1),
            EndTime=now + datetime.timedelta(minutes=2), Statistics=["Average", "Maximum", "SampleCount"])
        return answer["Datapoints"]

    def wait_for(self, name_space, metric):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            points = self.statistics(name_space, metric)
            if points:
                return points[0]
            time.sleep(0.2)
        self.fail(f"{name_space} {metric} never came: {self.server.text()}")

    def test_round_trips_and_loss_are_metrics(self):
        point = self.wait_for("VPC/NetworkLatency/127_0_0_1", "rtt_avg")
        self.assertEqual(point["Unit"], "Milliseconds")
        self.assertGreater(point["Average"], 0)
        self.assertLess(point["Average"], 200)
        loss = self.wait_for("VPC/NetworkLatency/127_0_0_1", "packet_loss_percent")
        self.assertEqual(loss["Unit"], "Percent")
        self.assertLess(loss["Average"], 100)

    def test_so_are_interfaces_and_connections(self):
        self.assertEqual(self.wait_for("VPC/NetworkBandwidth", "bytes_recv_per_second")["Unit"], "Bytes/Second")
        # The server itself listens.
        self.assertGreaterEqual(self.wait_for("VPC/TCPConnections", "listen")["Maximum"], 1)


class LossyProxy(http.server.ThreadingHTTPServer):
    """Hands calls on, and loses the answers of those that `loses` picks once they have come."""

    def __init__(self, server, loses):
        proxy = self
        self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                upstream = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
                headers = {name: value for name, value in self.headers.items() if name.lower() != "content-length"}
                upstream.request("POST", self.path, body, headers)
                answer = upstream.getresponse()
                text = answer.read()
                proxy.seen.append((self.headers["X-Weir-Batch"], answer.status))
                if loses(len(proxy.seen)):
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(text)))
                if answer.getheader("X-Weir-Batch"):
                    self.send_header("X-Weir-Batch", answer.getheader("X-Weir-Batch"))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *words):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def handle_error(self, request, address):
        pass  # connections that it broke itself


class LostAnswers(unittest.TestCase):
    """A batch whose answer was lost is sent again, and counts once; also over a server's death in between."""

    def test_each_round_counts_once(self):
        server = Server()

        def loses(number):
            if number == 3:  # a batch that was committed before this
                server.kill()
                server.start()
            return number in (1, 2, 3, 5)

        proxy = LossyProxy(server, loses)
        with tempfile.TemporaryDirectory(prefix="weir_api_spool_") as spool:
            done = subprocess.run(
                [WEIR, "probe", "run", "--rounds", "3", "--interval", "1", "--remotes", "0", "--publish", "--endpoint-url",
                 f"http://127.0.0.1:{proxy.server_address[1]}", "--region", "us-west-2", "--instance-id", "i-1", "--vpc-id",
                 "vpc-1", "--spool", spool],
                capture_output=True, text=True,
                env={**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
            self.assertEqual(done.returncode, 0, done.stderr)
            # What waited for its next attempt when the rounds were over is sent by the next run.
            deadline = time.monotonic() + 60
            while [name for name in os.listdir(spool) if name.endswith(".batch")] and time.monotonic() < deadline:
                subprocess.run(
                    [WEIR, "probe", "run", "--rounds", "1", "--interval", "1", "--remotes", "0", "--publish", "--endpoint-url",
                     f"http://127.0.0.1:{proxy.server_address[1]}", "--region", "us-west-2", "--instance-id", "i-2",
                     "--vpc-id", "vpc-1", "--spool", spool],
                    capture_output=True, env={**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
        now = datetime.datetime.now(datetime.timezone.utc)
        points = server.client("cloudwatch").get_metric_statistics(
            Namespace="VPC/NetworkBandwidth", MetricName="duration_seconds", Period=3600,
            Dimensions=[{"Name": "InstanceId", "Value": "i-1"}, {"Name": "VpcId", "Value": "vpc-1"}],
            StartTime=now - datetime.timedelta(hours=2), EndTime=now + datetime.timedelta(hours=1), Statistics=["SampleCount"])
        self.assertEqual(sum(point["SampleCount"] for point in points["Datapoints"]), 3, (proxy.seen, done.stderr))
        names = [batch for batch, _ in proxy.seen]
        self.assertGreater(len(names), len(set(names)), "nothing was sent again")
        self.assertNotIn(None, names)
        self.assertTrue(all(status == 200 for _, status in proxy.seen), proxy.seen)
        # Another id is another batch; one that is no UUID is refused.
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("POST", "/", b'{"Namespace":"N","MetricData":[{"MetricName":"m","Value":1}]}', {
            "Content-Type": "application/x-amz-json-1.0", "X-Weir-Batch": "17",
            "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData"})
        answer = connection.getresponse()
        self.assertEqual((answer.status, b"X-Weir-Batch must be a UUID" in answer.read()), (400, True))
        proxy.shutdown()
        proxy.server_close()
        server.close()


@unittest.skipUnless(os.path.exists("/usr/bin/aws"), "the aws command is not here; tools/setup installs it")
class SampleAlarms(unittest.TestCase):
    """examples/alarms, made by the aws command: each alarm watches a series that weir probe publishes."""

    def test_each_alarm_has_its_series(self):
        server = Server()
        self.addCleanup(server.close)
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
        self.addCleanup(listener.close)
        target = f"tcp://[::1]:{listener.getsockname()[1]}"
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                       "AWS_DEFAULT_REGION": "us-west-2"}
        environment.pop("PYTHONPATH", None)
        with tempfile.TemporaryDirectory(prefix="weir_api_spool_") as spool:
            subprocess.run(
                [WEIR, "probe", "run", "--rounds", "1", "--interval", "1", "--probe-interval", "100", "--target", target,
                 "--remotes", "0", "--scheme", "both", "--publish", "--endpoint-url", server.url, "--region", "us-west-2",
                 "--instance-id", "i-1", "--vpc-id", "vpc-1", "--spool", spool], check=True, capture_output=True, env=environment)
        script = os.path.join(os.environ.get("WEIR_SOURCE_DIR", "../.."), "examples/alarms/create_probe_alarms")
        # Debian's aws, whatever else is called so here.
        with tempfile.TemporaryDirectory(prefix="weir_api_path_") as path:
            os.symlink("/usr/bin/aws", os.path.join(path, "aws"))
            done = subprocess.run(
                ["bash", script], capture_output=True, text=True,
                env={**environment, "PATH": path + ":/usr/bin:/bin", "TARGET": target, "INSTANCE": "i-1", "VPC": "vpc-1",
                     "SUFFIX": "-db", "TOPIC": "arn:aws:sns:us-west-2:123456789012:alerts", "ENDPOINT": server.url})
        self.assertEqual(done.returncode, 0, done.stderr)
        cloudwatch = server.client("cloudwatch")
        alarms = cloudwatch.describe_alarms()["MetricAlarms"]
        self.assertEqual(len(alarms), 10)
        for alarm in alarms:
            self.assertTrue(alarm["AlarmName"].endswith("-db"))
            if alarm["MetricName"] == "utilisation_percent":
                continue  # of links whose speed is known
            found = cloudwatch.list_metrics(Namespace=alarm["Namespace"], MetricName=alarm["MetricName"],
                                            Dimensions=alarm["Dimensions"])["Metrics"]
            self.assertIn(len(alarm["Dimensions"]), [len(metric["Dimensions"]) for metric in found], alarm)


if __name__ == "__main__":
    unittest.main()
