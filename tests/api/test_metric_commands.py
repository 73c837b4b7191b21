"""weir metric and dashboard: by the socket of a running server, and without one, with the same answers."""
import json
import os
import subprocess
import time
import unittest

from weir_server import WEIR, Server, ServerTest

MINUTE_MS = 60_000
# Minutes that are over, so that both ways see the same; the third has no sample.
BEGIN_MS = (int(time.time() * 1000) // MINUTE_MS - 30) * MINUTE_MS
RANGE = ("--since", str(BEGIN_MS), "--until", str(BEGIN_MS + 10 * MINUTE_MS))
HOSTILE = "it's \"a/b\"; $(touch x) {c=d},:\\"


def at(minute):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGIN_MS / 1000 + 60 * minute))


class MetricCommands(ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for minute, value in ((0, 1), (1, 2), (3, 4)):
            cls.weir("metric", "put", "Shop", "Requests", str(value), str(value + 2), "--dimension", "Service=web",
                     "--time", at(minute))
            cls.weir("metric", "put", "Shop", "Errors", str(value), "--unit", "Count", "--time", at(minute))
        cls.weir("metric", "put", "Odd/Name", HOSTILE, "7", "--dimension", f'"x=y"={HOSTILE}', "--time", at(0))
        cls.weir("metric", "put", "Far", "m", "1", "--region", "eu-west-1")

    @classmethod
    def weir(cls, verb, *words, code=0, **options):
        done = subprocess.run([WEIR, verb, "--data", cls.server.directory, *words], capture_output=True, text=True,
                              env=cls.server.environment, **options)
        assert done.returncode == code, f"exit {done.returncode}: {done.stderr}"
        cls.said = done.stderr
        return done.stdout if code == 0 else done.stderr

    def both_ways(self, *words, **options):
        """What a command writes and says while the server runs, and once it has stopped."""
        running = self.weir(*words, **options), self.said
        self.server.stop()
        try:
            stopped = self.weir(*words, **options), self.said
        finally:
            self.server.start()
        self.assertEqual(running, stopped)
        return running[0]

    def test_list(self):
        rows = json.loads(self.both_ways("metric", "list", "--namespace", "Shop", "-o", "json"))
        self.assertEqual([(row["metric"], row["dimensions"], row["region"], row["newest"]) for row in rows],
                         [("Errors", "", "us-west-2", at(3)), ("Requests", "Service=web", "us-west-2", at(3))])
        narrowed = self.weir("metric", "list", "--dimension", "Service=web", "--metric", "Requests", "-o", "tsv",
                             "--no-header")
        self.assertEqual(narrowed.split("\t")[:2], ["Shop", "Requests"])
        self.assertEqual(self.weir("metric", "list", "--dimension", "Service", "-o", "csv", "--no-header"),
                         narrowed.replace("\t", ","))
        self.assertIn("Far,m", self.weir("metric", "list", "--region", "eu-west-1", "-o", "csv"))

    def test_what_is_not_there_is_named_by_what_is(self):
        near = lambda *words: self.both_ways("metric", *words, code=4)
        self.assertIn("no metrics of a namespace 'Shp'; did you mean Shop?", near("list", "--namespace", "Shp"))
        self.assertIn("there are such in eu-west-1", near("list", "--namespace", "Far"))
        self.assertIn("Shop has no metric 'Request' in us-west-2; did you mean Requests?",
                      near("get", "Shop", "Request"))
        self.assertIn("other dimensions: Service=web", near("get", "Shop", "Requests"))
        self.assertIn("a dimension 'Servise'; did you mean Service?",
                      near("list", "--dimension", "Servise"))
        self.assertIn("e: Shop has no metric 'Error'", near("query", "e * 2", "--id", "e=Shop/Error", *RANGE))
        # A metric that has no samples then is no mistake.
        self.assertEqual(json.loads(self.weir("metric", "get", "Shop", "Errors", "-o", "json", "--since", "2026-01-01",
                                              "--until", "2026-01-02")), [])
        self.assertIn(f"its newest sample is of {at(3)}", self.said)

    def test_get(self):
        rows = json.loads(self.both_ways("metric", "get", "Shop", "Requests", "--dimension", "Service=web", "--stat",
                                         "Sum", "--stat", "Maximum", "--stat", "p50", *RANGE, "-o", "json"))
        self.assertEqual(rows, [{"time": at(0), "Sum": 4, "Maximum": 3, "p50": 2},
                                {"time": at(1), "Sum": 6, "Maximum": 4, "p50": 3},
                                {"time": at(3), "Sum": 10, "Maximum": 6, "p50": 5}])
        self.assertIn("3 series, 9 points in periods of 60 s", self.said)
        self.assertIn("3 gaps: 3 periods without a point", self.said)
        self.weir("metric", "get", "Shop", "Requests", "--dimension", "Service=web", *RANGE, "-q")
        self.assertEqual(self.said, "")
        whole = self.weir("metric", "get", "Shop", "Errors", "--stat", "Sum", "--period", "600", "--long", "-o", "csv",
                          "--since", str(BEGIN_MS - 600_000), *RANGE[2:], "--no-header")
        self.assertEqual(sum(float(line.split(",")[3]) for line in whole.split()), 7)
        odd = self.both_ways("metric", "get", "Odd/Name", HOSTILE, "--dimension", f'"x=y"={HOSTILE}', *RANGE, "-o",
                             "jsonl")
        self.assertEqual(json.loads(odd), {"time": at(0), "Average": 7})

    def test_the_report_says_what_an_answer_rests_on(self):
        path = os.path.join(self.server.directory, "..", f"metric-report-{os.getpid()}.json")
        self.addCleanup(lambda: os.path.exists(path) and os.remove(path))

        def report():
            with open(path, encoding="utf-8") as file:
                return json.load(file)

        self.both_ways("metric", "get", "Shop", "Requests", "--dimension", "Service=web", "--stat", "Sum", *RANGE, "-q",
                       "--report", path)
        found = report()
        self.assertEqual((found["schema"], found["since"], found["until"], found["period_seconds"]),
                         ("weir.metric.report.v1", at(0), at(10), 60))
        [one] = found["series"]
        self.assertEqual((one["label"], one["points"], one["first"], one["last"], one["gaps"], one["periods_without_point"],
                          one["empty_because"]), ("Sum", 3, at(0), at(3), 1, 1, []))
        self.weir("metric", "query", "SEARCH('{Shop,Service} Requests', 'Maximum', 60)", *RANGE, "--report", path)
        self.assertEqual([series["points"] for series in report()["series"]], [3])
        # Of nothing as well, with the reason; and a file that cannot be made is an error.
        self.weir("metric", "get", "Shop", "Errors", "--since", "2026-01-01", "--until", "2026-01-02", "--report", path)
        [one] = report()["series"]
        self.assertEqual((one["points"], one["first"]), (0, None))
        self.assertIn("newest sample", one["empty_because"][0])
        self.weir("metric", "get", "Shop", "Errors", *RANGE, "--report", "/nowhere/report.json", code=4)

    def test_query(self):
        ids = ("--id", "r=Shop/Requests{Service=web}:Sum", "--id", "e=Shop/Errors")
        rows = self.both_ways("metric", "query", "e / r * 100", "twice@120=r * 2", *ids, "--stat", "Sum", "--show", "e1",
                              "--show", "r", "--label", "e1=share", *RANGE, "-o", "jsonl")
        self.assertEqual([json.loads(line) for line in rows.split("\n") if line],
                         [{"time": at(0), "Requests": 4, "share": 25},
                          {"time": at(1), "Requests": 6, "share": 2 / 6 * 100},
                          {"time": at(3), "Requests": 10, "share": 40}])
        self.assertEqual(self.weir("metric", "query", *ids, *RANGE, "-o", "csv").split()[0], "time,Requests,Errors")
        quoted = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')
        odd = self.weir("metric", "query", "--id", f'm="Odd/Name"/"{quoted}"{{"x=y"="{quoted}"}}:Sum', *RANGE, "-o",
                        "csv", "--long")
        self.assertTrue(odd.strip().endswith(",7"), odd)
        search = json.loads(self.both_ways("metric", "query", "SEARCH('{Shop,Service} Requests', 'Maximum', 60)", *RANGE,
                                           "-o", "json"))
        self.assertEqual([row["Requests"] for row in search], [3, 4, 6])
        self.assertIn("1 gap: 1 period", self.said)
        select = json.loads(self.both_ways("metric", "query", "SELECT MAX(Requests) FROM Shop GROUP BY Service", *RANGE,
                                           "-o", "json"))
        self.assertEqual([row["web"] for row in select], [3, 4, 6])
        self.assertEqual(self.weir("metric", "query", "SEARCH('{Nobody} x', 'Sum', 60)", "-o", "csv"), "time\n")
        self.assertIn("no series matches", self.said)

    def test_errors_point_at_what_is_wrong(self):
        wrong = lambda *words: self.weir("metric", *words, code=2)
        self.assertIn("at character 5", wrong("query", "e / ", "--id", "e=Shop/Errors"))
        self.assertIn("no query has the id x", wrong("query", "e + x", "--id", "e=Shop/Errors"))
        self.assertIn("at character 1: a slash", wrong("query", "--id", "e=Errors"))
        self.assertIn("there is: e, e1", wrong("query", "e", "--id", "e=Shop/Errors", "--show", "m"))
        self.assertIn("--since", wrong("get", "Shop", "Errors", "--since", "nonsense"))
        self.assertIn("is to be before", wrong("get", "Shop", "Errors", "--since", "1h", "--until", "2h"))
        self.assertIn("Sm", wrong("get", "Shop", "Errors", "--stat", "Sm"))
        self.assertIn("takes list", wrong("lst"))
        self.assertIn("is no number", wrong("put", "Shop", "Errors", "many"))
        self.assertIn("Unit", wrong("put", "Shop", "Errors", "1", "--unit", "Parsecs"))

    def test_old_data_has_longer_periods(self):
        self.weir("metric", "get", "Shop", "Errors", "--since", "20d", "-o", "csv")
        self.assertIn("in periods of 300 s", self.said)
        self.weir("metric", "get", "Shop", "Errors", "--since", "20d", "--period", "60", "-o", "csv")
        self.assertIn("does not come in periods of 60 s", self.said)

    def test_a_directory_without_a_server_ever_says_so(self):
        done = subprocess.run([WEIR, "metric", "list", "--data", "/nonexistent/store"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 4)
        self.assertIn("weir serve", done.stderr)

    def test_put_without_a_server_lasts(self):
        self.server.stop()
        try:
            self.weir("metric", "put", "Idle", "m", "5", "--time", at(0))
        finally:
            self.server.start()
        self.assertEqual(json.loads(self.weir("metric", "get", "Idle", "m", *RANGE, "-o", "json")),
                         [{"time": at(0), "Average": 5}])


if __name__ == "__main__":
    unittest.main()
