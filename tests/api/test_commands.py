"""weir alarm, ingest, key and doctor: by the socket of a running server, and without one, with the same answers."""
import json
import os
import signal
import stat
import subprocess
import unittest
import urllib.error
import urllib.request

from weir_server import WEIR, Server, ServerTest

FLOW_LOG = """version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
2 123456789012 eni-1 10.0.0.1 10.0.0.2 443 50000 6 10 840 1767600000 1767600060 ACCEPT OK
2 123456789012 eni-1 10.0.0.9 10.0.0.2 22 50001 6 1 40 1767600000 1767600060 REJECT OK
"""


def weir(server, verb, *words, code=0, **options):
    done = subprocess.run([WEIR, verb, "--data", server.directory, *words], capture_output=True, text=True, **options)
    assert done.returncode == code, f"exit {done.returncode}: {done.stderr}"
    return done.stdout if code == 0 else done.stderr


class Commands(ServerTest):
    def setUp(self):
        if self.server.process.poll() is not None:
            self.server.start()

    def both_ways(self, *words, same=lambda text: text, **options):
        """What a command says while the server runs, and once it has stopped."""
        running = weir(self.server, *words, **options)
        self.server.stop()
        stopped = weir(self.server, *words, **options)
        self.assertEqual(same(running), same(stopped))
        self.server.start()
        return running

    def put_alarm(self, name, region="us-west-2", **changes):
        arguments = dict(AlarmName=name, Namespace="T/C", MetricName="rtt", Statistic="Average", Period=60,
                         EvaluationPeriods=2, Threshold=100.0, ComparisonOperator="GreaterThanThreshold")
        arguments.update(changes)
        self.server.client("cloudwatch", region=region).put_metric_alarm(**arguments)

    def test_the_socket_is_its_owners_alone_and_goes_with_the_server(self):
        path = os.path.join(self.server.directory, "weir.sock")
        mode = os.stat(path).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        self.server.stop()
        self.assertFalse(os.path.exists(path))
        # What a killed server leaves behind is no server, and is replaced by the next one.
        self.server.start()
        self.server.kill()
        self.assertTrue(os.path.exists(path))
        weir(self.server, "key", "list")
        self.server.start()
        self.assertIn("[]", weir(self.server, "alarm", "list", "--state", "ALARM", "-o", "json"))

    def test_alarms(self):
        self.put_alarm("Listed", AlarmActions=[])
        self.put_alarm("Far", region="eu-west-1")
        self.server.client("cloudwatch").put_metric_data(Namespace="T/C", MetricData=[
            {"MetricName": "rtt", "Value": 12.5, "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]}])
        rows = json.loads(self.both_ways("alarm", "list", "-o", "json", same=lambda text: [
            {**row, "reason": ""} for row in json.loads(text)]))
        listed, = [row for row in rows if row["name"] == "Listed"]
        self.assertEqual((listed["region"], listed["state"], listed["watches"]),
                         ("us-west-2", "INSUFFICIENT_DATA", "T/C rtt"))
        far = weir(self.server, "alarm", "list", "--region", "eu-west-1", "-o", "csv", "--no-header")
        self.assertTrue(far.startswith("Far,eu-west-1,"), far)
        text = weir(self.server, "alarm", "explain", "Listed")
        self.assertIn("InstanceId=i-1", text)
        self.assertIn("near", text)
        document = json.loads(self.both_ways("alarm", "explain", "Listed", "-o", "json", same=lambda text: json.loads(
            text)["near"]))
        self.assertEqual(document["near"][0]["dimensions"], {"InstanceId": "i-1"})
        replay = json.loads(self.both_ways("alarm", "replay", "Listed", "--since", "1h", "-o", "json",
                                           same=lambda text: json.loads(text)["transitions"]))
        self.assertEqual(replay["state"], "INSUFFICIENT_DATA")
        self.assertIn("evaluations", weir(self.server, "alarm", "replay", "Listed", "--since", "1h"))
        self.assertIn("did you mean", weir(self.server, "alarm", "explain", "Listd", code=4))
        self.server.client("cloudwatch").put_composite_alarm(
            AlarmName="Both", AlarmRule='ALARM("Listed") OR ALARM(Listed)')
        reasons = json.loads(self.both_ways("alarm", "explain", "Both", "-o", "json", same=lambda text: json.loads(
            text)["reasons"][0]))["reasons"]
        self.assertEqual(reasons[0], 'its rule: ALARM("Listed") OR ALARM(Listed)')
        self.assertEqual(len(reasons), 2)
        self.assertRegex(reasons[1], "^Listed is INSUFFICIENT_DATA since .*: ")
        self.put_alarm("Twice")
        self.put_alarm("Twice", region="eu-west-1")
        self.assertIn("say which region", weir(self.server, "alarm", "explain", "Twice", code=2))
        self.assertIn("Twice: ", weir(self.server, "alarm", "explain", "Twice", "--region", "eu-west-1"))

    def test_keys(self):
        made = weir(self.server, "key", "create", "--scope", "ingest")
        key = made.split()[2]
        self.assertIn(f"{key}  ingest", self.both_ways("key", "list"))
        weir(self.server, "key", "remove", key)
        self.assertNotIn(key, self.both_ways("key", "list"))
        self.assertIn("there is no access key", weir(self.server, "key", "remove", key, code=4))

    def test_fsck_reads_metrics_too(self):
        self.server.client("cloudwatch").put_metric_data(Namespace="T/F", MetricData=[{"MetricName": "m", "Value": 1}])
        metrics = json.loads(weir(self.server, "fsck", "-o", "json"))["metrics"]
        self.assertEqual(metrics["damages"], [])
        self.assertGreaterEqual(metrics["log_records"], 1)
        self.server.stop()
        path = os.path.join(self.server.directory, "metrics", "SERIES")
        before = open(path, "rb").read() if os.path.exists(path) else None
        with open(path, "wb") as names:
            names.write(b"nonsense" * 10)
        weir(self.server, "fsck", code=4)
        if before is None:
            os.remove(path)
        else:
            with open(path, "wb") as names:
                names.write(before)
        self.assertIn("nothing is damaged", weir(self.server, "fsck"))

    def test_ingest(self):
        folder = os.path.join(self.server.directory, "incoming")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "a.log"), "w") as log:
            log.write(FLOW_LOG)
        with open(os.path.join(folder, "b.log"), "w") as log:
            log.write(FLOW_LOG.replace("10.0.0.9", "10.0.0.8"))
        count = lambda: json.loads(weir(self.server, "query", "-q", "-o", "json", "stats count(*) as n"))[0]["n"]
        # A path of the caller's, of whose working directory the server knows nothing.
        said = weir(self.server, "ingest", "--progress", "jsonl", "a.log", cwd=folder)
        self.assertEqual(json.loads(said)["records"], 2)
        self.assertEqual(count(), 2)
        self.server.stop()
        weir(self.server, "ingest", folder)
        self.assertEqual(count(), 4)  # a.log was known
        self.server.start()
        weir(self.server, "ingest", folder)
        weir(self.server, "ingest", "--where", "action = 'REJECT'", "-", input=FLOW_LOG.replace("10.0.0.9", "10.0.0.7"))
        self.assertEqual(count(), 5)
        self.assertIn("--where", weir(self.server, "ingest", "--where", "nonsense = 1", folder, code=4))
        # Followed: what comes into the directory is taken in by the server, as it comes.
        follower = subprocess.Popen([WEIR, "ingest", "--data", self.server.directory, "--progress", "jsonl", "--follow",
                                     folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        states = lambda number: [json.loads(follower.stdout.readline())["state"] for _ in range(number)]
        self.assertEqual(states(2), ["known", "known"])
        with open(os.path.join(self.server.directory, "c.tmp"), "w") as log:
            log.write(FLOW_LOG.replace("10.0.0.9", "10.0.0.6"))
        os.rename(os.path.join(self.server.directory, "c.tmp"), os.path.join(folder, "c.log"))
        self.assertEqual(states(1), ["taken"])
        self.assertEqual(count(), 7)
        follower.send_signal(signal.SIGINT)
        self.assertEqual(follower.wait(timeout=20), 0)
        self.assertIn("2 records of 1 objects", follower.stderr.read())
        self.assertIn("a pipe once it has ended", weir(self.server, "ingest", "--follow", "-", input="", code=4))
        # The query that a client asks sees what came either way.
        logs = self.server.client("logs")
        query = logs.start_query(logGroupName="/aws/vpc/flowlogs/x", startTime=0, endTime=4_000_000_000,
                                 queryString="stats count(*) as n")["queryId"]
        answer = {"status": "Running"}
        while answer["status"] in ("Running", "Scheduled"):
            answer = logs.get_query_results(queryId=query)
        self.assertEqual(answer["results"][0][0]["value"], "7")


class NativeRoutes(ServerTest):
    def get(self, path, headers=None, data=None, method=None):
        request = urllib.request.Request(self.server.url + path, headers=headers or {}, data=data, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()

    def test_pages_problems_and_the_description(self):
        cloudwatch = self.server.client("cloudwatch")
        for i in range(3):
            cloudwatch.put_metric_alarm(AlarmName=f"a/{i}", Namespace="T", MetricName="m", Statistic="Sum", Period=60,
                                        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold")
        page = json.loads(self.get("/api/v1/alarms?limit=2")[2])
        self.assertEqual([row["name"] for row in page["alarms"]], ["a/0", "a/1"])
        import urllib.parse
        page = json.loads(self.get("/api/v1/alarms?limit=2&cursor=" + urllib.parse.quote(page["cursor"]))[2])
        self.assertEqual([row["name"] for row in page["alarms"]], ["a/2"])
        self.assertNotIn("cursor", page)
        status, headers, body = self.get("/api/v1/alarms/a%2F1/explain", {"Accept": "text/plain"})
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; charset=utf-8"))
        self.assertTrue(body.startswith("a/1: "), body)
        status, headers, body = self.get("/api/v1/alarms/none/explain")
        self.assertEqual((status, headers["Content-Type"]), (404, "application/problem+json"))
        self.assertEqual(json.loads(body)["status"], 404)
        self.assertEqual(self.get("/api/v1/alarms?limt=1")[0], 400)
        self.assertEqual(self.get("/api/v1/alarms", data=b"{}")[0], 405)
        self.assertEqual(self.get("/api/v1/nothing")[0], 404)
        described = json.loads(self.get("/api/v1/openapi.json")[2])
        self.assertEqual(described["openapi"], "3.1.0")
        self.assertIn("get", described["paths"]["/api/v1/alarms/{name}/replay"])

    def test_what_only_the_socket_may(self):
        for path, data in (("/api/v1/keys", None), ("/api/v1/keys?scope=admin", b""),
                           ("/api/v1/ingest", b'{"paths":["/etc/hostname"]}')):
            status, _, body = self.get(path, data=data)
            self.assertEqual(status, 403, body)
        # A page of another origin reaches nothing.
        self.assertEqual(self.get("/api/v1/alarms", {"Origin": "http://evil.example"})[0], 403)
        self.assertEqual(self.get("/api/v1/alarms", {"Host": "evil.example"})[0], 403)


class BearerTokens(unittest.TestCase):
    def test_keys_open_routes_and_the_socket_needs_none(self):
        server = Server()
        self.addCleanup(server.close)
        words = [weir(server, "key", "create", "--scope", scope).split() for scope in ("read", "ingest")]
        (reader, secret), (writer, other) = ((w[2], w[5]) for w in words)
        server.options = ("--require-keys",)
        server.restart()
        get = lambda token: NativeRoutes.get(self, "/api/v1/alarms", {"Authorization": f"Bearer {token}"} if token else {})
        self.server = server
        self.assertEqual(get(f"{reader}.{secret}")[0], 200)
        self.assertEqual(get(f"{writer}.{other}")[0], 403)
        for token in ("", reader, f"{reader}.", f"{reader}.{secret}x", f"{reader}.{other}", f"x.{secret}"):
            status, headers, _ = get(token)
            self.assertEqual((status, headers.get("WWW-Authenticate")), (401, "Bearer"), token)
        self.assertIn(reader, weir(server, "key", "list"))


class LongPaths(unittest.TestCase):
    def test_a_directory_deeper_than_a_socket_name_is_long(self):
        import shutil
        import tempfile
        root = tempfile.mkdtemp(prefix="weir_long_")
        self.addCleanup(shutil.rmtree, root, ignore_errors=True)
        directory = os.path.join(root, *["d" * 60] * 3)
        os.makedirs(directory)
        server = Server(data=directory)
        self.addCleanup(server.close)
        self.assertTrue(stat.S_ISSOCK(os.stat(os.path.join(directory, "weir.sock")).st_mode))
        key = weir(server, "key", "create").split()[2]
        self.assertIn(key, weir(server, "key", "list"))
        # Through the server: the store is locked, and still it answers.
        self.assertEqual(json.loads(weir(server, "alarm", "list", "-o", "json")), [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
