"""Taking what runs are and how they stand into the index: those that may have changed, and no others.

A run that nobody writes to looks the same from outside as long as nothing new is in it; its mark stands in the index.
A run that somebody may write to is looked at each time: its status is judged anew, and it is read on from where this
process left off, or the one before it, which kept its place in the index now and then.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runlog import own_log
from runlog.errors import JournalError, ObjectStoreError
from runlog.journal import real_time
from runlog.store.index import rows
from runlog.store.index.content import StoredRun
from runlog.store.index.followed_run import FollowedRun
from runlog.store.marks import Mark, mark_of, still_fits

if TYPE_CHECKING:
    from runlog.store.derived_database import DerivedDatabase
    from runlog.store.folder import FolderBackend

FOLLOWED = 2_000
"""Runs that are read on from where they were left; of more, those that were asked for longest ago begin anew."""
BATCH = 500
"""Runs in a transaction."""


class RunIntake:
    """What one process knows of the runs, beside what the index knows."""

    def __init__(self, backend: FolderBackend, database: DerivedDatabase) -> None:
        """Nothing is read here.

        Args:
            backend: keeps the runs.
            database: the index.
        """
        self._backend = backend
        self._database = database
        self._generation = -1
        self._revision = 0
        self._marks: dict[str, Mark | None] = {}
        self._followed: OrderedDict[str, FollowedRun] = OrderedDict()
        self._written: dict[str, StoredRun] = {}
        """What this process wrote of runs that are looked at each time."""
        self._left_out: dict[str, int] = {}
        """Runs that can't be taken in, and when an entry of their folders changed last: the others go on."""
        self.look_seconds = 0.0
        """How long it took last to look at all runs, without reading what was new in them."""

    def refresh(self, run_ids: Collection[str] | None = None) -> int:
        """Take in what came; the revision of the index then.

        Args:
            run_ids: only of these runs; None for all.

        Raises:
            sqlite3.Error: the index can't be used.
        """
        self._load()
        began = real_time.monotonic()
        present = dict(self._changed_folders() if run_ids is None else self._changed_of(run_ids))
        gone = [one for one in (self._marks if run_ids is None else run_ids) if one not in present]
        waiting = [run_id for run_id, changed in present.items() if not self._is_known(run_id, changed)]
        if run_ids is None:
            self.look_seconds = real_time.monotonic() - began
        for at in range(0, len(waiting), BATCH):
            self._take_in({one: present[one] for one in waiting[at : at + BATCH]})
        if gone:
            self._write([], gone)
        return self._revision

    def forget(self) -> None:
        """Begin from what the index says."""
        self._generation = -1
        self._followed.clear()
        self._written.clear()
        self._left_out.clear()

    def _load(self) -> None:
        """Learn what other processes took in."""
        with self._database.reading() as db:
            if self._generation != self._database.generation:
                self._marks, self._revision = {}, 0
                self._written.clear()
                self._generation = self._database.generation
            newest = rows.revision(db)
            if newest != self._revision:
                self._marks.update(rows.marks(db, self._revision))
                for run_id in rows.changed(db, self._revision)[1]:
                    self._marks.pop(run_id, None)
                self._revision = newest

    def _changed_folders(self) -> Iterator[tuple[str, int]]:
        """The runs' ids, and when an entry of their folders changed last."""
        try:
            with os.scandir(self._backend.folder / "runs") as entries:
                for entry in entries:
                    try:
                        if entry.is_dir():
                            yield entry.name, entry.stat().st_mtime_ns
                    except FileNotFoundError:  # deleted meanwhile
                        continue
        except FileNotFoundError:
            return

    def _changed_of(self, run_ids: Collection[str]) -> Iterator[tuple[str, int]]:
        """The same of some runs; what is no name of an entry in the runs' folder is none."""
        for run_id in run_ids:
            try:
                found = self._run(run_id).stat()
            except (OSError, ValueError):
                continue
            if stat.S_ISDIR(found.st_mode) and run_id not in {"", ".."} and Path(run_id).name == run_id:
                yield run_id, found.st_mtime_ns

    def _is_known(self, run_id: str, changed: int) -> bool:
        if self._left_out.get(run_id) == changed:
            return True
        mark = self._marks.get(run_id)
        return mark is not None and mark.changed == changed and (not mark.files or still_fits(mark, self._run(run_id)))

    def _run(self, run_id: str) -> Path:
        return self._backend.folder / "runs" / run_id

    def _take_in(self, present: Mapping[str, int]) -> None:
        """Take runs in; what one of them holds may be anything, and must not keep the others out."""
        try:
            self._write(list(present), [])
        except (sqlite3.Error, OSError):
            raise
        except Exception as error:
            if len(present) > 1:
                for run_id, changed in present.items():
                    self._take_in({run_id: changed})
                return
            ((run_id, changed),) = present.items()
            self._followed.pop(run_id, None)
            self._left_out[run_id] = changed
            own_log.tell_in_particular("run %s is left out of the index: %r", run_id, error)

    def _write(self, run_ids: list[str], gone: list[str]) -> None:
        taken = [one for one in map(self._take, run_ids) if one is not None]
        taken = [(run, mark) for run, mark in taken if mark is not None or self._written.get(run.id) != run]
        if not (taken or gone):
            return
        progress = {run.id: kept for run, mark in taken if mark is None and (kept := self._progress(run.id))}
        with self._database.writing() as db:
            self._revision = rows.write(db, taken, gone)
            rows.keep_progress(db, progress)
        for run, mark in taken:
            self._marks[run.id] = mark
            if mark is None:
                self._written[run.id] = run
            else:
                self._written.pop(run.id, None)
        for run_id in gone:
            self._marks.pop(run_id, None)
            self._followed.pop(run_id, None)
            self._written.pop(run_id, None)

    def _take(self, run_id: str) -> tuple[StoredRun, Mark | None] | None:
        """A run as it is now, with its mark where nobody writes to it; None where it can't be read, or is gone."""
        mark = mark_of(self._run(run_id))
        try:
            followed = self._follow(run_id)
            is_over = mark is not None and mark.is_settled and not followed.is_written
            if is_over and followed.is_resumed:
                followed = self._begin(run_id, None)
            followed.catch_up()
        except (JournalError, ObjectStoreError):  # readers say so where the run itself is asked for
            self._followed.pop(run_id, None)
            return None
        if is_over:
            self._followed.pop(run_id, None)
        return followed.stored(), mark if is_over else None

    def _follow(self, run_id: str) -> FollowedRun:
        """A run as it was followed so far, and as its writers stand now."""
        followed = self._followed.get(run_id)
        if followed is not None and followed.look():
            self._followed.move_to_end(run_id)
            return followed
        with self._database.reading() as db:
            kept = rows.progress(db, run_id) if followed is None else None
        return self._begin(run_id, kept)

    def _begin(self, run_id: str, kept: bytes | None) -> FollowedRun:
        followed = FollowedRun(self._backend, run_id, kept)
        if not followed.look():
            followed = FollowedRun(self._backend, run_id)
            followed.look()
        self._followed[run_id] = followed
        self._followed.move_to_end(run_id)
        if len(self._followed) > FOLLOWED:
            self._followed.popitem(last=False)
        return followed

    def _progress(self, run_id: str) -> bytes | None:
        followed = self._followed.get(run_id)
        return None if followed is None else followed.kept()
