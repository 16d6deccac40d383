"""Taking what runs are and how they stand into the index: those that may have changed, and no others.

A run that nobody writes to looks the same from outside as long as nothing new is in it; its mark stands in the index.
A run that somebody may write to is looked at each time: its status is judged anew, and it is read on from where this
process left off, or the one before it, which kept its place in the index now and then.

What runs hold is read without a lock, by one thread each: a run that takes long keeps nobody waiting for the others.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from runlog import own_log
from runlog.errors import ObjectStoreError
from runlog.journal import real_time
from runlog.store.derived_database import DerivedDatabase
from runlog.store.file_names import is_plain_name
from runlog.store.index import rows
from runlog.store.index.content import ManyMetrics, StoredRun
from runlog.store.index.followed_run import FollowedRun
from runlog.store.index_file import is_locked, is_of_the_file
from runlog.store.lock_wait import LockWait
from runlog.store.marks import Mark, mark_of, still_fits
from runlog.store.readings import Readings

if TYPE_CHECKING:
    from runlog.store.folder import FolderBackend

FOLLOWED = 2_000
"""Runs that are read on from where they were left; of more, those that were asked for longest ago begin anew."""
BATCH = 500
"""Runs in a transaction."""
UNREADABLE_FOR = 60.0
"""Seconds after which a run that could not be read is tried again, where nothing changed in its folder."""
_PASSING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""Faults of this process rather than of what it reads."""


class News(NamedTuple):
    """What a look at runs found."""

    waiting: Mapping[str, int]
    """Runs that may have changed, and when an entry of their folders changed last."""
    gone: Sequence[str]
    """Runs that are no longer there."""
    runs: int
    """How many were looked at."""
    seconds: float
    """How long the look took."""


def _nothing() -> None:
    return


class _Taken(NamedTuple):
    """A run that was read, and is to be written to the index."""

    run: StoredRun
    mark: Mark | None
    kept: bytes | None
    """How far it was read, for other processes."""
    many: ManyMetrics | None = None
    written: Callable[[], None] = _nothing
    """To be called once it is written."""

    def is_news(self, known: StoredRun | None) -> bool:
        """Whether anything of it is to be written, where this was written last."""
        has_changed = self.many is not None and bool(self.many.changed)
        return self.mark is not None or has_changed or known != self.run


class RunIntake:
    """What one process knows of the runs, beside what the index knows. Threads may share it."""

    def __init__(self, backend: FolderBackend, database: DerivedDatabase, behind: int = 0) -> None:
        """Nothing is read here.

        Args:
            backend: keeps the runs.
            database: the index.
            behind: the revision of the index that it takes the place of.
        """
        self._behind = behind
        self.wait = LockWait(database, "the index of runs", backend.folder)
        self._backend = backend
        self._database = database
        self._lock = threading.RLock()
        self._readings = Readings()
        self._generation = -1
        self._revision = 0
        self._marks: dict[str, Mark | None] = {}
        self._followed: OrderedDict[str, FollowedRun] = OrderedDict()
        self._written: dict[str, StoredRun] = {}
        """What this process wrote of runs that are looked at each time."""
        self._taken: dict[str, _Taken] = {}
        self._unreadable: dict[str, tuple[int, float]] = {}
        """Runs that can't be read: when an entry of their folders changed last, and when they are tried again."""

    def refresh(self, run_ids: Collection[str] | None = None) -> int:
        """Take in what came; the revision of the index then.

        Args:
            run_ids: only of these runs; None for all.

        Raises:
            sqlite3.Error: the index can't be used.
        """
        return self.take_in(self.look(run_ids))

    def look(self, run_ids: Collection[str] | None = None) -> News:
        """See which runs may have changed; none of them is read.

        Args:
            run_ids: only of these runs; None for all.

        Raises:
            sqlite3.Error: the index can't be used.
        """
        began = real_time.monotonic()
        with self._lock:
            self._load()
        present = dict(self._changed_folders() if run_ids is None else self._changed_of(run_ids))
        with self._lock:
            gone = [one for one in (self._marks if run_ids is None else run_ids) if one not in present]
            waiting = {run_id: at for run_id, at in present.items() if not self._is_known(run_id, at)}
        return News(waiting, gone, len(present), real_time.monotonic() - began)

    def take_in(self, news: News) -> int:
        """Take in what a look found; the revision of the index then.

        Raises:
            sqlite3.Error: the index can't be used.
        """
        waiting = list(news.waiting)
        while waiting:  # again those that another thread was at: it may have begun before this call
            others = [run_id for run_id in waiting if not self._read(run_id, news.waiting[run_id])]
            self._write([])
            waiting = [run_id for run_id in others if self._readings.wait(run_id)]
        if news.gone:
            self._write(news.gone)
        return self._revision

    def forget(self) -> None:
        """Begin from what the index says."""
        with self._lock:
            self._generation = -1
            self._followed.clear()
            self._written.clear()
            self._taken.clear()
            self._unreadable.clear()

    def _load(self) -> None:
        """Learn what other processes took in."""
        if self._behind:
            with self._database.writing() as db:
                rows.begin_behind(db, self._behind)
            self._behind = 0
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
                        if is_plain_name(entry.name) and entry.is_dir():
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
        unreadable = self._unreadable.get(run_id)
        if unreadable is not None:
            return unreadable[0] == changed and real_time.monotonic() < unreadable[1]
        taken = self._taken.get(run_id)
        mark = self._marks.get(run_id) if taken is None else taken.mark
        return mark is not None and mark.changed == changed and (not mark.files or still_fits(mark, self._run(run_id)))

    def _run(self, run_id: str) -> Path:
        return self._backend.folder / "runs" / run_id

    def _read(self, run_id: str, changed: int) -> bool:
        """Read a run, unless another thread has done so meanwhile; False where one is just at it."""
        with self._readings.reading(run_id) as is_mine:
            if not is_mine:
                return False
            with self._lock:
                if self._is_known(run_id, changed):
                    return True
            taken = self._try(run_id, changed)
            with self._lock:
                if taken is not None:
                    self._taken[run_id] = taken
                is_full = len(self._taken) >= BATCH
        if is_full:
            self._write([])
        return True

    def _try(self, run_id: str, changed: int) -> _Taken | None:
        """A run as it is now; None where it is gone, or can't be read just now. What it holds may be anything."""
        try:
            taken = self._take(run_id)
            self._unreadable.pop(run_id, None)
            return taken
        except ObjectStoreError as error:  # readers say so where the run itself is asked for
            own_log.tell_in_particular("run %s can't be read now: %s", run_id, error)
            self._forget_followed(run_id)
            return None
        except sqlite3.Error:
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _PASSING:
                return None
            return self._without(run_id, changed, error)

    def _without(self, run_id: str, changed: int, error: Exception) -> _Taken | None:
        """What stands for a run that can't be read."""
        self._forget_followed(run_id)
        if not self._run(run_id).is_dir():
            return None
        self._unreadable[run_id] = changed, real_time.monotonic() + UNREADABLE_FOR
        own_log.tell_in_particular("run %s can't be taken into the index: %r", run_id, error)
        return _Taken(StoredRun.unreadable(run_id), None, None)

    def _write(self, gone: Sequence[str]) -> None:
        """Write what was read, whichever thread read it, and forget runs that are gone."""
        with self._lock:
            taken, self._taken = self._taken, {}
            news = [one for one in taken.values() if one.is_news(self._written.get(one.run.id))]
            if not (news or gone):
                return
            if self.wait.goes_on():
                self._taken = taken
                return
            try:
                self._write_rows(news, gone)
                self.wait.end()
            except Exception as error:
                if is_locked(error):
                    self._taken = {**taken, **self._taken}
                    self.wait.begin(error)
                elif is_of_the_file(error):
                    raise
                else:
                    self._write_singly(news, gone, error)

    def _write_singly(self, taken: Sequence[_Taken], gone: Sequence[str], error: Exception) -> None:
        """Write what can be written: what one of the runs holds must not keep the others out."""
        if len(taken) + len(gone) > 1:
            for one in taken:
                self._taken = {one.run.id: one}
                self._write([])
            for run_id in gone:
                self._write([run_id])
            return
        for one in taken:
            mark = mark_of(self._run(one.run.id))
            stand_in = self._without(one.run.id, -1 if mark is None else mark.changed, error)
            if stand_in is not None and stand_in.run != one.run:
                self._taken = {one.run.id: stand_in}
                self._write([])

    def _write_rows(self, taken: Sequence[_Taken], gone: Sequence[str]) -> None:
        progress = {one.run.id: one.kept for one in taken if one.mark is None and one.kept}
        with self._database.writing() as db:
            self._revision = rows.write(db, [(one.run, one.mark, one.many) for one in taken], gone)
            rows.keep_progress(db, progress)
        for one in taken:
            one.written()
            self._marks[one.run.id] = one.mark
            if one.mark is None:
                self._written[one.run.id] = one.run
            else:
                self._written.pop(one.run.id, None)
        for run_id in gone:
            self._marks.pop(run_id, None)
            self._forget_followed(run_id)
            self._written.pop(run_id, None)
            self._unreadable.pop(run_id, None)

    def _take(self, run_id: str) -> _Taken:
        """A run as it is now, with its mark where nobody writes to it.

        Raises:
            JournalError: it can't be read.
            ObjectStoreError: a part of it can't be fetched.
        """
        mark = mark_of(self._run(run_id))
        followed = self._follow(run_id)
        is_over = mark is not None and mark.is_settled and not followed.is_written
        if is_over and followed.is_resumed:
            followed = self._begin(run_id, None)
        followed.catch_up()
        if is_over:
            self._forget_followed(run_id)
        taken = _Taken(followed.stored(), mark if is_over else None, None if is_over else followed.kept())
        many = followed.many_metrics()
        if many is None:
            return taken
        return taken._replace(many=many[0], written=partial(followed.written, many[1]))

    def _follow(self, run_id: str) -> FollowedRun:
        """A run as it was followed so far, and as its writers stand now."""
        with self._lock:
            followed = self._followed.get(run_id)
        if followed is not None and followed.look():
            with self._lock:
                self._followed[run_id] = followed
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
        with self._lock:
            self._followed[run_id] = followed
            self._followed.move_to_end(run_id)
            if len(self._followed) > FOLLOWED:
                self._followed.popitem(last=False)
        return followed

    def _forget_followed(self, run_id: str) -> None:
        with self._lock:
            self._followed.pop(run_id, None)
