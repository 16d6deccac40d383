"""The tokens that are valid, in memory: a thread reads them from the file, so that no request waits for its locks."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from pathlib import Path
from typing import NamedTuple

from runlog.journal import real_time
from runlog.server.refusals import RefusalError
from runlog.server.tokens import ROWS, Token, hash_of, token_of

EVERY = 1.0
"""Seconds between two looks that nobody asked for."""
PATIENCE = 0.5
"""Seconds that a request waits to hear whether its token still is valid. Then what was known holds for a while."""
START_PATIENCE = 10.0
"""Seconds that it waits for the first look."""
STALE = 60.0
"""Seconds for which what is known holds while the file can't be read."""
LOCKED = 1.0
"""Seconds that a look waits for another process's lock."""
_logger = logging.getLogger("runlog.server")


class _Known(NamedTuple):
    """What the last look saw."""

    by_hash: dict[bytes, Token]
    ids: dict[str, Token]
    seen: tuple[int, ...]
    """Of the file, and of SQLite's count of its changes: as long as they stay, so do the tokens."""


class KnownTokens:
    """The tokens of a server's database, as of each request."""

    def __init__(self, path: Path) -> None:
        """Nothing is read yet.

        Args:
            path: of the database.
        """
        self._path = path
        self._known: _Known | None = None
        self._at = 0.0
        self._fault: Exception | None = None
        self._connection: sqlite3.Connection | None = None
        self._began: float | None = None
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="runlog-tokens", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a look that waits for a lock ends by itself."""
        self._stopping = True
        self._asked.set()

    async def find(self, secret: str) -> Token | None:
        """The token that a caller shows, as of now; None where there is none, or it has expired.

        Raises:
            RefusalError: it can't be said, as the file can't be read.
        """
        await self._look_again()
        token = self._readable().by_hash.get(hash_of(secret))
        return token if token is not None and _holds(token) else None

    def is_valid(self, token: Token) -> bool:
        """Whether a token that was found still is one, as of a second ago."""
        return self._known is None or (token.id in self._known.ids and _holds(token))

    def fault(self) -> str:
        """What keeps the tokens from being read; empty where nothing does."""
        if self._fault is not None:
            return str(self._fault)
        return "" if self._known is not None else "not read yet"

    def _readable(self) -> _Known:
        holds = self._fault is None or (_passes(self._fault) and real_time.monotonic() - self._at < STALE)
        if self._known is None or not holds:
            raise RefusalError(
                503,
                "no_tokens",
                "the server can't read its tokens, so that it lets nobody in: its own log says why",
                headers={"Retry-After": "5"},
            )
        return self._known

    async def _look_again(self) -> None:
        """Have a look that begins from now on, or has not ended within a moment."""
        patience = START_PATIENCE if self._known is None and self._fault is None else PATIENCE
        began = self._began
        if began is not None and real_time.monotonic() - began > patience:
            return  # it hangs: another one would, too
        loop = asyncio.get_running_loop()
        seen = loop.create_future()
        with self._lock:
            self._waiting.append((loop, seen))
        self._asked.set()
        await asyncio.wait((seen,), timeout=patience)

    def _work(self) -> None:
        while not self._stopping:
            with self._lock:
                waiting, self._waiting = self._waiting, []
            self._asked.clear()
            self._began = real_time.monotonic()
            self._try()
            self._began = None
            for loop, seen in waiting:
                loop.call_soon_threadsafe(_tell, seen)
            with self._lock:
                idle = not self._waiting
            if idle:
                self._asked.wait(EVERY)
        self._forget()

    def _try(self) -> None:
        try:
            self._look()
            self._at, fault = real_time.monotonic(), None
        except Exception as error:  # whatever the file holds, requests are to be told of it
            self._forget()
            fault = error
        if fault is not None and str(fault) != str(self._fault):
            _logger.error("the tokens in %s can't be read: %s", self._path, fault)
        self._fault = fault

    def _look(self) -> None:
        stat = self._path.stat()
        file = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if self._connection is None or self._known is None or self._known.seen[:4] != file:
            # SQLite looks at its own counts only, and would go on with pages of a file that was replaced or damaged.
            self._forget()
            uri = f"{self._path.absolute().as_uri()}?mode=rw"
            self._connection = sqlite3.connect(uri, uri=True, timeout=LOCKED, isolation_level=None)
        (changes,) = self._connection.execute("PRAGMA data_version").fetchone()
        seen = (*file, changes)
        if self._known is None or self._known.seen != seen:
            found = {row[-1]: token_of(row) for row in self._connection.execute(ROWS).fetchall()}
            self._known = _Known(found, {one.id: one for one in found.values()}, seen)

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _holds(token: Token) -> bool:
    return token.expires is None or token.expires > int(real_time.wall())


def _passes(fault: Exception) -> bool:
    """Whether the file itself may be as it was: it is locked, or can't be reached for the moment."""
    return isinstance(fault, sqlite3.OperationalError | OSError) and "no such" not in str(fault)


def _tell(seen: asyncio.Future[None]) -> None:
    if not seen.done():
        seen.set_result(None)
