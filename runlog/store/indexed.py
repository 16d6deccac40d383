"""A workspace's folder as a store: runs by their index, series from summaries, log records by their words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from runlog.store.contract import (
    Axis,
    Buckets,
    Changes,
    Collected,
    FoundRecord,
    MetricRow,
    Page,
    RecordSearch,
    RunSummary,
)
from runlog.store.garbage import GRACE
from runlog.store.index.runs import RunIndex
from runlog.store.index.tables import FILE
from runlog.store.search.index import SearchIndex
from runlog.store.series.store import SeriesStore

if TYPE_CHECKING:
    from runlog.query.syntax import Query
    from runlog.store.folder import FolderBackend


class IndexedStore:
    """Finds what a folder keeps: see :class:`runlog.store.contract.Store` for what each member does."""

    def __init__(
        self, backend: FolderBackend, *, rest: float = 0.0, elsewhere: Callable[[], None] | None = None
    ) -> None:
        """Nothing is read or made yet.

        Args:
            backend: keeps the runs.
            rest: see :class:`runlog.store.index.runs.RunIndex`.
            elsewhere: likewise; it has :meth:`refresh_runs` called.
        """
        self._backend = backend
        self._runs = RunIndex(backend, rest=rest, elsewhere=elsewhere)
        self._series = SeriesStore(backend)
        self._records = SearchIndex(backend)

    @property
    def backend(self) -> FolderBackend:
        """Keeps the runs."""
        return self._backend

    @property
    def troubles(self) -> list[str]:
        """What is wrong with its indexes, in words; answers are given all the same."""
        named = {"the index of runs": self._runs.trouble, "the search index": self._records.trouble}
        return [f"{name}: {trouble}" for name, trouble in named.items() if trouble]

    def note(self, run_id: str) -> None:
        """Tell that something came to a run."""
        self._runs.note(run_id)

    def refresh_runs(self) -> int:
        """Take in what came to runs, but for their log records; the revision then."""
        return self._runs.refresh()

    def refresh(self, run_ids: Collection[str] | None = None) -> None:
        """Take in what came since the last time."""
        self._runs.refresh(run_ids)
        self._records.refresh(run_ids)

    def find_runs(self, query: str = "", *, limit: int = 100, cursor: str | None = None) -> Page[RunSummary]:
        """Runs that a query takes, page by page."""
        return self._runs.find(query, limit=limit, cursor=cursor)

    def named_runs(self, query: Query) -> list[tuple[str, str]]:
        """Id and experiment of each run that a query takes, in its order."""
        return self._runs.named(query)

    def newest_first(self) -> Iterator[str] | None:
        """Ids of all runs, the newest first; None where there is no index yet: to make it takes longer than to look."""
        from runlog.query.syntax import Query

        return iter(self._runs.ids(Query())) if (self._backend.folder / FILE).exists() else None

    def summaries(self, run_ids: Collection[str]) -> list[RunSummary]:
        """Runs at a glance, as of now, in this order; those that are not there are left out."""
        self._runs.refresh(run_ids)
        return self._runs.summaries(list(run_ids))

    def stored_summaries(self, run_ids: Collection[str]) -> list[tuple[int, bytes]]:
        """The same as the index keeps them, with their revisions: for another machine, without a loss."""
        self._runs.refresh(run_ids)
        return self._runs.stored(list(run_ids))

    def ids_beneath(self, run_id: str, *, recursive: bool) -> list[str]:
        """Ids of the runs beneath a run, each after its own parent."""
        return self._runs.beneath(run_id, recursive=recursive)

    def run(self, run_id: str) -> RunSummary:
        """A run by its id."""
        return self._runs.run(run_id)

    def metrics(self, run_id: str) -> list[MetricRow]:
        """The metrics of a run."""
        return self._runs.metrics(run_id)

    def changes(self, since: int = 0) -> Changes:
        """What changed since a revision."""
        return self._runs.changes(since)

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
        """A scalar metric in at most so many stretches."""
        return self._series.buckets(run_id, name, count, axis=axis, low=low, high=high)

    def records(self, search: RecordSearch, *, limit: int = 100, cursor: str | None = None) -> Page[FoundRecord]:
        """Log records that a search asks for, newest first."""
        return self._records.search(search, limit=limit, cursor=cursor)

    def delete_run(self, run_id: str) -> None:
        """Remove a run from the folder and from the index."""
        self._backend.delete_run(run_id)
        self._forget([run_id])

    def _forget(self, run_ids: Collection[str]) -> None:
        self._runs.refresh(run_ids)
        for run_id in run_ids:
            self._records.delete_run(run_id)
            self._series.forget(run_id)

    def backup(self, target: Path) -> None:
        """Copy the folder while it is written to."""
        from runlog.store.backup import back_up

        back_up(self._backend.folder, target)

    def rebuild(self) -> None:
        """Make everything that is derived anew."""
        self._runs.rebuild()
        self._records.rebuild()

    def gc(self, *, older_than: float | None = None, grace: float = GRACE, dry_run: bool = False) -> Collected:
        """Remove what nobody needs any more."""
        from runlog.store.garbage import collect

        collected = collect(self._backend, older_than=older_than, grace=grace, dry_run=dry_run)
        if collected.runs and not dry_run:
            self._forget(collected.runs)
        return collected

    def close(self) -> None:
        """Close what is open; it is opened again when it is needed."""
        self._runs.close()
        self._records.close()
