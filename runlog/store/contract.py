"""What is asked of a store, the read path over a place that keeps runs: to find runs, metrics and log records fast.

A store is derived from the journals of its :class:`~runlog.backend.Backend`: it can be removed and made anew at any
time. Moments are UTC nanoseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.log_record import Record

T = TypeVar("T")
Axis = Literal["step", "index", "time"]


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of the things that were asked for."""

    items: list[T]
    cursor: str | None = None
    """What the next page is asked with; None at the end. Its text means nothing to anybody else."""


@dataclass(frozen=True)
class MetricRow:
    """A metric of a run in a few values."""

    name: str
    kind: str
    """``scalar``, ``list``, ``row``, ``table``, ``image``..., as ``docs/journal-events.md`` lists them under SERIES."""
    count: int
    """Values, of scalars and lists; of all else how often it was logged."""
    last: Any
    """The value logged last, exactly; None where that was a gap, and of what is no scalar."""
    last_step: int | None
    last_time: int
    min: float | None
    """The smallest finite number; None where there is none."""
    max: float | None
    first_time: int
    """When the name was first logged: metrics are listed in this order."""


@dataclass(frozen=True)
class RunSummary:
    """A run at a glance."""

    id: str
    name: str
    experiment: str
    status: str
    """As of the moment of the answer."""
    created: int | None
    ended: int | None
    description: str
    type: str
    parent: str | None
    group: str
    attempts: int
    params: Mapping[str, Any]
    tags: Mapping[str, str | None]
    properties: Mapping[str, str | None]
    metrics: Mapping[str, MetricRow]
    """The first ones logged; all of them of a run that is asked for by its id."""
    metrics_left_out: int = 0
    """How many are not among them."""
    revision: int = 0
    """Grows with every change of any run of the store: of two summaries of a run, the newer one has the larger."""


@dataclass(frozen=True)
class Buckets:
    """A series cut into stretches of its axis, each in a few numbers. The fields are arrays of one length.

    NumPy arrays, as a chart needs them; a bucket without a finite number has NaN in all but ``count``. Where the series
    has no more points than buckets were asked for, each bucket is one point.
    """

    low: Any
    """The first place in each bucket."""
    high: Any
    """The last place in each bucket."""
    count: Any
    min: Any
    max: Any
    sum: Any
    first: Any
    last: Any
    axis: Axis
    total: int
    """Points within the range, in all buckets."""
    exact: bool
    """Whether each bucket is one point."""


@dataclass(frozen=True)
class RecordSearch:
    """Which log records are asked for; what is None leaves it open."""

    text: str = ""
    """Words, ``"phrases"``, ``prefix*``; all must be there."""
    run_ids: Collection[str] | None = None
    level: int | None = None
    """The lowest level."""
    logger: str | None = None
    """The logger, or one above it."""
    after: int | None = None
    """The earliest moment."""
    before: int | None = None
    """The latest moment."""
    no_run: bool = False
    """Only records that belong to no run."""


class FoundRecord(NamedTuple):
    """A log record, and where it belongs."""

    run_id: str | None
    record: Record


class Changes(NamedTuple):
    """What changed in a store since a revision."""

    revision: int
    """What to ask with the next time."""
    run_ids: list[str]
    """Runs that are new or have changed, oldest change first."""
    deleted: list[str]


class Collected(NamedTuple):
    """What :meth:`Store.gc` removed, or would remove."""

    blobs: int
    """Blobs that nothing names."""
    blob_bytes: int
    runs: list[str]
    """Runs that were kept longer than asked for."""
    run_bytes: int
    leftovers: int
    """What an interrupted write or removal left."""
    leftover_bytes: int

    @property
    def bytes(self) -> int:
        """Bytes in all."""
        return self.blob_bytes + self.run_bytes + self.leftover_bytes


class RecordStore(Protocol):
    """Finds log records."""

    def records(self, search: RecordSearch, *, limit: int = 100, cursor: str | None = None) -> Page[FoundRecord]:
        """Log records that a search asks for, newest first: see :meth:`Store.records`."""


class Store(Protocol):
    """Finds what a backend keeps. Threads and processes may use one place at once."""

    @property
    def backend(self) -> Backend:
        """Keeps the runs: journals, blobs, files and entries are its."""

    def refresh(self, run_ids: Collection[str] | None = None) -> None:
        """Take in what came since the last time. It costs little where nothing came.

        Every method of this protocol answers as of its own call already.

        Args:
            run_ids: only of these runs; None for all.
        """

    def find_runs(self, query: str = "", *, limit: int = 100, cursor: str | None = None) -> Page[RunSummary]:
        """Runs that a query takes, in its order; without one, newest first.

        Args:
            query: in the language of ``docs/query.md``.
            limit: runs on a page, at most.
            cursor: of the page before; None for the first.

        Raises:
            QueryError: the query can't be read; the message points at the column.
            WrongValueError: the cursor is none of this query, or the limit is not positive.
            MissingExtraError: there is a query, and lark is not installed.
        """

    def run(self, run_id: str) -> RunSummary:
        """A run by its id.

        Raises:
            RunNotFoundError: there is none.
        """

    def metrics(self, run_id: str) -> list[MetricRow]:
        """The metrics of a run, in the order first logged.

        Raises:
            RunNotFoundError: there is no such run.
        """

    def changes(self, since: int = 0) -> Changes:
        """What changed since a revision.

        Args:
            since: the revision of the last answer; 0 for everything.
        """

    def buckets(
        self,
        run_id: str,
        name: str,
        count: int,
        *,
        axis: Axis = "step",
        low: float | None = None,
        high: float | None = None,
    ) -> Buckets:
        """A scalar metric in at most so many stretches, with exact extremes.

        Args:
            run_id: of the run.
            name: of the metric.
            count: of stretches, at most.
            axis: what the metric is drawn over; ``step`` falls back to ``index`` where not every point has one.
            low: the first place; None: from the start.
            high: the last place; None: to the end.

        Raises:
            RunNotFoundError: there is no such run.
            MetricNotFoundError: it has no such scalar.
        """

    def records(self, search: RecordSearch, *, limit: int = 100, cursor: str | None = None) -> Page[FoundRecord]:
        """Log records that a search asks for, newest first.

        A page may hold fewer than ``limit``; only a cursor of None is the end.

        Args:
            search: what is asked for.
            limit: records on a page, at most.
            cursor: of the page before; None for the first.

        Raises:
            QueryError: the search's text can't be read; the message points at the column.
            WrongValueError: the cursor is none.
        """

    def delete_run(self, run_id: str) -> None:
        """Remove a run from its backend and from the store.

        Raises:
            RunNotFoundError: there is none.
            OSError: it can't be removed.
        """

    def backup(self, target: Path) -> None:
        """Copy the whole place while it is written to; the copy is a workspace folder.

        Args:
            target: a folder that is new or empty.

        Raises:
            WrongValueError: the folder holds something, or lies in the workspace.
            OSError: it can't be written.
        """

    def rebuild(self) -> None:
        """Make everything that is derived anew, from the journals.

        Raises:
            OSError: what is there can't be replaced.
        """

    def gc(self, *, older_than: float | None = None, grace: float = 86_400.0, dry_run: bool = False) -> Collected:
        """Remove what nobody needs any more: blobs that nothing names, what an interrupted removal left, old runs.

        Args:
            older_than: seconds since its end after which a run is removed; None keeps them all. Running and pinned runs
                are kept, and such as have a kept run beneath them.
            grace: seconds; what was written later than that is kept, as its run may be about to name it.
            dry_run: tell what would be removed, and remove nothing.

        Raises:
            OSError: something can't be removed.
        """

    def close(self) -> None:
        """Close what is open; it is opened again when it is needed."""
