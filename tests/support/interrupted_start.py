"""A program in which the start of a run is interrupted by Ctrl-C, at one place after the other.

Arguments: the first place, and how many to go on by. Prints, as JSON, how many places there were, and the runs that nobody ended.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import runlog
from runlog import context
from support.interrupted_end import Interrupter


def interrupted(at: int) -> bool:
    """Whether the place was reached; what is open afterwards is ended, as at the end of the program."""
    interrupter, handler = Interrupter(at), signal.getsignal(signal.SIGINT)
    try:
        sys.settrace(interrupter)
        runlog.start("x", outputs="out", tags={"team": "vision"})
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(None)
    assert signal.getsignal(signal.SIGINT) is handler
    for run in context.open_targets():
        run.cancel()
    return interrupter.left <= 0


def main(first: str, step: str) -> None:
    logging.getLogger().setLevel(logging.CRITICAL)
    os.environ["RUNLOG_CAPTURE_SYSTEM"] = "0"
    sys.unraisablehook = lambda _: None
    interrupted(10**9)
    at, places = int(first), 0
    while interrupted(at):
        places += 1
        at += int(step)
    runs = runlog.Workspace.from_config().runs()
    wrong = [(run.id, run.status) for run in runs if run.status != "Canceled" and run.state().writers]
    print(json.dumps({"places": places, "wrong": wrong}))


if __name__ == "__main__":
    main(*sys.argv[1:])
