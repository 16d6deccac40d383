"""One run on its way into the index: what is known of it, kept up with while it grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from runlog.errors import JournalError
from runlog.journal.follow_places import FollowPlaces
from runlog.records import UNREADABLE, EventKind, SeriesDescribed, decode
from runlog.state import fold
from runlog.store.index.content import SHOWN, ManyMetrics, StoredMetric, StoredRun
from runlog.store.index.tallies import KINDS, RunTallies

if TYPE_CHECKING:
    from runlog.backend import WriterSeen
    from runlog.journal.reader import Event
    from runlog.state import RunState
    from runlog.store.folder import FolderBackend

_KINDS_OF_STATE = (
    *(EventKind.RUN, EventKind.STATUS, EventKind.RENAMED, EventKind.SERIES),
    *(EventKind.PARAMS, EventKind.TAGS, EventKind.PROPERTIES),
)
_STATE = frozenset(map(int, _KINDS_OF_STATE))
"""Those state events that a summary is made of: files, notes and what a run ran on are larger, and not in it."""
KEPT_FROM = 50_000
"""News from which on it is worth while to keep how far a run was read."""


class _StateEvent(NamedTuple):
    kind: int
    payload: bytes
    writer: str


class _Kept(msgspec.Struct, array_like=True):
    """How far a run was read, and what came of it."""

    places: FollowPlaces
    metrics: list[StoredMetric]
    state: list[tuple[str, int, list[tuple[int, bytes]]]]
    """Kind and payload of the state events of each writer's streams."""


class FollowedRun:
    """A run whose journal is read once, as it comes.

    Where its writers have ended, and it was gone on from what another process had kept, it is to be read anew: what was
    kept is not bound to what a power cut left of the journal.
    """

    def __init__(self, backend: FolderBackend, run_id: str, kept: bytes | None = None) -> None:
        """Nothing is read yet.

        Args:
            backend: keeps the run.
            run_id: its id.
            kept: of an earlier reader, as :meth:`kept` gave it; what can't be read counts for nothing.
        """
        self._id = run_id
        self._state: dict[tuple[str, int], list[tuple[int, bytes]]] = defaultdict(list)
        found = _Kept(FollowPlaces(), [], []) if kept is None else _read_kept(kept)
        self.is_resumed = bool(found.places.events or found.places.points)
        self._follower = backend.follow(run_id, KINDS | _STATE, found.places)
        self._tallies = RunTallies(found.metrics)
        for writer, stream, events in found.state:
            self._state[writer, stream] = events
        self._known = {one.writer for one in found.places.events} | {one.writer for one in found.places.points}
        self._news = 0
        self._folded: RunState | None = None
        self._is_begun = False
        """Whether all metrics were written once, of a run that has more than its summary shows."""
        self._writers: list[WriterSeen] = []

    def look(self) -> bool:
        """See who writes it. To be called before it is read on: what an ended writer wrote is then all there.

        Returns:
            whether what was read so far is still a part of it: else another run has its id.

        Raises:
            JournalError: the folder can't be listed.
        """
        self._writers = self._follower.signs_of_life()
        return self._known <= {one.writer_id for one in self._writers}

    @property
    def is_written(self) -> bool:
        """Whether somebody may write to it, as far as was seen last."""
        return any(one.liveness().may_write for one in self._writers)

    def catch_up(self) -> None:
        """Read on.

        Raises:
            JournalError: the journal is of another version, or can't be listed.
        """
        for event in self._follower.poll():
            self._take(event)
            self._news += 1
        for columns in self._follower.poll_points():
            self._tallies.take_points(columns)
            self._known.add(columns.writer)
            self._news += len(columns)

    def _take(self, event: Event) -> None:
        self._known.add(event.writer)
        if event.kind == EventKind.SERIES:
            self._touch(event)
        if event.kind in _STATE:
            self._state[event.writer, int(event.stream)].append((event.kind, event.payload))
        else:
            self._tallies.take_event(event)

    def _touch(self, event: Event) -> None:
        with suppress(JournalError):  # of another version: it says nothing here
            self._tallies.touch(decode(SeriesDescribed, event.payload).name)

    def stored(self) -> StoredRun:
        """Its summary as of the last look."""
        state = self._folded = fold(self._id, self._state_events(), self._writers)
        return StoredRun(
            id=state.id,
            name=state.name,
            experiment=state.experiment,
            status=state.status,
            created=state.created,
            ended=state.ended,
            description=state.description,
            type=state.type,
            parent=state.parent,
            group=state.group,
            attempts=state.attempts,
            params=state.params,
            tags=state.tags,
            properties=state.properties,
            metrics=self._tallies.stored(state, SHOWN),
            metrics_left_out=max(0, len(self._tallies) - SHOWN),
        )

    def many_metrics(self) -> tuple[ManyMetrics, int] | None:
        """The metrics beside the summary that was given last, where there are more than it shows.

        Returns:
            them, and what to call :meth:`written` with once they are.
        """
        state = self._folded
        if state is None or len(self._tallies) <= SHOWN:
            return None
        changes, changed = self._tallies.changed(state)
        return ManyMetrics(changed, lambda: self._tallies.stored(state), self._is_begun), changes

    def written(self, changes: int) -> None:
        """What :meth:`many_metrics` gave stands in the index."""
        self._tallies.written(changes)
        self._is_begun = True

    def _state_events(self) -> Iterator[_StateEvent]:
        for (writer, _), events in sorted(self._state.items()):
            for kind, payload in events:
                yield _StateEvent(kind, payload, writer)

    def kept(self) -> bytes | None:
        """How far it was read, for another process; None where little came since that was asked for last."""
        if self._news < KEPT_FROM:
            return None
        self._news = 0
        state = [(writer, stream, events) for (writer, stream), events in self._state.items()]
        return msgspec.msgpack.encode(_Kept(self._follower.places(), self._tallies.kept(), state))


def _read_kept(kept: bytes) -> _Kept:
    try:
        return msgspec.msgpack.decode(kept, type=_Kept)
    except UNREADABLE:  # of another version
        return _Kept(FollowPlaces(), [], [])
