"""What was found, as whole records."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from runlog.errors import JournalError
from runlog.journal.format import EventFlag, Stream
from runlog.journal.reader import Event
from runlog.journal.stretch import read_stretch
from runlog.log_record import decode_log
from runlog.reading.log_records import read_sources
from runlog.reading.openings import Openings
from runlog.records import EventKind
from runlog.store.contract import FoundRecord
from runlog.store.search import rows
from runlog.store.search.find import Hit
from runlog.store.search.journal_intake import Tail
from runlog.store.search.rows import JournalKey

if TYPE_CHECKING:
    from runlog.store.folder import FolderBackend
    from runlog.store.folder_journal import FolderJournal

_PROLOGUE = EventFlag.PROLOGUE
_SOURCE = int(EventKind.SOURCE)


class Journals:
    """The journals that a search reads, each listed once."""

    def __init__(self, backend: FolderBackend) -> None:
        self._backend = backend
        self._known: dict[JournalKey, FolderJournal] = {}
        self._openings: dict[JournalKey, Openings] = {}

    def get(self, key: JournalKey) -> FolderJournal:
        """A journal."""
        if key not in self._known:
            journal = self._backend.process_journal if key.is_process else self._backend.journal
            self._known[key] = journal(key.name)
        return self._known[key]

    def attempt(self, key: JournalKey, writer: str, told: int) -> int:
        """The number of a writer's attempt, which another one may share with the number that it told."""
        journal = self.get(key)
        if len(journal.reader.writers) < 2:
            return told
        if key not in self._openings:
            self._openings[key] = Openings(journal)
        opened = self._openings[key].of(writer)
        return told if opened is None else opened.attempt


class HitReader:
    """Makes records of hits."""

    def __init__(
        self, db: sqlite3.Connection, journals: Journals, tails: Iterable[Tail], *, of_processes: bool
    ) -> None:
        """Nothing is read here.

        Args:
            db: knows where source lines stand.
            journals: give what was hit.
            tails: what is not in the index.
            of_processes: the hits are outside any run.
        """
        self._db = db
        self._journals = journals
        self._tails = tails
        self._of_processes = of_processes
        self._sources: dict[str, dict[str, dict[int, str]]] = {}

    def found(self, hit: Hit) -> FoundRecord | None:
        """The whole record of a hit; None where it can't be read."""
        key = JournalKey(int(self._of_processes), hit.place.name)
        try:
            record = decode_log(
                hit.event.payload,
                source=self._source_of(hit.place.name),
                writer=hit.place.writer,
                rank=hit.rank,
                attempt=self._journals.attempt(key, hit.place.writer, hit.attempt),
                prologue=bool(hit.event.flags & _PROLOGUE),
                late=hit.late,
            )
        except (JournalError, OSError):  # another version's form, or gone since it was found
            return None
        return FoundRecord(None if self._of_processes else hit.place.name, record)

    def _source_of(self, name: str) -> Callable[[str, int], str]:
        def line(path: str, number: int) -> str:
            if name not in self._sources:
                self._sources[name] = read_sources(self._source_events(name))
            return self._sources[name].get(path, {}).get(number, "")

        return line

    def _source_events(self, name: str) -> Iterator[Event]:
        key = JournalKey(int(self._of_processes), name)
        reader = self._journals.get(key).reader
        for writer, stream, segment, begin, end in rows.sources(self._db, key):
            stretch = read_stretch(reader, writer, Stream(stream), segment, begin, end)
            frame = None if stretch is None or len(stretch.data) < end - begin else stretch.frame(0)
            if frame is not None:
                yield Event(frame.kind, frame.flags, frame.payload, writer, begin, Stream(stream))
        for tail in self._tails:
            if tail.key == key:
                for _, frame in tail.frames:
                    if frame.kind == _SOURCE:
                        yield Event(frame.kind, frame.flags, frame.payload, tail.writer, 0, Stream(tail.stream))
