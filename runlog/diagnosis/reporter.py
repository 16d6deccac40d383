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
from typing import Any

from runlog.control_characters import in_one_line
from runlog.diagnosis import observe
from runlog.diagnosis.words import level_name
from runlog.handlers import provenance
from runlog.handlers.provenance import Change

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
        self._is_explained = False
        self._write("begin", argv=sys.orig_argv, pid=os.getpid(), parent=os.getppid())

    def changed(self, change: Change) -> None:
        """Note a change."""
        if _is_own(change.logger):
            return
        value = change.value if isinstance(change.value, bool | int | str) else str(change.value)
        if change.what == "handler level" and change.handler is not None:
            value = f"{type(change.handler()).__name__} {level_name(int(value))}"
        self._write("change", change=[change.what, change.logger, value, change.by, list(change.place)])

    def explain(self) -> None:
        """Answer the question as things stand now."""
        if self.question is not None:
            from runlog.diagnosis.explanation import explain

            self._is_explained = True
            self._write("explained", text=str(explain(*self.question)))

    def end(self) -> None:
        """Note how things stand at the end of the process."""
        from runlog.diagnosis.tree import tree_lines

        if not self._is_explained:
            self.explain()
        muted = [
            one.name
            for one in logging.root.manager.loggerDict.values()
            if isinstance(one, logging.Logger) and one.disabled and not _is_own(one.name)
        ]
        self._write("end", tree=tree_lines(), muted=sorted(muted))

    def _write(self, kind: str, **fields: Any) -> None:
        line = json.dumps({"kind": kind, **fields}) + "\n"
        try:
            with open(os.path.join(self._folder, f"{os.getpid()}.jsonl"), "a", encoding="utf-8") as file:  # noqa: PTH118, PTH123 - pathlib is not loaded by now
                file.write(line)
        except OSError as error:  # a full disk, or doctor has ended: the program goes on without a report
            provenance.tell_no_more(self.changed)
            told = in_one_line(f"runlog: doctor's report ends here: {error}")
            print(told, file=sys.stderr)  # noqa: T201
