"""A program in which the end of a run is interrupted by Ctrl-C, at one place after the other.

The places are those at which CPython looks for signals: where a function begins, and after a call. Argument: how the run is ended.
Prints, as JSON, how many places there were, and for each where anything went wrong what it was.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

import runlog
from runlog.run import Run

PACKAGE = str(Path(runlog.__file__).parent)
ENDS = {
    "complete": {"Completed", "Running"},
    "leave": {"Completed", "Canceled", "Running"},
    "fail": {"Failed", "Running"},
}
lost: list[object] = []
"""What Python could not raise: in the finalizer of a generator, say."""


class Interrupter:
    """Raises the signal at the n-th place that is run through."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, frame: FrameType, event: str, _: object) -> Interrupter | None:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event in {"call", "line"}:
            self.left -= 1
            if self.left == 0:
                signal.raise_signal(signal.SIGINT)
        return self


def complete(run: Run) -> None:
    run.complete()


def leave(run: Run) -> None:
    with run:
        pass


def fail(run: Run) -> None:
    with run:
        raise ValueError("bad batch")


def interrupted(way: str, at: int) -> tuple[bool, str]:
    """Whether the place was reached, and what went wrong."""
    run = runlog.start("x", outputs="out")
    Path("out", "file").write_text(str(at))
    run.log("loss", 1.0)
    lost.clear()
    interrupter, came, handler = Interrupter(at), False, signal.getsignal(signal.SIGINT)
    try:
        sys.settrace(interrupter)
        globals()[way](run)
    except KeyboardInterrupt:
        came = True
    except ValueError:
        pass
    finally:
        sys.settrace(None)
    ended = run.status
    if run.is_open:
        run.complete()
    read = runlog.Workspace.from_config().get_run(run.id)
    told = (ended, read.status, read.state().error is not None, read.get_metrics())
    right = (
        ended in ENDS[way]
        and read.status == ("Completed" if ended == "Running" else ended)
        and (read.state().error is not None) == (ended == "Failed")
        and signal.getsignal(signal.SIGINT) is handler
        and read.get_metrics() == {"loss": [1.0]}
        and (came or bool(lost)) == (interrupter.left <= 0)
        and (ended != "Completed" or read.get_file_names() == ["out/file"])
    )
    return interrupter.left <= 0, "" if right else repr((at, came, *told, read.get_file_names()))


def main(way: str, first: str, step: str) -> None:
    logging.getLogger().setLevel(logging.CRITICAL)
    os.environ["RUNLOG_CAPTURE_SYSTEM"] = "0"
    sys.unraisablehook = lost.append
    interrupted(way, 10**9)
    at, wrong, places = int(first), [], 0
    while True:
        reached, fault = interrupted(way, at)
        if not reached:
            break
        places += 1
        wrong += [fault] if fault else []
        at += int(step)
    print(json.dumps({"places": places, "wrong": wrong}))


if __name__ == "__main__":
    main(*sys.argv[1:])
