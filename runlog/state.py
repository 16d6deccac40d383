"""A run's state, folded from its state events: what it is, how it stands, its parameters, labels and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from runlog.attempt_numbers import numbered
from runlog.attempts import Attempt, WriterView, attempts_of
from runlog.checks.names import is_run_id
from runlog.errors import JournalError
from runlog.records import (
    STATE_KINDS,
    ChildrenMade,
    EventKind,
    FileKept,
    ImageLogged,
    NoteWritten,
    ParamsSet,
    PropertiesSet,
    RunError,
    RunOpened,
    RunRenamed,
    SeriesDescribed,
    StatusSet,
    SystemNoted,
    TagsSet,
    decode,
    type_of,
)
from runlog.statuses import (
    CANCELED,
    COMPLETED,
    CRASHED,
    ENDED,
    FAILED,
    NOT_RESPONDING,
    NOT_STARTED,
    RUNNING,
    UNREADABLE,
)


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

    Times are UTC nanoseconds since 1970. ``writers`` tells, for each writer's id, the process behind it; ``attempts``
    is the newest attempt's number, and ``history`` has each attempt that an owner began. ``is_partial`` tells that only
    what this machine has went into it, as the server could not be asked. ``fault`` says why nothing is known, where the
    journal can't be read at all.
    """

    id: str
    experiment: str = ""
    name: str = ""
    description: str = ""
    type: str = ""
    parent: str | None = None
    children: list[str] = field(default_factory=list)
    group: str = ""
    status: str = NOT_RESPONDING
    error: RunError | None = None
    created: int | None = None
    ended: int | None = None
    owner_alive: bool = False
    attempts: int = 0
    history: list[Attempt] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str | None] = field(default_factory=dict)
    properties: dict[str, str | None] = field(default_factory=dict)
    files: dict[str, FileKept] = field(default_factory=dict)
    images: list[ImageLogged] = field(default_factory=list)
    series: dict[str, SeriesDescribed] = field(default_factory=dict)
    notes: list[NoteWritten] = field(default_factory=list)
    system: dict[str, dict[str, Any]] = field(default_factory=dict)
    writers: dict[str, RunOpened] = field(default_factory=dict)
    unreadable: int = 0
    fault: str = ""
    is_partial: bool = False


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
    _decide(state, ends, writers)
    return state


def unreadable(run_id: str, why: object) -> RunState:
    """The state of a run whose journal can't be read, as lists have it."""
    return RunState(run_id, status=UNREADABLE, fault=str(why))


def or_unreadable(read: Callable[[str], RunState]) -> Callable[[str], RunState]:
    """A function that reads the state of a run, for lists: one that can't be read must not hide the others."""

    def state(run_id: str) -> RunState:
        try:
            return read(run_id)
        except JournalError as error:
            return unreadable(run_id, error)

    return state


def _apply(state: RunState, writer: str, payload: Any) -> None:
    if isinstance(payload, RunOpened):
        _apply_opened(state, writer, payload)
    elif isinstance(payload, ParamsSet):
        state.params.update(payload.values)
    elif isinstance(payload, TagsSet):
        state.tags.update(payload.values)
        for key in payload.removed:
            state.tags.pop(key, None)
    elif isinstance(payload, PropertiesSet):
        for key, value in payload.values.items():
            state.properties.setdefault(key, value)
    elif isinstance(payload, RunRenamed):
        state.name = state.name if payload.name is None else payload.name
        state.description = state.description if payload.description is None else payload.description
    elif isinstance(payload, FileKept):
        state.files[payload.name] = payload
    elif isinstance(payload, SystemNoted):
        state.system.update(payload.sections)
    elif isinstance(payload, ImageLogged):
        state.images.append(payload)
    elif isinstance(payload, ChildrenMade):
        state.children += filter(is_run_id, payload.run_ids)
    elif isinstance(payload, NoteWritten):
        state.notes.append(payload)
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
    state.created = opened.time if state.created is None else min(state.created, opened.time)
    if opened.owner or not state.experiment:
        state.experiment = opened.experiment
        state.name = opened.name or state.name
        state.description = opened.description or state.description
        state.parent = opened.parent if is_run_id(opened.parent) else state.parent
        state.type = opened.type or state.type
        state.group = opened.group or state.group


def _decide(state: RunState, ends: list[tuple[str, StatusSet]], writers: Iterable[WriterView]) -> None:
    """Set the attempts, and status, error and end: the newest attempt's."""
    state.writers = numbered(state.writers)
    state.attempts = max((one.attempt for one in state.writers.values()), default=0)
    found = attempts_of(state.writers, ends, writers)
    if found:
        newest = found[-1]
        state.status, state.error, state.ended = newest.status, newest.error, newest.end_ns
        state.owner_alive = newest.owner_alive
    state.history = [one for one in found if one.number]


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
    "WriterView",
    "fold",
    "kinds_of_state",
    "or_unreadable",
    "unreadable",
]
