"""What the processes of a program noted for doctor: the files that each wrote, read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

_HELPERS = re.compile(r"\b(?:resource_tracker|forkserver) import main\b")
"""Processes of ``multiprocessing`` and ``loky`` themselves, in which no code of the program runs."""


class ProcessReport(NamedTuple):
    """What one process of the program noted."""

    argv: Sequence[str]
    pid: int
    parent: int
    """The process that started it, or that it was forked from."""
    name: str
    """What ``multiprocessing`` calls it; empty for others."""
    forked: bool
    began: int
    changes: Sequence[Sequence[Any]]
    """What, logger, value, by, place: see :class:`runlog.handlers.provenance.Change`."""
    tree: Sequence[str]
    muted: Sequence[str]
    kept_from_root: Sequence[str]
    """Loggers that do not propagate."""
    explained: Sequence[str]
    answers: Mapping[str, Sequence[bool]]
    """Of each destination by its name, whether a record reached it, each time that this was explained."""
    ended: bool
    """Whether it came to its end; a killed process does not."""

    @property
    def is_helper(self) -> bool:
        """Whether none of the program's own code runs in it."""
        return not self.forked and any(_HELPERS.search(one) for one in self.argv)


def read_reports(folder: Path, pid: int) -> list[ProcessReport]:
    """The reports of a program's processes: the program itself first, then the others in the order they began.

    Args:
        folder: that they wrote to.
        pid: of the process that was started; it need not be a Python program, and is then none of them.
    """
    found = [_report(lines) for path in folder.glob("*.jsonl") for lines in _images(path)]
    own = [one for one in found if not one.is_helper]
    return sorted(own, key=lambda one: (one.pid != pid, one.began))


def _images(path: Path) -> Iterator[list[dict[str, Any]]]:
    """The lines of each life of a process of this number: one that replaces itself by ``exec`` begins anew."""
    lines: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.endswith("}"):  # killed in the midst of it
            continue
        one = json.loads(line)
        if one["kind"] == "begin":
            lines = []
        lines.append(one)
    if lines:
        yield lines


def _report(lines: Sequence[Mapping[str, Any]]) -> ProcessReport:
    nothing: Mapping[str, Any] = {}
    begin = next((one for one in lines if one["kind"] == "begin"), nothing)
    end = next((one for one in reversed(lines) if one["kind"] == "end"), nothing)
    explained = [one for one in lines if one["kind"] == "explained"]
    return ProcessReport(
        argv=begin.get("argv", ()),
        pid=begin.get("pid", 0),
        parent=begin.get("parent", 0),
        name=next((one["name"] for one in reversed(lines) if one.get("name")), ""),
        forked=begin.get("forked", False),
        began=begin.get("time", 0),
        changes=[one["change"] for one in lines if one["kind"] == "change"],
        tree=end.get("tree", ()),
        muted=end.get("muted", ()),
        kept_from_root=end.get("kept_from_root", ()),
        explained=[one["text"] for one in explained],
        answers=_collected(one["answers"] for one in explained),
        ended=bool(end),
    )


def _collected(answers: Iterable[Sequence[tuple[str, bool]]]) -> dict[str, list[bool]]:
    found: dict[str, list[bool]] = {}
    for name, reaches in (one for answer in answers for one in answer):
        found.setdefault(name, []).append(reaches)
    return found
