"""Runs with log records for tests of the search, and a plain model of it that looks at every record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from runlog.journal.writer import JournalWriter
from runlog.records import EventKind, RunOpened, encode
from runlog.store.contract import FoundRecord, RecordSearch
from runlog.store.folder import FolderBackend
from runlog.store.search.index import SearchIndex
from runlog.store.search.term import Term
from runlog.store.search.words import words

LEVELS = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}


@dataclass(frozen=True)
class Said:
    """A log record, as a test says it."""

    message: str
    time: int = 1
    level: int = 20
    logger: str = "train"
    exception: Sequence[tuple[str, str]] = ()
    """Type and message of an exception, of what it came from, and so on."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """As the journal keeps it."""
        origin = [self.level, LEVELS.get(self.level, "ODD"), self.logger, "train.py", 1, "main", 1, "Main", 1, "Main"]
        exception = None
        for kind, message in reversed(self.exception):
            exception = [kind, message, [], [], exception, None, False, []]
        return msgspec.msgpack.encode(
            [self.time, None, [*origin, 1.0, self.message, None, exception], self.extra or None]
        )

    @property
    def texts(self) -> list[str]:
        """What a search looks into."""
        lines = [f"{kind}: {message}" if message else kind for kind, message in self.exception]
        return [self.message, *lines, *(f"{name} {value}" for name, value in self.extra.items())]


class Place:
    """A workspace's folder, written to by journal writers of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.backend = FolderBackend(folder)
        self.backend.prepare()

    def writer(self, run_id: str, **options: Any) -> JournalWriter:
        """A writer of a run, which has told who it is."""
        folder = self.backend.folder / "runs" / run_id
        folder.mkdir(parents=True, exist_ok=True)
        writer = JournalWriter(folder, run_id, **options)
        opened = RunOpened(time=1, run_id=run_id, experiment="test", attempt=1, rank=3, host="here", pid=1)
        writer.event(EventKind.RUN, encode(opened), 1)
        return writer

    def write(self, run_id: str, said: Iterable[Said]) -> str:
        """A whole writer, closed at the end; returns its id."""
        writer = self.writer(run_id)
        say(writer, *said)
        writer.close()
        return writer.writer_id

    def index(self) -> SearchIndex:
        """A search of the place, as a new process has it."""
        return SearchIndex(self.backend)


def say(writer: JournalWriter, *said: Said) -> None:
    for one in said:
        assert writer.event(EventKind.LOG, one.payload)


def messages(index: SearchIndex, text: str = "", **asked: Any) -> list[str]:
    """Messages of all pages of a search."""
    return [one.record.message for one in found(index, text, **asked)]


def found(index: SearchIndex, text: str = "", *, limit: int = 100, **asked: Any) -> list[FoundRecord]:
    """The records of all pages of a search."""
    records, cursor = [], None
    while True:
        page = index.search(RecordSearch(text, **asked), limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        records += page.items
        cursor = page.cursor
        if cursor is None:
            return records


def has_term(text: str, term: Term) -> bool:
    """Whether the words of a term follow one another in a text."""
    there, wanted = words(text), list(term.words)
    for at in range(len(there) - len(wanted) + 1):
        part = there[at : at + len(wanted)]
        last = part[-1].startswith(wanted[-1]) if term.is_prefix else part[-1] == wanted[-1]
        if part[:-1] == wanted[:-1] and last:
            return True
    return False


def is_asked_for(said: Said, terms: Iterable[Term], asked: RecordSearch) -> bool:
    """Whether a search asks for a record, by looking at all of it."""
    if said.level < (asked.level or 0):
        return False
    if asked.logger is not None and said.logger != asked.logger and not said.logger.startswith(f"{asked.logger}."):
        return False
    if (asked.after is not None and said.time < asked.after) or (asked.before is not None and said.time > asked.before):
        return False
    return all(any(has_term(text, term) for text in said.texts) is not term.is_excluded for term in terms)
