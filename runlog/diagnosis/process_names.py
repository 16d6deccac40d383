"""What the processes of a program are called, so that people know which is meant."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from runlog.diagnosis.reports import ProcessReport

MOST_NAMES = 3
"""Processes of a group that are told apart; of the others their number."""
_LONGEST = 60


def grouped(processes: Sequence[ProcessReport], by: Callable[[ProcessReport], object]) -> list[list[ProcessReport]]:
    """The processes of which the same is to be told, in the order of the first of each."""
    groups: dict[object, list[ProcessReport]] = {}
    for one in processes:
        groups.setdefault(by(one), []).append(one)
    return list(groups.values())


def named(group: Sequence[ProcessReport], processes: Sequence[ProcessReport]) -> str:
    """Some processes of a program, each with its command or name: ``the program (train.py, process 4711)``.

    Args:
        group: those that are meant.
        processes: all of the program; itself first. Where there are no others, it needs no such remark.
    """
    if len(processes) == 1:
        return "the program"
    names = [_name(one) for one in group[:MOST_NAMES]]
    if (more := len(group) - MOST_NAMES) > 0:
        names.append(f"and {more} more")
    return f"{counted(group, processes)} ({'; '.join(names)})"


def counted(group: Sequence[ProcessReport], processes: Sequence[ProcessReport]) -> str:
    """Some processes of a program by their number: ``the program and 2 processes that it started``."""
    others = len(group) - (processes[0] in group)
    parts = ["the program"] if processes[0] in group else []
    if others:
        parts.append("a process that it started" if others == 1 else f"{others} processes that it started")
    return " and ".join(parts)


def _name(process: ProcessReport) -> str:
    name = process.name or _command(process.argv)
    if process.forked and not process.name:
        name = f"a fork of {process.parent}"
    return f"{name}, process {process.pid}"


def _command(argv: Sequence[str]) -> str:
    program, *arguments = argv or ["?"]  # an interpreter that is embedded may have none
    text = " ".join(shlex.join([Path(program).name, *arguments]).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
