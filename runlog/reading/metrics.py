"""``run.get_metrics``: everything that was logged under a name, in the shape that the kind of the name gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from runlog.backend import Backend, JournalView
from runlog.errors import JournalError, WrongValueError
from runlog.reading.chunks import read_scalars
from runlog.reading.documents import Document
from runlog.reading.references import ContentRef, FileRef, MediaRef, reference_to
from runlog.records import DocumentLogged, EventKind, ImageLogged, MediaLogged, RowLogged, TableLogged, decode
from runlog.values import decode_cell

__all__ = ["SHAPES", "FileRef", "MediaRef", "read_metrics"]

SHAPES = ("lists", "azure")
_TYPES: dict[int, Any] = {
    EventKind.ROW: RowLogged,
    EventKind.TABLE: TableLogged,
    EventKind.IMAGE: ImageLogged,
    EventKind.MEDIA: MediaLogged,
    EventKind.DOCUMENT: DocumentLogged,
}


@dataclass
class _Columns:
    """The rows and tables of one name, column by column."""

    first: int
    rows: int = 0
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, cells: dict[str, list[Any]], count: int) -> None:
        """Add so many rows; a column that they lack, or that is new, has gaps. A row may lack every column."""
        for name in cells:
            self.columns.setdefault(name, [None] * self.rows)
        for name, column in self.columns.items():
            column.extend(cells.get(name, [None] * count))
        self.rows += count


def read_metrics(
    backend: Backend, run_id: str, names: Iterable[str] | None, shape: str, *, populate: bool = False
) -> dict[str, Any]:
    """The metrics of a run by name, in the order first logged.

    Args:
        backend: keeps the run.
        run_id: of the run.
        names: only these.
        shape: one of :data:`SHAPES`.
        populate: in the shape "azure", pictures as references instead of the first one's hash.

    Raises:
        WrongValueError: there is no such shape.
    """
    if shape not in SHAPES:
        raise WrongValueError(f"shape={shape!r} is none of {', '.join(map(repr, SHAPES))}")
    wanted = None if names is None else set(names)
    journal = backend.journal(run_id)
    scalars = read_scalars(journal, wanted)
    tables, objects = _read_others(backend, journal, wanted)
    found: list[tuple[int, str, Any]] = [(series.times[0], name, series.values) for name, series in scalars.items()]
    found += [(table.first, name, table.columns) for name, table in tables.items()]
    found += [(some[0].time_ns, name, some) for name, some in objects.items()]
    found.sort(key=lambda one: one[0])
    metrics: dict[str, Any] = {}
    for _, name, values in found:  # a name that two processes logged as two kinds keeps the first
        metrics.setdefault(name, values)
    if shape != "azure":
        return metrics
    return {name: _azure(values, populate=populate) for name, values in metrics.items()}


def read_columns(backend: Backend, journal: JournalView) -> dict[str, Any]:
    """The metrics that are no scalars: ``{column: list}`` of rows and tables, a list of objects of all else."""
    tables, objects = _read_others(backend, journal, None)
    return {**{name: table.columns for name, table in tables.items()}, **objects}


def _read_others(
    backend: Backend, journal: JournalView, wanted: set[str] | None
) -> tuple[dict[str, _Columns], dict[str, list[Any]]]:
    """What is no scalar: rows and tables, and what is read back as an object each, pictures and documents."""
    tables: dict[str, _Columns] = {}
    objects: dict[str, list[Any]] = {}
    logged: list[Any] = []
    for event in journal.events(_TYPES.keys()):
        try:
            logged.append(decode(_TYPES[event.kind], event.payload))
        except JournalError:  # another version's fields
            continue
    logged.sort(key=lambda one: one.time)
    for one in logged:
        if wanted is not None and one.name not in wanted:
            continue
        if isinstance(one, ImageLogged | MediaLogged):
            objects.setdefault(one.name, []).append(reference_to(backend, one))
            continue
        if isinstance(one, DocumentLogged):
            objects.setdefault(one.name, []).append(Document.of(one))
            continue
        is_row = isinstance(one, RowLogged)
        cells = {name: [cell] for name, cell in one.columns.items()} if is_row else one.columns
        decoded = {name: [decode_cell(cell) for cell in column] for name, column in cells.items()}
        count = 1 if is_row else max(map(len, cells.values()), default=0)
        tables.setdefault(one.name, _Columns(one.time)).add(decoded, count)
    return tables, objects


def _azure(values: Any, *, populate: bool) -> Any:
    """Azure ML's shape, which depends on how many values there are: one is bare, one row a mapping of bare values."""
    if isinstance(values, dict):
        return {name: column[0] if len(column) == 1 else column for name, column in values.items()}
    if isinstance(values[0], ContentRef):
        return values[0] if populate else values[0].sha256
    if isinstance(values[0], Document):
        return values[0]
    return values[0] if len(values) == 1 else values
