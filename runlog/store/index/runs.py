"""The index of runs: found by queries, and told at a glance."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from runlog import own_log
from runlog.errors import RunNotFoundError, WrongValueError
from runlog.journal import clock
from runlog.query.evaluate import answer
from runlog.query.syntax import Field, Query, Space
from runlog.store.contract import Changes, MetricRow, Page, RunSummary
from runlog.store.derived_database import DerivedDatabase
from runlog.store.index import rows
from runlog.store.index.columns import ColumnRow, Columns, needed
from runlog.store.index.content import decode_run
from runlog.store.index.cursors import place_after, read_cursor, write_cursor
from runlog.store.index.intake import RunIntake
from runlog.store.index.looks import Looks
from runlog.store.index.tables import FILE, TABLES, VERSION

if TYPE_CHECKING:
    from runlog.store.folder import FolderBackend

T = TypeVar("T")


class RunIndex:
    """Finds the runs of a workspace's folder. Threads may share one; processes share the file.

    Each answer is as of its call. Where the folder can't be written to, the index is in memory.
    """

    def __init__(self, backend: FolderBackend, *, rest: float = 0.0) -> None:
        """Nothing is read yet.

        Args:
            backend: keeps the runs.
            rest: see :class:`runlog.store.index.looks.Looks`; an answer is as of the last look then, and as of now in
                what was noted.
        """
        self._backend = backend
        path = backend.folder / FILE if backend.is_there() else None  # who reads makes nothing where there is nothing
        self._database = DerivedDatabase(path, VERSION, TABLES)
        self._intake = RunIntake(backend, self._database)
        self._columns = Columns()
        self._looks = Looks(rest)
        self._lock = threading.RLock()

    def note(self, run_id: str) -> None:
        """Tell that something came to a run: what is answered from now on has it. It waits for nothing."""
        self._looks.note(run_id)

    def refresh(self, run_ids: Collection[str] | None = None) -> int:
        """Take in what came; the revision then.

        Args:
            run_ids: only of these runs; None for all.
        """
        return self._sure(self._look if run_ids is None else lambda: self._intake.refresh(run_ids))

    def ids(self, query: Query) -> list[str]:
        """Ids of the runs that a query takes, in its order; without one, newest first."""
        return self._sure(lambda: self._ids(query))

    def named(self, query: Query) -> list[tuple[str, str]]:
        """Id and experiment of each run that a query takes, in its order."""

        def read() -> list[tuple[str, str]]:
            found = self._ids(query)
            with self._database.reading() as db:
                named = self._columns.column(db, Field(Space.ATTRIBUTES, "experiment"))
            return [(run_id, named.get(run_id, "")) for run_id in found]

        return self._sure(read)

    def beneath(self, run_id: str, *, recursive: bool) -> list[str]:
        """Ids of the runs beneath a run, level by level, oldest first in each."""

        def read() -> list[str]:
            self._look()
            with self._database.reading() as db:
                self._columns.follow(db)
                parents = self._columns.column(db, Field(Space.ATTRIBUTES, "parent"))
                return _beneath(run_id, parents, reversed(self._columns.order), recursive=recursive)

        return self._sure(read)

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
        return [decode_run(content).summary(revision) for revision, content in self.stored(run_ids)]

    def stored(self, run_ids: list[str]) -> list[tuple[int, bytes]]:
        """The same as they are kept, each with its revision."""

        def read() -> list[tuple[int, bytes]]:
            with self._database.reading() as db:
                found = rows.contents(db, run_ids)
            return [found[one] for one in run_ids if one in found]

        return self._sure(read)

    def run(self, run_id: str) -> RunSummary:
        """A run at a glance.

        Raises:
            RunNotFoundError: there is none of this id.
        """
        self.refresh([run_id])
        found = self.summaries([run_id])
        if not found:
            raise RunNotFoundError(f"there is no run {run_id!r} in {self._backend.location}")
        return found[0]

    def metrics(self, run_id: str) -> list[MetricRow]:
        """A run's metrics, in the order first logged.

        Raises:
            RunNotFoundError: there is no such run.
        """
        return list(self.run(run_id).metrics.values())

    def changes(self, since: int) -> Changes:
        """What changed after a revision."""

        def read() -> Changes:
            with self._database.reading() as db:
                return Changes(rows.revision(db), *rows.changed(db, since))

        self.refresh()
        return self._sure(read)

    def rebuild(self) -> None:
        """Make the index anew.

        Raises:
            OSError: its file can't be removed.
        """
        with self._lock:
            self._begin_anew()
        self.refresh()

    def close(self) -> None:
        """Close what is open; it is opened again when it is needed."""
        self._database.close()

    def _ids(self, query: Query) -> list[str]:
        self._look()
        with self._database.reading() as db:
            self._columns.follow(db)
            columns = {field: self._columns.column(db, field) for field in needed(query.fields())}
            order = self._columns.order
        now = clock.now()
        if query.condition is None and not query.order:
            return list(order[: query.limit])
        return [row.run_id for row in answer(query, (ColumnRow(one, columns, now) for one in order), now)]

    def _look(self) -> int:
        """Look at the runs whose turn it is; the revision then."""
        which = self._looks.take()
        if which is not None:
            return self._intake.refresh(which)
        self._looks.forget()
        revision = self._intake.refresh()
        self._looks.looked_at_all(self._intake.look_seconds)
        return revision

    def _begin_anew(self) -> None:
        self._database.remove()
        self._looks.forget()
        self._intake.forget()
        self._columns = Columns()

    def _sure(self, work: Callable[[], T]) -> T:
        """Do something with the index; once more on a new one where it turns out to be damaged, or can't be written."""
        with self._lock:
            try:
                return work()
            except sqlite3.OperationalError as error:  # no place, no right, or a file system without locks
                own_log.tell_in_particular("the index %s can't be used, and is kept in memory: %s", FILE, error)
                self._database.close()
                self._keep_in_memory()
            except sqlite3.DatabaseError as error:
                own_log.tell_in_particular("the index %s is damaged, and made anew: %s", FILE, error)
                self._begin_anew()
            except OSError as error:  # its lock file
                own_log.tell_in_particular("the index %s can't be opened, and is kept in memory: %s", FILE, error)
                self._keep_in_memory()
            return work()

    def _keep_in_memory(self) -> None:
        self._database = DerivedDatabase(None, VERSION, TABLES)
        self._looks.forget()
        self._intake = RunIntake(self._backend, self._database)
        self._columns = Columns()


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
