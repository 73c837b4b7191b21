"""weir demo on a terminal: it goes on as a server that shows a live VPC, until it is interrupted."""
import http.client
import json
import os
import pty
import re
import signal
import subprocess
import unittest
import urllib.request

from weir_server import WEIR


class Demo(unittest.TestCase):
    def test_without_a_terminal_it_ends_by_itself(self):
        done = subprocess.run([WEIR, "demo", "-n", "5000"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("live:", done.stdout)

    def test_on_a_terminal_it_serves_what_goes_on(self):
        terminal, own_end = pty.openpty()
        self.addCleanup(os.close, terminal)
        demo = subprocess.Popen([WEIR, "demo", "-n", "5000"], stdin=own_end, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        os.close(own_end)
        try:
            url = None
            for line in demo.stdout:
                found = re.search(r"live: http://127\.0\.0\.1:(\d+)", line)
                if found:
                    url = f"http://127.0.0.1:{found.group(1)}"
                    break
            self.assertIsNotNone(url)

            def get(path):
                with urllib.request.urlopen(url + path, timeout=60) as response:
                    return json.load(response)
            overview = get("/api/v1/overview?since=15m")
            self.assertGreater(overview["totals"]["flows"], 100)
            self.assertGreater(overview["coverage"]["records"], 100_000)
            self.assertEqual({alarm["name"] for alarm in get("/api/v1/alarms")["alarms"]}, {"Many-refused-flows", "No-flows"})
            self.assertEqual(get("/api/v1/dashboards")["dashboards"][0]["name"], "Demo")
            connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
            self.addCleanup(connection.close)
            connection.request("GET", "/api/v1/flows/tail")
            response = connection.getresponse()
            while not response.readline().startswith(b"event: record"):
                pass
            demo.send_signal(signal.SIGINT)
            self.assertEqual(demo.wait(timeout=30), 0)
        finally:
            if demo.poll() is None:
                demo.kill()
                demo.wait()
            demo.stdout.close()


if __name__ == "__main__":
    unittest.main()
