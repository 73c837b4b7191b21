"""What the browser application asks of /api/v1 about flows, and how it is served."""
import http.client
import json
import os
import shutil
import tempfile
import time
import unittest

from console_client import HEADER, MINUTES, START_S, ask, flow_log, ingest
from weir_server import Server, ServerTest

SINCE_MS = START_S * 1000
UNTIL_MS = SINCE_MS + MINUTES * 60_000


class Flows(ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        ingest(cls.server, flow_log())

    def get(self, path, **arguments):
        answer = ask(self.server, "GET", "/api/v1/" + path, **arguments)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def post(self, path, body):
        answer = ask(self.server, "POST", "/api/v1/" + path, body)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def refused(self, method, path, body=None, status=400, **arguments):
        answer = ask(self.server, method, "/api/v1/" + path, body, **arguments)
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        return answer.json

    def query(self, text, **more):
        body = {"query": text, "since": SINCE_MS, "until": UNTIL_MS, **more}
        answer = ask(self.server, "POST", "/api/v1/query", body)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/x-ndjson")
        self.assertEqual(answer.headers["Transfer-Encoding"], "chunked")
        return answer.lines

    def test_query_gives_columns_rows_and_what_they_rest_on(self):
        lines = self.query("stats sum(bytes) as total by srcaddr | sort total desc | limit 2")
        self.assertEqual(lines[0], {"type": "columns", "columns": [{"name": "srcaddr", "type": "address"},
                                                                   {"name": "total", "type": "integer"}]})
        self.assertEqual(lines[1], {"type": "rows", "rows": [["10.0.0.1", 120_000], ["10.0.0.3", 12_000]]})
        end = lines[-1]
        self.assertEqual((end["type"], end["rowCount"], end["isTruncated"]), ("end", 2, False))
        self.assertEqual(end["report"]["schema"], "weir.report.v1")
        self.assertEqual(end["emptyBecause"], [])

    def test_query_speaks_sql_and_types_its_columns(self):
        lines = self.query("SELECT start, bytes * 1.5 AS more, action, bytes > 500 AS big FROM flows "
                           "WHERE dstport = 443 ORDER BY start LIMIT 1")
        self.assertEqual([column["type"] for column in lines[0]["columns"]], ["time", "number", "text", "boolean"])
        self.assertEqual(lines[1]["rows"], [[SINCE_MS, 1500, "ACCEPT", True]])

    def test_query_cuts_at_max_rows(self):
        lines = self.query("fields srcaddr, start", maxRows=7)
        self.assertEqual(sum(len(line["rows"]) for line in lines if line["type"] == "rows"), 7)
        self.assertTrue(lines[-1]["isTruncated"])

    def test_query_points_at_what_is_wrong_and_suggests(self):
        problem = self.refused("POST", "query", {"query": "fields srcaddr\n| filter dstprt = 443"})
        self.assertEqual(problem["position"], {"offset": 24, "line": 2, "column": 10, "length": 6})
        self.assertIn("dstport", problem["suggestions"])
        self.assertIn("dstprt", problem["detail"])
        self.refused("POST", "query", {"query": "fields srcaddr", "rows": 5})
        self.refused("POST", "query", {"query": "fields srcaddr", "maxRows": 0})
        self.refused("POST", "query", "no json")

    def test_query_says_why_there_is_nothing(self):
        def causes(text, **more):
            return [reason["cause"] for reason in self.query(text, **more)[-1]["emptyBecause"]]
        self.assertEqual(causes('filter srcaddr = "10.9.9.9" | fields srcaddr'), ["filter_matches_nothing"])
        self.assertEqual(causes("fields srcaddr", since="2020-01-01", until="2020-01-02"), ["range_before_data"])
        self.assertEqual(causes("fields srcaddr", since="2026-06-01", until="2026-06-02"), ["range_after_data"])
        self.assertIn("field_never_present", causes('filter pkt_srcaddr = "10.0.0.1" | fields srcaddr'))
        self.assertEqual(causes('filter @timestamp > @timestamp - 1h and srcaddr = "10.9.9.9" | fields srcaddr'),
                         ["filter_constant"])

    def test_a_query_ends_when_its_reader_goes(self):
        def streams():
            return self.get("system")["server"]
        cut = streams()["streamsCut"]
        body = json.dumps({"query": "SELECT a.bytes FROM flows a JOIN flows b ON a.protocol = b.protocol JOIN flows c "
                                    "ON a.protocol = c.protocol", "maxRows": 1_000_000})
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request("POST", "/api/v1/query", body=body)
        response = connection.getresponse()
        response.read(100)
        response.close()
        connection.close()
        deadline = time.monotonic() + 20
        while streams()["streamsCut"] == cut and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(streams()["streamsCut"], cut + 1)
        while streams()["streams"] > 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(streams()["streams"], 0)

    def test_explore_sums_over_time(self):
        answer = self.post("explore", {"by": ["srcaddr"], "since": SINCE_MS, "until": UNTIL_MS, "points": 30})
        self.assertEqual(answer["stepMs"], 300_000)
        self.assertEqual(len(answer["timesMs"]), 24)
        self.assertEqual([series["key"] for series in answer["series"]], [["10.0.0.1"], ["10.0.0.3"]])
        self.assertEqual(answer["series"][0]["values"], [5000] * 24)
        first = {name: answer["series"][0][name] for name in ("total", "min", "max", "avg", "last", "p95")}
        self.assertEqual(first, {"total": 120_000, "min": 5000, "max": 5000, "avg": 5000, "last": 5000, "p95": 5000})
        self.assertIsNone(answer["other"])
        self.assertEqual(answer["total"]["total"], 132_000)
        self.assertEqual(answer["emptyBecause"], [])
        self.assertIn("stats sum(bytes) as bytes by bin(5m), srcaddr", answer["query"])
        self.assertIn("weir query --data", answer["command"])

    def test_explore_leaves_the_rest_as_other(self):
        answer = self.post("explore", {"by": ["srcaddr"], "top": 1, "since": SINCE_MS, "until": UNTIL_MS,
                                       "points": 30, "metric": "flows"})
        self.assertEqual(len(answer["series"]), 1)
        self.assertEqual(answer["other"]["total"], 120)
        self.assertEqual(answer["total"]["total"], 240)

    def test_explore_in_every_order_and_by_fields_kept_by_minute(self):
        for order in ("total", "avg", "max", "last"):
            answer = self.post("explore", {"by": ["action"], "metric": "packets", "orderBy": order,
                                           "since": SINCE_MS, "until": UNTIL_MS})
            self.assertEqual([series["key"] for series in answer["series"]], [["ACCEPT"], ["REJECT"]], order)
        answer = self.post("explore", {"metric": "rejects", "since": SINCE_MS, "until": UNTIL_MS})
        self.assertEqual(answer["total"]["total"], MINUTES)
        self.assertEqual(answer["series"], [])

    def test_explore_knows_steps_that_no_record_covers(self):
        answer = self.post("explore", {"since": SINCE_MS - 600_000, "until": SINCE_MS + 600_000, "points": 4,
                                       "filter": "srcport = 50000", "previous": True})
        self.assertEqual(answer["total"]["values"], [None, None, 5000, 5000])
        self.assertEqual(answer["previous"]["sinceMs"], SINCE_MS - 1_800_000)
        self.assertEqual(answer["previous"]["values"], [None] * 4)
        later = self.post("explore", {"since": SINCE_MS + 600_000, "until": SINCE_MS + 1_200_000, "points": 2,
                                      "previous": True})
        self.assertEqual(later["previous"]["values"], [5500, 5500])
        nothing = self.post("explore", {"filter": "dstport = 1", "since": SINCE_MS, "until": UNTIL_MS, "points": 24})
        self.assertEqual(nothing["total"]["values"], [0] * 24)
        self.assertEqual(nothing["emptyBecause"][0]["cause"], "filter_matches_nothing")

    def test_explore_points_into_the_filter(self):
        problem = self.refused("POST", "explore", {"filter": "dstprt = 443"})
        self.assertEqual(problem["position"], {"offset": 0, "line": 1, "column": 1, "length": 6})
        self.assertIn("dstport", problem["suggestions"])
        self.refused("POST", "explore", {"filter": "dstport = 443) | stats count(*) as n | filter (n > 1"})
        self.refused("POST", "explore", {"by": ["nosuch"]})
        self.refused("POST", "explore", {"metric": "cats"})
        self.refused("POST", "explore", {"since": UNTIL_MS, "until": SINCE_MS})

    def test_overview(self):
        answer = self.get("overview", since=SINCE_MS + 3_600_000, until=UNTIL_MS, points=12)
        self.assertEqual(answer["stepMs"], 300_000)
        self.assertEqual(answer["totals"], {"bytes": 66_000, "packets": 720, "flows": 120, "rejects": 60})
        self.assertEqual(answer["previousTotals"], answer["totals"])
        self.assertEqual(answer["bytes"], [5500] * 12)
        self.assertEqual(answer["topPairs"][0],
                         {"source": "10.0.0.1", "destination": "10.0.0.2", "bytes": 60_000, "flows": 60})
        self.assertEqual({port["service"] for port in answer["topPorts"]}, {"HTTPS", "SSH"})
        self.assertEqual(answer["rejectedSources"], [{"source": "10.0.0.3", "rejects": 60}])
        self.assertEqual(answer["alarms"], {"ok": 0, "alarm": 0, "insufficient": 0})
        self.assertEqual(answer["coverage"]["oldestMs"], SINCE_MS)
        empty = self.get("overview")
        self.assertEqual(empty["emptyBecause"][0]["cause"], "range_after_data")

    def test_coverage(self):
        answer = self.get("coverage", points=12)
        self.assertEqual(answer["oldestMs"], SINCE_MS)
        self.assertEqual(sum(answer["records"]), 240)
        self.assertEqual(sum(answer["nodata"]), 120)
        self.assertEqual(answer["gaps"], [])

    def test_fields_and_values(self):
        answer = self.get("fields")
        fields = {field["name"]: field for field in answer["fields"]}
        self.assertEqual(fields["srcaddr"]["type"], "address")
        self.assertIn("srcAddr", fields["srcaddr"]["aliases"])
        self.assertTrue(fields["srcaddr"]["isPresent"])
        self.assertFalse(fields["vpc_id"]["isPresent"])
        self.assertTrue(fields["service"]["isDerived"])
        self.assertIn("stats", answer["keywords"]["insights"])
        self.assertTrue(any(function["name"] == "sum" for function in answer["functions"]))
        span = {"since": SINCE_MS, "until": UNTIL_MS}
        self.assertEqual(self.get("fields/dstport/values", **span)["values"],
                         [{"value": 22, "records": 120}, {"value": 443, "records": 120}])
        self.assertEqual(self.get("fields/srcaddr/values", prefix="10.0.0.3", **span)["values"],
                         [{"value": "10.0.0.3", "records": 120}])
        self.refused("GET", "fields/nosuch/values")

    def test_flows_page_backwards(self):
        seen, cursor = [], ""
        while True:
            page = self.get("flows", filter="bytes >= 0", since=SINCE_MS, until=UNTIL_MS, limit=100, cursor=cursor)
            seen += page["records"]
            cursor = page["cursor"]
            if cursor is None:
                break
        self.assertEqual(len(seen), 240)
        starts = [record["start"] for record in seen]
        self.assertEqual(starts, sorted(starts, reverse=True))
        self.assertEqual(len({json.dumps(record) for record in seen}), 240)
        self.assertNotIn("vpc_id", seen[0])
        self.refused("GET", "flows", cursor="nonsense")
        self.assertEqual(self.get("flows", filter="dstport = 1", since=SINCE_MS, until=UNTIL_MS)["emptyBecause"][0]
                         ["cause"], "filter_matches_nothing")

    def test_an_address(self):
        answer = self.get("addresses/10.0.0.1", since=SINCE_MS, until=UNTIL_MS)
        self.assertEqual(answer["asSource"], {"bytes": 120_000, "packets": 1200, "flows": 120, "rejected": 0})
        self.assertEqual(answer["asDestination"]["flows"], 0)
        self.assertEqual(answer["peers"], [{"address": "10.0.0.2", "bytes": 120_000, "flows": 120, "rejected": 0}])
        self.assertEqual(answer["ports"][0]["service"], "HTTPS")
        self.assertEqual((answer["scope"], answer["owner"]), ("private", {"interface": "eni-1"}))
        self.assertEqual(answer["firstSeenMs"], SINCE_MS)
        self.refused("GET", "addresses/nobody")

    def test_a_misspelt_field_is_a_mistake_of_the_question(self):
        span = {"since": SINCE_MS, "until": UNTIL_MS}
        for refusal in (self.refused("POST", "explore", {"by": ["srcadr"], **span}),
                        self.refused("POST", "explore", {"filter": "srcadr = 1", **span}),
                        self.refused("POST", "query", {"query": "stats sum(bytes) by srcadr", **span})):
            self.assertIn("no field 'srcadr'", refusal["detail"])
            self.assertIn("srcaddr", refusal["suggestions"])

    def test_a_map_by_prefix(self):
        answer = self.get("map", since=SINCE_MS, until=UNTIL_MS)
        self.assertEqual((answer["grouping"], answer["isGuessed"]), ("prefix", True))
        self.assertEqual([node["id"] for node in answer["nodes"]], ["10.0.0.0/16"])
        inside = self.get("map", since=SINCE_MS, until=UNTIL_MS, within="10.0.0.0/24")
        self.assertEqual({node["id"] for node in inside["nodes"]}, {"10.0.0.1", "10.0.0.2", "10.0.0.3"})
        self.assertIn({"from": "10.0.0.3", "to": "10.0.0.2", "bytes": 12_000, "flows": 120, "rejects": 120},
                      inside["edges"])
        host = self.get("map", since=SINCE_MS, until=UNTIL_MS, within="10.0.0.2")
        services = {node["label"]: node for node in host["nodes"] if node["kind"] == "service"}
        self.assertIn("HTTPS", services)
        self.assertEqual({node["parent"] for node in services.values()}, {"10.0.0.2"})
        self.assertIn({"from": "10.0.0.0/24", "to": "10.0.0.2 HTTPS", "bytes": 120_000, "flows": 120, "rejects": 0},
                      host["edges"])
        self.assertEqual(sum(edge["rejects"] for edge in host["edges"]), 120)

    def test_system_and_limits_and_description(self):
        answer = self.get("system")
        self.assertEqual(answer["intake"]["records"], 360)
        self.assertEqual(answer["store"]["tables"][0]["name"], "flows")
        self.assertGreater(self.get("limits")["limits"]["bodyBytes"], 0)
        paths = self.get("openapi.json")["paths"]
        self.assertIn("requestBody", paths["/api/v1/explore"]["post"])
        self.assertIn("text/event-stream", paths["/api/v1/flows/tail"]["get"]["responses"]["200"]["content"])


class Interfaces(ServerTest):
    """Where records name VPC, subnet and interface, the map goes down by these."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = ["vpc-id subnet-id interface-id flow-direction srcaddr dstaddr srcport dstport protocol packets bytes "
                 "start end action log-status"]
        # In subnet-1 eni-a is one host with an address of each family, eni-b has two; eni-c is in subnet-2.
        homes = {"2001:db8::1": ("subnet-1", "eni-a"), "2001:db8::2": ("subnet-2", "eni-c"),
                 "10.0.1.1": ("subnet-1", "eni-a"), "10.0.1.2": ("subnet-1", "eni-b"),
                 "10.0.1.3": ("subnet-1", "eni-b"), "10.0.2.1": ("subnet-2", "eni-c")}
        for minute in range(10):
            at = START_S + minute * 60
            for source, target in (("10.0.1.1", "10.0.1.2"), ("10.0.1.1", "10.0.1.3"), ("10.0.1.3", "10.0.2.1"),
                                   ("2001:db8::1", "2001:db8::2")):
                for address, direction in ((source, "egress"), (target, "ingress")):
                    subnet, interface = homes[address]
                    lines.append(f"vpc-1 {subnet} {interface} {direction} {source} {target} 50000 443 6 1 100 "
                                 f"{at} {at + 59} ACCEPT OK")
        ingest(cls.server, "\n".join(lines) + "\n")

    def nodes(self, within=""):
        answer = ask(self.server, "GET", "/api/v1/map", since=SINCE_MS, until=UNTIL_MS, within=within, limit=1000)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual((answer.json["grouping"], answer.json["isGuessed"]), ("vpc", False))
        ids = {node["id"] for node in answer.json["nodes"]}
        for edge in answer.json["edges"]:
            self.assertLessEqual({edge["from"], edge["to"]}, ids)
        return {node["id"]: (node["kind"], node["label"], node["parent"], node["canExpand"]) for node in answer.json["nodes"]}

    def test_the_way_down(self):
        self.assertEqual(self.nodes(), {"vpc-1": ("vpc", "vpc-1", None, True)})
        self.assertEqual(set(self.nodes("vpc-1")), {"subnet-1", "subnet-2"})
        self.assertEqual(self.nodes("subnet-1"), {
            "eni-a": ("interface", "10.0.1.1", "subnet-1", True), "eni-b": ("interface", "eni-b", "subnet-1", True),
            "subnet-2": ("subnet", "subnet-2", "vpc-1", True)})
        # An interface with several addresses has them for parts, one that is one host its services.
        inside = self.nodes("eni-b")
        self.assertEqual({name: node for name, node in inside.items() if node[0] == "host"}, {
            "10.0.1.2": ("host", "10.0.1.2", "eni-b", True), "10.0.1.3": ("host", "10.0.1.3", "eni-b", True)})
        self.assertIn("subnet-2", inside)
        self.assertEqual(self.nodes("eni-a")["eni-a HTTPS"], ("service", "HTTPS", "eni-a", False))
        edges = ask(self.server, "GET", "/api/v1/map", since=SINCE_MS, until=UNTIL_MS, within="eni-a").json["edges"]
        self.assertEqual({(edge["from"], edge["to"]): edge["flows"] for edge in edges},
                         {("eni-a HTTPS", "subnet-1"): 40, ("eni-a HTTPS", "subnet-2"): 20})
        self.assertEqual(self.nodes("10.0.1.3")["10.0.1.3 HTTPS"], ("service", "HTTPS", "10.0.1.3", False))

    def test_a_limit_past_what_there_is(self):
        self.assertEqual(ask(self.server, "GET", "/api/v1/map", limit=1001).status, 400)


class Retention(ServerTest):
    def put(self, table, body, status=200):
        answer = ask(self.server, "PUT", f"/api/v1/store/tables/{table}/retention", body)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def table(self, **wanted):
        tables = ask(self.server, "GET", "/api/v1/system").json["store"]["tables"]
        return next(table for table in tables if all(table[name] == value for name, value in wanted.items()))

    def test_what_is_kept_and_what_goes(self):
        recent_s = int(time.time()) - 7200
        ingest(self.server, flow_log() + flow_log(start_s=recent_s).split("\n", 1)[1])
        old = MINUTES * 3
        self.assertEqual((self.table(name="flows")["retentionDays"], self.table(name="flows")["records"]), (None, 2 * old))
        preview = self.put("flows", {"maxAgeDays": 30, "isPreview": True})
        self.assertEqual((preview["isStored"], preview["removes"]["records"]), (False, old))
        self.assertIsNone(self.table(name="flows")["retentionDays"])
        self.put("flows", {"maxAgeDays": 0}, status=400)
        self.put("flows", {"maxBytes": "1GB"}, status=400)
        self.put("nothing", {"maxAgeDays": 1}, status=404)
        self.put("flows", {"maxAgeDays": 100_000}, status=400)
        self.put("flows", {"maxAgeDays": 30, "isPreview": "true"}, status=400)
        self.put("flows", {"maxAgeDays": 30, "isPreviw": True}, status=400)
        self.assertTrue(self.put("flows", {"maxAgeDays": 36_500, "maxBytes": 5_000_000_000})["isStored"])
        self.server.restart()
        kept = self.table(name="flows")
        self.assertEqual((kept["retentionDays"], kept["retentionBytes"], kept["records"]), (36_500, 5_000_000_000, 2 * old))
        self.put("flows", {})
        self.assertEqual((self.table(name="flows")["retentionDays"], self.table(name="flows")["retentionBytes"]), (None, None))
        entries = ask(self.server, "GET", "/api/v1/audit").json["entries"]
        self.assertEqual([entry["action"] for entry in entries[:2]], ["put retention"] * 2)
        self.assertIn("36500 days", entries[1]["what"])

    def test_events_of_a_log_group_are_kept_as_its_policy_says(self):
        logs = self.server.client("logs")
        logs.create_log_group(logGroupName="/app/one")
        logs.create_log_stream(logGroupName="/app/one", logStreamName="s")
        logs.put_log_events(logGroupName="/app/one", logStreamName="s",
                            logEvents=[{"timestamp": int(time.time() * 1000), "message": "m"}])
        name = self.table(logGroup="/app/one")["name"]
        self.assertIn("by age alone", self.put(name, {"maxBytes": 2_000_000}, status=400)["detail"])
        self.assertIn("one of 1, 3", self.put(name, {"maxAgeDays": 2}, status=400)["detail"])
        self.put(name, {"maxAgeDays": 6.7}, status=400)
        self.put(name, {"maxAgeDays": 7})
        self.assertEqual(logs.describe_log_groups()["logGroups"][0]["retentionInDays"], 7)
        self.assertEqual(self.table(name=name)["retentionDays"], 7)
        self.put(name, {"maxAgeDays": None})
        self.assertNotIn("retentionInDays", logs.describe_log_groups()["logGroups"][0])

    def test_metrics_have_the_ages_of_cloudwatch(self):
        tiers = ask(self.server, "GET", "/api/v1/system").json["metrics"]["tiers"]
        self.assertEqual([(tier["stepS"], tier["retentionDays"]) for tier in tiers],
                         [(1, 0.125), (60, 15), (300, 63), (3600, 455)])


class Owners(ServerTest):
    """What `weir serve` is told about addresses is shown beside them."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="weir_owners_")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        inventory = os.path.join(cls.folder, "interfaces.json")
        with open(inventory, "w") as file:
            json.dump({"NetworkInterfaces": [{
                "NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "SubnetId": "subnet-1", "OwnerId": "123456789012",
                "Attachment": {"InstanceId": "i-1"}, "PrivateIpAddress": "10.0.0.1", "InterfaceType": "interface",
                "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.1"}]}]}, file)
        ranges = os.path.join(cls.folder, "ip-ranges.json")
        with open(ranges, "w") as file:
            json.dump({"prefixes": [{"ip_prefix": "10.0.0.2/32", "region": "eu-west-1", "service": "S3",
                                     "network_border_group": "eu-west-1"}], "ipv6_prefixes": []}, file)
        cls.options = ("--inventory", inventory, "--aws-ranges", ranges, "--vpc-cidr", "10.0.0.0/24")
        super().setUpClass()
        ingest(cls.server, flow_log())

    def get(self, path, **arguments):
        answer = ask(self.server, "GET", "/api/v1/" + path, since=SINCE_MS, until=UNTIL_MS, **arguments)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def test_an_address_has_its_owner_scope_and_service(self):
        answer = self.get("addresses/10.0.0.1")
        self.assertEqual(answer["owner"], {"interface": "eni-1", "instance": "i-1", "subnet": "subnet-1", "vpc": "vpc-1"})
        self.assertEqual(answer["scope"], "vpc")
        self.assertEqual(self.get("addresses/10.0.0.2")["aws"], {"service": "S3", "region": "eu-west-1"})

    def test_hosts_of_the_map_have_theirs(self):
        nodes = {node["id"]: node["owner"] for node in self.get("map", within="10.0.0.0/24")["nodes"]}
        self.assertEqual(nodes["10.0.0.1"]["instance"], "i-1")
        self.assertIsNone(nodes["10.0.0.2"])

    def test_a_file_that_is_none_ends_the_start(self):
        with self.assertRaisesRegex(RuntimeError, "nowhere.json"):
            Server("--inventory", os.path.join(self.folder, "nowhere.json"))


class Tail(ServerTest):
    def test_new_records_come_while_they_are_taken_in(self):
        ingest(self.server, flow_log(1), "old.log")
        refusal = ask(self.server, "GET", "/api/v1/flows/tail", filter="dstprt = 1")
        self.assertEqual(refusal.status, 400)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        connection.request("GET", "/api/v1/flows/tail?filter=dstport%20%3D%2022")
        response = connection.getresponse()
        self.assertEqual(response.headers["Content-Type"], "text/event-stream")

        def event():
            name = response.readline().decode().removeprefix("event: ").strip()
            data = json.loads(response.readline().decode().removeprefix("data: "))
            response.readline()
            return name, data
        self.assertEqual(event()[0], "heartbeat")
        ingest(self.server, flow_log(3, START_S + 3600), "new.log")
        records = []
        while len(records) < 3:
            name, data = event()
            if name == "record":
                records.append(data)
        self.assertEqual([record["start"] for record in records],
                         [(START_S + 3600 + 60 * minute + 1) * 1000 for minute in range(3)])
        self.assertEqual({record["srcaddr"] for record in records}, {"10.0.0.3"})
        begin = time.monotonic()
        self.assertEqual(self.server.stop(), 0)  # a stream that is open does not keep it from ending
        self.assertLess(time.monotonic() - begin, 8)
        connection.close()

    def test_only_nodata(self):
        server = Server()
        self.addCleanup(server.close)
        none = ask(server, "POST", "/api/v1/explore", {"since": SINCE_MS, "until": UNTIL_MS}).json
        self.assertEqual(none["emptyBecause"][0]["cause"], "no_data_stored")
        silent = f"{HEADER}\n2 123456789012 eni-3 - - - - - - - {START_S} {START_S + 59} - NODATA\n"
        ingest(server, silent)
        answer = ask(server, "GET", "/api/v1/flows", filter='srcaddr = "10.0.0.1"', since=SINCE_MS, until=UNTIL_MS).json
        self.assertEqual(answer["emptyBecause"][0]["cause"], "only_nodata")


class Pages(ServerTest):
    def test_the_application_is_served_with_a_strict_policy(self):
        page = ask(self.server, "GET", "/")
        self.assertEqual(page.status, 200)
        self.assertEqual(page.headers["Content-Type"], "text/html; charset=utf-8")
        policy = page.headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"):
            self.assertIn(part, policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual(page.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(page.headers["Cache-Control"], "no-cache")
        etag = page.headers["ETag"]
        self.assertEqual(ask(self.server, "GET", "/", headers={"If-None-Match": etag}).status, 304)
        for path in ("/explore", "/dashboards/VPC%20one?v=1", "/flows?filter=x"):
            self.assertEqual(ask(self.server, "GET", path).body, page.body, path)
        packed = ask(self.server, "GET", "/", headers={"Accept-Encoding": "br, gzip"})
        self.assertEqual(packed.headers["Vary"], "Accept-Encoding")
        self.assertEqual(ask(self.server, "GET", "/assets/nosuch-12345678.js").status, 404)
        self.assertEqual(ask(self.server, "GET", "/nosuch").status, 404)

    def test_no_other_page_reaches_it(self):
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            for path in ("/", "/api/v1/overview", "/assets/x.js", "/api/v1/flows/tail"):
                self.assertEqual(ask(self.server, "GET", path, headers=headers).status, 403, (path, headers))
        link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        self.assertEqual(ask(self.server, "GET", "/explore", headers=link).status, 200)
        self.assertEqual(ask(self.server, "GET", "/api/v1/overview", headers=link).status, 403)
        self.assertEqual(ask(self.server, "GET", "/explore", headers={**link, "Host": "evil.example"}).status, 403)

    def test_metrics_are_a_page_for_people_and_numbers_for_programs(self):
        self.assertIn(b"weir_http_requests_total", ask(self.server, "GET", "/metrics").body)
        person = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}
        self.assertIn(b"<html", ask(self.server, "GET", "/metrics", headers=person).body)


if __name__ == "__main__":
    unittest.main()
