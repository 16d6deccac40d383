"""Who may have a connection: so many in all, and so many from one address.

Where there is no room, one that rests gives way: between requests it is no loss, and in the middle of a header that
does not come it is none either.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from typing import Protocol

IPV6_BITS = 64
"""Of an address that one site has: the others it may choose freely."""


class Connection(Protocol):
    """One that is open."""

    def give_way(self) -> None:
        """Close it: nothing of a request is lost."""


class _Held:
    """The connections from one address."""

    def __init__(self) -> None:
        self.resting: dict[Connection, None] = {}
        """Without a request under way; the one that rests longest is the first."""
        self.busy: set[Connection] = set()

    def __len__(self) -> int:
        return len(self.resting) + len(self.busy)


class Admission:
    """Counts connections. For one thread: that of the event loop."""

    def __init__(self, most: int, per_address: int, proxies: Collection[str] = ()) -> None:
        """Nobody is here yet.

        Args:
            most: connections at once.
            per_address: of them from one address, or from one network of IPv6.
            proxies: addresses behind which many are.
        """
        self._most = most
        self._per_address = per_address
        self._proxies = frozenset(proxies)
        self._held: dict[str, _Held] = {}
        self._at: dict[Connection, str] = {}

    def __len__(self) -> int:
        return len(self._at)

    def enter(self, connection: Connection, address: str) -> bool:
        """Let a connection in; False where there is no room, though all that rest would give way."""
        site = _site(address)
        held = self._held.get(site, _Held())
        if len(held) >= self._per_address and address not in self._proxies and not self._make_room([held]):
            return False
        if len(self._at) >= self._most and not self._make_room(self._held.values()):
            return False
        self._held.setdefault(site, _Held()).resting[connection] = None
        self._at[connection] = site
        return True

    def works(self, connection: Connection) -> None:
        """Tell that a request of it is under way."""
        held = self._of(connection)
        if held is not None:
            held.resting.pop(connection, None)
            held.busy.add(connection)

    def rests(self, connection: Connection) -> None:
        """Tell that none is any more."""
        held = self._of(connection)
        if held is not None:
            held.busy.discard(connection)
            held.resting.pop(connection, None)
            held.resting[connection] = None

    def leave(self, connection: Connection) -> None:
        """Forget one that is closed. Idempotent."""
        held = self._of(connection)
        if held is not None:
            held.resting.pop(connection, None)
            held.busy.discard(connection)
            site = self._at.pop(connection)
            if not len(held):
                del self._held[site]

    def _of(self, connection: Connection) -> _Held | None:
        site = self._at.get(connection)
        return None if site is None else self._held[site]

    def _make_room(self, among: Iterable[_Held]) -> bool:
        """Have one that rests give way: the oldest of the address that has the most."""
        largest = max((held for held in among if held.resting), key=len, default=None)
        if largest is None:
            return False
        oldest = next(iter(largest.resting))
        self.leave(oldest)
        oldest.give_way()
        return True


def _site(address: str) -> str:
    """What stands for all addresses that one peer may choose from."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, IPV6_BITS), strict=False))
