"""In a program that doctor runs: writes each change of ``logging`` to a file as it is made, and at the end the tree.

A line is whole when it is written, so what a program did before it was killed is known as well.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import msgspec

from runlog.control_characters import in_one_line
from runlog.diagnosis import observe
from runlog.diagnosis.words import level_name
from runlog.handlers import provenance
from runlog.handlers.provenance import Change
from runlog.journal import real_time
from runlog.lifecycle import signals

OWN = "runlog"
FOLDER = "RUNLOG_DOCTOR_FOLDER"
"""Names the folder that reports go to; set by doctor only."""
QUESTION = "RUNLOG_DOCTOR_QUESTION"
"""``LEVEL LOGGER``: what is to be explained whenever a run ends, and at the end; set by ``runlog explain`` only."""


def begin() -> None:
    """Watch from now on, where doctor asked for it."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    observe.watch()
    report = Report(folder)
    provenance.tell(report.changed)
    atexit.register(report.end)
    signals.stand_in(report.terminated)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=report.forked)
    question = os.environ.get(QUESTION)
    if question:
        level, _, name = question.partition(" ")
        report.question = (name, level)
        _before_a_run_closes(report.explain)


def _is_own(logger: str) -> bool:
    """Whether runlog itself looks after a logger; that it is there may be due to the observer alone."""
    return logger == OWN or logger.startswith(f"{OWN}.")


def _before_a_run_closes(answer: Callable[[], None]) -> None:
    """Have the question answered while a run is still open."""
    from runlog import context

    original = context.closed

    def closed(target: context.Target) -> None:
        answer()
        original(target)

    context.__dict__["closed"] = closed


class Report:
    """The report of this process, and of each child that is forked from it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.question: tuple[str, str] | None = None
        self._is_explained = self._has_ended = self._is_lost = False
        self._process = os.getpid()
        self._parent = os.getppid()
        self._is_forked = self._is_begun = False
        self._begin()

    def changed(self, change: Change) -> None:
        """Note a change."""
        if _is_own(change.logger):
            return
        value = change.value if isinstance(change.value, bool | int | str) else str(change.value)
        if change.what == "handler level" and change.handler is not None:
            value = f"{type(change.handler()).__name__} {level_name(int(value))}"
        place = list(msgspec.structs.astuple(change.place))
        self._note("change", change=[change.what, change.logger, value, change.by, place])

    def explain(self) -> None:
        """Answer the question as things stand now."""
        if self.question is not None and not self._is_lost:
            from runlog.diagnosis.explanation import explain

            self._is_explained = True
            told = explain(*self.question)
            self._note("explained", text=str(told), answers=[(one.name, one.reaches) for one in told.destinations])

    def end(self) -> None:
        """Note how things stand at the end of the process."""
        if self._has_ended or self._is_lost:
            return
        from runlog.diagnosis.tree import tree_lines

        self._has_ended = True
        if not self._is_explained:
            self.explain()
        others = [
            one
            for one in logging.root.manager.loggerDict.values()
            if isinstance(one, logging.Logger) and not _is_own(one.name)
        ]
        muted = sorted(one.name for one in others if one.disabled)
        kept = sorted(one.name for one in others if not one.propagate)
        self._note("end", tree=tree_lines(), muted=muted, kept_from_root=kept)

    def terminated(self, number: int, frame: FrameType | None) -> None:
        """Note how things stand where SIGTERM ends the process, which would leave no time for it."""
        try:
            self.end()
        finally:
            signals.die(number)

    def forked(self) -> None:
        """A fork is a process of its own, which is told of once there is something to note."""
        self._parent, self._process = self._process, os.getpid()
        self._is_forked, self._is_begun = True, False
        self._is_explained = self._has_ended = False
        util = sys.modules.get("multiprocessing.util")
        if util is not None:  # its children may leave without exit hooks, and forget what was to be done at their end
            util.register_after_fork(self, _end_with_child)

    def _begin(self) -> None:
        self._is_begun = True
        self._write(
            "begin",
            argv=sys.orig_argv,
            pid=self._process,
            parent=self._parent,
            forked=self._is_forked,
            time=real_time.monotonic_ns(),
        )

    def _note(self, kind: str, **fields: Any) -> None:
        if not self._is_begun:
            self._begin()
        self._write(kind, name=_name_of_child(), **fields)

    def _write(self, kind: str, **fields: Any) -> None:
        if self._is_lost:
            return
        line = json.dumps({"kind": kind, **fields}) + "\n"
        try:
            with open(os.path.join(self._folder, f"{self._process}.jsonl"), "a", encoding="utf-8") as file:  # noqa: PTH118, PTH123 - pathlib is not loaded by now
                file.write(line)
        except FileNotFoundError:  # the program has ended, doctor has told of it and is gone, and this process goes on
            self._give_up()
        except OSError as error:  # a full disk: the program goes on without a report
            self._give_up()
            print(in_one_line(f"runlog: doctor's report ends here: {error}"), file=sys.stderr)  # noqa: T201

    def _give_up(self) -> None:
        self._is_lost = True
        provenance.tell_no_more(self.changed)


def _end_with_child(report: Report) -> None:
    """In a child of ``multiprocessing``, which has just forgotten what its parent had to do at the end."""
    sys.modules["multiprocessing.util"].Finalize(report, report.end, exitpriority=-1000)


def _name_of_child() -> str:
    """What ``multiprocessing`` calls this process, where it is one of its children."""
    process = sys.modules.get("multiprocessing.process")
    if process is None or process.parent_process() is None:
        return ""
    return str(process.current_process().name)
