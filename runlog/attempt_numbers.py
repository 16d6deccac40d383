"""The numbers of a run's attempts, where several machines took the run up without knowing of each other.

Who takes a run up gives its attempt the number after the newest that it knows of. Machines that no server or folder
connects at that moment give the same number to different attempts; their records are put together later. Every reader
then goes by the numbers that are made here, so that a value, a record and a status tell the same attempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from runlog.records import RunOpened


class _Opening(NamedTuple):
    """An attempt, by the writer that opened it: of several processes of one launch, the first."""

    attempt: int
    time: int
    writer: str
    opened: RunOpened


def numbered(opened: Mapping[str, RunOpened]) -> dict[str, RunOpened]:
    """The RUN event of each writer, with the number of its attempt.

    Attempts that bear the number that follows them all keep it. Those of one number are apart unless one launch opened
    them; they stand in the order of their time, but never before one that their process knew of. So the number of an
    attempt may be larger than its own process knew.

    Args:
        opened: the RUN event of each writer, by its id.
    """
    openings = _openings(opened)
    if len({one.attempt for one in openings}) == len(openings):
        return dict(opened)
    numbers = _numbers(openings)
    return {
        writer: msgspec.structs.replace(one, attempt=numbers.get(_opening_of(writer, one, openings), one.attempt))
        for writer, one in opened.items()
    }


def _openings(opened: Mapping[str, RunOpened]) -> list[_Opening]:
    """One for each attempt, by attempt and time."""
    owners = sorted(_Opening(one.attempt, one.time, writer, one) for writer, one in opened.items() if one.owner)
    first: dict[tuple[int, str], _Opening] = {}
    for one in owners:
        first.setdefault((one.attempt, _launch_of(one.opened) or one.writer), one)
    return list(first.values())


def _launch_of(opened: RunOpened) -> str:
    return "" if opened.launch is None else f"{opened.launch.id} {opened.launch.requeues}"


def _numbers(openings: list[_Opening]) -> dict[str, int]:
    """The numbers by the openings' writers."""
    begins: dict[str, int] = {}
    earlier: list[_Opening] = []
    for attempt in sorted({one.attempt for one in openings}):
        these = [one for one in openings if one.attempt == attempt]
        for one in these:
            known = [other for other in earlier if other.opened.host == one.opened.host] or earlier
            begins[one.writer] = max(one.time, 1 + min((begins[other.writer] for other in known), default=one.time - 1))
        earlier = these
    numbers: dict[str, int] = {}
    newest = 0
    for one in sorted(openings, key=lambda one: (begins[one.writer], one.attempt)):
        newest = numbers[one.writer] = max(one.attempt, newest + 1)
    return numbers


def _opening_of(writer: str, opened: RunOpened, openings: Iterable[_Opening]) -> str:
    """The writer that opened the attempt which a process took part in; empty where none is known."""
    if any(one.writer == writer for one in openings):
        return writer
    same = [one for one in openings if one.attempt == opened.attempt]
    launched = [one for one in same if opened.launch is not None and _launch_of(one.opened) == _launch_of(opened)]
    here = [one for one in same if one.opened.host == opened.host]
    candidates = launched or here or same
    before = [one for one in candidates if one.time <= opened.time]
    found = before[-1:] or candidates[:1]
    return found[0].writer if found else ""
