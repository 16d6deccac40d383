"""A run's state, folded from its state events: what it is, how it stands, its parameters, tags and files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from runlog.errors import JournalError
from runlog.records import (
    STATE_KINDS,
    ChildrenMade,
    EventKind,
    FileKept,
    ImageLogged,
    ParamsSet,
    RunError,
    RunOpened,
    SeriesDescribed,
    StatusSet,
    TagsSet,
    decode,
    type_of,
)

NOT_STARTED = "NotStarted"
"""Made by ``create_children``, and not taken up by any process yet."""
RUNNING = "Running"
COMPLETED = "Completed"
FAILED = "Failed"
CANCELED = "Canceled"
CRASHED = "Crashed"
"""The owner died without an end, proven on its own host and boot. Azure ML has no such status; it would say Failed."""
NOT_RESPONDING = "NotResponding"
"""The owner gave no sign of life, and nobody here can prove more."""

_UNSEEN = "UNSEEN"
"""Beside the signs of life of writers: there is none at the run."""

ENDED = frozenset({COMPLETED, FAILED, CANCELED, CRASHED})
"""Statuses after which a run does not go on by itself."""


class WriterView(Protocol):
    """What the fold asks of one writer of the run."""

    @property
    def writer_id(self) -> str: ...
    @property
    def guest(self) -> bool: ...
    @property
    def late(self) -> bool: ...
    def liveness(self) -> Any: ...


class StateEvent(Protocol):
    """What the fold asks of one event."""

    @property
    def kind(self) -> int: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def writer(self) -> str: ...


@dataclass
class RunState:
    """What is known of a run without reading its bulk.

    Times are UTC nanoseconds since 1970. ``writers`` tells, for each writer's id, the process behind it.
    """

    id: str
    experiment: str = ""
    name: str = ""
    description: str = ""
    type: str = ""
    parent: str | None = None
    children: list[str] = field(default_factory=list)
    status: str = NOT_RESPONDING
    error: RunError | None = None
    created: int | None = None
    ended: int | None = None
    owner_alive: bool = False
    attempts: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str | None] = field(default_factory=dict)
    properties: dict[str, str | None] = field(default_factory=dict)
    files: dict[str, FileKept] = field(default_factory=dict)
    images: list[ImageLogged] = field(default_factory=list)
    series: dict[str, SeriesDescribed] = field(default_factory=dict)
    writers: dict[str, RunOpened] = field(default_factory=dict)
    unreadable: int = 0


def fold(run_id: str, events: Iterable[StateEvent], writers: Iterable[WriterView]) -> RunState:
    """Make the state of a run from its state events (in any order) and the signs of life of its writers.

    An event that can't be read is counted in ``unreadable`` and left out.
    """
    state = RunState(run_id)
    read: list[tuple[int, str, Any]] = []
    for event in events:
        payload_type = type_of(event.kind) if event.kind in STATE_KINDS else None
        if payload_type is None:
            continue
        try:
            payload = decode(payload_type, event.payload)
        except JournalError:
            state.unreadable += 1
            continue
        read.append((payload.time, event.writer, payload))
    read.sort(key=lambda one: one[0])
    ends: list[tuple[str, StatusSet]] = []
    for _, writer, payload in read:
        if isinstance(payload, StatusSet):
            ends.append((writer, payload))
        else:
            _apply(state, writer, payload)
    _decide(state, ends, list(writers))
    return state


def _apply(state: RunState, writer: str, payload: Any) -> None:
    if isinstance(payload, RunOpened):
        _apply_opened(state, writer, payload)
    elif isinstance(payload, ParamsSet):
        state.params.update(payload.values)
    elif isinstance(payload, TagsSet):
        state.tags.update(payload.values)
    elif isinstance(payload, FileKept):
        state.files[payload.name] = payload
    elif isinstance(payload, ImageLogged):
        state.images.append(payload)
    elif isinstance(payload, ChildrenMade):
        state.children += payload.run_ids
    elif isinstance(payload, SeriesDescribed):
        first = state.series.get(payload.name)
        kept = (
            payload
            if first is None
            else SeriesDescribed(
                time=first.time, name=first.name, kind=first.kind, description=payload.description or first.description
            )
        )
        state.series[payload.name] = kept


def _apply_opened(state: RunState, writer: str, opened: RunOpened) -> None:
    state.writers[writer] = opened
    state.attempts = max(state.attempts, opened.attempt)
    state.created = opened.time if state.created is None else min(state.created, opened.time)
    if opened.owner or not state.experiment:
        state.experiment = opened.experiment
        state.name = opened.name or state.name
        state.description = opened.description or state.description
        state.parent = opened.parent or state.parent
        state.type = opened.type or state.type


def _decide(state: RunState, ends: list[tuple[str, StatusSet]], writers: list[WriterView]) -> None:
    """Set status, error and end: the newest owner's own end, else what its signs of life and the guests say."""
    owners = [one for one in writers if _owns(state, one)]
    owner = owners[-1] if owners else None
    if owner is not None:
        own = [end for writer, end in ends if writer == owner.writer_id and _is_end(end)]
        if own:
            _end(state, own[-1])
            return
        alive = owner.liveness().name
        state.owner_alive = alive == "ALIVE"
        if state.owner_alive:
            state.status = RUNNING
            return
    else:
        makers = {writer for writer, end in ends if end.status == NOT_STARTED}
        alive = _guests_liveness([one for one in writers if one.writer_id not in makers], unseen=bool(makers))
    guests = {one.writer_id for one in writers if not one.late and not _owns(state, one)}
    guest_ends = [end for writer, end in ends if writer in guests and _is_end(end) and not end.owner_alive]
    guest_ends = [end for end in guest_ends if _after_attempt(state, owner, end)]
    if guest_ends and not (owner is None and alive == "ALIVE"):
        _end(state, guest_ends[-1])
    else:
        state.status = {"ALIVE": RUNNING, "DEAD": CRASHED, _UNSEEN: NOT_STARTED}.get(alive, NOT_RESPONDING)


def _is_end(status: StatusSet) -> bool:
    return status.status not in {NOT_STARTED, RUNNING}


def _end(state: RunState, end: StatusSet) -> None:
    state.status, state.error, state.ended = end.status, end.error, end.time


def _owns(state: RunState, writer: WriterView) -> bool:
    """Whether a writer is an owner's: its RUN event says so, which a forked child does not share."""
    opened = state.writers.get(writer.writer_id)
    return not writer.guest and not writer.late and (opened is None or opened.owner)


def _after_attempt(state: RunState, owner: WriterView | None, end: StatusSet) -> bool:
    """Whether an end belongs to the newest attempt: one from before it was opened decides nothing any more."""
    opened = state.writers.get(owner.writer_id) if owner is not None else None
    return opened is None or end.time >= opened.time


def _guests_liveness(writers: list[WriterView], *, unseen: bool) -> str:
    """The best sign of life among the writers of a run that no owner wrote to.

    Args:
        writers: of the run, but for who made it without starting it.
        unseen: somebody made it so: where nobody is at it, it has not been started.
    """
    seen = {one.liveness().name for one in writers}
    signs = ("ALIVE", "SILENT", "DEAD") if unseen else ("ALIVE", "SILENT", "DEAD", "CLOSED")
    return next((sign for sign in signs if sign in seen), _UNSEEN if unseen else "SILENT")


def kinds_of_state() -> frozenset[int]:
    """The event kinds that :func:`fold` reads."""
    return frozenset(int(kind) for kind in STATE_KINDS)


__all__ = [
    "CANCELED",
    "COMPLETED",
    "CRASHED",
    "ENDED",
    "FAILED",
    "NOT_RESPONDING",
    "NOT_STARTED",
    "RUNNING",
    "EventKind",
    "RunState",
    "fold",
    "kinds_of_state",
]
