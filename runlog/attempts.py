"""The attempts of a run, each judged from its owner's end, its owner's signs of life, and what guests said.

``docs/journal-events.md`` has the rules under STATUS. A run is resumed by a new owner, which opens the next attempt;
the newest attempt's status is the run's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from runlog.attempt_numbers import numbered
from runlog.records import RunError, RunOpened, StatusSet
from runlog.statuses import CRASHED, NOT_RESPONDING, NOT_STARTED, RUNNING

_UNREAD = RunOpened(time=0, run_id="", experiment="", owner=True)
"""Stands for the RUN event of a writer whose own can't be read."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
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
    opened = numbered({one.writer_id: opened[one.writer_id] for one in known if one.writer_id in opened})
    owners = _owners(opened, known)
    said = _guest_ends({one.writer_id for one in owners.values()}, ends, known)
    if not owners:
        return _without_owner(opened, ends, known, said)
    numbers = sorted(owners)
    openings = [opened.get(owners[number].writer_id, _UNREAD) for number in numbers]
    found = []
    for number, opening, after in zip(numbers, openings, [*openings[1:], None], strict=True):
        owner = owners[number]
        own = [end for writer, end in ends if writer == owner.writer_id and _is_end(end)]
        guests = [end for end in said if opening.time <= end.time and (after is None or end.time < after.time)]
        found.append(_attempt(opening, *_judged(owner, own, guests)))
    return found


def _owners(opened: Mapping[str, RunOpened], writers: Sequence[WriterView]) -> dict[int, WriterView]:
    """The owner of each attempt: of several that opened one together, the first.

    A writer whose RUN event can't be read owns nothing while another one does: it may be a child that died young. Of a
    run that has only such, the newest is taken for the owner.
    """
    owners: dict[int, WriterView] = {}
    for one in sorted(writers, key=lambda one: opened[one.writer_id].time if one.writer_id in opened else 0):
        if one.writer_id in opened and owns(opened[one.writer_id], one):
            owners.setdefault(opened[one.writer_id].attempt, one)
    unread = [one for one in writers if one.writer_id not in opened and owns(_UNREAD, one)]
    if unread and not owners:
        owners[_UNREAD.attempt] = unread[-1]
    return owners


def owns(opened: RunOpened, writer: WriterView) -> bool:
    """Whether a writer is an owner's: its RUN event says so, which a forked child does not share."""
    return not writer.guest and not writer.late and opened.owner


def _judged(owner: WriterView, own: list[StatusSet], guests: list[StatusSet]) -> tuple[StatusSet | None, str, bool]:
    """The end that decides, else the status by the owner's signs of life; and whether it lives."""
    if own:
        return own[-1], "", False
    sign = owner.liveness().name
    if sign == "ALIVE":
        return None, RUNNING, True
    return (guests[-1], "", False) if guests else (None, _status_by(sign), False)


def _without_owner(
    opened: Mapping[str, RunOpened], ends: Ends, writers: list[WriterView], said: list[StatusSet]
) -> list[Attempt]:
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
    first = min(opened.values(), key=lambda one: one.time, default=_UNREAD)
    return [_attempt(first, said[-1] if said and sign != "ALIVE" else None, status, alive=False)]


def _guest_ends(owners: set[str], ends: Ends, writers: list[WriterView]) -> list[StatusSet]:
    """The ends that guests gave the run, by time."""
    guests = {one.writer_id for one in writers if not one.late and one.writer_id not in owners}
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
    return _EPOCH + timedelta(microseconds=time_ns // 1000)
