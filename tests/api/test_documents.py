"""The documents' own files, unchanged, against a server: the monitor script, the dashboard, the alarms.

All of it runs in a network namespace of its own that holds the addresses the script pings, and nothing else. The server's clock is
turned by libfaketime, a file of seconds that it is ahead; alarms change by data alone.
"""
import datetime
import glob
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import artefacts
from weir_server import SKIPPED, WEIR, Server

PINGED = ("8.8.8.8", "1.1.1.1")
METADATA = "169.254.169.254"
NAMED = ("aws.amazon.com", "198.51.100.7")
TOPIC = "arn:aws:sns:us-west-2:123456789012:network-alerts"
ALARMS = ("High-Network-Latency", "High-Packet-Loss", "High-Network-Errors")
BAD = {"VPC/NetworkLatency/8_8_8_8": {"rtt_avg": 240.0, "packet_loss_percent": 20.0},
       "VPC/NetworkBandwidth": {"errors_in": 40.0}}
GOOD = {"VPC/NetworkLatency/8_8_8_8": {"rtt_avg": 12.0, "packet_loss_percent": 0.0},
        "VPC/NetworkBandwidth": {"errors_in": 0.0}}
DIMENSIONS = [{"Name": "InstanceId", "Value": "i-0123456789abcdef0"}, {"Name": "VpcId", "Value": "unknown"}]


def skip(reason):
    print("skipped: " + reason, flush=True)
    sys.exit(SKIPPED)


def enter_namespace():
    """Runs this script once more, in namespaces of its own."""
    if os.environ.get("WEIR_IN_NAMESPACE"):
        return
    unshare = ["unshare", "--net", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    if subprocess.run([*unshare, "true"], capture_output=True).returncode != 0:
        skip("no network namespace can be made here")
    code = subprocess.run([*unshare, sys.executable, "-W", "ignore", *sys.argv],
                          env={**os.environ, "WEIR_IN_NAMESPACE": "1"}).returncode
    sys.exit(code)


def set_up_network(folder):
    run = lambda *words: subprocess.run(words, check=True, capture_output=True)
    run("ip", "link", "set", "lo", "up")
    for address in (*PINGED, METADATA, NAMED[1]):
        run("ip", "address", "add", address + "/32", "dev", "lo")
    hosts = os.path.join(folder, "hosts")
    with open(hosts, "w") as file:
        file.write(f"127.0.0.1 localhost\n{NAMED[1]} {NAMED[0]}\n")
    run("mount", "--bind", hosts, "/etc/hosts")


class Metadata(http.server.BaseHTTPRequestHandler):
    """An instance's own metadata service, version 1."""

    def do_GET(self):
        body = DIMENSIONS[0]["Value"].encode() if self.path == "/latest/meta-data/instance-id" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class TurnedServer(Server):
    """A server whose clock the test turns."""

    def __init__(self, *options):
        library, = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        self.clock = tempfile.NamedTemporaryFile("w", prefix="weir_clock_", suffix=".rc")
        self.ahead_s = 0
        self.turn(0)
        super().__init__(*options, environment={
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": self.clock.name, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"})

    def turn(self, seconds):
        self.ahead_s += seconds
        replacement = self.clock.name + ".new"
        with open(replacement, "w") as file:
            file.write(f"+{self.ahead_s}\n")
        os.replace(replacement, self.clock.name)

    def now(self):
        return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.ahead_s)

    def states(self):
        alarms = self.client("cloudwatch").describe_alarms(AlarmNames=list(ALARMS))["MetricAlarms"]
        return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}

    def put_minutes(self, values, minutes):
        """A datum of each metric for each minute to come, as the script publishes them."""
        now = self.now()
        for name_space, metrics in values.items():
            self.client("cloudwatch").put_metric_data(Namespace=name_space, MetricData=[
                {"MetricName": name, "Value": value, "Dimensions": DIMENSIONS,
                 "Timestamp": now + datetime.timedelta(minutes=minute)}
                for minute in range(minutes) for name, value in metrics.items()])


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


def environment_of(server, folder):
    """What makes the scripts' clients find the server: a variable for those that know it, else a wrapper."""
    packages = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                   "AWS_DEFAULT_REGION": "us-west-2", "AWS_ENDPOINT_URL": server.url,
                   "PATH": f"{folder}:/usr/bin:/bin:{os.environ['PATH']}",
                   "PYTHONPATH": os.pathsep.join([folder, *packages])}
    environment.pop("LD_PRELOAD", None)
    command = os.path.join(folder, "aws")
    if not os.path.exists(command):
        with open(command, "w") as script:
            script.write('#!/bin/sh\nunset PYTHONPATH\nexec /usr/bin/aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n')
        os.chmod(command, 0o755)
        # Old versions of boto3 know no AWS_ENDPOINT_URL: this one line before the script runs.
        with open(os.path.join(folder, "sitecustomize.py"), "w") as script:
            script.write("import os\ntry:\n    import boto3.session as s\nexcept ImportError:\n    s = None\n"
                         "if s:\n    client = s.Session.client\n"
                         "    s.Session.client = lambda self, *a, **k: client(self, *a, **{'endpoint_url': "
                         "os.environ['AWS_ENDPOINT_URL'], **k})\n")
    return environment


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="weir_documents_")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        set_up_network(cls.folder)
        metadata = http.server.ThreadingHTTPServer((METADATA, 80), Metadata)
        threading.Thread(target=metadata.serve_forever, daemon=True).start()
        cls.addClassCleanup(metadata.server_close)
        for name in ("create-dashboard-and-alarms.sh", "dashboard-config.json", "network_performance_monitor.py"):
            shutil.copy(artefacts.path(name), cls.folder)
        rollup = [option for name_space in ("VPC/NetworkLatency/8_8_8_8", "VPC/NetworkBandwidth", "VPC/TCPConnections")
                  for option in ("--dimensionless-rollup", name_space)]
        cls.servers = {"strict": TurnedServer(), "rollup": TurnedServer(*rollup)}
        for server in cls.servers.values():
            cls.addClassCleanup(server.close)
        # Before any monitor publishes: with data already there an alarm may be OK as soon as it is looked at.
        cls.first_states = {mode: cls.run_script(server) for mode, server in cls.servers.items()}
        cls.monitors = {mode: cls.start_monitor(server) for mode, server in cls.servers.items()}

    @classmethod
    def start_monitor(cls, server):
        process = subprocess.Popen(
            [sys.executable, "-u", "-W", "ignore", "network_performance_monitor.py", "--interval", "600"], cwd=cls.folder,
            env=environment_of(server, cls.folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.kill)
        return process

    def doctor(self, server):
        done = subprocess.run([WEIR, "doctor", "--data", server.directory, "-o", "json"], capture_output=True, text=True,
                              check=True)
        return json.loads(done.stdout)["findings"]

    @classmethod
    def run_script(cls, server):
        """Makes the dashboard and the alarms; returns the alarms' states."""
        done = subprocess.run(["bash", "create-dashboard-and-alarms.sh"], cwd=cls.folder, capture_output=True, text=True,
                              env=environment_of(server, cls.folder))
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return server.states()

    def check_made(self, mode):
        with open(os.path.join(self.folder, "dashboard-config.json")) as config:
            body = config.read()
        cloudwatch = self.servers[mode].client("cloudwatch")
        self.assertEqual(cloudwatch.get_dashboard(DashboardName="VPC-Network-Monitoring")["DashboardBody"], body)
        self.assertEqual(self.first_states[mode], dict.fromkeys(ALARMS, "INSUFFICIENT_DATA"))

    def subscribe(self, server):
        from http_receiver import Receiver
        receiver = Receiver()
        self.addCleanup(receiver.close)
        sns = server.client("sns")
        self.assertEqual(sns.create_topic(Name="network-alerts")["TopicArn"], TOPIC)
        sns.subscribe(TopicArn=TOPIC, Protocol="http", Endpoint=receiver.url)
        receiver.confirm()
        return receiver

    def monitor_cycle(self, mode):
        """What one cycle of the script published, once it has ended."""
        lines = []
        for line in self.monitors[mode].stdout:
            lines.append(line)
            if "cycle completed" in line:
                break
        self.assertEqual(len([line for line in lines if line.startswith("Published")]), 5, "".join(lines))
        server = self.servers[mode]
        metrics = server.client("cloudwatch").get_paginator("list_metrics").paginate()
        return {(m["Namespace"], m["MetricName"], tuple(sorted((d["Name"], d["Value"]) for d in m["Dimensions"])))
                for page in metrics for m in page["Metrics"]}

    def check_widgets(self, server):
        """All eight widgets of the document's dashboard show what the script published, and simulated flow logs."""
        logs = os.path.join(self.folder, "flow-logs")
        begin = (int(time.time()) // 300 - 9) * 300  # deliveries begin at full five minutes
        subprocess.run([WEIR, "simulate", "--records", "6000", "--seed", "7", "--start",
                        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin)), "--duration", "40m", "--format", "v5", "--out", logs],
                       check=True, capture_output=True)
        subprocess.run([WEIR, "ingest", "-q", "--data", server.directory, os.path.join(logs, "AWSLogs")], check=True, capture_output=True)
        done = subprocess.run([WEIR, "dashboard", "show", "VPC-Network-Monitoring", "--data", server.directory, "--since",
                               str(begin), "--until", str(begin + 3600), "-o", "json"], check=True, capture_output=True, text=True)
        widgets = json.loads(done.stdout)["widgets"]
        self.assertEqual([[(len(series["values"]) > 0) for series in widget["series"]] for widget in widgets[:5]],
                         [[True] * 4, [True] * 2, [True] * 3, [True] * 4, [True]])
        for widget in widgets[5:]:
            self.assertIsNone(widget.get("problem"), widget)
            self.assertGreater(len(widget["rows"]), 0, widget)

    def test_strict_the_alarms_stay_without_data_and_doctor_says_why(self):
        server = self.servers["strict"]
        receiver = self.subscribe(server)
        self.check_made("strict")
        published = self.monitor_cycle("strict")
        pair = tuple((d["Name"], d["Value"]) for d in DIMENSIONS)
        self.assertEqual({dimensions for _, _, dimensions in published}, {pair})
        self.assertEqual({name_space for name_space, _, _ in published}, {
            "VPC/NetworkLatency/8_8_8_8", "VPC/NetworkLatency/1_1_1_1", "VPC/NetworkLatency/aws_amazon_com",
            "VPC/NetworkBandwidth", "VPC/TCPConnections"})
        self.assertEqual(len(published), 3 * 6 + 13 + 12)
        for _ in range(2):
            server.put_minutes(BAD, 12)
            server.turn(12 * 60)
            time.sleep(2.5)
        self.assertEqual(server.states(), dict.fromkeys(ALARMS, "INSUFFICIENT_DATA"))
        self.assertEqual(receiver.messages, [])
        why = {f["subject"]: f for f in self.doctor(server) if f["rule"] == "dimensions_differ"}
        for name in ALARMS:
            self.assertIn("InstanceId=i-0123456789abcdef0,VpcId=unknown", why["alarm " + name]["message"])
            self.assertIn("dimensionless_rollup", why["alarm " + name]["fix"])
        self.assertEqual(len([s for s in why if s.startswith("widget")]), 5)

    def test_with_the_rollup_they_go_to_alarm_and_back(self):
        server = self.servers["rollup"]
        receiver = self.subscribe(server)
        self.check_made("rollup")
        published = self.monitor_cycle("rollup")
        self.assertIn(("VPC/NetworkLatency/8_8_8_8", "rtt_avg", ()), published)
        self.assertNotIn(("VPC/NetworkLatency/1_1_1_1", "rtt_avg", ()), published)
        self.check_widgets(server)
        server.put_minutes(BAD, 12)
        server.turn(12 * 60)
        wait_for(lambda: server.states() == dict.fromkeys(ALARMS, "ALARM"))
        messages = {}
        for _, body in receiver.wait(3):
            message = json.loads(json.loads(body)["Message"])
            messages[message["AlarmName"]] = message
        self.assertEqual(set(messages), set(ALARMS))
        latency = messages["High-Network-Latency"]
        self.assertEqual((latency["NewStateValue"], latency["Region"], latency["AlarmDescription"]),
                         ("ALARM", "US West (Oregon)", "Alert when network latency is high"))
        self.assertEqual((latency["Trigger"]["Dimensions"], latency["Trigger"]["Threshold"]), ([], 100.0))
        server.put_minutes(GOOD, 25)
        server.turn(25 * 60)
        wait_for(lambda: server.states() == dict.fromkeys(ALARMS, "OK"))
        history = server.client("cloudwatch").describe_alarm_history(AlarmName="High-Packet-Loss",
                                                                     HistoryItemType="StateUpdate")
        self.assertIn("Alarm updated from ALARM to OK",
                      [item["HistorySummary"] for item in history["AlarmHistoryItems"]])
        # None of the alarms names an action for OK: nobody is told of that.
        self.assertEqual(len(receiver.messages), 3)
        self.assertFalse([f for f in self.doctor(server) if f["subject"].startswith("alarm ")])


if __name__ == "__main__":
    if not artefacts.are_here():
        sys.exit(SKIPPED)
    for need in ("unshare", "ip", "ping", "mount"):
        if not shutil.which(need):
            skip(f"there is no command {need}; tools/setup installs it")
    if not os.path.exists("/usr/bin/aws") or not glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1"):
        skip("the aws command and libfaketime are needed; tools/setup installs them")
    sys.path.append("/usr/lib/python3/dist-packages")  # psutil and requests, beside whatever boto3 runs this
    try:
        import psutil
        import requests
    except ImportError as error:
        skip(f"{error}; tools/setup installs it")
    enter_namespace()
    unittest.main(verbosity=1)
