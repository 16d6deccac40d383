"""Runs a program, and tells what configured ``logging`` in it behind its back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from runlog.diagnosis.reporter import FOLDER, QUESTION
from runlog.diagnosis.words import level_name
from runlog.handlers.provenance import Place
from runlog.interpreter import own_interpreter
from runlog.signal_forwarding import SignalForwarding, grace_of

BOOTSTRAP = Path(__file__).parent / "bootstrap"
LOOK = 0.1
"""Seconds between two looks whether the program's time to end is over."""
MOST_CHANGES = 200
"""Changes told of a process."""


class ProcessReport(NamedTuple):
    """What one process of the program noted."""

    argv: Sequence[str]
    changes: Sequence[Sequence[Any]]
    """What, logger, value, by, place: see :class:`runlog.handlers.provenance.Change`."""
    tree: Sequence[str]
    muted: Sequence[str]
    explained: Sequence[str]
    ended: bool
    """Whether it came to its end; a killed process does not."""


class Ran(NamedTuple):
    """A program that ran to its end."""

    code: int
    """Its exit code; 128 and the signal's number where it was killed."""
    processes: Sequence[ProcessReport]
    """Of the program, and of those it started, in the order they began."""


def run_program(command: Sequence[str], *, question: str = "") -> Ran:
    """Run a program with the observer in it.

    Args:
        command: a script (``train.py``) or program with its arguments, as in a shell.
        question: ``LEVEL LOGGER`` to be explained in it.

    Raises:
        FileNotFoundError: there is no such program.
    """
    with tempfile.TemporaryDirectory(prefix="runlog-doctor-") as folder:
        path = os.pathsep.join(filter(None, [str(BOOTSTRAP), os.environ.get("PYTHONPATH", "")]))
        environment = {**os.environ, "PYTHONPATH": path, FOLDER: folder}
        if question:
            environment[QUESTION] = question
        code = _run(_command(command), environment)
        return Ran(code, list(_reports(Path(folder))))


def _command(command: Sequence[str]) -> list[str]:
    first = command[0]
    if first.endswith(".py") and shutil.which(first) is None:
        return [own_interpreter() or "python3", *command]
    return list(command)


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program to its end. Every signal is the program's, also that of Ctrl-C."""
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
    return 128 - code if code < 0 else code


def _reports(folder: Path) -> Iterator[ProcessReport]:
    for path in sorted(folder.glob("*.jsonl"), key=lambda one: one.stat().st_ctime_ns):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
        ends = [one for one in lines if one["kind"] == "end"]
        yield ProcessReport(
            argv=next((one["argv"] for one in lines if one["kind"] == "begin"), ()),
            changes=[one["change"] for one in lines if one["kind"] == "change"],
            tree=ends[-1]["tree"] if ends else (),
            muted=ends[-1]["muted"] if ends else (),
            explained=[one["text"] for one in lines if one["kind"] == "explained"],
            ended=bool(ends),
        )


def report_lines(ran: Ran) -> Iterator[str]:
    """What configured logging in each process, for people."""
    if not ran.processes:
        yield "the program could not be watched: it is no Python program, or was started with -I, -E or -S"
        return
    main, *others = ran.processes
    yield from _process_lines(main, "the program")
    for one in others:
        if one.changes and one.changes != main.changes:
            yield ""
            yield from _process_lines(one, "a process that it started")


def _process_lines(process: ProcessReport, called: str) -> Iterator[str]:
    yield f"logging was configured in {called} by:" if process.changes else f"nothing configured logging in {called}"
    for change in process.changes[:MOST_CHANGES]:
        yield f"  {change_text(change)}"
    if (more := len(process.changes) - MOST_CHANGES) > 0:
        yield f"  ... and {more} more changes; --json has all"
    if process.muted:
        yield f"disabled at the end: {', '.join(process.muted)}"
        yield "  fix: disable_existing_loggers=False in the configuration that disabled them"
    if process.tree:
        yield "loggers at the end:"
        yield from (f"  {line}" for line in process.tree)
    if not process.ended:
        yield f"{called} did not come to its end: it was killed, or left by os._exit"


def change_text(change: Sequence[Any]) -> str:
    """A change in one line: where, by which package, what."""
    what, logger, value, by, place = change
    at = Place(*place)
    package = "" if at.package in {"__main__", ""} else f" [{at.package}]"
    return f"{at}{package}: {_done(what, logger or 'root', value, by)}"


def _done(what: str, logger: str, value: Any, by: str) -> str:
    function = "" if by == "assignment" else f" ({by})"
    if what == "call":
        return f"{by}() {value}".rstrip()
    if what == "disable":
        return f"logging.disable({level_name(value)})"
    if what == "level":
        return f"level of {logger} is {level_name(value)}{function}"
    if what == "handler level":
        handler, _, level = value.partition(" ")
        return f"level of {handler} is {level}{function}"
    if what in {"handler added", "handler removed"}:
        return (
            f"{value} {what.removeprefix('handler ')} {'to' if what.endswith('added') else 'from'} {logger}{function}"
        )
    if what == "handler closed":
        return f"{value} closed{function}"
    return f"{what} of {logger} is {value}{function}"
