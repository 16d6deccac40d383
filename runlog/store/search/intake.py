"""Taking journals into the index: what came since, each event once, whoever does it and however often it is cut off.

How far a stream is taken in stands in the index, and is changed in the transaction that adds what was read: after a
kill both are as they were before. Where two processes read the same stretch, the second finds that the stream is
further than it thought, and drops what it read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from runlog import own_log
from runlog.store.derived_database import DerivedDatabase
from runlog.store.marks import Mark, mark_of, read_mark, still_fits
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
    """What one process knows of the journals, beside what the index knows."""

    def __init__(self, backend: FolderBackend, database: DerivedDatabase) -> None:
        """Nothing is read here.

        Args:
            backend: keeps the journals.
            database: the index.
        """
        self._backend = backend
        self._database = database
        self._generation = -1
        self._marks: dict[JournalKey, Mark | None] = {}
        self._growing: dict[JournalKey, JournalIntake] = {}
        self._batch: list[Piece] = []
        self._settled: dict[JournalKey, Mark] = {}
        self._stale: set[JournalKey] = set()
        """Journals of which another process has taken in more, so that what the index says must be asked again."""

    def refresh(self, run_ids: Collection[str] | None = None) -> None:
        """Take in what came.

        Args:
            run_ids: only of these runs; None for all journals.

        Raises:
            sqlite3.Error: the index can't be used.
        """
        try:
            self._load()
            keys = self._all_keys() if run_ids is None else [JournalKey(0, one) for one in run_ids]
            if run_ids is None:
                self.forget((self._marks.keys() | self._growing.keys()) - set(keys))
            while keys:
                for key in keys:
                    self._look_at(key)
                if sum(intake.waiting for intake in self._growing.values()) > WAITING:
                    for intake in list(self._growing.values()):
                        self._take(intake.flush(LEAST))
                self._write()
                keys, self._stale = list(self._stale), set()
        except BaseException:  # what was read and not written is read again
            self.forget_all()
            raise

    def tails(self) -> Iterator[Tail]:
        """What is not in the index."""
        for intake in self._growing.values():
            yield from intake.tails()

    def forget_all(self) -> None:
        """Begin from what the index says."""
        self._generation = -1
        self._growing.clear()
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

    def _look_at(self, key: JournalKey) -> None:
        mark = self._marks.get(key)
        if mark is not None and key not in self._growing and still_fits(mark, self._folder(key)):
            return
        mark = mark_of(self._folder(key))
        if mark is None:
            return
        try:
            intake = self._intake(key)
            self._take(intake.read())
        except (sqlite3.Error, OSError):
            raise
        except Exception as error:  # a newer version, or it can't be read now: the others are read on
            own_log.tell_in_particular(
                "the log records of %s can't be taken into the search index: %r", key.name, error
            )
            self._growing.pop(key, None)
            return
        if self._growing.get(key) is intake and not intake.may_grow:
            del self._growing[key]
            if mark.is_settled:
                self._settled[key] = mark

    def _intake(self, key: JournalKey) -> JournalIntake:
        if key not in self._growing:
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
            self._growing[key] = intake
        return self._growing[key]

    def _take(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
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
            self._growing.pop(key, None)

    def forget(self, keys: Collection[JournalKey]) -> None:
        """Forget journals that are gone."""
        if keys:
            with self._database.writing() as db:
                for key in keys:
                    rows.remove_journal(db, key)
        for key in keys:
            self._marks.pop(key, None)
            self._growing.pop(key, None)


def _add(db: sqlite3.Connection, piece: Piece) -> bool:
    """Add a stretch; False where its stream is not where the stretch begins."""
    journal = rows.journal_id(db, piece.key)
    stream, place = rows.stream_id(db, journal, piece.writer, piece.stream, piece.begins)
    if place != piece.begins:
        return False
    rows.add(db, stream, piece.taken, piece.ends, late=piece.late)
    return True
