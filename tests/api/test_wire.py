"""The wire itself: STS through boto3 and the aws command, signatures, refusals, limits, draining."""
import datetime
import gzip
import hashlib
import hmac
import http.client
import json
import os
import shutil
import socket
import subprocess
import unittest
import unittest.mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from weir_server import WEIR, Server, ServerTest


class Wire(ServerTest):
    def test_caller_identity(self):
        answer = self.server.client("sts").get_caller_identity()
        self.assertEqual(answer["Account"], "123456789012")
        self.assertEqual(answer["Arn"], "arn:aws:iam::123456789012:user/test")

    def test_aws_command(self):
        commands = {path for path in ("/usr/bin/aws", shutil.which("aws")) if path and os.path.exists(path)}
        if not commands:
            self.skipTest("there is no aws command; tools/setup installs awscli")
        for command in commands:
            answer = subprocess.run(
                [command, "--endpoint-url", self.server.url, "--region", "eu-west-1", "--output", "json",
                 "sts", "get-caller-identity"],
                env={**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"},
                capture_output=True, text=True, check=True)
            self.assertEqual(json.loads(answer.stdout)["Account"], "123456789012")

    def test_a_key_id_of_twelve_digits_is_an_account(self):
        theirs = {name: self.server.client(name, key="111122223333") for name in ("sts", "cloudwatch", "sns", "logs")}
        ours = self.server.client("cloudwatch")
        self.assertEqual(theirs["sts"].get_caller_identity()["Account"], "111122223333")
        self.assertIn(":111122223333:", theirs["sns"].create_topic(Name="t")["TopicArn"])
        alarm = dict(Namespace="N", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
                     ComparisonOperator="GreaterThanThreshold")
        for client, text in ((theirs["cloudwatch"], "theirs"), (ours, "ours")):
            client.put_dashboard(DashboardName="same", DashboardBody=json.dumps({"widgets": [
                {"type": "text", "width": 1, "height": 1, "properties": {"markdown": text}}]}))
            client.put_metric_alarm(AlarmName="same", AlarmDescription=text, **alarm)
        theirs["cloudwatch"].put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": 1}])
        self.assertEqual(ours.list_metrics(Namespace="N")["Metrics"], [])
        self.assertEqual(len(theirs["cloudwatch"].list_metrics(Namespace="N")["Metrics"]), 1)
        for client, text, account in ((theirs["cloudwatch"], "theirs", "111122223333"), (ours, "ours", "123456789012")):
            dashboard = client.get_dashboard(DashboardName="same")
            self.assertIn(text, dashboard["DashboardBody"])
            self.assertIn(account, dashboard["DashboardArn"])
            found, = client.describe_alarms()["MetricAlarms"]
            self.assertEqual((found["AlarmDescription"], found["AlarmArn"].split(":")[4]), (text, account))
        theirs["cloudwatch"].delete_dashboards(DashboardNames=["same"])
        self.assertEqual([d["DashboardName"] for d in ours.list_dashboards()["DashboardEntries"]], ["same"])
        listed = subprocess.run([WEIR, "alarm", "list", "-o", "json", "--data", self.server.directory],
                                capture_output=True, text=True, check=True)
        self.assertEqual(sorted(row["region"] for row in json.loads(listed.stdout)),
                         ["111122223333/us-west-2", "us-west-2"])

    def test_what_is_not_implemented_is_a_typed_400(self):
        answer = self.refused("InvalidAction", self.server.client("sts").get_session_token)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 400)
        answer = self.refused("InvalidAction", self.server.client("ec2").describe_instances)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 400)
        self.refused("UnknownOperationException", self.server.client("kinesis").list_streams)

    def test_services_of_methods_and_paths(self):
        self.assertEqual(self.server.client("oam").list_sinks()["Items"], [])
        self.refused("ValidationException", self.server.client("oam").list_sinks, MaxResults=101)
        answer = self.refused("UnknownOperationException", self.server.client("oam").list_links)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 400)
        self.assertIn("POST /ListLinks", answer["Error"]["Message"])
        answer = self.refused("UnknownOperationException", self.server.client("lambda").list_functions)
        self.assertIn("aws sns subscribe", answer["Error"]["Message"])
        self.refused("UnknownOperationException", self.server.client("guardduty").list_detectors)

    def request(self, method, path, body=b"", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text, dict(answer.getheaders())

    def test_cbor_is_refused_in_cbor(self):
        status, body, headers = self.request(
            "POST", "/service/Nothing/operation/Do", b"\xa0",
            {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"})
        self.assertEqual(status, 400)
        self.assertEqual(headers["smithy-protocol"], "rpc-v2-cbor")
        self.assertIn(b"UnknownOperationException", body)

    def test_pages_of_other_origins_are_refused(self):
        form = {"content-type": "application/x-www-form-urlencoded"}
        body = b"Action=GetCallerIdentity&Version=2011-06-15"
        self.assertEqual(self.request("POST", "/", body, form)[0], 200)
        for foreign in ({"Host": "rebound.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
                        {"Sec-Fetch-Site": "cross-site"}):
            self.assertEqual(self.request("POST", "/", body, {**form, **foreign})[0], 403, foreign)
        self.assertEqual(self.request("POST", "/", body, {**form, "Host": "localhost:1"})[0], 200)
        # A link or an image on a page makes a browser fetch an address, without Origin.
        path = "/?" + body.decode()
        self.assertEqual(self.request("GET", path)[0], 403)
        self.assertEqual(self.request("GET", path, headers={"Sec-Fetch-Site": "cross-site",
                                                            "Sec-Fetch-Mode": "navigate"})[0], 403)

    def test_gzip_bodies_and_bombs(self):
        form = {"content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip"}
        body = b"Action=GetCallerIdentity&Version=2011-06-15"
        self.assertEqual(self.request("POST", "/", gzip.compress(body), form)[0], 200)
        bomb = gzip.compress(body + b"&x=" + b"0" * (150 << 20), 9)
        self.assertLess(len(bomb), 1 << 20)
        self.assertEqual(self.request("POST", "/", bomb, form)[0], 413)
        self.assertNotEqual(self.request("POST", "/", gzip.compress(body)[:-9], form)[0], 200)
        self.assertEqual(self.request("POST", "/", b"x", {**form, "content-encoding": "br"})[0], 415)

    def test_a_body_too_large_is_refused_before_it_is_sent(self):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
            self.assertIn(b" 413 ", connection.recv(4096))

    def test_health_pages(self):
        self.assertEqual(self.request("GET", "/livez")[0], 200)
        status, body, _ = self.request("GET", "/readyz")
        self.assertEqual((status, json.loads(body)["status"]), (200, "ready"))
        self.assertIn(b"weir_http_requests_total ", self.request("GET", "/metrics")[1])

    def test_the_store_has_one_writer(self):
        second = subprocess.run([WEIR, "serve", "--data", self.server.directory, "--listen", "127.0.0.1:0"],
                                capture_output=True, text=True)
        self.assertEqual(second.returncode, 4)
        self.assertIn(str(self.server.process.pid), second.stderr)


class Keys(ServerTest):
    """With --require-keys every request is signed by a key that may do it."""

    @classmethod
    def make_key(cls, directory, scope):
        text = subprocess.run([WEIR, "key", "create", "--scope", scope, "--data", directory],
                              capture_output=True, text=True, check=True).stdout
        return [line.split(" = ")[1] for line in text.splitlines()]

    @classmethod
    def setUpClass(cls):
        import tempfile
        cls.directory = tempfile.mkdtemp(prefix="weir_keys_")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.admin = cls.make_key(cls.directory, "admin")
        cls.server = Server("--require-keys", data=cls.directory)
        cls.addClassCleanup(cls.server.close)

    def test_header_signatures(self):
        identity = self.server.client("sts", key=self.admin[0], secret=self.admin[1]).get_caller_identity()
        self.assertEqual(identity["UserId"], self.admin[0])
        wrong = self.server.client("sts", key=self.admin[0], secret="wrong")
        self.refused("SignatureDoesNotMatch", wrong.get_caller_identity)
        self.refused("InvalidClientTokenId",
                     self.server.client("sts", key="nobody", secret="x").get_caller_identity)

    def test_a_key_of_another_account(self):
        text = subprocess.run([WEIR, "key", "create", "--scope", "admin", "--account", "444455556666", "--data",
                               self.directory], capture_output=True, text=True, check=True).stdout
        identity, secret = [line.split(" = ")[1] for line in text.splitlines()]
        self.assertEqual(self.server.client("sts", key=identity, secret=secret).get_caller_identity()["Account"],
                         "444455556666")
        self.refused("InvalidClientTokenId", self.server.client("sts", key="111122223333").get_caller_identity)
        listed = subprocess.run([WEIR, "key", "list", "--data", self.directory], capture_output=True, text=True,
                                check=True).stdout
        self.assertRegex(listed, identity + r" .*account 444455556666\n")
        bad = subprocess.run([WEIR, "key", "create", "--account", "12", "--data", self.directory],
                             capture_output=True, text=True)
        self.assertEqual(bad.returncode, 2)
        self.assertIn("12 digits", bad.stderr)

    def test_a_session_token_is_covered(self):
        client = self.server.client("sts", key=self.admin[0], secret=self.admin[1], token="a token")
        self.assertEqual(client.get_caller_identity()["UserId"], self.admin[0])

    def test_a_key_is_known_as_soon_as_it_is_made(self):
        key = self.make_key(self.directory, "ingest")
        self.refused("AccessDenied", self.server.client("sts", key=key[0], secret=key[1]).get_caller_identity)
        subprocess.run([WEIR, "key", "remove", key[0], "--data", self.directory], check=True)
        self.refused("InvalidClientTokenId",
                     self.server.client("sts", key=key[0], secret=key[1]).get_caller_identity)

    def test_a_key_of_several_scopes(self):
        identity, secret = self.make_key(self.directory, "ingest,read")
        client = self.server.client("cloudwatch", key=identity, secret=secret)
        client.put_metric_data(Namespace="Both", MetricData=[{"MetricName": "m", "Value": 1}])
        self.assertEqual([m["MetricName"] for m in client.list_metrics(Namespace="Both")["Metrics"]], ["m"])
        self.refused("AccessDenied", self.server.client("sns", key=identity, secret=secret).create_topic, Name="t")
        listed = subprocess.run([WEIR, "key", "list", "--data", self.directory], capture_output=True, text=True,
                                check=True).stdout
        self.assertRegex(listed, identity + " +ingest,read ")
        bad = subprocess.run([WEIR, "key", "create", "--scope", "read,write", "--data", self.directory],
                             capture_output=True, text=True)
        self.assertEqual(bad.returncode, 2)
        self.assertIn("read,write", bad.stderr)

    def send(self, signer, change=None, seconds=0):
        credentials = botocore.credentials.Credentials(*self.admin)
        request = botocore.awsrequest.AWSRequest(
            "GET", self.server.url + "/?Action=GetCallerIdentity&Version=2011-06-15&b=&a=%20x")
        signer(credentials, "sts", "us-west-2").add_auth(request)
        url = request.prepare().url
        headers = dict(request.headers)
        if change:
            url, headers = change(url, headers)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        connection.request("GET", url[len(self.server.url):], headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    def test_header_and_query_forms(self):
        for signer in (botocore.auth.SigV4Auth, botocore.auth.SigV4QueryAuth):
            self.assertEqual(self.send(signer)[0], 200, signer)
            status, body = self.send(signer, lambda url, headers: (url.replace("a=", "c="), headers))
            self.assertEqual(status, 403)
            self.assertIn(b"SignatureDoesNotMatch", body)

    def put_in_chunks(self, chunks, change=None, payload="STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                      coding="aws-chunked", length=None, port=None):
        """PutMetricData by JSON, signed chunk by chunk; `change` may alter the body that is sent."""
        class Auth(botocore.auth.SigV4Auth):
            def payload(self, request):
                return payload
        body = b"".join(chunks)
        url = f"http://127.0.0.1:{port or self.server.port}/"
        request = botocore.awsrequest.AWSRequest("POST", url, headers={
            "Content-Type": "application/x-amz-json-1.0", "Content-Encoding": coding, "X-Amz-Content-Sha256": payload,
            "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData",
            "X-Amz-Decoded-Content-Length": str(len(body) if length is None else length)})
        auth = Auth(botocore.credentials.Credentials(*self.admin), "monitoring", "us-west-2")
        auth.add_auth(request)
        previous = request.headers["Authorization"].rsplit("=", 1)[1]
        stamp = request.headers["X-Amz-Date"]
        key = ("AWS4" + self.admin[1]).encode()
        for part in (stamp[:8], "us-west-2", "monitoring", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        sent = b""
        for chunk in [*chunks, b""]:
            text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", stamp, f"{stamp[:8]}/us-west-2/monitoring/aws4_request",
                              previous, hashlib.sha256(b"").hexdigest(), hashlib.sha256(chunk).hexdigest()])
            previous = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
            sent += b"%x;chunk-signature=%s\r\n%s\r\n" % (len(chunk), previous.encode(), chunk)
        connection = http.client.HTTPConnection("127.0.0.1", port or self.server.port, timeout=20)
        connection.request("POST", "/", change(sent) if change else sent, dict(request.headers))
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def test_bodies_signed_in_chunks(self):
        document = lambda name: json.dumps(
            {"Namespace": "Chunks", "MetricData": [{"MetricName": name, "Value": 1}]}).encode()
        whole = document("plain")
        self.assertEqual(self.put_in_chunks([whole[:20], whole[20:50], whole[50:]])[0], 200)
        self.assertEqual(self.put_in_chunks([gzip.compress(document("gzip"))], coding="aws-chunked,gzip")[0], 200)
        status, text = self.put_in_chunks([document("honest")], change=lambda sent: sent.replace(b"honest", b"forged"))
        self.assertEqual((status, "SignatureDoesNotMatch" in text), (403, True), text)
        status, text = self.put_in_chunks([document("short")], length=5)
        self.assertEqual((status, "IncompleteBody" in text), (400, True), text)
        status, text = self.put_in_chunks([document("cut")], change=lambda sent: sent[:-20])
        self.assertEqual(status, 400, text)
        # Nothing of the body would be signed: anybody on the way could put another one in its place.
        for payload in ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
            status, text = self.put_in_chunks([document("unsigned")], payload=payload)
            self.assertEqual((status, "SignatureDoesNotMatch" in text), (403, True), text)
        client = self.server.client("cloudwatch", key=self.admin[0], secret=self.admin[1])
        self.assertEqual(sorted(m["MetricName"] for m in client.list_metrics(Namespace="Chunks")["Metrics"]),
                         ["gzip", "plain"])
        keyless = Server()
        self.addCleanup(keyless.close)
        self.assertEqual(self.put_in_chunks([whole], port=keyless.port)[0], 200)
        self.assertEqual(len(keyless.client("cloudwatch").list_metrics(Namespace="Chunks")["Metrics"]), 1)

    def signed_at(self, signer, seconds):
        """Signs as a clock that is `seconds` off would, sends that twice, and gives both statuses."""
        when = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(seconds=seconds)
        if hasattr(botocore.auth, "get_current_datetime"):
            patch = unittest.mock.patch("botocore.auth.get_current_datetime", return_value=when)
        else:
            patch = unittest.mock.patch("botocore.auth.datetime")
        sent = []
        with patch as clock:
            if not hasattr(botocore.auth, "get_current_datetime"):
                clock.datetime.utcnow.return_value = when
            first = self.send(signer, lambda url, headers: sent.append((url, headers)) or (url, headers))
        again = self.send(signer, lambda url, headers: sent[0])
        return first[0], again[0]

    def test_a_signed_request_may_come_again_while_its_signature_is_good(self):
        header, query = botocore.auth.SigV4Auth, botocore.auth.SigV4QueryAuth  # the latter for an hour
        for signer, seconds, status in ((header, -240, 200), (header, 240, 200), (header, -360, 403), (header, 360, 403),
                                        (query, -3000, 200), (query, 240, 200), (query, -3700, 403), (query, 360, 403)):
            self.assertEqual(self.signed_at(signer, seconds), (status, status), (signer, seconds))

    def test_unsigned_requests_are_refused(self):
        status, body = self.send(botocore.auth.SigV4Auth, lambda url, headers: (url, {}))
        self.assertEqual(status, 403)
        self.assertIn(b"MissingAuthenticationToken", body)


class Exposure(unittest.TestCase):
    def test_other_addresses_need_tls_and_keys(self):
        answer = subprocess.run([WEIR, "serve", "--data", "/nonexistent", "--listen", "0.0.0.0:0"],
                                capture_output=True, text=True)
        self.assertEqual(answer.returncode, 2)
        self.assertIn("TLS", answer.stderr)


class Tls(unittest.TestCase):
    def test_tls_and_reload(self):
        import signal
        import ssl
        import tempfile
        import time
        directory = tempfile.mkdtemp(prefix="weir_tls_")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        certificate, key = os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem")

        def make(name):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                            f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
                            certificate], check=True, capture_output=True)

        def common_name():
            context = ssl.create_default_context(cafile=certificate)
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain:
                with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                    return dict(item[0] for item in secure.getpeercert()["subject"])["commonName"]

        make("first")
        server = Server(environment={"WEIR_SERVER_CERTIFICATE_FILE": certificate,
                                     "WEIR_SERVER_KEY_FILE": key})
        self.addCleanup(server.close)
        self.assertEqual(common_name(), "first")
        client = __import__("boto3").client(
            "sts", endpoint_url=server.url, region_name="us-west-2", aws_access_key_id="x",
            aws_secret_access_key="x", verify=certificate)
        self.assertEqual(client.get_caller_identity()["Account"], "123456789012")
        metrics = __import__("boto3").client(
            "cloudwatch", endpoint_url=server.url, region_name="us-west-2", aws_access_key_id="x",
            aws_secret_access_key="x", verify=certificate)
        for i in range(20):
            metrics.put_metric_data(Namespace="tls", MetricData=[{"MetricName": "m", "Value": i}] * 3)
        put = metrics.get_metric_statistics(
            Namespace="tls", MetricName="m", Period=3600, Statistics=["SampleCount"],
            StartTime=time.time() - 7200, EndTime=time.time() + 3600)
        self.assertEqual(sum(point["SampleCount"] for point in put["Datapoints"]), 60)

        # Answers that are streams: one that ends, and one that goes on while the certificate changes.
        def ask(method, path, body=None):
            connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=20,
                                                     context=ssl.create_default_context(cafile=certificate))
            self.addCleanup(connection.close)
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            return connection.getresponse()
        answer = ask("POST", "/api/v1/query", '{"query": "stats count(*) as n", "since": "1d"}')
        self.assertEqual((answer.status, answer.headers["Transfer-Encoding"]), (200, "chunked"))
        self.assertIn(b'"n"', answer.read())
        tail = ask("GET", "/api/v1/flows/tail")
        self.assertEqual(tail.status, 200)
        make("second")
        server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while "reloaded" not in server.text() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(common_name(), "second")
        self.assertFalse(tail.isclosed())
        tail.close()
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
