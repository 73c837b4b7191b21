"""Runs moto's own tests of CloudWatch, Logs, SNS and STS against weir serve, and holds what they come to against
outcomes.txt. tools/setup fetches moto's source; 77 is told where it is not there."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
SERVICES = ("cloudwatch", "logs", "sns", "sts")
SKIPPED = 77
LEAST_SHARE = 0.90  # of passed in passed and wrong
LEAST_PASSED = 110  # not to fall
MOST_ONCE_MORE = 5


def read_outcomes():
    outcomes = {}
    with open(os.path.join(HERE, "outcomes.txt")) as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                kind, name, reason = line.rstrip("\n").split("\t")
                if kind not in ("absent", "otherwise", "wrong") or not reason or name in outcomes:
                    sys.exit(f"outcomes.txt: {line}")
                outcomes[name] = (kind, reason)
    return outcomes


def run_moto(moto, tests):
    """What each of these tests came to, and what pytest said."""
    source = os.path.join(moto, "source")
    with tempfile.TemporaryDirectory(prefix="weir_moto_") as directory:
        path = os.path.join(directory, "outcomes")
        environment = {**os.environ, "PYTHONPATH": f"{HERE}:{source}", "WEIR_MOTO_OUTCOMES": path,
                       "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "PYTHONDONTWRITEBYTECODE": "1"}
        run = subprocess.run(
            [os.path.join(moto, "venv/bin/python"), "-m", "pytest", "-q", "-p", "weir_moto", "-p", "no:cacheprovider", "--tb=line",
             "-W", "ignore", *tests], cwd=source, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if not os.path.exists(path):
            sys.exit(run.stdout)
        with open(path) as lines:
            return {name: outcome for outcome, name in (line.rstrip("\n").split(" ", 1) for line in lines)}, run.stdout


def main():
    moto = os.environ.get("WEIR_MOTO", "")
    if not os.path.isdir(os.path.join(moto, "source/tests")):
        print("skipped: moto's source is not there; tools/setup fetches it from PyPI")
        return SKIPPED
    expected = read_outcomes()
    found, said = run_moto(moto, [*(f"tests/test_{service}" for service in SERVICES),
                                  *(f"--ignore=tests/test_{service}/test_server.py" for service in SERVICES)])  # of moto itself
    # Some give their own steps less than a second, which they do not get beside others.
    unforeseen = [name for name, outcome in found.items() if outcome == "failed" and name not in expected]
    if 0 < len(unforeseen) <= MOST_ONCE_MORE:
        once_more, said_then = run_moto(moto, unforeseen)
        found.update(once_more)
        said += said_then
        print(f"failed once and ran again: {', '.join(unforeseen)}")
    kinds = {name: expected.get(name, ("passes", ""))[0] for name in found}
    surprises = [f"fails: {name}" for name, outcome in found.items()
                 if outcome == "failed" and kinds[name] == "passes"]
    surprises += [f"passes, take it off outcomes.txt: {name}" for name, outcome in found.items()
                  if outcome == "passed" and kinds[name] != "passes"]
    surprises += [f"is no test, take it off outcomes.txt: {name}" for name in expected if name not in found]
    count = lambda wanted: sum(1 for name in found if found[name] == "failed" and kinds[name] == wanted)
    passed = sum(1 for outcome in found.values() if outcome == "passed")
    wrong = count("wrong") + count("passes")
    share = passed / max(passed + wrong, 1)
    absent = sum(1 for outcome in found.values() if outcome == "absent")
    print(f"moto: {passed} pass, {wrong} do not ({share:.1%} of those in scope); {count('otherwise')} ask for what AWS "
          f"does not, {absent} for what is not offered, {sum(1 for o in found.values() if o == 'skipped')} skip themselves")
    if surprises:
        print("\n".join(surprises))
        print(said[-20000:])
    return 1 if surprises or share < LEAST_SHARE or passed < LEAST_PASSED else 0


if __name__ == "__main__":
    sys.exit(main())
