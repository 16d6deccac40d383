"""A run's journal in a folder, as a reader sees it: whole, or as it grows."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from runlog.backend import Backend, WriterSeen
from runlog.errors import JournalError, RunFileNotFoundError
from runlog.journal.format import EventFlag
from runlog.records import decode_blob_pointer
from runlog.whole_files import sha256_of

if TYPE_CHECKING:
    from runlog.journal.crash_file import Crash
    from runlog.journal.damage import Damage
    from runlog.journal.follow_places import FollowPlaces
    from runlog.journal.reader import Event, PointColumns
    from runlog.state import WriterView

_BLOB = EventFlag.BLOB
_BLOB_FIELD = b"sha256"
_logger = logging.getLogger("runlog")


class FolderJournal:
    """A journal in a folder, with the blobs that its events name."""

    def __init__(self, backend: Backend, folder: Path, *, patience: float | None = None) -> None:
        from runlog.journal.reader import RunJournal

        self._backend = backend
        self.reader = RunJournal(folder, patience=patience)

    @property
    def writers(self) -> Iterable[WriterView]:
        """The writers whose files are in the folder."""
        return self.reader.writers

    def events(
        self,
        kinds: Collection[int] | None = None,
        *,
        state: bool = False,
        writer: str | None = None,
        contains: bytes | None = None,
        backwards: bool = False,
    ) -> Iterator[Event]:
        """Events as :meth:`RunJournal.events` gives them, with blobs read in; one whose blob is gone is left out."""
        in_frames = None if contains and self._has_blobs(kinds, writer) else contains
        for event in self.reader.events(kinds, state=state, writer=writer, contains=in_frames, backwards=backwards):
            whole = self.resolve(event) if event.flags & _BLOB else event
            if whole is not None and (in_frames is contains or contains is None or contains in whole.payload):
                yield whole

    def crashes(self) -> list[Crash]:
        """What processes wrote into the folder when they died of a signal."""
        from runlog.journal.crash_file import read_crashes

        return read_crashes(self.reader.folder)

    def _has_blobs(self, kinds: Collection[int] | None, writer: str | None) -> bool:
        """Whether any event keeps its payload in a blob, where a search of the frames would not find it."""
        named = self.reader.events(kinds, writer=writer, contains=_BLOB_FIELD)
        return any(event.flags & _BLOB for event in named)

    def resolve(self, event: Event) -> Event | None:
        """An event with its payload read in, where that is kept in a blob; None where that is gone, which is told."""
        if not event.flags & _BLOB:
            return event
        try:
            return self._read_in(event)
        except JournalError as error:
            from runlog.journal.damage import Fault

            _logger.warning("run %s: %s", self.reader.folder.name, error)
            self.damage.note(f"{event.writer}, byte {event.offset}", Fault.EVENT, 1, str(error))
            return None

    def _read_in(self, event: Event) -> Event:
        where = f"an event of writer {event.writer}, byte {event.offset}, is kept in a blob that"
        try:
            pointer = decode_blob_pointer(event.payload)
            payload = self._backend.read_blob(pointer.sha256, pointer.size)
        except RunFileNotFoundError as error:
            raise JournalError(f"{where} is gone: {error}") from error
        except JournalError as error:
            raise JournalError(f"{where} can't be told: {error}") from error
        if sha256_of(payload) != pointer.sha256:
            raise JournalError(f"{where} is damaged: the content of {pointer.sha256} has another hash")
        return event._replace(payload=payload, flags=event.flags & ~_BLOB)

    def points(self) -> list[PointColumns]:
        """The points of each writer."""
        return self.reader.points()

    @property
    def damage(self) -> Damage:
        """What the reader found."""
        return self.reader.damage

    def lost(self) -> dict[str, tuple[int, int]]:
        """The writers' loss slots."""
        return {writer.writer_id: (writer.lost[0], writer.lost[1]) for writer in self.reader.writers}


class FolderFollower:
    """A journal in a folder, read as it grows."""

    def __init__(
        self,
        journal: FolderJournal,
        folder: Path,
        kinds: Collection[int] | None = None,
        places: FollowPlaces | None = None,
    ) -> None:
        from runlog.journal.follow import EventFollower
        from runlog.journal.follow_points import PointFollower

        self._journal = journal
        self._events = EventFollower(folder, kinds, places.events if places is not None else ())
        self._points = PointFollower(folder, places.points if places is not None else ())

    def places(self) -> FollowPlaces:
        """How far it was read, to be gone on from by another follower of the same kinds."""
        from runlog.journal.follow_places import FollowPlaces

        return FollowPlaces(self._events.places(), self._points.places())

    def poll(self) -> list[Event]:
        """The events that came since the last call; those whose blob is gone are left out."""
        read = map(self._journal.resolve, self._events.poll())
        return [event for event in read if event is not None]

    def poll_points(self) -> Iterator[PointColumns]:
        """The points that came since the last call, of one segment after the other."""
        return self._points.news()

    def signs_of_life(self) -> list[WriterSeen]:
        """The writers whose files are in the folder now."""
        self._journal.reader.refresh()
        return [WriterSeen(one.writer_id, one.guest, one.late, one.liveness()) for one in self._journal.reader.writers]
