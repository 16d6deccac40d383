"""A process that makes processes, each of which starts a run, makes the calls it is told, and ends as it is told.

Forking from a process that has imported everything makes a process an example cheap enough for properties. For each
line with a pickled (folder, run id, calls, end) on stdin there are two on stdout: which calls the run took, once all
have returned, and the status of the process, once it has gone. Between them it waits for an empty line, so that a
reader can look at the live run.
"""

from __future__ import annotations

import base64
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.run_model import Call, perform

COMPLETE, KILL = "complete", "kill"


class LoggingProcesses:
    """The parent's end of it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @contextmanager
    def logged(self, folder: Path, run_id: str, calls: Sequence[Call], end: str) -> Iterator[list[bool]]:
        """Have a process make the calls: inside the block it lives on, behind it it has gone."""
        line = base64.b64encode(pickle.dumps((str(folder), run_id, list(calls), end))).decode()
        taken = self._ask(line)
        try:
            yield pickle.loads(base64.b64decode(taken))
        finally:
            status = int(self._ask(""))
        assert status == (-signal.SIGKILL if end == KILL else 0)

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        if not answer:
            assert self._process.stderr is not None
            raise AssertionError(self._process.stderr.read())
        return answer


def _answer(value: Any) -> None:
    print(value, flush=True)


def _log(folder: str, run_id: str, calls: list[Call], end: str) -> None:
    import runlog

    experiment = runlog.Experiment(runlog.Workspace(folder), "model")
    run = experiment.start_logging(run_id=run_id, capture_system=False, capture_logging=False)
    taken = perform(run, calls)
    _answer(base64.b64encode(pickle.dumps(taken)).decode())
    sys.stdin.readline()
    if end == KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    run.complete()


def main() -> None:
    """Serve until stdin ends."""
    import PIL.PngImagePlugin

    import runlog.run
    import runlog.workspace  # noqa: F401 - loaded before the forks, not in each

    assert PIL.PngImagePlugin
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            _log(*pickle.loads(base64.b64decode(line)))
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        _answer(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
