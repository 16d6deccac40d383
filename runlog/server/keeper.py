"""What is done now and then, so that no request waits for it: uses of tokens are written down, the folder is seen."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable

from runlog.journal import real_time
from runlog.server.tokens import Token

EVERY = 1.0
"""Seconds between two looks."""
LATE = 15.0
"""Seconds without a look after which the disk is taken not to answer."""
_logger = logging.getLogger("runlog.server")


class Keeper:
    """A thread, and what it saw last."""

    def __init__(self, check: Callable[[], None], note_use: Callable[[Token], None]) -> None:
        """Nothing is done yet.

        Args:
            check: raises where the server can't work.
            note_use: writes down that a token was used.
        """
        self._check = check
        self._note_use = note_use
        self._used: dict[str, Token] = {}
        self._fault = ""
        self._at = real_time.monotonic()
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="runlog-keeper", daemon=True)

    def start(self) -> None:
        """Look for the first time, and begin."""
        self._look()
        self._thread.start()

    def stop(self) -> None:
        """Do no more; what waits for a lock ends by itself."""
        self._stopping = True
        self._wake.set()

    def uses(self, token: Token) -> None:
        """Tell that a token was used. It waits for nothing."""
        if token.id not in self._used:
            self._used[token.id] = token
            self._wake.set()

    def fault(self) -> str:
        """What keeps the server from working, as of a moment ago; empty where nothing does."""
        late = real_time.monotonic() - self._at
        return self._fault or (f"the disk has not answered for {late:.0f} s" if late > LATE else "")

    def _work(self) -> None:
        while not self._stopping:
            self._wake.wait(EVERY)
            self._wake.clear()
            self._look()
            self._write_uses()

    def _look(self) -> None:
        fault = ""
        try:
            self._check()
        except Exception as error:  # of any kind: /readyz tells that there is one
            fault = str(error) or repr(error)
        if fault and fault != self._fault:
            _logger.warning("the server is not ready: %s", fault)
        self._fault, self._at = fault, real_time.monotonic()

    def _write_uses(self) -> None:
        for token_id in list(self._used):
            try:
                self._note_use(self._used.pop(token_id))
            except sqlite3.Error as error:  # the next use is written, where that is possible again
                _logger.debug("the use of a token could not be written down: %s", error)
