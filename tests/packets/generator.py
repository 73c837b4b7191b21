"""Makes captures with the shared generator, or skips aloud."""
import json, os, pathlib, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def skip(why):
    print(f"skipped: {why}", file=sys.stderr)
    sys.exit(77)


def make(out, *options):
    """Writes the capture `out`; returns what the generator says is in it."""
    shared = pathlib.Path(os.environ.get("WEIR_SHARED", ROOT.parent / "shared"))
    script = shared / "data" / "make_geneve_pcap.py"
    if not script.exists():
        skip(f"the generator is not at {script} (set WEIR_SHARED)")
    subprocess.run([sys.executable, str(script), str(out), *options], check=True)
    return json.loads(pathlib.Path(str(out) + ".expect.json").read_text())


def weir(binary, *arguments):
    """Runs weir packets; returns its JSON documents."""
    done = subprocess.run([binary, "packets", "--quiet", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"weir packets {' '.join(arguments)} failed: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]
