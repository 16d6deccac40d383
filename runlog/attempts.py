"""The attempts of a run, each judged from its owner's end, its owner's signs of life, and what guests said.

``docs/journal-events.md`` has the rules under STATUS. A run is resumed by a new owner, which opens the next attempt;
the newest attempt's status is the run's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Protocol

from runlog.records import RunError, RunOpened, StatusSet
from runlog.statuses import CRASHED, NOT_RESPONDING, NOT_STARTED, RUNNING

_UNREAD = RunOpened(time=0, run_id="", experiment="", owner=True)
"""Stands for the RUN event of a writer whose own can't be read."""
Ends = Sequence[tuple[str, StatusSet]]
"""Writers' ids and the statuses they wrote, by time."""


class WriterView(Protocol):
    """What is asked of one writer of the run."""

    @property
    def writer_id(self) -> str:
        """Its id; ids sort by time."""

    @property
    def guest(self) -> bool:
        """Whether another process owned the run."""

    @property
    def late(self) -> bool:
        """Whether it began after the run's end."""

    def liveness(self) -> Any:
        """A :class:`~runlog.journal.liveness.Liveness`."""


@dataclass(frozen=True)
class Attempt:
    """One attempt of a run: from the moment a process took it up until that process ended, or was found dead."""

    number: int
    """From 1."""
    status: str
    start_ns: int
    """UTC nanoseconds since 1970."""
    end_ns: int | None = None
    """None while it goes on, and where nobody was left to tell the time of its end."""
    host: str = ""
    pid: int = 0
    error: RunError | None = None
    owner_alive: bool = False

    @property
    def start(self) -> datetime:
        """When it began: aware, UTC."""
        return _moment(self.start_ns)

    @property
    def end(self) -> datetime | None:
        """When it ended: aware, UTC. None while it goes on, and after a kill, whose moment nobody noted."""
        return None if self.end_ns is None else _moment(self.end_ns)


def attempts_of(opened: Mapping[str, RunOpened], ends: Ends, writers: Iterable[WriterView]) -> list[Attempt]:
    """The attempts of a run, oldest first.

    Args:
        opened: the RUN event of each writer.
        ends: the STATUS events, by time.
        writers: in the order they began.
    """
    known = list(writers)
    opened = {one.writer_id: opened.get(one.writer_id, _UNREAD) for one in known}
    owners = {opened[one.writer_id].attempt: one for one in known if owns(opened, one)}
    if not owners:
        return _without_owner(opened, ends, known)
    numbers = sorted(owners)  # by attempt, not by id: clocks of two hosts differ
    begins = [opened[owners[number].writer_id].time for number in numbers]
    found = []
    for number, begin, until in zip(numbers, begins, [*begins[1:], None], strict=True):
        owner = owners[number]
        own = [end for writer, end in ends if writer == owner.writer_id and _is_end(end)]
        guests = [end for end in _guest_ends(opened, ends, known) if begin <= end.time < (until or end.time + 1)]
        found.append(_attempt(opened[owner.writer_id], *_judged(owner, own, guests)))
    return found


def owns(opened: Mapping[str, RunOpened], writer: WriterView) -> bool:
    """Whether a writer is an owner's: its RUN event says so, which a forked child does not share."""
    return not writer.guest and not writer.late and opened[writer.writer_id].owner


def _judged(owner: WriterView, own: list[StatusSet], guests: list[StatusSet]) -> tuple[StatusSet | None, str, bool]:
    """The end that decides, else the status by the owner's signs of life; and whether it lives."""
    if own:
        return own[-1], "", False
    sign = owner.liveness().name
    if sign == "ALIVE":
        return None, RUNNING, True
    return (guests[-1], "", False) if guests else (None, _status_by(sign), False)


def _without_owner(opened: Mapping[str, RunOpened], ends: Ends, writers: list[WriterView]) -> list[Attempt]:
    """A run that no owner wrote to: its guests' ends first, then the best sign of life among them.

    Who made it for others to start is not asked for signs of life: where nobody else is at it, it has not been started.
    """
    if not writers:
        return []
    makers = {writer for writer, end in ends if end.status == NOT_STARTED}
    seen = {one.liveness().name for one in writers if one.writer_id not in makers}
    signs = ("ALIVE", "SILENT", "DEAD") if makers else ("ALIVE", "SILENT", "DEAD", "CLOSED")
    sign = next((sign for sign in signs if sign in seen), None)
    status = NOT_STARTED if makers and sign is None else _status_by(sign or "SILENT")
    said = _guest_ends(opened, ends, writers) if sign != "ALIVE" else []
    first = min((opened[one.writer_id] for one in writers), key=lambda one: one.time)
    return [_attempt(first, said[-1] if said else None, status, alive=False)]


def _guest_ends(opened: Mapping[str, RunOpened], ends: Ends, writers: list[WriterView]) -> list[StatusSet]:
    guests = {one.writer_id for one in writers if not one.late and not owns(opened, one)}
    return [end for writer, end in ends if writer in guests and _is_end(end) and not end.owner_alive]


def _is_end(status: StatusSet) -> bool:
    return status.status not in {NOT_STARTED, RUNNING}


def _status_by(sign: str) -> str:
    return {"ALIVE": RUNNING, "DEAD": CRASHED}.get(sign, NOT_RESPONDING)


def _attempt(opened: RunOpened, end: StatusSet | None, status: str, alive: bool) -> Attempt:
    return Attempt(
        number=opened.attempt,
        status=status if end is None else end.status,
        start_ns=opened.time,
        end_ns=None if end is None else end.time,
        host=opened.host,
        pid=opened.pid,
        error=None if end is None else end.error,
        owner_alive=alive,
    )


def _moment(time_ns: int) -> datetime:
    return datetime.fromtimestamp(time_ns // 1000 / 1e6, timezone.utc)
