"""``run.get_metrics``: everything that was logged under a name, in the shape that the kind of the name gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runlog.backend import Backend, JournalView
from runlog.errors import JournalError, WrongValueError
from runlog.reading.chunks import read_scalars
from runlog.reading.moments import moment
from runlog.records import EventKind, ImageLogged, RowLogged, TableLogged, decode
from runlog.values import decode_cell

if TYPE_CHECKING:
    import os
    from datetime import datetime

SHAPES = ("lists", "azure")
_TYPES: dict[int, Any] = {EventKind.ROW: RowLogged, EventKind.TABLE: TableLogged, EventKind.IMAGE: ImageLogged}


@dataclass(frozen=True)
class FileRef:
    """A picture of a run: what is known of it, and the way to its bytes."""

    name: str
    sha256: str
    size: int
    format: str
    width: int | None
    height: int | None
    step: int | None
    time_ns: int
    description: str
    _backend: Backend = field(repr=False, compare=False)

    @property
    def time(self) -> datetime:
        """When it was logged: aware, UTC."""
        return moment(self.time_ns)

    def read_bytes(self) -> bytes:
        """The picture's file.

        Raises:
            RunFileNotFoundError: it is not there any more.
        """
        return self._backend.read_blob(self.sha256)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture's file; into a folder under ``<first 12 digits of its hash>.<format>``.

        Returns:
            where it was written.

        Raises:
            RunFileNotFoundError: it is not there any more.
            OSError: it can't be written.
        """
        target = Path(path)
        if target.is_dir():
            target = target / f"{self.sha256[:12]}.{self.format}"
        target.write_bytes(self.read_bytes())
        return target


@dataclass
class _Columns:
    """The rows and tables of one name, column by column."""

    first: int
    rows: int = 0
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, cells: dict[str, list[Any]]) -> None:
        """Add rows; a column that they lack, or that is new, has gaps."""
        count = max(map(len, cells.values()), default=0)
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
    tables, images = _read_columns(backend, journal, wanted)
    found: list[tuple[int, str, Any]] = [(series.times[0], name, series.values) for name, series in scalars.items()]
    found += [(table.first, name, table.columns) for name, table in tables.items()]
    found += [(pictures[0].time_ns, name, pictures) for name, pictures in images.items()]
    found.sort(key=lambda one: one[0])
    metrics: dict[str, Any] = {}
    for _, name, values in found:  # a name that two processes logged as two kinds keeps the first
        metrics.setdefault(name, values)
    if shape != "azure":
        return metrics
    return {name: _azure(values, populate=populate) for name, values in metrics.items()}


def _read_columns(
    backend: Backend, journal: JournalView, wanted: set[str] | None
) -> tuple[dict[str, _Columns], dict[str, list[FileRef]]]:
    tables: dict[str, _Columns] = {}
    images: dict[str, list[FileRef]] = {}
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
        if isinstance(one, ImageLogged):
            images.setdefault(one.name, []).append(_reference(backend, one))
            continue
        cells = one.columns if isinstance(one, TableLogged) else {name: [cell] for name, cell in one.columns.items()}
        decoded = {name: [decode_cell(cell) for cell in column] for name, column in cells.items()}
        tables.setdefault(one.name, _Columns(one.time)).add(decoded)
    return tables, images


def _reference(backend: Backend, image: ImageLogged) -> FileRef:
    return FileRef(
        image.name,
        image.sha256,
        image.size,
        image.format,
        image.width,
        image.height,
        image.step,
        image.time,
        image.description,
        backend,
    )


def _azure(values: Any, *, populate: bool) -> Any:
    """Azure ML's shape, which depends on how many values there are: one is bare, one row a mapping of bare values."""
    if isinstance(values, dict):
        return {name: column[0] if len(column) == 1 else column for name, column in values.items()}
    if isinstance(values[0], FileRef):
        return values[0] if populate else values[0].sha256
    return values[0] if len(values) == 1 else values
