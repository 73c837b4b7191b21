"""What the browser application asks of /api/v1 about metrics, alarms, dashboards, and what it saves."""
import concurrent.futures
import time
import unittest

from console_client import ask
from weir_server import ServerTest


class Rooms(ServerTest):
    def call(self, method, path, body=None, status=200, **arguments):
        answer = ask(self.server, method, "/api/v1/" + path, body, **arguments)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now_s = int(time.time()) // 60 * 60
        client = cls.server.client("cloudwatch")
        data = [{"MetricName": "rtt", "Dimensions": [{"Name": "host", "Value": "a"}],
                 "Timestamp": cls.now_s - 60 * minute, "Value": float(minute)} for minute in range(1, 121)]
        client.put_metric_data(Namespace="T/Net", MetricData=data)

    def metric(self, **changes):
        metric = {"Namespace": "T/Net", "MetricName": "rtt", "Dimensions": [{"Name": "host", "Value": "a"}]}
        metric.update(changes)
        return {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}}

    def data(self, *queries, **more):
        return self.call("POST", "metrics/data", {"queries": list(queries), "since": (self.now_s - 7200) * 1000,
                                                  "until": self.now_s * 1000, **more})

    def test_metrics_are_listed(self):
        self.assertIn({"name": "T/Net", "metrics": 1}, self.call("GET", "metrics/namespaces")["namespaces"])
        listed = self.call("GET", "metrics", namespace="T/Net")
        self.assertIsNone(listed["cursor"])
        self.assertEqual(listed["metrics"][0]["dimensions"], {"host": "a"})
        self.assertEqual(self.call("GET", "metrics/namespaces", region="eu-west-1")["namespaces"], [])

    def test_metric_data_and_math(self):
        answer = self.data(self.metric(), {"Id": "e1", "Expression": "m1 * 2", "Label": "twice"}, points=500)
        one, twice = answer["results"]
        self.assertEqual((one["id"], one["values"][0], one["values"][-1]), ("m1", 120, 1))
        self.assertEqual((twice["label"], twice["values"][0]), ("twice", 240))
        self.assertIsNone(one["lows"])
        self.assertEqual(one["timesMs"][0], (self.now_s - 7200) * 1000)
        self.assertEqual(one["stepMs"], 60_000)

    def test_more_points_than_asked_for_keep_their_extremes(self):
        one = self.data(self.metric(), points=10)["results"][0]
        self.assertEqual(len(one["values"]), 10)
        self.assertEqual((one["highs"][0], one["lows"][-1]), (120, 1))
        self.assertEqual(one["stepMs"], 720_000)
        self.assertEqual(one["values"][0], 114.5)

    def test_metric_data_says_why_there_is_none(self):
        def cause(**changes):
            return self.data(self.metric(**changes))["results"][0]["emptyBecause"][0]
        self.assertEqual(cause(Dimensions=[])["cause"], "dimensions_differ")
        self.assertIn("host=a", cause(Dimensions=[])["detail"])
        self.assertEqual(cause(MetricName="rt")["cause"], "no_such_metric")
        self.assertIn("rtt", cause(MetricName="rt")["detail"])
        old = self.call("POST", "metrics/data", {"queries": [self.metric()], "since": "3d", "until": "2d"})
        self.assertEqual(old["results"][0]["emptyBecause"][0]["cause"], "range_without_samples")
        self.call("POST", "metrics/data", {"queries": []}, status=400)
        self.call("POST", "metrics/data", {"queries": [{"Id": "e1", "Expression": "nosuch + 1"}]}, status=400)

    def test_an_alarm_from_its_making_to_its_end(self):
        body = {"Namespace": "T/Net", "MetricName": "rtt", "Dimensions": [{"Name": "host", "Value": "a"}],
                "Statistic": "Average", "Period": 60, "EvaluationPeriods": 2, "Threshold": 100.0,
                "ComparisonOperator": "GreaterThanThreshold"}
        made = self.call("PUT", "alarms/slow net", body)
        self.assertEqual((made["kind"], made["region"], made["alarm"]["Threshold"]), ("metric", "us-west-2", 100))
        self.assertIsInstance(made["alarm"]["StateUpdatedTimestamp"], int)
        made["alarm"]["Threshold"] = 50
        self.assertEqual(self.call("PUT", "alarms/slow net", made["alarm"])["alarm"]["Threshold"], 50)
        self.call("PUT", "alarms/slow net", {**body, "Treshold": 1}, status=400)
        self.call("PUT", "alarms/slow net", {**body, "Period": 7}, status=400)
        self.call("PUT", "alarms/slow net", {**body, "AlarmName": "another"}, status=400)
        composite = self.call("PUT", "alarms/any", {"AlarmRule": "ALARM(\"slow net\")"})
        self.assertEqual(composite["kind"], "composite")

        listed = {alarm["name"]: alarm for alarm in self.call("GET", "alarms")["alarms"]}
        self.assertEqual((listed["slow net"]["actionsEnabled"], listed["slow net"]["mutedUntilMs"]), (True, None))
        self.assertEqual(self.call("POST", "alarms/slow net/actions", {"enabled": False}), {"enabled": False})
        self.assertFalse(self.call("GET", "alarms/slow net")["alarm"]["ActionsEnabled"])
        until = self.call("POST", "alarms/slow net/mute", {"minutes": 30})["mutedUntilMs"]
        self.assertAlmostEqual(until, time.time() * 1000 + 1_800_000, delta=60_000)
        self.assertAlmostEqual(self.call("GET", "alarms/slow net")["mutedUntilMs"], until, delta=1000)
        self.assertIsNone(self.call("DELETE", "alarms/slow net/mute")["mutedUntilMs"])
        self.assertIsNone(self.call("GET", "alarms/slow net")["mutedUntilMs"])

        items = self.call("GET", "alarms/slow net/history")["items"]
        self.assertIn("ConfigurationUpdate", {item["kind"] for item in items})
        self.assertTrue(all(isinstance(item["data"], dict) for item in items))
        history = self.call("GET", "alarms/slow net/history", limit=1)
        self.assertIsNotNone(history["cursor"])
        self.call("GET", "alarms/slow net/history", limit=1, cursor=history["cursor"])

        self.call("DELETE", "alarms/slow net", status=400)  # the composite one uses it
        self.call("DELETE", "alarms/any")
        self.call("DELETE", "alarms/slow net")
        self.assertIn("there is no alarm", self.call("GET", "alarms/slow net", status=404)["detail"])
        actions = [entry["action"] for entry in self.call("GET", "audit")["entries"]]
        self.assertEqual(actions[0], "CloudWatch.DeleteAlarms")
        self.assertIn("CloudWatch.PutAlarmMuteRule", actions)

    def of_two_that_read_the_same_one_is_refused(self, body):
        def put(change, **headers):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return ask(self.server, "PUT", "/api/v1/dashboards/VPC", {**body, "start": change}, headers=named)
        tag = ask(self.server, "GET", "/api/v1/dashboards/VPC").headers["ETag"]
        self.assertRegex(tag, '^"[0-9a-f]{32}"$')
        first = put("-PT1H", If_Match=tag)
        self.assertEqual(first.status, 200, first.body)
        second = put("-PT2H", If_Match=tag)
        self.assertEqual(second.status, 412)
        self.assertIn("was changed since", second.json["detail"])
        self.assertEqual(second.headers["ETag"], first.headers["ETag"])
        self.assertEqual(self.call("GET", "dashboards/VPC")["body"]["start"], "-PT1H")
        self.assertEqual(put("-PT2H", If_Match=second.headers["ETag"]).status, 200)
        self.assertEqual(put("-PT3H", If_Match="*").status, 200)
        self.assertEqual(put("-PT4H", If_None_Match="*").status, 412)
        self.assertEqual(put("-PT4H").status, 200)
        # PutDashboard knows no conditions.
        self.server.client("cloudwatch").put_dashboard(DashboardName="VPC", DashboardBody='{"widgets": []}')
        gone = ask(self.server, "PUT", "/api/v1/dashboards/None", body, headers={"If-Match": "*"})
        self.assertEqual(gone.status, 412)
        self.assertIn("was removed since", gone.json["detail"])
        # Of many at a time that read the same, one is stored.
        tag = ask(self.server, "GET", "/api/v1/dashboards/VPC").headers["ETag"]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(lambda number: put(f"-PT{number}M", If_Match=tag).status, range(1, 17)))
        self.assertEqual(sorted(statuses), [200] + [412] * 15)

    def test_a_dashboard_is_checked_before_it_is_stored(self):
        body = {"widgets": [{"type": "metric", "x": 0, "y": 0, "width": 6, "height": 6,
                             "properties": {"metrics": [["T/Net", "rtt", "host", "a"]], "region": "us-west-2"}}]}
        self.assertEqual(self.call("POST", "dashboards/check", body)["messages"], [])
        broken = {"widgets": [{"type": "metric", "properties": {}}]}
        messages = self.call("POST", "dashboards/check", broken)["messages"]
        self.assertEqual(messages[0]["severity"], "error")
        refusal = self.call("PUT", "dashboards/VPC", broken, status=400)
        self.assertEqual((refusal["messages"], refusal["isStored"]), (messages, False))
        self.assertTrue(self.call("PUT", "dashboards/VPC", body)["isStored"])
        self.assertEqual(self.call("GET", "dashboards/VPC")["body"], body)
        text = '{ "widgets" : [],\n\t"start":"-PT6H", "extra": 1.50 }\n'
        self.server.client("cloudwatch").put_dashboard(DashboardName="Text", DashboardBody=text)
        self.assertEqual(self.call("GET", "dashboards/Text")["bodyText"], text)
        self.call("DELETE", "dashboards/Text")
        self.assertEqual([row["name"] for row in self.call("GET", "dashboards")["dashboards"]], ["VPC"])
        self.call("PUT", "dashboards/not a name", body, status=400)
        self.of_two_that_read_the_same_one_is_refused(body)
        self.call("DELETE", "dashboards/VPC")
        self.call("DELETE", "dashboards/VPC", status=404)
        self.call("GET", "dashboards/VPC", status=404)

    def test_saved_things_outlive_a_restart(self):
        self.call("PUT", "saved/who talks", {"kind": "view", "text": "by source", "url": "/explore?by=srcaddr"})
        self.call("PUT", "saved/x", {"kind": "view", "url": "https://evil.example/"}, status=400)
        self.call("PUT", "saved/x", {"kind": "view", "url": "//evil.example/"}, status=400)
        self.call("PUT", "saved/x", {"kind": "poem"}, status=400)
        self.server.restart()
        self.assertEqual([item["name"] for item in self.call("GET", "saved")["saved"]], ["who talks"])
        self.call("DELETE", "saved/who talks")
        self.call("DELETE", "saved/who talks", status=404)


if __name__ == "__main__":
    unittest.main()
