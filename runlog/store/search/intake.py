"""Taking journals into the index: what came since, each event once, whoever does it and however often it is cut off.

How far a stream is taken in stands in the index, and is changed in the transaction that adds what was read: after a
kill both are as they were before. Where two processes read the same stretch, the second finds that the stream is
further than it thought, and drops what it read.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from runlog import own_log
from runlog.store.derived_database import DerivedDatabase
from runlog.store.index_file import is_locked
from runlog.store.lock_wait import LockWait
from runlog.store.marks import Mark, mark_of, read_mark, still_fits
from runlog.store.readings import Readings
from runlog.store.search import rows
from runlog.store.search.journal_intake import JournalIntake, Piece, Tail
from runlog.store.search.rows import JournalKey

if TYPE_CHECKING:
    from runlog.store.folder import FolderBackend

BATCH = 64
"""Stretches in a transaction: some ten thousand records."""
WAITING = 50_000
"""Events that wait for their stretch to be full, of all streams together. If there are more, shorter ones are made."""
LEAST = 64
"""Events of such a shorter stretch, at least."""


class Intake:
    """What one process knows of the journals, beside what the index knows. Threads may share it.

    What journals hold is read without a lock, by one thread each.
    """

    def __init__(self, backend: FolderBackend, database: DerivedDatabase) -> None:
        """Nothing is read here.

        Args:
            backend: keeps the journals.
            database: the index.
        """
        self.wait = LockWait(database, "the search index", backend.folder)
        self._backend = backend
        self._database = database
        self._lock = threading.RLock()
        self._readings = Readings()
        self._generation = -1
        self._marks: dict[JournalKey, Mark | None] = {}
        self._growing: dict[JournalKey, JournalIntake] = {}
        self._tails: dict[JournalKey, tuple[Tail, ...]] = {}
        """What was read of them and is in no stretch, as of the last look."""
        self._batch: list[Piece] = []
        self._settled: dict[JournalKey, Mark] = {}
        self._stale: set[JournalKey] = set()
        """Journals of which another process has taken in more, so that what the index says must be asked again."""
        self._unreadable: dict[JournalKey, Mark] = {}
        """Journals that can't be taken in as they look: the others are."""

    def refresh(self, run_ids: Collection[str] | None = None) -> None:
        """Take in what came.

        Args:
            run_ids: only of these runs; None for all journals.

        Raises:
            sqlite3.Error: the index can't be used.
        """
        if self.wait.goes_on():
            return
        try:
            self._take_in(run_ids)
            self.wait.end()
        except BaseException as error:  # what was read and not written is read again
            self.forget_all()
            if not is_locked(error):
                raise
            self.wait.begin(error)

    def _take_in(self, run_ids: Collection[str] | None) -> None:
        with self._lock:
            self._load()
        keys = self._all_keys() if run_ids is None else [JournalKey(0, one) for one in run_ids]
        if run_ids is None:
            with self._lock:
                self.forget((self._marks.keys() | self._growing.keys()) - set(keys))
        while keys:
            others = [key for key in keys if not self._look_at(key)]
            self._flush_if_many()
            with self._lock:
                self._write()
                keys, self._stale = list(self._stale), set()
            keys += [key for key in others if self._readings.wait(key)]

    def _flush_if_many(self) -> None:
        with self._lock:
            growing = dict(self._growing)
        if sum(intake.waiting for intake in growing.values()) <= WAITING:
            return
        for key, intake in growing.items():
            with self._readings.reading(key) as is_mine:
                if is_mine:
                    self._take(intake.flush(LEAST))
                    self._keep_tails(key, intake)

    def tails(self) -> list[Tail]:
        """What is not in the index, once what was read in full is.

        Raises:
            sqlite3.Error: the index can't be used.
        """
        with self._lock:
            if not self.wait.trouble:
                self._write()
            return [one for tails in self._tails.values() for one in tails]

    def _keep_tails(self, key: JournalKey, intake: JournalIntake) -> None:
        tails = tuple(intake.tails())
        with self._lock:
            if self._growing.get(key) is intake:
                self._tails[key] = tails

    def forget_all(self) -> None:
        """Begin from what the index says."""
        with self._lock:
            self._generation = -1
            self._growing.clear()
            self._tails.clear()
            self._batch.clear()
            self._settled.clear()
            self._stale.clear()

    def _load(self) -> None:
        with self._database.reading() as db:
            if self._generation != self._database.generation:
                self.forget_all()
                self._marks = {key: read_mark(text) for key, text in rows.marks(db).items()}
                self._generation = self._database.generation

    def _all_keys(self) -> list[JournalKey]:
        runs = [JournalKey(0, one) for one in self._backend.run_ids()]
        return runs + [JournalKey(1, one) for one in self._backend.process_ids()]

    def _folder(self, key: JournalKey) -> Path:
        return self._backend.folder / ("processes" if key.is_process else "runs") / key.name

    def _look_at(self, key: JournalKey) -> bool:
        """Read what is new in a journal; False where another thread is just at it."""
        with self._readings.reading(key) as is_mine:
            if not is_mine:
                return False
            with self._lock:
                mark, is_growing = self._marks.get(key), key in self._growing
            if mark is not None and not is_growing and still_fits(mark, self._folder(key)):
                return True
            mark = mark_of(self._folder(key))
            if mark is not None and self._unreadable.get(key) != mark:
                self._read(key, mark)
        return True

    def _read(self, key: JournalKey, mark: Mark) -> None:
        try:
            intake = self._intake(key)
            self._take(intake.read())
            self._keep_tails(key, intake)
        except sqlite3.Error:
            raise
        except Exception as error:  # a newer version, or content of any other kind: the others are read on
            self._leave_out(key, mark, error)
            return
        with self._lock:
            self._unreadable.pop(key, None)
            if self._growing.get(key) is intake and not intake.may_grow:
                self._drop(key)
                if mark.is_settled:
                    self._settled[key] = mark

    def _leave_out(self, key: JournalKey, mark: Mark, error: Exception) -> None:
        with self._lock:
            self._drop(key)
            if mark.is_settled and not isinstance(error, OSError):
                self._unreadable[key] = mark
        own_log.tell_in_particular("the log records of %s can't be taken into the search index: %r", key.name, error)

    def _drop(self, key: JournalKey) -> None:
        self._growing.pop(key, None)
        self._tails.pop(key, None)

    def _intake(self, key: JournalKey) -> JournalIntake:
        with self._lock:
            known_intake = self._growing.get(key)
        if known_intake is not None:
            return known_intake
        journal = self._backend.process_journal if key.is_process else self._backend.journal
        with self._database.reading() as db:
            known = rows.streams(db, key)
        intake = JournalIntake(key, journal(key.name), known)
        if gone := intake.gone_writers():
            with self._database.writing() as db:
                for writer in gone:
                    rows.remove_writer(db, key, writer)
                known = rows.streams(db, key)
            intake = JournalIntake(key, journal(key.name), known)
        with self._lock:
            self._growing[key] = intake
        return intake

    def _take(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            with self._lock:
                self._batch.append(piece)
                if len(self._batch) >= BATCH:
                    self._write()

    def _write(self) -> None:
        if not self._batch and not self._settled:
            return
        with self._database.writing() as db:
            for piece in self._batch:
                if not _add(db, piece):
                    self._stale.add(piece.key)
            fresh = {key: mark for key, mark in self._settled.items() if key not in self._stale}
            for key, mark in fresh.items():
                rows.set_mark(db, key, mark.text())
        self._marks.update(fresh)
        self._batch.clear()
        self._settled.clear()
        for key in self._stale:
            self._drop(key)

    def forget(self, keys: Collection[JournalKey]) -> None:
        """Forget journals that are gone."""
        if not keys:
            return
        with self._lock:
            with self._database.writing() as db:
                for key in keys:
                    rows.remove_journal(db, key)
            for key in keys:
                self._marks.pop(key, None)
                self._unreadable.pop(key, None)
                self._drop(key)


def _add(db: sqlite3.Connection, piece: Piece) -> bool:
    """Add a stretch; False where its stream is not where the stretch begins."""
    journal = rows.journal_id(db, piece.key)
    stream, place = rows.stream_id(db, journal, piece.writer, piece.stream, piece.begins)
    if place != piece.begins:
        return False
    rows.add(db, stream, piece.taken, piece.ends, late=piece.late)
    return True
