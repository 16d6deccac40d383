"""The index of runs: found by queries, and told at a glance."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from runlog.errors import RunNotFoundError, WrongValueError
from runlog.journal import clock
from runlog.query.deadline import Deadline
from runlog.query.evaluate import answer
from runlog.query.syntax import Field, Query, Space
from runlog.records import UNREADABLE
from runlog.store.contract import Changes, MetricRow, Page, RunSummary
from runlog.store.derived_database import DerivedDatabase
from runlog.store.index import rows
from runlog.store.index.columns import ColumnRow, Columns, needed
from runlog.store.index.content import decode_metric, decode_run
from runlog.store.index.cursors import place_after, read_cursor, write_cursor
from runlog.store.index.intake import RunIntake
from runlog.store.index.looks import Looks
from runlog.store.index.tables import FILE, TABLES, VERSION
from runlog.store.index_file import DamagedIndexError, IndexFile

if TYPE_CHECKING:
    from runlog.store.folder import FolderBackend


class _Parts(NamedTuple):
    """What works with one database; ``lock`` is for the columns."""

    database: DerivedDatabase
    intake: RunIntake
    columns: Columns
    lock: threading.Lock


class RunIndex:
    """Finds the runs of a workspace's folder. Threads may share one; processes share the file.

    Each answer is as of its call. Where the folder can't be written to, the index is in memory.
    """

    def __init__(
        self, backend: FolderBackend, *, rest: float = 0.0, elsewhere: Callable[[], None] | None = None
    ) -> None:
        """Nothing is read yet.

        Args:
            backend: keeps the runs.
            rest: see :class:`runlog.store.index.looks.Looks`; an answer is as of the last look then, and as of now in
                what was noted.
            elsewhere: see there, too: it has :meth:`refresh` called by a thread.
        """
        self._looks = Looks(rest, elsewhere)
        self._backend = backend
        path = backend.folder / FILE if backend.is_there() else None  # who reads makes nothing where there is nothing
        self._reached = 0
        self._file = IndexFile(path, lambda one: DerivedDatabase(one, VERSION, TABLES), self._parts)

    def _parts(self, database: DerivedDatabase) -> _Parts:
        self._looks.forget()
        return _Parts(database, RunIntake(self._backend, database, self._reached), Columns(), threading.Lock())

    @property
    def trouble(self) -> str:
        """Why the index is not what it should be, in words; empty where all is well."""
        return self._file.trouble or self._file.parts.intake.wait.trouble

    def note(self, run_id: str) -> None:
        """Tell that something came to a run: what is answered from now on has it. It waits for nothing."""
        self._looks.note(run_id)

    def refresh(self, run_ids: Collection[str] | None = None) -> int:
        """Take in what came; the revision then.

        Args:
            run_ids: only of these runs; None for all.
        """
        if run_ids is None:
            return self._file.use(self._look)
        return self._file.use(lambda parts: self._look_at(parts, run_ids))

    def _look_at(self, parts: _Parts, run_ids: Collection[str]) -> int:
        self._reached = parts.intake.refresh(run_ids)
        return self._reached

    def _refresh(self, parts: _Parts) -> int:
        """Take in what came, as far as nobody else does."""
        if not self._looks.is_looked_elsewhere():
            return self._look(parts)
        try:
            with self._looks.noted() as which:
                return self._look_at(parts, which)
        except BaseException:
            self._looks.forget()
            raise

    def _look(self, parts: _Parts) -> int:
        """Look at the runs whose turn it is; the revision then."""
        self._reached = self._look_at_all(parts)
        return self._reached

    def _look_at_all(self, parts: _Parts) -> int:
        with ExitStack() as reading:
            with self._looks.turn:
                which = self._looks.take()
                news = parts.intake.look(which)
                if which is None:
                    self._looks.looked_at_all(news.runs, news.seconds)
                reading.enter_context(self._looks.at([*news.waiting, *news.gone]))
            try:
                return parts.intake.take_in(news)
            except BaseException:
                self._looks.forget()
                raise

    def ids(self, query: Query) -> list[str]:
        """Ids of the runs that a query takes, in its order; without one, newest first."""
        return self._file.use(lambda parts: self._ids(parts, query))

    def named(self, query: Query) -> list[tuple[str, str]]:
        """Id and experiment of each run that a query takes, in its order."""

        def read(parts: _Parts) -> list[tuple[str, str]]:
            found = self._ids(parts, query)
            with parts.lock, parts.database.reading() as db:
                named = parts.columns.column(db, Field(Space.ATTRIBUTES, "experiment"))
                return [(run_id, named.get(run_id, "")) for run_id in found]

        return self._file.use(read)

    def beneath(self, run_id: str, *, recursive: bool) -> list[str]:
        """Ids of the runs beneath a run, level by level, oldest first in each."""

        def read(parts: _Parts) -> list[str]:
            self._refresh(parts)
            with parts.lock, parts.database.reading() as db:
                parts.columns.follow(db)
                parents = parts.columns.column(db, Field(Space.ATTRIBUTES, "parent"))
                return _beneath(run_id, parents, reversed(parts.columns.order), recursive=recursive)

        return self._file.use(read)

    def find(self, query: str, *, limit: int, cursor: str | None) -> Page[RunSummary]:
        """See :meth:`runlog.store.contract.Store.find_runs`."""
        if limit < 1:
            raise WrongValueError(f"limit={limit!r} asks for no run: give 1 or more")
        asked = Query()
        if query.strip():
            from runlog.query.parse import parse

            asked = parse(query)
        begin = None if cursor is None else read_cursor(cursor, query)
        found = self.ids(asked)
        at = 0 if begin is None else place_after(begin, found)
        shown = found[at : at + limit]
        more = at + limit < len(found)
        return Page(self.summaries(shown), write_cursor(query, shown, at + limit) if more else None)

    def summaries(self, run_ids: list[str]) -> list[RunSummary]:
        """Runs at a glance, in this order; those that were deleted meanwhile are left out."""
        return self._file.use(lambda parts: [_decoded(*one) for one in _stored(parts, run_ids)])

    def stored(self, run_ids: list[str]) -> list[tuple[int, bytes]]:
        """The same as they are kept, each with its revision."""
        return self._file.use(lambda parts: _stored(parts, run_ids))

    def run(self, run_id: str) -> RunSummary:
        """A run at a glance.

        Raises:
            RunNotFoundError: there is none of this id.
        """
        self.refresh([run_id])
        found = self._file.use(lambda parts: _whole(parts, run_id))
        if found is None:
            raise RunNotFoundError(f"there is no run {run_id!r} in {self._backend.location}")
        return found

    def metrics(self, run_id: str) -> list[MetricRow]:
        """A run's metrics, in the order first logged.

        Raises:
            RunNotFoundError: there is no such run.
        """
        return list(self.run(run_id).metrics.values())

    def changes(self, since: int) -> Changes:
        """What changed after a revision."""

        def read(parts: _Parts) -> Changes:
            self._refresh(parts)
            with parts.database.reading() as db:
                return Changes(rows.revision(db), *rows.changed(db, since))

        return self._file.use(read)

    def rebuild(self) -> None:
        """Make the index anew.

        Raises:
            OSError: its file can't be removed.
        """
        self._file.renew()
        self.refresh()

    def close(self) -> None:
        """Close what is open; it is opened again when it is needed."""
        self._file.close()

    def _ids(self, parts: _Parts, query: Query) -> list[str]:
        self._refresh(parts)
        with parts.lock, parts.database.reading() as db:
            parts.columns.follow(db)
            # They stay as they are lent, so that what follows takes no lock.
            columns = parts.columns.lent(db, needed(query.fields()))
            order = parts.columns.order
        now = clock.now()
        if query.condition is None and not query.order:
            return list(order[: query.limit])
        rows_of_columns = (ColumnRow(one, columns, now) for one in order)
        return [row.run_id for row in answer(query, rows_of_columns, now, Deadline())]


def _stored(parts: _Parts, run_ids: list[str]) -> list[tuple[int, bytes]]:
    with parts.database.reading() as db:
        found = rows.contents(db, run_ids)
    return [found[one] for one in run_ids if one in found]


def _whole(parts: _Parts, run_id: str) -> RunSummary | None:
    """A run with all its metrics."""
    with parts.database.reading() as db:
        found, metrics = rows.contents(db, [run_id]).get(run_id), rows.metrics(db, run_id)
    summary = None if found is None else _decoded(*found)
    if summary is None or not summary.metrics_left_out:
        return summary
    try:
        every = sorted(map(decode_metric, metrics), key=attrgetter("first_time"))
    except UNREADABLE as error:
        raise DamagedIndexError(f"a metric in it can't be read: {error}") from error
    return replace(summary, metrics={one.name: one.row() for one in every}, metrics_left_out=0)


def _decoded(revision: int, content: bytes) -> RunSummary:
    try:
        return decode_run(content).summary(revision)
    except UNREADABLE as error:
        raise DamagedIndexError(f"a run in it can't be read: {error}") from error


def _beneath(run_id: str, parents: Mapping[str, Any], order: Iterable[str], *, recursive: bool) -> list[str]:
    children: dict[str, list[str]] = {}
    for one in order:
        if (parent := parents.get(one)) is not None:
            children.setdefault(parent, []).append(one)
    found = dict.fromkeys(children.get(run_id, []))
    level = list(found)
    while recursive and level:
        level = [one for parent in level for one in children.get(parent, []) if one not in found and one != run_id]
        found.update(dict.fromkeys(level))
    return list(found)
