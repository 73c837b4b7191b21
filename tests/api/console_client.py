"""What the tests of /api/v1 share: requests by hand, and flow logs whose sums are known."""
import http.client
import json
import os
import subprocess
import urllib.parse

from weir_server import WEIR

HEADER = ("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
          "log-status")
START_S = 1767600000  # 2026-01-05T08:00:00Z
MINUTES = 120


def flow_log(minutes=MINUTES, start_s=START_S):
    """Each minute: 10.0.0.1 sends 1000 bytes to 10.0.0.2 port 443, 10.0.0.3 sends 100 to port 22 and is refused,
    and an interface has nothing to tell."""
    lines = [HEADER]
    for minute in range(minutes):
        at = start_s + minute * 60
        lines.append(f"2 123456789012 eni-1 10.0.0.1 10.0.0.2 50000 443 6 10 1000 {at} {at + 59} ACCEPT OK")
        lines.append(f"2 123456789012 eni-2 10.0.0.3 10.0.0.2 50001 22 6 2 100 {at + 1} {at + 59} REJECT OK")
        lines.append(f"2 123456789012 eni-3 - - - - - - - {at} {at + 59} - NODATA")
    return "\n".join(lines) + "\n"


def ingest(server, text, name="flows.log"):
    path = os.path.join(server.directory, name)
    with open(path, "w") as file:
        file.write(text)
    subprocess.run([WEIR, "ingest", "--data", server.directory, path], check=True, capture_output=True)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return [json.loads(line) for line in self.body.splitlines()]


def ask(server, method, path, body=None, headers=None, **arguments):
    """One request; `arguments` go into the query, a body that is no text is sent as JSON."""
    path = path.replace(" ", "%20")
    if arguments:
        path += "?" + urllib.parse.urlencode({name.rstrip("_"): value for name, value in arguments.items()})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        connection.request(method, path, body=body, headers=headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()
