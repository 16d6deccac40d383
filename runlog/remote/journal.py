"""A run's journal as it stands on the server and in the outbox together: this machine has more of its own writers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

from runlog.backend import WriterSeen
from runlog.journal import real_time
from runlog.remote.api import RemoteWriter
from runlog.store.folder_journal import FolderFollower, FolderJournal

if TYPE_CHECKING:
    from runlog.journal.crash_file import Crash
    from runlog.journal.damage import Damage
    from runlog.journal.reader import Event, PointColumns
    from runlog.state import WriterView

LOOK_EVERY = 0.5
"""Seconds between two looks at the server while a run is followed, however often its follower asks."""


class StateEvent(NamedTuple):
    """A state event of the server's, with its payload read in."""

    kind: int
    payload: bytes
    writer: str


class RemoteJournal:
    """The writers of the outbox, and those that were fetched."""

    def __init__(
        self,
        own: FolderJournal,
        fetched: FolderJournal,
        remote: list[RemoteWriter],
        crashes: Callable[[], list[Crash]] = list,
    ) -> None:
        """Put them together.

        Args:
            own: what the outbox has.
            fetched: what was fetched, without the writers of the outbox.
            remote: what the server says of those that were fetched.
            crashes: fetches what their processes said when they crashed.
        """
        self._own = own
        self._fetched = fetched
        self._remote = remote
        self._crashes = crashes

    @property
    def _parts(self) -> dict[str, FolderJournal]:
        """The journal that has a writer, by the writers' ids in the order they began."""
        found = {one.writer_id: self._fetched for one in self._fetched.reader.writers}
        found |= {one.writer_id: self._own for one in self._own.reader.writers}
        return dict(sorted(found.items()))

    @property
    def writers(self) -> list[WriterView]:
        """All writers, in the order they began."""
        both = [*self._own.reader.writers, *self._fetched.reader.writers]
        return sorted(both, key=lambda one: one.writer_id)

    def events(
        self,
        kinds: Collection[int] | None = None,
        *,
        state: bool = False,
        writer: str | None = None,
        contains: bytes | None = None,
        backwards: bool = False,
    ) -> Iterator[Event]:
        """Events in the order of each writer's stream, writer after writer."""
        for writer_id, journal in self._parts.items():
            if writer is None or writer == writer_id:
                yield from journal.events(kinds, state=state, writer=writer_id, contains=contains, backwards=backwards)

    def points(self) -> list[PointColumns]:
        """The points of each writer."""
        return sorted([*self._own.points(), *self._fetched.points()], key=lambda one: one.writer)

    @property
    def damage(self) -> Damage:
        """What was found broken so far, in both."""
        from runlog.journal.damage import Damage

        both = Damage()
        for one in (*self._own.damage, *self._fetched.damage):
            both.note(one.where, one.fault, one.records, one.what)
        return both

    def crashes(self) -> list[Crash]:
        """What processes wrote when they died of a signal."""
        return sorted([*self._own.crashes(), *self._crashes()], key=lambda one: one.writer)

    def lost(self) -> dict[str, tuple[int, int]]:
        """What each writer could not keep."""
        return {
            **self._own.lost(),
            **{one.writer_id: (one.lost.points, one.lost.events) for one in self._remote},
        }


class RemoteFollower:
    """Both parts, read as they grow."""

    def __init__(self, own: FolderFollower, fetched: FolderFollower, fetch: Callable[[], object]) -> None:
        """Begin before the first record.

        Args:
            own: follows the outbox.
            fetched: follows what was fetched.
            fetch: fetches what is new.
        """
        self._own = own
        self._fetched = fetched
        self._fetch = fetch
        self._looked_at = float("-inf")

    def _look(self) -> None:
        if real_time.monotonic() - self._looked_at >= LOOK_EVERY:
            self._fetch()
            self._looked_at = real_time.monotonic()

    def poll(self) -> list[Event]:
        """The events that came since the last call."""
        self._look()
        return sorted([*self._own.poll(), *self._fetched.poll()], key=lambda one: one.writer)

    def poll_points(self) -> list[PointColumns]:
        """The points that came since the last call."""
        self._look()
        return sorted([*self._own.poll_points(), *self._fetched.poll_points()], key=lambda one: one.writer)

    def signs_of_life(self) -> list[WriterSeen]:
        """The writers as they stand now."""
        self._look()
        both = [*self._own.signs_of_life(), *self._fetched.signs_of_life()]
        return sorted(both, key=lambda one: one.writer_id)
