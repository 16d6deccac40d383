"""A run's journal as a backend gives it: to be read, to be followed as it grows, and to be written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from runlog.journal.format import Lost
from runlog.journal.liveness import Liveness

if TYPE_CHECKING:
    from runlog.journal.crash_file import Crash
    from runlog.journal.damage import Damage
    from runlog.journal.reader import Event, PointColumns
    from runlog.state import WriterView


class JournalView(Protocol):
    """The journal of one run, as a reader sees it."""

    @property
    def writers(self) -> Iterable[WriterView]:
        """The run's writers, in the order they began."""

    def events(
        self,
        kinds: Collection[int] | None = None,
        *,
        state: bool = False,
        writer: str | None = None,
        contains: bytes | None = None,
        backwards: bool = False,
    ) -> Iterator[Event]:
        """Events in the order of each writer's stream, writer after writer; blobs are read in.

        Args:
            kinds: only events of these kinds.
            state: only state events; sealed segments have an index of them.
            writer: only this writer's events.
            contains: only events whose payload contains these bytes.
            backwards: those of each writer in the opposite order.
        """

    def points(self) -> list[PointColumns]:
        """The points of each writer, as columns."""

    @property
    def damage(self) -> Damage:
        """What was found broken in what has been read so far."""

    def crashes(self) -> list[Crash]:
        """What processes wrote when they died of a signal, in the order of their writers."""

    def lost(self) -> dict[str, tuple[int, int]]:
        """For each writer's id, how many points and events it could not keep, as far as it could still say."""


class WriterSeen(Struct, frozen=True):
    """One writer of a run at a moment."""

    writer_id: str
    guest: bool
    late: bool
    sign: Liveness

    def liveness(self) -> Liveness:
        """Whether its process lived at that moment."""
        return self.sign


class Follower(Protocol):
    """Reads a run as it grows."""

    def poll(self) -> list[Event]:
        """The events that came since the last call, writer after writer; blobs are read in."""

    def poll_points(self) -> Iterable[PointColumns]:
        """The points that came since the last call, of each writer that has new ones; many of them in several parts.

        What is not iterated over comes with the next call.

        Those that had to go to the overflow stream are events (kind POINT).
        """

    def signs_of_life(self) -> list[WriterSeen]:
        """The writers as they stand now, before the next call of :meth:`poll` reads what they have written by then."""


class RunWriter(Protocol):
    """What a process writes a run with: :class:`~runlog.journal.writer.JournalWriter` says what each member does."""

    closed: bool

    @property
    def writer_id(self) -> str:
        """Names the writer; empty before its first record."""

    @property
    def lost(self) -> Lost:
        """Points and events that could not be kept."""

    @property
    def problem(self) -> OSError | None:
        """The newest fault of the place it writes to."""

    @property
    def newest_step(self) -> int | None:
        """The step that was logged last; None where none of the last few points has one."""

    def make_log(self, slow: Callable[..., None]) -> Callable[..., None]:
        """The closure behind ``run.log``; ``slow`` takes what it does not."""

    def make_log_metrics(self, slow: Callable[..., None]) -> Callable[..., None]:
        """The closure behind ``run.log_metrics``, likewise."""

    def make_append(self, kind: int, flags: int = 0) -> Callable[[bytes], bool]:
        """A closure that writes events of one kind."""

    def point(self, name: str, kind: int, value: float | None, step: int | None, *, alias: str | None = None) -> bool:
        """Write a scalar. False: it could not be kept, and was counted."""

    def event(self, kind: int, payload: bytes, flags: int = 0) -> bool:
        """Write an event of at most 1 MiB. False: it could not be kept, and was counted."""

    def count_lost(self, points: int = 0, events: int = 0) -> None:
        """Count what a layer above could not hand over."""

    def sync(self) -> None:
        """Bring everything written so far to the disk."""

    def close(self) -> None:
        """Take nothing more. Idempotent."""
