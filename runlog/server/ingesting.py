"""Records that come in: so many requests may bring them at once, and each writes its pieces one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runlog.journal.format import Stream
from runlog.journal.mirror import Mirror
from runlog.server.refusals import busy

if TYPE_CHECKING:
    from runlog.server.service import Service
    from runlog.server.tokens import Token


class Slots:
    """So many may be in use, and so many of them by one holder. For one thread: that of the event loop."""

    def __init__(self, number: int, share: int) -> None:
        """All are free.

        Args:
            number: of them.
            share: the most that one holder has.
        """
        self.number = number
        self.share = min(share, number)
        self.used: Counter[str] = Counter()

    def lack(self, holder: str) -> int:
        """Why a holder gets none: how many are in use of all, or of its own; 0: it gets one."""
        if self.used.total() >= self.number:
            return self.number
        return self.share if self.used[holder] >= self.share else 0

    @contextmanager
    def one(self, holder: str) -> Iterator[None]:
        """Have one, which is there: see :meth:`lack`."""
        self.used[holder] += 1
        try:
            yield
        finally:
            self.used[holder] -= 1
            if not self.used[holder]:
                del self.used[holder]


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
def one_ingest(service: Service, caller: Token) -> Iterator[None]:
    """Have one of the slots.

    Args:
        service: whose they are.
        caller: whose request it is.

    Raises:
        RefusalError: none is free, or the caller has its share of them.
    """
    if lack := service.slots.lack(caller.id):
        whose = "" if lack == service.slots.number else f" with the token {caller.name!r}"
        raise busy(f"{lack} requests{whose} bring records to this server already: come back in a moment")
    with service.slots.one(caller.id), service.measures.ingests.track_inprogress():
        yield
