"""Connections that can be cut off: a server that sends a byte now and then would be waited for without end.

And that are given up where the program has closed their descriptor, as one does that becomes a daemon: its number may
be that of another connection by then, which would get the request, and the token.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from runlog.journal.held_descriptor import BorrowedDescriptor


class Line:
    """The connection that one request goes over."""

    def __init__(self) -> None:
        """No connection yet."""
        self.was_cut = False
        self._held: _HeldSocket | None = None

    def goes_over(self, held: _HeldSocket | None) -> None:
        """Remember the connection, or cut it, where its time is over already."""
        self._held = held
        if self.was_cut:
            self.cut()

    def cut(self) -> None:
        """Wake whoever reads from it or writes to it."""
        self.was_cut = True
        if self._held is not None and (own := self._held.own()) is not None:
            with suppress(OSError, ValueError):  # it is closed already
                socket.socket.shutdown(own, socket.SHUT_RDWR)  # of TLS, too, without a word to the other side


class _HeldSocket:
    """A connected socket, as long as its descriptor leads to it."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._descriptor = BorrowedDescriptor(connected.fileno())

    def own(self) -> socket.socket | None:
        """The socket. One that was closed behind our back is let go of, so that nobody closes another's."""
        if self._socket.fileno() >= 0 and not self._descriptor.is_held:
            self._socket.detach()
            return None
        return self._socket


class _Current(threading.local):
    line: Line | None = None


_current = _Current()


@contextmanager
def line_within(seconds: float) -> Iterator[Line]:
    """Requests of this thread within the block are cut off after a time; ``Line.was_cut`` tells."""
    line = Line()
    timer = threading.Timer(seconds, line.cut)
    timer.daemon = True
    timer.name = "runlog-deadline"
    with suppress(RuntimeError):  # at interpreter shutdown no thread starts: each read has its own timeout
        timer.start()
    _current.line = line
    try:
        yield line
    finally:
        timer.cancel()
        _current.line = None


class _Cuttable:
    """What both kinds of connections do beside the usual."""

    debuglevel = 0
    """Whatever ``http.client`` was told: it would print the token."""
    _held: _HeldSocket | None = None

    @property
    def sock(self) -> Any:
        """The connected socket, if any; ``http.client`` and urllib3 ask for it before each use."""
        own = None if self._held is None else self._held.own()
        if own is None:
            self._held = None
        return own

    @sock.setter
    def sock(self, connected: Any) -> None:
        self._held = None if connected is None else _HeldSocket(connected)

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self._tell()

    def putrequest(self, *args: Any, **kwargs: Any) -> Any:
        self._tell()
        return super().putrequest(*args, **kwargs)  # type: ignore[misc]

    def _tell(self) -> None:
        if _current.line is not None:
            _current.line.goes_over(self._held)


class _Connection(_Cuttable, HTTPConnection):
    """Over TCP."""


class _SecureConnection(_Cuttable, HTTPSConnection):
    """Over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class CuttableAdapter(HTTPAdapter):
    """Opens such connections, directly and through proxies."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As requests does, with our connections."""
        super().init_poolmanager(*args, **kwargs)  # type: ignore[no-untyped-call,unused-ignore]
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: Any, **proxy_kwargs: Any) -> Any:
        """As requests does, with our connections."""
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)  # type: ignore[no-untyped-call,unused-ignore]
        manager.pool_classes_by_scheme = _POOLS
        return manager
