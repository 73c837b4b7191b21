"""A network namespace of the test's own, and a network behind a TUN device in it that answers pings as it is told.

Nothing outside is ever reached: the addresses that the document's script pings exist in the namespace alone.
"""
import fcntl, heapq, os, select, shutil, struct, subprocess, sys, threading, time

SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def enter(script, arguments):
    """Runs `script` again in namespaces of its own; returns inside of them alone."""
    if os.environ.get("WEIR_INSIDE_NAMESPACE") == "1":
        run("ip", "link", "set", "lo", "up")
        return
    unshare = shutil.which("unshare")
    # As root without a namespace of users, in which tcpdump could not change its own.
    for options in (("-nm", "-rnm") if os.geteuid() == 0 else ("-rnm",)):
        tried = unshare and subprocess.run([unshare, options, "true"], capture_output=True)
        if tried and tried.returncode == 0 and shutil.which("ip") is not None:
            break
    else:
        skip("network namespaces are not permitted here")
    environment = {**os.environ, "WEIR_INSIDE_NAMESPACE": "1", "AWS_EC2_METADATA_DISABLED": "true",
                   "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    sys.exit(subprocess.run([unshare, options, sys.executable, script, *arguments], env=environment).returncode)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Relay:
    """Answers echo requests to the addresses routed to it. `plan(source_id, count)` gives the delays, in seconds, of
    the answers to the count-th request of one pinging process; [] loses it."""

    def __init__(self, addresses, plan):
        try:
            self.device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(self.device, 0x400454ca, struct.pack("16sH", b"relay", 0x1001))  # TUNSETIFF, TUN without header
        except OSError as error:
            skip(f"no TUN device: {error}")
        run("ip", "address", "add", "10.99.0.1/24", "dev", "relay")
        run("ip", "link", "set", "relay", "up")
        for address in addresses:
            run("ip", "route", "add", address + "/32", "dev", "relay")
        self.plan, self.counts, self.pending = plan, {}, []
        self.delays = {}  # by (process, number of the request): what the first answer truly took, in seconds
        self.is_stopping = False
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:  # ahead of others: what the relay waits for a processor is delay that it does not know of
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            pass
        while not self.is_stopping:
            now = time.monotonic()
            while self.pending and self.pending[0][0] <= now:
                _, key, read_at, packet = heapq.heappop(self.pending)
                os.write(self.device, packet)
                self.delays.setdefault(key, time.monotonic() - read_at)
                now = time.monotonic()
            limit = min(0.05, self.pending[0][0] - now) if self.pending else 0.05
            if not select.select([self.device], [], [], max(limit, 0))[0]:
                continue
            packet = os.read(self.device, 65536)
            now = time.monotonic()
            if packet[0] >> 4 != 4 or packet[9] != 1 or packet[20] != 8:
                continue
            identifier = packet[24:26]
            count = self.counts.get(identifier, 0)
            self.counts[identifier] = count + 1
            head = packet[:10] + b"\0\0" + packet[16:20] + packet[12:16]
            head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
            body = b"\0\0\0\0" + packet[24:]
            body = b"\0\0" + struct.pack(">H", checksum(body)) + packet[24:]
            for delay in self.plan(identifier, count):
                heapq.heappush(self.pending, (now + delay, (identifier, count), now, head + body))

    def close(self):
        self.is_stopping = True
        self.thread.join()
        os.close(self.device)
