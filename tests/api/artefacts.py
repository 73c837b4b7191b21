"""Where the documents' own files are: beside the project where it is developed, not in it."""
import os

_ROOT = os.environ.get("WEIR_SOURCE_DIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
FOLDER = os.environ.get("WEIR_ARTEFACTS") or os.path.join(_ROOT, "../shared/seeds/artefacts")
REASON = f"skipped: the documents' files are not at {os.path.normpath(FOLDER)}; WEIR_ARTEFACTS may name their folder"


def path(name):
    return os.path.join(FOLDER, name)


def are_here():
    here = os.path.exists(path("create-dashboard-and-alarms.sh"))
    if not here:
        print(REASON, flush=True)
    return here
