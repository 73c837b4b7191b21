"""A line for each packet of a capture: tunnels, options, inner ends. By tshark, and by Weir."""
import subprocess

import generator

FIELDS = ["frame.number", "frame.protocols", "geneve.vni", "vxlan.vni", "geneve.option.class", "geneve.option.type",
          "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport"]


def line(number, tunnels, options, source, destination, source_port, destination_port):
    words = [str(number), " ".join(f"{kind}:{vni}" for kind, vni in tunnels) or "no tunnel",
             " ".join(f"{c:04x}/{t:02x}" for c, t in options) or "no options"]
    end = lambda address, port: address if port is None else f"[{address}]:{port}"
    words.append(f"{end(source, source_port)} > {end(destination, destination_port)}" if source else "no inner IP")
    return " | ".join(words)


def by_tshark(tshark, capture, *options):
    command = [tshark, "-n", "-r", str(capture), "-T", "fields", "-E", "occurrence=a", *options]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for text in done.stdout.splitlines():
        row = dict(zip(FIELDS, ([v for v in cell.split(",") if v] for cell in text.split("\t"))))
        layers = row["frame.protocols"][0].split(":")
        number = lambda value: int(value, 0)
        vnis = {"geneve": list(map(number, row["geneve.vni"])), "vxlan": list(map(number, row["vxlan.vni"]))}
        tunnels = [(layer, vnis[layer].pop(0)) for layer in layers if layer in vnis and vnis[layer]]
        families = [layer for layer in layers if layer in ("ip", "ipv6")]
        source = destination = None
        ports = (None, None)
        if tunnels and len(families) > len(tunnels):
            # The IP header that the last tunnel carries, not one that an ICMP error quotes.
            family = families[len(tunnels)]
            place = families[:len(tunnels)].count(family)
            source, destination = row[family + ".src"][place], row[family + ".dst"][place]
            last = max(i for i, layer in enumerate(layers) if layer in ("geneve", "vxlan"))
            carried = [layer for layer in layers[last:] if layer in ("tcp", "udp", "icmp", "icmpv6", "igmp")][:1]
            if carried in (["tcp"], ["udp"]):
                before = layers[:last].count(carried[0])
                ports = (int(row[carried[0] + ".srcport"][before]), int(row[carried[0] + ".dstport"][before]))
        options_seen = [(number(c), number(t)) for c, t in zip(row["geneve.option.class"], row["geneve.option.type"])]
        yield line(row["frame.number"][0], tunnels, options_seen, source, destination, *ports)


def by_weir(weir, capture):
    for packet in generator.weir(weir, "-o", "jsonl", str(capture)):
        tunnels = packet.get("tunnels", [])
        inner = packet.get("inner", {}) if tunnels else {}
        has_ports = inner.get("protocol") in ("TCP", "UDP")
        yield line(packet["number"], [(t["kind"], t["vni"]) for t in tunnels],
                   [(int(o["class"], 16), o["type"]) for t in tunnels for o in t.get("options", [])],
                   inner.get("srcaddr"), inner.get("dstaddr"), inner.get("srcport") if has_ports else None,
                   inner.get("dstport") if has_ports else None)
