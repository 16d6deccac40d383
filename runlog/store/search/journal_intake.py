"""One journal on its way into the index: what was read of it, and what is not taken in yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from runlog.journal.follow import StreamFollower
from runlog.journal.format import HEADER_SIZE, Header, Stream, event_size
from runlog.journal.reader import WriterFiles
from runlog.journal.scan import Frame, Wanted
from runlog.reading.crash_records import crash_event
from runlog.reading.openings import Openings
from runlog.records import RunOpened
from runlog.store.search.blocks import BYTES, KINDS, RECORDS, Taken, block_of, take
from runlog.store.search.rows import JournalKey, Place, StreamRow

if TYPE_CHECKING:
    from runlog.store.folder_journal import FolderJournal

CRASHES = 0
"""Stands in the index for a stream of a writer: what its process told when it crashed."""
_BEGIN = (0, HEADER_SIZE)
_WANTED = Wanted(kinds=KINDS)


class Piece(NamedTuple):
    """A stretch of a stream that is to be added to the index."""

    key: JournalKey
    writer: str
    stream: int
    begins: Place
    """How far the stream must be taken in for this to be the next."""
    ends: Place
    late: bool
    taken: Taken


class Tail(NamedTuple):
    """What is read of a stream, and not in the index."""

    key: JournalKey
    writer: str
    stream: int
    journal: FolderJournal
    frames: tuple[tuple[Header, Frame], ...]
    late: bool
    rank: int | None
    attempt: int


@dataclass
class StreamIntake:
    """One stream, read further than it is taken in."""

    follower: StreamFollower
    place: Place
    """How far pieces of it were made."""
    pending: list[tuple[Header, Frame]] = field(default_factory=list)
    """What was read behind that place."""


class JournalIntake:
    """One journal."""

    def __init__(self, key: JournalKey, journal: FolderJournal, known: Sequence[StreamRow]) -> None:
        """Go on where the index stands.

        Args:
            key: of the journal.
            journal: itself.
            known: how far its streams are taken in.
        """
        self.key = key
        self.journal = journal
        self._known = {(row.writer, row.stream): (row.segment, row.place) for row in known}
        self._streams: dict[tuple[str, Stream], StreamIntake] = {}
        self._opened: dict[str, RunOpened | None] = {}
        self.may_grow = True
        """Whether a writer lived when it was looked at last, or something was left to wait for."""

    def gone_writers(self) -> list[str]:
        """Writers that the index knows, and that have no files any more."""
        known = {writer for writer, _ in self._known}
        for _ in range(2):  # a file that is being renamed may be in no listing
            known -= {files.writer_id for files in self.journal.reader.writers}
            if known:
                self.journal.reader.refresh()
        return sorted(known)

    def read(self) -> Iterator[Piece]:
        """Read what came; gives the stretches that are complete, and all of it of writers that have ended."""
        self.journal.reader.refresh()
        may_grow = False
        for files in self.journal.reader.writers:
            lives = files.liveness().may_write  # before it is read: what is read then is all that an ended one wrote
            may_grow = may_grow or lives
            for stream in (Stream.EVENTS, Stream.OVERFLOW):
                yield from self._read_stream(files, stream, may_go_on=lives)
            if not lives:
                yield from self._read_crashes(files)
        self.may_grow = may_grow

    def _read_stream(self, files: WriterFiles, stream: Stream, *, may_go_on: bool) -> Iterator[Piece]:
        if not any(one is stream for one, _ in files.segments):
            return
        intake = self._stream(files.writer_id, stream)
        size = sum(len(frame.payload) for _, frame in intake.pending)
        for header, frame in intake.follower.frames(files):
            pending = intake.pending
            if pending and (len(pending) >= RECORDS or size >= BYTES or header.segment != pending[-1][0].segment):
                yield self._piece(files, stream, intake)
                size = 0
            intake.pending.append((header, frame))
            size += len(frame.payload)
        if intake.pending and not may_go_on:
            yield self._piece(files, stream, intake)

    def _stream(self, writer: str, stream: Stream) -> StreamIntake:
        key = writer, stream
        if key not in self._streams:
            place = self._known.get((writer, int(stream)), _BEGIN)
            self._streams[key] = StreamIntake(StreamFollower(self.journal.reader, stream, _WANTED, place), place)
        return self._streams[key]

    def _piece(self, files: WriterFiles, stream: Stream, intake: StreamIntake) -> Piece:
        header, last = intake.pending[-1]
        ends = header.segment, _behind(last)
        piece = Piece(
            self.key,
            files.writer_id,
            int(stream),
            intake.place,
            ends,
            files.late,
            take(intake.pending, self.journal.resolve),
        )
        intake.place, intake.pending = ends, []
        return piece

    def flush(self, least: int) -> Iterator[Piece]:
        """Make stretches of what waits for more, where it is at least so many events."""
        files = {one.writer_id: one for one in self.journal.reader.writers}
        for (writer, stream), intake in self._streams.items():
            if len(intake.pending) >= least and writer in files:
                yield self._piece(files[writer], stream, intake)

    def _read_crashes(self, files: WriterFiles) -> Iterator[Piece]:
        if (files.writer_id, CRASHES) in self._known:
            return
        payloads = [crash_event(one).payload for one in self.journal.crashes() if one.writer == files.writer_id]
        if payloads:
            self._known[files.writer_id, CRASHES] = _BEGIN
            yield Piece(
                self.key, files.writer_id, CRASHES, (0, 0), _BEGIN, files.late, Taken(blocks=block_of(payloads, 0))
            )

    @property
    def waiting(self) -> int:
        """How many events are read and not taken in."""
        return sum(len(intake.pending) for intake in self._streams.values())

    def tails(self) -> Iterator[Tail]:
        """What is read and not taken in."""
        late = {files.writer_id: files.late for files in self.journal.reader.writers}
        for (writer, stream), intake in self._streams.items():
            if intake.pending and writer in late:
                opened = self._opening(writer)
                rank, attempt = (None, 1) if opened is None else (opened.rank, opened.attempt)
                yield Tail(
                    self.key, writer, int(stream), self.journal, tuple(intake.pending), late[writer], rank, attempt
                )

    def _opening(self, writer: str) -> RunOpened | None:
        if self._opened.get(writer) is None:
            self._opened[writer] = Openings(self.journal).of(writer)
        return self._opened[writer]


def _behind(frame: Frame) -> int:
    return frame.position + event_size(len(frame.payload))
