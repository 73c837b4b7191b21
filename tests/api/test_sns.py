"""SNS: topics, a subscriber that confirms, signed and raw deliveries, retries, restarts."""
import json
import os
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from http_receiver import Receiver
from weir_server import Server, ServerTest


class Sns(ServerTest):
    def subscribed(self, name, failures=0, **attributes):
        sns = self.server.client("sns")
        topic = sns.create_topic(Name=name)["TopicArn"]
        receiver = Receiver()
        self.addCleanup(receiver.close)
        answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=receiver.url, Attributes=attributes)
        self.assertEqual(answer["SubscriptionArn"], "pending confirmation")
        headers, document = receiver.confirm()
        self.assertEqual(headers["x-amz-sns-message-type"], "SubscriptionConfirmation")
        self.assertEqual(document["TopicArn"], topic)
        receiver.failures_left = failures
        return sns, topic, receiver

    def test_topics(self):
        sns = self.server.client("sns")
        arn = sns.create_topic(Name="network-alerts", Attributes={"DisplayName": "Alerts"})["TopicArn"]
        self.assertEqual(arn, "arn:aws:sns:us-west-2:123456789012:network-alerts")
        self.assertEqual(sns.create_topic(Name="network-alerts")["TopicArn"], arn)
        self.assertIn({"TopicArn": arn}, sns.list_topics()["Topics"])
        self.assertEqual(self.server.client("sns", region="eu-west-1").list_topics()["Topics"], [])
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        self.assertEqual((attributes["DisplayName"], attributes["SubscriptionsConfirmed"]), ("Alerts", "0"))
        sns.delete_topic(TopicArn=arn)
        self.refused("NotFound", sns.get_topic_attributes, TopicArn=arn)
        self.refused("InvalidParameter", sns.create_topic, Name="no spaces")

    def test_notification(self):
        sns, topic, receiver = self.subscribed("one")
        identity = sns.publish(TopicArn=topic, Subject="Hello", Message="<text & more>",
                               MessageAttributes={"kind": {"DataType": "String", "StringValue": "test"}})
        (headers, body), = receiver.wait(1)
        document = json.loads(body)
        self.assertEqual(document["MessageId"], identity["MessageId"])
        self.assertEqual((document["Subject"], document["Message"]), ("Hello", "<text & more>"))
        self.assertEqual(document["MessageAttributes"], {"kind": {"Type": "String", "Value": "test"}})
        self.assertEqual(headers["Content-Type"], "text/plain; charset=UTF-8")
        subscription, = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        self.assertEqual(headers["x-amz-sns-subscription-arn"], subscription["SubscriptionArn"])
        self.verify(document)
        with urllib.request.urlopen(document["UnsubscribeURL"]) as answer:
            answer.read()
        self.assertEqual(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"], [])

    def verify(self, document):
        """Checks the signature by OpenSSL's own command."""
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
        text = "".join(f"{name}\n{document[name]}\n" for name in names if name in document)
        with tempfile.TemporaryDirectory() as directory:
            path = lambda name: os.path.join(directory, name)
            with urllib.request.urlopen(document["SigningCertURL"]) as answer:
                open(path("cert"), "wb").write(answer.read())
            import base64
            open(path("signature"), "wb").write(base64.b64decode(document["Signature"]))
            open(path("text"), "w").write(text)
            key = subprocess.run(["openssl", "x509", "-in", path("cert"), "-pubkey", "-noout"], check=True,
                                 capture_output=True).stdout
            open(path("key"), "wb").write(key)
            digest = {"1": "-sha1", "2": "-sha256"}[document["SignatureVersion"]]
            subprocess.run(["openssl", "dgst", digest, "-verify", path("key"), "-signature", path("signature"),
                            path("text")], check=True, capture_output=True)

    def test_signature_version_2(self):
        sns, topic, receiver = self.subscribed("two")
        sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
        sns.publish(TopicArn=topic, Message="x")
        document = json.loads(receiver.wait(1)[0][1])
        self.assertEqual(document["SignatureVersion"], "2")
        self.verify(document)

    def test_raw_delivery(self):
        sns, topic, receiver = self.subscribed("raw", RawMessageDelivery="true")
        sns.publish(TopicArn=topic, Message=json.dumps({"default": "d", "http": "h"}), MessageStructure="json")
        (headers, body), = receiver.wait(1)
        self.assertEqual((body, headers["x-amz-sns-rawdelivery"]), (b"h", "true"))

    def test_what_is_not_taken_is_sent_again(self):
        sns, topic, receiver = self.subscribed("retry", failures=3)
        sns.publish(TopicArn=topic, Message="again")
        self.assertEqual(json.loads(receiver.wait(1)[0][1])["Message"], "again")
        self.assertEqual(receiver.failures_left, 0)

    def test_nothing_goes_to_who_did_not_confirm(self):
        sns = self.server.client("sns")
        topic = sns.create_topic(Name="pending")["TopicArn"]
        receiver = Receiver()
        self.addCleanup(receiver.close)
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=receiver.url)
        receiver.wait(1)
        other_sns, other_topic, other = self.subscribed("confirmed")
        sns.publish(TopicArn=topic, Message="secret")
        other_sns.publish(TopicArn=other_topic, Message="later")
        other.wait(1)
        self.assertEqual(len(receiver.messages), 1)
        self.refused("InvalidParameter", sns.confirm_subscription, TopicArn=topic, Token="guess")

    def test_refusals(self):
        sns = self.server.client("sns")
        topic = sns.create_topic(Name="refusals")["TopicArn"]
        self.refused("NotFound", sns.publish, TopicArn=topic + "x", Message="m")
        self.refused("InvalidParameter", sns.publish, TopicArn=topic, Message="m", Subject="x" * 101)
        self.refused("InvalidParameter", sns.publish, TopicArn=topic, Message="m" * (256 * 1024 + 1))
        for attribute, says in (({"DataType": "Text", "StringValue": "v"}, "invalid message attribute type"),
                                ({"DataType": "String", "StringValue": ""}, "non-empty"),
                                ({"DataType": "String", "BinaryValue": b"v"}, "non-empty"),
                                ({"DataType": "Number", "StringValue": "five"}, "to number")):
            answer = self.refused("ParameterValueInvalid", sns.publish, TopicArn=topic, Message="m",
                                  MessageAttributes={"a": attribute})
            self.assertIn(says, answer["Error"]["Message"])
        self.refused("ParameterValueInvalid", sns.publish, TopicArn=topic, Message="m",
                     MessageAttributes={"a b": {"DataType": "String", "StringValue": "v"}})
        self.refused("InvalidParameter", sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:x")
        self.refused("InvalidParameter", sns.subscribe, TopicArn=topic, Protocol="https", Endpoint="http://x/")
        self.refused("InvalidParameter", sns.subscribe, TopicArn=topic, Protocol="http",
                     Endpoint="http://127.0.0.1:1/", Attributes={"FilterPolicy": "{}"})

    def test_addresses_inside_are_not_called(self):
        sns = self.server.client("sns")
        topic = sns.create_topic(Name="inside")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://169.254.169.254/latest/meta-data/")
        deadline = __import__("time").monotonic() + 10
        while self.failed_attempts() == 0 and __import__("time").monotonic() < deadline:
            pass
        self.assertGreater(self.failed_attempts(), 0)

    def failed_attempts(self):
        with urllib.request.urlopen(self.server.url + "/metrics") as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("weir_notify_failed_attempts_total "):
                    return float(line.split()[1])


class Webhooks(ServerTest):
    """Alarm actions that are addresses, and what nobody took."""

    def alarm(self, name, url):
        cloudwatch = self.server.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace="Webhook", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold", AlarmActions=[url])
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="by hand")
        return cloudwatch

    def deliveries(self, **arguments):
        query = urllib.parse.urlencode(arguments)
        with urllib.request.urlopen(f"{self.server.url}/api/v1/deliveries?{query}") as answer:
            return json.load(answer)

    def send(self, method, path):
        with urllib.request.urlopen(urllib.request.Request(self.server.url + path, method=method)) as answer:
            return json.load(answer)

    def test_an_alarm_posts_to_a_webhook_until_it_is_taken(self):
        receiver = Receiver(failures=2)
        self.addCleanup(receiver.close)
        cloudwatch = self.alarm("hook", receiver.url)
        (headers, body), = receiver.wait(1)
        document = json.loads(body)
        self.assertEqual((document["AlarmName"], document["NewStateValue"]), ("hook", "ALARM"))
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertRegex(headers["X-Weir-Message-Id"], r"^[0-9a-f]{8}-[0-9a-f]{4}-")
        self.assertFalse([name for name in headers if name.lower().startswith("x-amz")])
        history = cloudwatch.describe_alarm_history(AlarmName="hook", HistoryItemType="Action")["AlarmHistoryItems"]
        self.assertEqual([item["HistorySummary"] for item in history],
                         [f"Successfully executed action {receiver.url}"])

    def test_what_is_no_address_is_refused(self):
        for action in ("http://", "http:///path", "ftp://127.0.0.1/", "http://a b/", "http://" + "x" * 1024):
            self.refused("ValidationError", lambda action=action: self.alarm("bad", action))

    def test_what_nobody_took_is_listed_and_can_be_sent_again(self):
        receiver = Receiver(failures=10 ** 9)
        self.addCleanup(receiver.close)
        self.alarm("dead letter", receiver.url)

        def mine(state):
            return [one for one in self.deliveries(state=state)["deliveries"] if one["endpoint"] == receiver.url]
        deadline = time.monotonic() + 30
        while not (mine("waiting") and mine("waiting")[0]["attempts"] > 0) and time.monotonic() < deadline:
            time.sleep(0.05)
        waiting, = mine("waiting")
        self.assertIn("500", waiting["lastError"])
        self.assertIsNone(waiting["subscription"])
        # As after the last attempt, a quarter of an hour later; an attempt in hand may put it back.
        while not mine("dead") and time.monotonic() < deadline:
            with sqlite3.connect(os.path.join(self.server.directory, "state.db"), timeout=20) as database:
                database.execute("UPDATE delivery SET due_ms = NULL WHERE endpoint = ?", (receiver.url,))
            time.sleep(0.3)
        dead, = mine("dead")
        self.assertIsNone(dead["nextAttemptMs"])
        receiver.failures_left = 0
        self.assertEqual(self.send("POST", f"/api/v1/deliveries/{dead['id']}/retry"), {"retried": dead["id"]})
        self.assertEqual(json.loads(receiver.wait(1)[0][1])["AlarmName"], "dead letter")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.send("DELETE", f"/api/v1/deliveries/{dead['id']}")
        self.assertEqual(caught.exception.code, 404)
        caught.exception.close()


class Restart(unittest.TestCase):
    def test_what_was_published_is_delivered_after_a_kill(self):
        server = Server()
        self.addCleanup(server.close)
        sns = server.client("sns")
        topic = sns.create_topic(Name="t")["TopicArn"]
        receiver = Receiver()
        self.addCleanup(receiver.close)
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=receiver.url)
        receiver.confirm()
        receiver.failures_left = 1000
        sns.publish(TopicArn=topic, Message="survives")
        server.kill()
        receiver.failures_left = 0
        server.start()
        self.assertEqual(json.loads(receiver.wait(1)[0][1])["Message"], "survives")


if __name__ == "__main__":
    unittest.main(verbosity=1)
