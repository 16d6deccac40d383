"""Records that come in: so many requests may bring them at once, and each writes its pieces one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runlog.journal.format import Stream
from runlog.journal.mirror import Mirror
from runlog.server.refusals import busy

if TYPE_CHECKING:
    from runlog.server.service import Service


class Slots:
    """So many may be in use. For one thread: that of the event loop."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.used = 0


class Incoming:
    """The bytes of one request, on their way to a segment."""

    def __init__(self, mirror: Mirror, writer: str, stream: Stream, segment: int, offset: int) -> None:
        self._mirror = mirror
        self._place = (writer, stream, segment)
        self.at = offset
        """Where the next piece goes."""
        self.length: int | None = None
        """What the segment holds; None before the first piece."""

    def append(self, data: bytes, *, sealed: bool = False, damaged: bool = False) -> None:
        """Write what comes next: see :meth:`Mirror.append`."""
        self.length = self._mirror.append(*self._place, self.at, data, sealed, damaged=damaged)
        self.at += len(data)


@contextmanager
def one_ingest(service: Service) -> Iterator[None]:
    """Have one of the slots.

    Raises:
        RefusalError: none is free.
    """
    slots = service.slots
    if slots.used >= slots.number:
        raise busy(f"{slots.number} requests bring records to this server already: come back in a moment")
    slots.used += 1
    try:
        with service.measures.ingests.track_inprogress():
            yield
    finally:
        slots.used -= 1
