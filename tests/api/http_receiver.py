"""A subscriber on loopback that keeps what it is sent."""
import http.server
import json
import threading
import time
import urllib.request


class Receiver:
    def __init__(self, failures=0):
        self.messages = []  # (headers, body)
        self.failures_left = failures
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.failures_left > 0:
                    receiver.failures_left -= 1
                    self.send_response(500)
                else:
                    receiver.messages.append((dict(self.headers), body))
                    self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, number, seconds=20):
        deadline = time.monotonic() + seconds
        while len(self.messages) < number and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.messages) >= number, f"{len(self.messages)} messages came, {number} were awaited"
        return self.messages

    def confirm(self):
        """Waits for the confirmation, follows its URL as any program would, and forgets it."""
        headers, body = self.wait(1)[0]
        document = json.loads(body)
        assert document["Type"] == "SubscriptionConfirmation"
        with urllib.request.urlopen(document["SubscribeURL"]) as answer:
            answer.read()
        self.messages.clear()
        return headers, document
