"""The search of log records, as a store has it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from runlog.errors import WrongValueError
from runlog.reading.log_filter import LogFilter
from runlog.store.contract import FoundRecord, Page, RecordSearch
from runlog.store.derived_database import DerivedDatabase
from runlog.store.index_file import IndexFile
from runlog.store.search.asked import Asked
from runlog.store.search.database import search_database
from runlog.store.search.find import Newest, find, read_cursor
from runlog.store.search.found import HitReader, Journals
from runlog.store.search.intake import Intake
from runlog.store.search.rows import JournalKey
from runlog.store.search.syntax import read_search

if TYPE_CHECKING:
    from runlog.store.folder import FolderBackend

FILE = "search.sqlite"


class _Parts(NamedTuple):
    """What works with one database."""

    database: DerivedDatabase
    intake: Intake


class SearchIndex:
    """Full-text search over the log records of a workspace's folder.

    The index is a file beside the runs, made from their journals. It may be removed at any time; where it can't be
    written, one in memory takes its place.
    """

    def __init__(self, backend: FolderBackend) -> None:
        """Nothing is read or made here.

        Args:
            backend: keeps the runs.
        """
        self._backend = backend
        self._file = IndexFile(
            backend.folder / FILE if backend.is_there() else None,
            search_database,
            lambda database: _Parts(database, Intake(backend, database)),
        )

    @property
    def trouble(self) -> str:
        """Why the index is not what it should be, in words; empty where all is well."""
        return self._file.trouble or self._file.parts.intake.wait.trouble

    def refresh(self, run_ids: Collection[str] | None = None) -> None:
        """Take in what was logged since.

        Args:
            run_ids: only in these runs; None for all.
        """
        self._file.use(lambda parts: parts.intake.refresh(run_ids))

    def search(
        self, search: RecordSearch, *, limit: int = 100, cursor: str | None = None, refresh: bool = True
    ) -> Page[FoundRecord]:
        """Records that a search asks for, newest first.

        A page may hold fewer than ``limit`` where much had to be read for it; only a cursor of None is the end.

        Args:
            search: what is asked for.
            limit: records on a page, at most.
            cursor: of the page before; None for the first.
            refresh: take in first what was logged since. Without, only what this object has seen is searched.

        Raises:
            QueryError: the search's text can't be read; the message points at the column.
            WrongValueError: the cursor is none, or the limit is not positive.
        """
        if limit < 1:
            raise WrongValueError(f"limit={limit!r} leaves no record on a page: give 1 or more")
        asked, parts = _asked(search)
        before = read_cursor(cursor)
        names = self._chosen(search, parts)

        def page(parts: _Parts) -> Page[FoundRecord]:
            if refresh:
                parts.intake.refresh(names)
            tails = parts.intake.tails()
            with parts.database.reading() as db:
                journals = Journals(self._backend)
                newest = Newest(limit, before)
                hits, following = find(db, asked, names, tails, journals.get, newest, of_processes=search.no_run)
                reader = HitReader(db, journals, tails, of_processes=search.no_run)
                return Page([one for one in map(reader.found, hits) if one is not None], following)

        return self._file.use(page)

    def _chosen(self, search: RecordSearch, parts: Collection[str]) -> set[str] | None:
        """The runs to search; None for all."""
        if search.no_run or (search.run_ids is None and not parts):
            return None
        ids = set(self._backend.run_ids())
        if parts:
            ids = {one for one in ids if any(part in one for part in parts)}
        return ids if search.run_ids is None else ids & set(search.run_ids)

    def delete_run(self, run_id: str) -> None:
        """Forget a run that is gone."""
        self._file.use(lambda parts: parts.intake.forget({JournalKey(0, run_id)}))

    def rebuild(self) -> None:
        """Make the index anew from the journals.

        Raises:
            OSError: the old one can't be removed.
        """
        self._file.renew()
        self.refresh()

    def close(self) -> None:
        """Close what is open; it is opened again when it is needed."""
        self._file.close()


def _asked(search: RecordSearch) -> tuple[Asked, list[str]]:
    """What a search asks for, and parts of the ids of the runs that it names. What its text says goes first."""
    said = read_search(search.text)
    level = search.level if said.level is None else said.level
    fields = LogFilter(
        level or 0,
        said.logger or search.logger or "",
        after=search.after if said.after is None else said.after,
        before=search.before if said.before is None else said.before,
    )
    return Asked(tuple(said.terms), fields), said.runs
