"""weir serve with [probe]: what the server measures of its host is there for CloudWatch's clients."""
import datetime
import os
import tempfile
import time
import unittest

from weir_server import Server

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


if __name__ == "__main__":
    unittest.main()
