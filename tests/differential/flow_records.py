"""Random flow-log records: as files for Weir, in several layouts, and as a table for DuckDB.

Values come from small sets, so that groups are large and ties common; a tenth of the byte counts is
near 2^54, so that sums pass 2^53, where doubles stop counting by one.
"""
import gzip
import ipaddress
import pathlib
import random

# Field, its type in DuckDB. Addresses stand there as text and, to be ordered, as NAME_key: 32 hex
# digits of the IPv6 or IPv4-mapped form, which is the order that Weir documents.
FIELDS = {
    "account_id": "VARCHAR", "interface_id": "VARCHAR", "srcaddr": "ADDRESS", "dstaddr": "ADDRESS",
    "srcport": "BIGINT", "dstport": "BIGINT", "protocol": "BIGINT", "packets": "BIGINT",
    "bytes": "BIGINT", "start": "BIGINT", "end": "BIGINT", "action": "VARCHAR",
    "log_status": "VARCHAR", "vpc_id": "VARCHAR", "tcp_flags": "BIGINT", "type": "VARCHAR",
    "pkt_srcaddr": "ADDRESS", "flow_direction": "VARCHAR", "region": "VARCHAR",
}
V2 = ["version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol",
      "packets", "bytes", "start", "end", "action", "log-status"]
V5 = V2 + ["vpc-id", "tcp-flags", "type", "pkt-srcaddr", "flow-direction", "region"]
LAYOUTS = [(V2, False), (V5, True), (None, False), (V5, False), (None, True)]  # None: a random order

FIRST_SECOND = 1_772_323_200  # 2026-03-01T00:00:00Z
NUM_SECONDS = 3 * 3600

V4 = [f"10.0.{i // 4}.{i % 4 + 1}" for i in range(12)] + ["198.51.100.7", "203.0.113.200", "8.8.8.8"]
V6 = ["2001:db8::1", "2001:db8:0:1::a", "fd00::1:2", "2600:1f18:22ba:8c00::5", "::1"]


def address_key(text):
    address = ipaddress.ip_address(text)
    number = int(address) + (0xffff << 32 if address.version == 4 else 0)
    return f"{number:032x}"


def one_record(rng):
    """A record as field -> value; None is what a file writes as `-`."""
    start = FIRST_SECOND + rng.randrange(NUM_SECONDS // 30) * 30
    record = {"version": 2, "account_id": rng.choice(["123456789012", "000000000042"]),
              "interface_id": f"eni-{rng.randrange(6):017x}", "start": start,
              "end": start + rng.choice([10, 60, 600])}
    if rng.random() < 0.08:
        record["log_status"] = rng.choice(["NODATA", "NODATA", "SKIPDATA"])
        return record
    pool = V6 if rng.random() < 0.3 else V4
    record |= {"srcaddr": rng.choice(pool), "dstaddr": rng.choice(pool),
               "protocol": rng.choice([6, 6, 6, 17, 1, 58, 255]), "log_status": "OK",
               "action": rng.choice(["ACCEPT", "ACCEPT", "ACCEPT", "REJECT"]),
               "packets": rng.choice([1, 1, 2, 3, 10, 100, rng.randrange(1000)]),
               "bytes": rng.choice([40, 60, 1500, rng.randrange(100_000)]),
               "srcport": rng.choice([0, 443, 40000 + rng.randrange(8)]),
               "dstport": rng.choice([22, 53, 80, 443, 443, 3389]),
               "vpc_id": rng.choice(["vpc-0a", "vpc-0b"]), "tcp_flags": rng.choice([0, 2, 3, 18, 19]),
               "type": "IPv6" if pool is V6 else "IPv4", "region": rng.choice(["eu-west-1", "us-east-2"]),
               "flow_direction": rng.choice(["ingress", "egress"])}
    record["pkt_srcaddr"] = record["srcaddr"] if rng.random() < 0.7 else rng.choice(pool)
    if rng.random() < 0.1:
        record["bytes"] = 2**54 + rng.randrange(1000)
    for name in ("packets", "bytes", "tcp_flags", "vpc_id", "srcport", "action", "flow_direction"):
        if rng.random() < 0.04:
            record[name] = None
    return record


def write_files(rng, folder, num_records):
    """Writes a few files and returns the records as those files tell them: what a layout leaves out
    is None."""
    known = []
    for number, (names, is_gzip) in enumerate(LAYOUTS):
        if names is None:
            names = V2 + [name for name in V5 if name not in V2 and rng.random() < 0.5]
            rng.shuffle(names)
        lines = [" ".join(names)]
        for _ in range(num_records // len(LAYOUTS)):
            record = one_record(rng)
            values = [record.get(name.replace("-", "_")) for name in names]
            lines.append(" ".join("-" if value is None else str(value) for value in values))
            known.append({name.replace("-", "_"): value for name, value in zip(names, values)})
        text = ("\n".join(lines) + "\n").encode()
        path = pathlib.Path(folder) / f"part{number}.log{'.gz' if is_gzip else ''}"
        path.write_bytes(gzip.compress(text, mtime=0) if is_gzip else text)
    return known


def load_table(connection, records):
    columns = []
    for name, kind in FIELDS.items():
        if kind == "ADDRESS":
            columns += [f'"{name}" VARCHAR', f'"{name}_key" VARCHAR']
        else:
            columns.append(f'"{name}" {kind}')
    connection.execute(f"CREATE TABLE flows ({', '.join(columns)})")
    rows = []
    for record in records:
        row = []
        for name, kind in FIELDS.items():
            value = record.get(name)
            row.append(value)
            if kind == "ADDRESS":
                row.append(None if value is None else address_key(value))
        rows.append(row)
    connection.executemany(f"INSERT INTO flows VALUES ({', '.join('?' * len(columns))})", rows)
