"""A server of its own for each test class: a directory, a free port, stopped by its process id."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

WEIR = os.environ.get("WEIR", "build/dev/weir")
SKIPPED = 77  # what ctest is told where there is nothing to test with

try:
    import boto3
    import botocore.config
    import botocore.exceptions
except ImportError as error:
    print(f"skipped: {error}; tools/setup installs boto3")
    sys.exit(SKIPPED)


class Server:
    def __init__(self, *options, data=None, environment=None):
        self.directory = data or tempfile.mkdtemp(prefix="weir_api_")
        self.is_own_directory = data is None
        self.options = options
        # Calls that are not signed go to the region that the clients of these tests name.
        self.environment = {**os.environ, "WEIR_AWS_REGION": "us-west-2", **(environment or {})}
        self.start()

    def start(self):
        self.log = open(os.path.join(self.directory, "server.log"), "w+")
        self.process = subprocess.Popen(
            [WEIR, "serve", "--data", self.directory, "--listen", "127.0.0.1:0", *self.options],
            stderr=self.log, env=self.environment)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(r"listening on (https?)://127\.0\.0\.1:(\d+)", self.text())
            if found:
                self.port = int(found.group(2))
                self.url = f"{found.group(1)}://127.0.0.1:{self.port}"
                return
            time.sleep(0.02)
        raise RuntimeError(f"the server did not start: {self.text()}")

    def text(self):
        with open(self.log.name) as log:
            return log.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.log.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        if self.process.poll() is None:
            self.stop()
        if self.is_own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def client(self, service, region="us-west-2", key="test", secret="test", token=None, **config):
        # One attempt: a fault must not hide behind a retry.
        return boto3.client(
            service, endpoint_url=self.url, region_name=region, aws_access_key_id=key,
            aws_secret_access_key=secret, aws_session_token=token,
            config=botocore.config.Config(retries={"total_max_attempts": 1},
                                          inject_host_prefix=False, **config))


class ServerTest(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.options)
        cls.addClassCleanup(cls.server.close)

    def refused(self, code, call, **arguments):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response
