"""PutMetricData, ListMetrics, GetMetricStatistics: by Query or JSON (whatever this boto3 speaks) and by CBOR."""
import datetime
import gzip
import http.client
import json
import struct
import threading
import time
import unittest

from weir_server import Server, ServerTest

MINUTE = datetime.timedelta(minutes=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Metrics(ServerTest):
    def put(self, name_space, *datums, **arguments):
        self.server.client("cloudwatch").put_metric_data(Namespace=name_space, MetricData=list(datums), **arguments)

    def statistics(self, name_space, name, dimensions=(), **arguments):
        arguments = {"StartTime": now() - 10 * MINUTE, "EndTime": now() + MINUTE, "Period": 60,
                     "Statistics": ["SampleCount", "Sum", "Average", "Minimum", "Maximum"], **arguments}
        answer = self.server.client("cloudwatch").get_metric_statistics(
            Namespace=name_space, MetricName=name, Dimensions=list(dimensions), **arguments)
        self.assertEqual(answer["Label"], name)
        return answer["Datapoints"]

    def test_what_is_put_is_told(self):
        at = (now() - 5 * MINUTE).replace(second=0, microsecond=0)
        dimensions = [{"Name": "InstanceId", "Value": "i-1"}, {"Name": "VpcId", "Value": "vpc-1"}]
        self.put("T/A", *({"MetricName": "rtt", "Value": value, "Unit": "Milliseconds", "Dimensions": dimensions,
                           "Timestamp": at + datetime.timedelta(seconds=seconds)}
                          for seconds, value in ((0, 10.5), (30, 20.0), (60, 7.0))))
        points = self.statistics("T/A", "rtt", reversed(dimensions))
        points.sort(key=lambda point: point["Timestamp"])
        self.assertEqual([(p["Timestamp"], p["SampleCount"], p["Sum"], p["Average"], p["Minimum"], p["Maximum"],
                           p["Unit"]) for p in points],
                         [(at, 2.0, 30.5, 15.25, 10.5, 20.0, "Milliseconds"),
                          (at + MINUTE, 1.0, 7.0, 7.0, 7.0, 7.0, "Milliseconds")])
        # The exact set of dimensions or nothing.
        self.assertEqual(self.statistics("T/A", "rtt"), [])
        self.assertEqual(self.statistics("T/A", "rtt", dimensions[:1]), [])
        self.assertEqual(self.statistics("T/A", "rtt", dimensions, Unit="Seconds"), [])

    def test_percentiles_and_statistic_sets(self):
        self.put("T/P", {"MetricName": "n", "Values": [float(i) for i in range(1, 101)]})
        point, = self.statistics("T/P", "n", Statistics=["Maximum"], ExtendedStatistics=["p50", "tm90"])
        self.assertAlmostEqual(point["ExtendedStatistics"]["p50"], 50.5, delta=0.6)
        self.assertLess(point["ExtendedStatistics"]["tm90"], 50)
        self.put("T/P", {"MetricName": "s", "StatisticValues": {"SampleCount": 4, "Sum": 10, "Minimum": 1,
                                                                "Maximum": 4}})
        point, = self.statistics("T/P", "s")
        self.assertEqual((point["SampleCount"], point["Average"]), (4.0, 2.5))

    def test_lists_and_pages(self):
        for begin in range(0, 1200, 600):
            self.put("T/L", *({"MetricName": "m", "Value": 1, "Dimensions": [{"Name": "n", "Value": str(i)}]}
                              for i in range(begin, begin + 600)))
        paginator = self.server.client("cloudwatch").get_paginator("list_metrics")
        pages = [page["Metrics"] for page in paginator.paginate(Namespace="T/L")]
        self.assertEqual([len(page) for page in pages], [500, 500, 200])
        self.assertEqual({m["Dimensions"][0]["Value"] for page in pages for m in page},
                         {str(i) for i in range(1200)})
        client = self.server.client("cloudwatch")
        one = client.list_metrics(Namespace="T/L", Dimensions=[{"Name": "n", "Value": "7"}], RecentlyActive="PT3H")
        self.assertEqual(len(one["Metrics"]), 1)
        self.assertEqual(client.list_metrics(Namespace="T/None")["Metrics"], [])
        other = self.server.client("cloudwatch", region="eu-west-1")
        self.assertEqual(other.list_metrics(Namespace="T/L")["Metrics"], [])

    def test_refusals(self):
        client = self.server.client("cloudwatch")
        put = lambda **datum: client.put_metric_data(Namespace="T/R", MetricData=[{"MetricName": "m", **datum}])
        self.refused("InvalidParameterCombination", put, Value=1, Values=[1.0])
        self.refused("InvalidParameterValue", put, Values=[1.0, 2.0], Counts=[1.0])
        self.refused("InvalidParameterValue", put, Value=1, Timestamp=now() - datetime.timedelta(days=15))
        self.refused("InvalidParameterValue", client.put_metric_data, Namespace="AWS/EC2",
                     MetricData=[{"MetricName": "m", "Value": 1}])
        # All or nothing.
        self.refused("InvalidParameterCombination", client.put_metric_data, Namespace="T/R",
                     MetricData=[{"MetricName": "good", "Value": 1},
                                 {"MetricName": "bad", "Value": 1, "Values": [1.0]}])
        self.assertEqual(client.list_metrics(Namespace="T/R")["Metrics"], [])
        arguments = dict(Namespace="T/R", MetricName="m", Period=60, Statistics=["Sum"])
        answer = self.refused("InvalidParameterCombination", client.get_metric_statistics, EndTime=now(),
                              StartTime=now() - datetime.timedelta(days=2), **arguments)
        self.assertIn("exceeds the limit of 1440", answer["Error"]["Message"])
        self.refused("InvalidParameterValue", client.get_metric_statistics, EndTime=now() - MINUTE,
                     StartTime=now(), **arguments)

    def test_metric_data_math_search_and_pages(self):
        at = (now() - 30 * MINUTE).replace(second=0, microsecond=0)
        for name, factor in (("in", 1.0), ("out", 2.0)):
            self.put("T/D", *({"MetricName": name, "Value": factor * i, "Timestamp": at + i * MINUTE,
                               "Dimensions": [{"Name": "eni", "Value": "eni-1"}]} for i in range(20)))
        client = self.server.client("cloudwatch")
        stat = lambda name: {"Metric": {"Namespace": "T/D", "MetricName": name,
                                        "Dimensions": [{"Name": "eni", "Value": "eni-1"}]},
                             "Period": 60, "Stat": "Sum"}
        arguments = dict(StartTime=at, EndTime=at + 20 * MINUTE, MetricDataQueries=[
            {"Id": "m1", "MetricStat": stat("in")}, {"Id": "m2", "MetricStat": stat("out"), "ReturnData": False},
            {"Id": "e1", "Expression": "m1 + m2", "Label": "both"},
            {"Id": "s1", "Expression": "SEARCH('{T/D,eni} MetricName=\"out\"', 'Maximum', 60)"}])
        answer = client.get_metric_data(**arguments)
        results = {r["Id"]: r for r in answer["MetricDataResults"]}
        self.assertEqual(set(results), {"m1", "e1", "s1"})
        self.assertEqual(results["e1"]["Label"], "both")
        self.assertEqual(results["e1"]["Values"], [3.0 * i for i in reversed(range(20))])
        self.assertEqual(results["e1"]["Timestamps"][0], at + 19 * MINUTE)
        self.assertEqual(results["s1"]["Values"][0], 38.0)
        self.assertEqual({r["StatusCode"] for r in answer["MetricDataResults"]}, {"Complete"})
        self.assertEqual(answer["Messages"], [])
        ascending, pages, token = [], 0, {}
        while True:
            page = client.get_metric_data(ScanBy="TimestampAscending", MaxDatapoints=7, **arguments, **token)
            pages += 1
            for result in page["MetricDataResults"]:
                ascending += [result["Id"]] * len(result["Values"])
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        self.assertEqual((len(ascending), pages), (60, 9))
        self.assertEqual({key: ascending.count(key) for key in set(ascending)}, {"m1": 20, "e1": 20, "s1": 20})
        # Pages of metrics alone begin in the midst of a series; nothing comes twice, nothing is left out.
        arguments["MetricDataQueries"] = [{"Id": f"m{i}", "MetricStat": stat(("in", "nobody", "out")[i % 3])} for i in range(6)]
        for scan_by in ("TimestampAscending", "TimestampDescending"):
            whole = {r["Id"]: (r["Timestamps"], r["Values"]) for r in client.get_metric_data(ScanBy=scan_by, **arguments)["MetricDataResults"]}
            joined, token = {}, {}
            while True:
                page = client.get_metric_data(ScanBy=scan_by, MaxDatapoints=13, **arguments, **token)
                self.assertLessEqual(sum(len(r["Values"]) for r in page["MetricDataResults"]), 13)
                for result in page["MetricDataResults"]:
                    times, values = joined.setdefault(result["Id"], ([], []))
                    times += result["Timestamps"]
                    values += result["Values"]
                if "NextToken" not in page:
                    break
                token = {"NextToken": page["NextToken"]}
            self.assertEqual(joined, whole)
            self.assertEqual([len(whole[f"m{i}"][1]) for i in range(6)], [20, 0, 20] * 2)
        self.refused("InvalidNextToken", client.get_metric_data, NextToken="7", **arguments)
        self.refused("ValidationError", client.get_metric_data, StartTime=at, EndTime=now(),
                     MetricDataQueries=[{"Id": "e1", "Expression": "m9 +"}])
        select = {"Id": "q1", "Expression": 'SELECT SUM("in") FROM "T/D"', "Period": 60}
        client.get_metric_data(StartTime=at, EndTime=now(), MetricDataQueries=[select])
        self.refused("ValidationError", client.get_metric_data, StartTime=at, EndTime=now(),
                     MetricDataQueries=[select, {**select, "Id": "q2", "ReturnData": False}])

    def test_cbor_and_gzip(self):
        def text(value):
            data = value.encode()
            return bytes([0x60 | len(data)]) + data if len(data) < 24 else bytes([0x78, len(data)]) + data

        def map_of(*pairs):
            return b"\xbf" + b"".join(text(key) + value for key, value in pairs) + b"\xff"

        stamp = int(time.time()) - 60
        datum = map_of(("MetricName", text("m")), ("Value", b"\xfb" + struct.pack(">d", 12.5)),
                       ("Timestamp", b"\xc1\x1a" + struct.pack(">I", stamp)), ("Dimensions", b"\x80"))
        body = map_of(("Namespace", text("T/C")), ("MetricData", b"\x81" + datum))
        for coding in ({}, {"content-encoding": "gzip"}):
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
            connection.request("POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData",
                               gzip.compress(body) if coding else body,
                               {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor",
                                "accept": "application/cbor", **coding})
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (200, b""))
            self.assertEqual(answer.getheader("smithy-protocol"), "rpc-v2-cbor")
            connection.close()
        point, = self.statistics("T/C", "m")
        self.assertEqual((point["SampleCount"], point["Sum"]), (2.0, 25.0))

    def test_query_and_json_on_one_port(self):
        for headers, body in (
                ({"content-type": "application/x-www-form-urlencoded"},
                 "Action=PutMetricData&Version=2010-08-01&Namespace=T%2FQ&MetricData.member.1.MetricName=m"
                 "&MetricData.member.1.Value=%2B1&MetricData.member.1.Dimensions="),
                ({"content-type": "application/x-amz-json-1.0",
                  "x-amz-target": "GraniteServiceVersion20100801.PutMetricData"},
                 json.dumps({"Namespace": "T/Q", "MetricData": [{"MetricName": "m", "Value": 2}]}))):
            connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200, answer.read())
            answer.read()
            connection.close()
        point, = self.statistics("T/Q", "m")
        self.assertEqual(point["Sum"], 3.0)


class Rollup(unittest.TestCase):
    def test_namespaces_may_also_count_without_dimensions(self):
        server = Server(environment={"WEIR_METRICS_DIMENSIONLESS_ROLLUP": "VPC/NetworkLatency/8_8_8_8"})
        self.addCleanup(server.close)
        client = server.client("cloudwatch")
        for name_space in ("VPC/NetworkLatency/8_8_8_8", "VPC/Other"):
            client.put_metric_data(Namespace=name_space, MetricData=[
                {"MetricName": "rtt_avg", "Value": 7, "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]}])
        told = {name_space: client.get_metric_statistics(
            Namespace=name_space, MetricName="rtt_avg", StartTime=now() - 10 * MINUTE, EndTime=now() + MINUTE,
            Period=300, Statistics=["Average"])["Datapoints"] for name_space in ("VPC/NetworkLatency/8_8_8_8",
                                                                                 "VPC/Other")}
        self.assertEqual([p["Average"] for p in told["VPC/NetworkLatency/8_8_8_8"]], [7.0])
        self.assertEqual(told["VPC/Other"], [])


class Durability(unittest.TestCase):
    def test_what_was_acknowledged_survives_a_kill(self):
        server = Server()
        self.addCleanup(server.close)
        client = server.client("cloudwatch")
        for i in range(20):
            client.put_metric_data(Namespace="T/K", MetricData=[{"MetricName": "m", "Value": i}])
        server.kill()
        server.start()
        points = server.client("cloudwatch").get_metric_statistics(
            Namespace="T/K", MetricName="m", StartTime=now() - 10 * MINUTE, EndTime=now() + MINUTE, Period=60,
            Statistics=["Sum", "SampleCount"])["Datapoints"]
        self.assertEqual((sum(p["SampleCount"] for p in points), sum(p["Sum"] for p in points)), (20.0, 190.0))

    def test_what_was_acknowledged_under_load_survives_a_kill(self):
        """Callers that wait for the disk together: each acknowledged call is there, none twice."""
        server = Server()
        self.addCleanup(server.close)
        at_s = int(time.time())
        headers = {"X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData",
                   "Content-Type": "application/x-amz-json-1.0"}
        sent, acknowledged = [0] * 8, [0] * 8

        def put(place):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            datum = {"MetricName": f"m{place}", "Value": 1, "Timestamp": at_s}
            # Small calls, which the thread that moves bytes handles, and such as go to a worker.
            body = json.dumps({"Namespace": "T/K", "MetricData": [datum] * (1 if place % 2 else 500)})
            try:
                while True:
                    sent[place] += 1
                    connection.request("POST", "/", body, headers)
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status != 200:
                        raise AssertionError(answer.status)
                    acknowledged[place] += 1
            except OSError:
                pass
            except http.client.HTTPException:
                pass
            finally:
                connection.close()

        threads = [threading.Thread(target=put, args=(place,)) for place in range(8)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while min(acknowledged) < 20 and time.monotonic() < deadline:
            time.sleep(0.01)
        server.kill()
        for thread in threads:
            thread.join()
        self.assertGreaterEqual(min(acknowledged), 20)
        server.start()
        for place in range(8):
            points = server.client("cloudwatch").get_metric_statistics(
                Namespace="T/K", MetricName=f"m{place}", Period=86400, Statistics=["SampleCount"],
                StartTime=at_s - 86400, EndTime=at_s + 86400)["Datapoints"]
            per_call = 1 if place % 2 else 500
            count = sum(point["SampleCount"] for point in points) / per_call
            self.assertIn(count, range(acknowledged[place], sent[place] + 1), place)


if __name__ == "__main__":
    unittest.main(verbosity=1)
