"""A pytest plugin: moto's own tests, in their server mode, against weir serve.

Each test gets a server of its own with an empty directory, where moto would have been told to forget everything. What a
test came to goes to the file WEIR_MOTO_OUTCOMES, a line each: its name and passed, failed or skipped."""
import os
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

with socket.socket() as probe:  # moto reads the endpoint once, so the port stays the same
    probe.bind(("127.0.0.1", 0))
    PORT = probe.getsockname()[1]
os.environ["TEST_SERVER_MODE"] = "true"
os.environ["TEST_SERVER_MODE_ENDPOINT"] = f"http://127.0.0.1:{PORT}"

from moto.core.models import ServerModeMockAWS  # noqa: E402

ServerModeMockAWS.reset = lambda self: None


class Server:
    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="weir_moto_")
        with open(os.path.join(self.directory, "server.log"), "w") as log:
            self.process = subprocess.Popen(
                [os.environ["WEIR"], "serve", "--data", self.directory, "--listen", f"127.0.0.1:{PORT}"], stderr=log)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as connection:
                if connection.connect_ex(("127.0.0.1", PORT)) == 0:
                    return
            time.sleep(0.005)
        raise RuntimeError("the server did not start: " + open(os.path.join(self.directory, "server.log")).read())

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


@pytest.fixture(autouse=True)
def weir_server():
    server = Server()
    yield server
    server.close()


def read_outcomes():
    """Kind and reason by the test's name."""
    outcomes = {}
    with open(os.path.join(os.path.dirname(__file__), "outcomes.txt")) as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                kind, name, reason = line.rstrip("\n").split("\t")
                outcomes[name] = (kind, reason)
    return outcomes


def pytest_collection_modifyitems(config, items):
    outcomes = read_outcomes()
    absent = [item for item in items if outcomes.get(item.nodeid, ("",))[0] == "absent"]
    config.hook.pytest_deselected(items=absent)
    items[:] = [item for item in items if item not in absent]
    with open(os.environ["WEIR_MOTO_OUTCOMES"], "a") as found:
        found.writelines(f"absent {item.nodeid}\n" for item in absent)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        with open(os.environ["WEIR_MOTO_OUTCOMES"], "a") as outcomes:
            outcomes.write(f"{report.outcome} {report.nodeid}\n")
