"""Scalars of a run, as each writer left them: chunks of one name's values, from points, texts and lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from runlog.backend import JournalView
from runlog.errors import JournalError
from runlog.exact import from_text
from runlog.records import EventKind, ListLogged, ValueLogged, decode
from runlog.values import decode_cell

if TYPE_CHECKING:
    from runlog.journal.reader import Event, PointColumns

SCALAR_EVENTS = frozenset({int(EventKind.VALUE), int(EventKind.LIST)})


@dataclass(frozen=True)
class Chunk:
    """Values of one name from one writer, in the order they were logged."""

    writer: str
    times: Sequence[int]
    steps: Sequence[int | None]
    values: Sequence[Any]


@dataclass(frozen=True)
class Scalars:
    """All values of one name, in order: by time, within a writer as they were logged."""

    times: list[int]
    steps: list[int | None]
    values: list[Any]
    writers: list[str]


def read_scalars(journal: JournalView, names: Iterable[str] | None = None) -> dict[str, Scalars]:
    """The scalars of a run by name, in the order in which the names were first logged.

    Args:
        journal: of the run.
        names: only these.
    """
    wanted = None if names is None else set(names)
    chunks: dict[str, list[Chunk]] = {}
    for columns in journal.points():
        for name, chunk in point_chunks(columns, wanted):
            chunks.setdefault(name, []).append(chunk)
    for name, chunk in read_event_chunks(journal, wanted):
        chunks.setdefault(name, []).append(chunk)
    merged = {name: _merge(parts) for name, parts in chunks.items()}
    return dict(sorted(merged.items(), key=lambda one: one[1].times[0]))


def split_points(columns: PointColumns, wanted: set[str] | None) -> Iterable[tuple[str, PointColumns]]:
    """One writer's points, name by name; names without points are left out."""
    for place, at in _places(columns):
        name = columns.names[place]
        if wanted is None or name in wanted:
            yield name, _taken(columns, at)


def point_chunks(columns: PointColumns, wanted: set[str] | None) -> Iterable[tuple[str, Chunk]]:
    """One writer's points, each name a chunk."""
    for name, part in split_points(columns, wanted):
        numbers = [step if has else None for step, has in zip(_list(part.steps), _list(part.has_step), strict=True)]
        yield name, Chunk(columns.writer, _list(part.times), numbers, part.values())


def _places(columns: PointColumns) -> Iterable[tuple[int, Any]]:
    """For each name that has points, in their order, where these are; by NumPy where the columns are its arrays.

    What it costs is in the number of points, not in that of names: a few points may come of very many names.
    """
    if hasattr(columns.series, "argsort"):
        order = columns.series.argsort(kind="stable")
        series = columns.series[order]
        borders = [0, *((series[1:] != series[:-1]).nonzero()[0] + 1).tolist(), len(series)] if len(series) else []
        return [(int(series[start]), order[start:end]) for start, end in pairwise(borders)]
    places: dict[int, list[int]] = {}
    for place, one in enumerate(columns.series):
        places.setdefault(one, []).append(place)
    return sorted(places.items())


def _taken(columns: PointColumns, at: Any) -> PointColumns:
    """The points at some places."""
    parts = (columns.series, columns.times, columns.steps, columns.has_step, columns.kinds, columns.raw)
    if hasattr(columns.series, "argsort"):
        return type(columns)(columns.writer, columns.names, *(part[at] for part in parts))
    return type(columns)(columns.writer, columns.names, *([part[one] for one in at] for part in parts))


def _list(column: Any) -> list[Any]:
    return column.tolist() if hasattr(column, "tolist") else list(column)


def read_event_chunks(journal: JournalView, wanted: set[str] | None) -> Iterable[tuple[str, Chunk]]:
    """The scalars that are no points, each event a chunk."""
    for event in journal.events(SCALAR_EVENTS):
        chunk = event_chunk(event)
        if chunk is not None and (wanted is None or chunk[0] in wanted):
            yield chunk


def event_chunk(event: Event) -> tuple[str, Chunk] | None:
    """The name and the values of a VALUE or LIST event; None where it has none, or can't be read."""
    try:
        return _value(event) if event.kind == EventKind.VALUE else _list_of(event)
    except JournalError:  # counted by the reader's own checks where it is damage; another version's field where not
        return None


def _value(event: Any) -> tuple[str, Chunk]:
    logged = decode(ValueLogged, event.payload)
    return logged.name, Chunk(event.writer, [logged.time], [logged.step], [from_text(logged.type, logged.text)])


def _list_of(event: Any) -> tuple[str, Chunk] | None:
    logged = decode(ListLogged, event.payload)
    count = len(logged.values)
    values = [decode_cell(cell) for cell in logged.values]
    return (logged.name, Chunk(event.writer, [logged.time] * count, [logged.step] * count, values)) if count else None


def _merge(chunks: list[Chunk]) -> Scalars:
    if len(chunks) == 1:
        only = chunks[0]
        return Scalars(list(only.times), list(only.steps), list(only.values), [only.writer] * len(only.times))
    rows = [
        (time, step, value, chunk.writer)
        for chunk in chunks
        for time, step, value in zip(chunk.times, chunk.steps, chunk.values, strict=True)
    ]
    rows.sort(key=lambda row: row[0])
    return Scalars(
        [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows]
    )
