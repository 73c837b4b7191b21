"""weir dashboard: by the socket of a running server, and without one, with the same answers."""
import csv
import io
import json
import os
import re
import subprocess
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from weir_server import WEIR, Server, ServerTest

MINUTE_MS = 60_000
BEGIN_MS = (int(time.time() * 1000) // MINUTE_MS - 60) * MINUTE_MS
END_MS = BEGIN_MS + 30 * MINUTE_MS
RANGE = ("--since", str(BEGIN_MS), "--until", str(END_MS))
FLOW_LOG = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n"


def at(minute):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGIN_MS / 1000 + 60 * minute))


def metric(title, *rows, **properties):
    return {"type": "metric", "width": 12, "height": 6,
            "properties": {"title": title, "metrics": list(rows), "region": "us-west-2", "period": 60, **properties}}


BODY = {
    "variables": [{"type": "property", "property": "Service", "id": "service", "inputType": "input"},
                  {"type": "pattern", "pattern": "STAGE", "id": "stage", "inputType": "input", "defaultValue": "dev"}],
    "widgets": [
        metric("Requests of STAGE", ["Shop", "Requests", "Service", "web", {"stat": "Sum", "id": "r"}],
               [{"expression": "r * 2", "label": "twice", "id": "t"}]),
        {"type": "log", "width": 12, "height": 6, "properties": {
            "title": "Refused", "query": "filter action = 'REJECT' | stats count(*) as n, sum(bytes) as b by srcaddr | sort n desc",
            "region": "us-west-2", "view": "table"}},
        {"type": "text", "width": 24, "height": 2, "properties": {"markdown": "# Read me\n\u001b[31mred"}},
        {"type": "alarm", "width": 24, "height": 2, "properties": {
            "title": "Alarms", "alarms": ["arn:aws:cloudwatch:us-west-2:123456789012:alarm:Slow",
                                          "arn:aws:cloudwatch:us-west-2:123456789012:alarm:Gone"]}},
        metric("Old", ["Shop", "Requests", "Service", "web"], start="2026-01-01T00:00:00Z", end="2026-01-02T00:00:00Z"),
        metric("Watched", annotations={"alarms": ["arn:aws:cloudwatch:us-west-2:123456789012:alarm:Slow"]}),
        {"type": "log", "width": 12, "height": 6, "properties": {"title": "Wrong", "query": "stats cout(*)",
                                                                 "region": "us-west-2"}},
    ],
}


class DashboardCommands(ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.server.directory
        with open(os.path.join(folder, "flows.log"), "w") as log:
            log.write(FLOW_LOG)
            for source, times in (("203.0.113.1", 3), ("203.0.113.2", 1)):
                for n in range(times):
                    begin = BEGIN_MS // 1000 + n
                    log.write(f"2 123456789012 eni-1 {source} 10.0.0.2 4000 22 6 1 40 {begin} {begin + 9} REJECT OK\n")
        cls.weir("ingest", os.path.join(folder, "flows.log"))
        for service, values in (("web", ((0, 1), (1, 2), (3, 4))), ("api", ((0, 50),))):
            for minute, value in values:
                cls.weir("metric", "put", "Shop", "Requests", str(value), "--dimension", f"Service={service}", "--time",
                         at(minute))
        cls.server.client("cloudwatch").put_metric_alarm(
            AlarmName="Slow", Namespace="Shop", MetricName="Requests", Statistic="Maximum", Period=60,
            Dimensions=[{"Name": "Service", "Value": "web"}], EvaluationPeriods=1, Threshold=1e9,
            ComparisonOperator="GreaterThanThreshold")
        cls.body = os.path.join(folder, "body.json")
        with open(cls.body, "w") as file:
            json.dump(BODY, file)
        cls.weir("dashboard", "put", "Shop", cls.body)

    @classmethod
    def weir(cls, verb, *words, code=0, **options):
        done = subprocess.run([WEIR, verb, "--data", cls.server.directory, *words], capture_output=True, text=True,
                              env=cls.server.environment, **options)
        assert done.returncode == code, f"exit {done.returncode}: {done.stderr}"
        cls.said = done.stderr
        return done.stdout if code == 0 else done.stderr

    def both_ways(self, *words, same=lambda text: re.sub(
            # An alarm is judged meanwhile.
            r'"(?:since|next\w*)":"[^"]*"|(?m:^Slow .*|^4,Alarms,1,since,.*)', "", text), **options):
        running, said = self.weir(*words, **options), self.said
        self.server.stop()
        try:
            stopped = self.weir(*words, **options)
        finally:
            self.server.start()
        self.assertEqual((same(running), said), (same(stopped), self.said))
        return running

    def test_bodies(self):
        stored = self.both_ways("dashboard", "get", "Shop")
        with open(self.body) as file:
            self.assertEqual(stored, file.read() + "\n")
        names = json.loads(self.both_ways("dashboard", "list", "-o", "json"))
        self.assertIn(("Shop", len(stored) - 1), [(row["name"], row["bytes"]) for row in names])
        self.assertIn("did you mean Shop?", self.both_ways("dashboard", "get", "Shpo", code=4))
        # Refused as PutDashboard refuses, with the place; warnings go with the success.
        wrong = json.dumps({"widgets": [{"type": "metric", "properties": {"metrics": [["a"]]}}]})
        self.assertIn("/widgets/0", self.both_ways("dashboard", "put", "Wrong", "-", input=wrong, code=2))
        self.assertIn("valid JSON", self.weir("dashboard", "put", "Wrong", "-", input="{", code=2))
        self.weir("dashboard", "put", "Idle", "-", input='{"widgets": [], "unknown": 1}')
        self.assertIn("unknown", self.said)
        self.assertIn("Idle is stored", self.said)
        self.server.stop()
        try:
            self.assertIn("--yes", self.weir("dashboard", "delete", "Idle", code=2))
            self.weir("dashboard", "delete", "Idle", "--yes")
            self.assertIn("there is no dashboard", self.weir("dashboard", "delete", "Idle", "--yes", code=4))
            self.weir("dashboard", "put", "WithoutServer", "-", input='{"widgets": []}')
        finally:
            self.server.start()
        self.assertEqual(json.loads(self.weir("dashboard", "get", "WithoutServer")), {"widgets": []})
        # Also written down where no server ran.
        with urllib.request.urlopen(self.server.url + "/api/v1/audit") as answer:
            actions = [(entry["action"], entry["what"]) for entry in json.load(answer)["entries"]]
        self.assertIn(("CloudWatch.DeleteDashboards", "Idle"), actions)

    def test_show_as_tables(self):
        text = self.both_ways("dashboard", "show", "Shop", *RANGE)
        self.assertIn("1. Requests of dev\n\n", text)
        rows = [line.split() for line in text.split("\n")]
        self.assertIn(["Requests", "4", "1", "2.3333333333333335", "4", "3", at(3)], rows)
        self.assertIn(["twice", "8", "2", "4.666666666666667", "8", "3", at(3)], rows)
        self.assertIn(["203.0.113.1", "3", "120"], rows)
        self.assertIn("# Read me\n\ufffd[31mred", text)
        self.assertTrue(any(row[:3] == ["Slow", "us-west-2", "INSUFFICIENT_DATA"] for row in rows), text)
        self.assertTrue(any(row[:2] == ["Gone", "us-west-2"] for row in rows), text)
        self.assertIn("5. Old: Requests: no data: its newest sample is of", self.said)
        self.assertIn("7. Wrong: ", self.said)
        markdown = self.weir("dashboard", "show", "Shop", *RANGE, "-o", "md")
        self.assertIn("## 2. Refused\n\n| srcaddr | n | b |", markdown)

    def test_show_as_data(self):
        shown = json.loads(self.both_ways("dashboard", "show", "Shop", *RANGE, "-o", "json"))
        first, logs, text, alarms, old, watched, wrong = shown["widgets"]
        self.assertEqual(first["series"][0]["values"], [1, 2, 4])
        self.assertEqual(logs["rows"], [["203.0.113.1", 3, 120], ["203.0.113.2", 1, 40]])
        self.assertEqual(text["markdown"], BODY["widgets"][2]["properties"]["markdown"])
        self.assertEqual([(alarm["name"], alarm["state"]) for alarm in alarms["alarms"]],
                         [("Slow", "INSUFFICIENT_DATA"), ("Gone", None)])
        self.assertEqual(old["sinceMs"], 1767225600000)
        self.assertEqual(watched["series"][0]["values"], [1, 2, 4])
        self.assertIn("cout", wrong["problem"])
        # The route says the same, and is described.
        query = urllib.parse.urlencode({"since": BEGIN_MS, "until": END_MS, "variable": "service=api"})
        with urllib.request.urlopen(f"{self.server.url}/api/v1/dashboards/Shop/data?{query}") as answer:
            self.assertEqual(json.load(answer)["widgets"][0]["series"][0]["values"], [50])
        with urllib.request.urlopen(f"{self.server.url}/api/v1/openapi.json") as answer:
            self.assertIn("/api/v1/dashboards/{name}/data", json.load(answer)["paths"])

    def test_the_report_says_what_widgets_rest_on(self):
        path = os.path.join(self.server.directory, "..", f"dashboard-report-{os.getpid()}.json")
        self.addCleanup(lambda: os.path.exists(path) and os.remove(path))
        self.both_ways("dashboard", "show", "Shop", *RANGE, "-q", "--report", path)
        with open(path, encoding="utf-8") as file:
            report = json.load(file)
        self.assertEqual((report["schema"], report["name"], report["since"]), ("weir.dashboard.report.v1", "Shop", at(0)))
        first, logs, text, _, old, _, wrong = report["widgets"]
        self.assertEqual([(one["label"], one["points"], one["gaps"]) for one in first["series"]],
                         [("Requests", 3, 1), ("twice", 3, 1)])
        self.assertEqual((logs["rows"], logs["is_truncated"], logs["empty_because"], logs["problem"]), (2, False, [], None))
        self.assertNotIn("series", text)
        self.assertIn("newest sample", old["series"][0]["empty_because"][0])
        self.assertIn("cout", wrong["problem"])

    def test_variables(self):
        rows = self.both_ways("dashboard", "show", "Shop", *RANGE, "--variable", "service=api", "--variable", "stage=prod",
                              "--widget", "Requests of prod", "-o", "jsonl")
        self.assertEqual([json.loads(line) for line in rows.split("\n") if line],
                         [{"time": at(0), "Requests": 50, "twice": 100}])
        self.assertIn("did you mean service?",
                      self.weir("dashboard", "show", "Shop", "--variable", "servise=x", code=2))

    def test_one_widget_and_all_cells(self):
        rows = list(csv.DictReader(io.StringIO(self.weir("dashboard", "show", "Shop", *RANGE, "--widget", "1", "-o", "csv"))))
        self.assertEqual([(row["time"], row["Requests"], row["twice"]) for row in rows],
                         [(at(0), "1", "2"), (at(1), "2", "4"), (at(3), "4", "8")])
        cells = list(csv.DictReader(io.StringIO(self.both_ways("dashboard", "show", "Shop", *RANGE, "-o", "csv"))))
        self.assertIn({"widget": "1", "title": "Requests of dev", "row": at(1), "column": "twice", "value": "4"}, cells)
        self.assertIn({"widget": "2", "title": "Refused", "row": "1", "column": "b", "value": "120"}, cells)
        self.assertIn("there is no widget '99'; there is 1. Requests of dev; ",
                      self.weir("dashboard", "show", "Shop", "--widget", "99", code=4))
        self.assertIn("is to be before", self.weir("dashboard", "show", "Shop", "--since", "1h", "--until", "2h", code=2))

    def test_the_dashboards_own_range(self):
        body = {"start": f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(BEGIN_MS / 1000))}", "end": at(2),
                "widgets": BODY["widgets"][:1]}
        self.weir("dashboard", "put", "Own", "-", input=json.dumps(body))
        own = json.loads(self.both_ways("dashboard", "show", "Own", "-o", "json"))
        self.assertEqual((own["sinceMs"], own["untilMs"]), (BEGIN_MS, BEGIN_MS + 2 * MINUTE_MS))
        self.assertEqual(own["widgets"][0]["series"][0]["values"], [1, 2])


if __name__ == "__main__":
    unittest.main()
