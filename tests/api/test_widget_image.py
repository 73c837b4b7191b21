"""GetMetricWidgetImage: a picture that a real client can open."""
import datetime
import json
import struct
import unittest
import zlib

from weir_server import ServerTest


def pixels(png):
    """Width, height and rows of (red, green, blue) of a PNG without interlacing."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, size = 8, b"", None
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", png[at + 8 + length:at + 12 + length])[0]
        if kind == b"IHDR":
            size = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            data += body
        at += 12 + length
    width, height, depth, color, _, _, interlace = size
    assert (depth, color, interlace) == (8, 2, 0)
    raw, rows, above = zlib.decompress(data), [], bytearray(width * 3)
    for y in range(height):
        kind, line = raw[y * (width * 3 + 1)], bytearray(raw[y * (width * 3 + 1) + 1:(y + 1) * (width * 3 + 1)])
        for x in range(len(line)):
            left = line[x - 3] if x >= 3 else 0
            corner = above[x - 3] if x >= 3 else 0
            if kind == 1:
                add = left
            elif kind == 2:
                add = above[x]
            elif kind == 3:
                add = (left + above[x]) // 2
            elif kind == 4:
                estimate = left + above[x] - corner
                add = min((left, above[x], corner), key=lambda v: abs(estimate - v))
            else:
                add = 0
            line[x] = (line[x] + add) & 255
        rows.append([tuple(line[x:x + 3]) for x in range(0, len(line), 3)])
        above = line
    return width, height, rows


class WidgetImage(ServerTest):
    def draw(self, **widget):
        answer = self.server.client("cloudwatch").get_metric_widget_image(MetricWidget=json.dumps(widget))
        return pixels(answer["MetricWidgetImage"])

    def test_a_line_is_where_its_values_are(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.server.client("cloudwatch").put_metric_data(Namespace="T/I", MetricData=[
            {"MetricName": "load", "Value": 20.0 if i < 30 else 80.0, "Timestamp": now - datetime.timedelta(minutes=60 - i)}
            for i in range(60)])
        width, height, rows = self.draw(
            metrics=[["T/I", "load", {"color": "#ff0000", "stat": "Average", "period": 60}]], width=400, height=300,
            start="-PT1H", title="Load", yAxis={"left": {"min": 0, "max": 100}}, legend={"position": "hidden"})
        self.assertEqual((width, height), (400, 300))
        red = lambda x: [y for y in range(height) if rows[y][x][0] > 200 and max(rows[y][x][1:]) < 100]
        self.assertTrue(red(120) and red(340))
        self.assertGreater(min(red(120)), max(red(340)) + 80)
        # Without data there is a picture all the same, and no line.
        _, _, rows = self.draw(metrics=[["T/I", "nothing", {"color": "#ff0000"}]], width=200, height=100,
                               legend={"position": "hidden"})
        self.assertFalse([1 for row in rows for p in row if p[0] > 200 and max(p[1:]) < 100])

    def test_what_an_alarm_watches_and_the_clock_that_is_written(self):
        client, now = self.server.client("cloudwatch"), datetime.datetime.now(datetime.timezone.utc)
        client.put_metric_data(Namespace="T/I", MetricData=[
            {"MetricName": "watched", "Value": 20.0, "Timestamp": now - datetime.timedelta(minutes=i)}
            for i in range(60)])
        client.put_metric_alarm(AlarmName="drawn", Namespace="T/I", MetricName="watched", Statistic="Average",
                                Period=60, EvaluationPeriods=1, Threshold=70, ComparisonOperator="GreaterThanThreshold")
        arn = "arn:aws:cloudwatch:us-west-2:123456789012:alarm:drawn"
        arguments = dict(annotations={"alarms": [arn]}, width=400, height=300, start="-PT1H",
                         yAxis={"left": {"min": 0, "max": 100}}, legend={"position": "hidden"})
        _, height, rows = self.draw(**arguments)
        red = [y for y in range(height) if rows[y][300][0] > 150 and rows[y][300][2] < 150]
        blue = [y for y in range(height) if rows[y][300][2] > 150 and rows[y][300][0] < 150]
        self.assertTrue(red and blue)
        self.assertGreater(min(blue), max(red) + 80)  # the metric lies below the threshold
        # Times are written as the widget's clock has them: half an hour moves the ticks.
        moved = self.draw(timezone="+0530", **{**arguments, "start": "-PT6H"})[2]
        utc = self.draw(**{**arguments, "start": "-PT6H"})[2]
        self.assertNotEqual(moved[-25:], utc[-25:])
        for bad in (dict(annotations={"alarms": [arn + "x"]}), dict(annotations={"alarms": [arn, arn]}),
                    dict(arguments, timezone="soon")):
            with self.assertRaisesRegex(Exception, "Validation"):
                client.get_metric_widget_image(MetricWidget=json.dumps(bad))

    def test_expressions_views_and_refusals(self):
        self.server.client("cloudwatch").put_metric_data(Namespace="T/I", MetricData=[{"MetricName": "n", "Value": 7.0}])
        for view in ("timeSeries", "singleValue", "bar", "pie"):
            width, height, _ = self.draw(view=view, metrics=[
                ["T/I", "n", {"id": "m1", "visible": False}], [{"expression": "m1 * 2", "label": "twice", "id": "e1"}]])
            self.assertEqual((width, height), (600, 400))
        client = self.server.client("cloudwatch")
        for widget in ("[]", "{", "{}", '{"metrics":[["T/I","n"]],"width":9000}', '{"metrics":[["T/I","n"]],"view":"gauge"}',
                       '{"metrics":[["T/I","n"]],"start":"yesterday"}', '{"metrics":[[{"expression":"m1 +"}]]}'):
            with self.assertRaisesRegex(Exception, "Validation"):
                client.get_metric_widget_image(MetricWidget=widget)


if __name__ == "__main__":
    unittest.main(verbosity=1)
