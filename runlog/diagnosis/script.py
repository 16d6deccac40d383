"""Runs a program, and tells what configured ``logging`` in it behind its back."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from runlog.diagnosis.reporter import FOLDER, QUESTION
from runlog.diagnosis.reports import ProcessReport, read_reports
from runlog.interpreter import own_interpreter
from runlog.signal_forwarding import SignalForwarding, grace_of

BOOTSTRAP = Path(__file__).parent / "bootstrap"
LOOK = 0.1
"""Seconds between two looks whether the program's time to end is over."""


class Ran(NamedTuple):
    """A program that ran to its end."""

    code: int
    """Its exit code; 128 and the signal's number where it was killed."""
    processes: Sequence[ProcessReport]
    """Of the program, and then of those it started, in the order they began; of those that ended after it, as far as
    they had come by then."""


def run_program(command: Sequence[str], *, question: str = "") -> Ran:
    """Run a program with the observer in it.

    Args:
        command: a script (``train.py``) or program with its arguments, as in a shell.
        question: ``LEVEL LOGGER`` to be explained in it.

    Raises:
        FileNotFoundError: there is no such program.
    """
    with _folder() as folder:
        path = os.pathsep.join(filter(None, [str(BOOTSTRAP), os.environ.get("PYTHONPATH", "")]))
        environment = {**os.environ, "PYTHONPATH": path, FOLDER: str(folder)}
        if question:
            environment[QUESTION] = question
        code, pid = _run(_command(command), environment)
        return Ran(code, read_reports(folder, pid))


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder for reports. It goes away under its name first: a process that goes on can't put a new one into it."""
    folder = Path(tempfile.mkdtemp(prefix="runlog-doctor-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder.rename(f"{folder}.read"))


def _command(command: Sequence[str]) -> list[str]:
    first = command[0]
    if first.endswith(".py") and shutil.which(first) is None:
        return [own_interpreter() or "python3", *command]
    return list(command)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, int]:
    """Run a program to its end: exit code and process id. Every signal is the program's, also that of Ctrl-C."""
    with (
        SignalForwarding(grace_of(None)) as forwarding,
        subprocess.Popen(command, env=environment, start_new_session=True) as process,  # noqa: S603 - the user's own
    ):
        forwarding.start(process)
        while True:
            try:
                code = process.wait(LOOK)
                break
            except subprocess.TimeoutExpired:
                forwarding.look()
        while forwarding.has_rest:
            time.sleep(LOOK)
            forwarding.look()
    return 128 - code if code < 0 else code, process.pid
