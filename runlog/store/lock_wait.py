"""The time while another process holds a lock on an index's file: it is read as it stands, and written to later."""

from __future__ import annotations

import logging
from pathlib import Path

from runlog.journal import real_time
from runlog.store.derived_database import DerivedDatabase

LOCKED_FOR = 5.0
"""Seconds after which it is tried again."""
_logger = logging.getLogger("runlog")


class LockWait:
    """Whether an index waits for its file."""

    def __init__(self, database: DerivedDatabase, what: str, folder: Path) -> None:
        """It does not wait yet.

        Args:
            database: the index's.
            what: the index, in words.
            folder: of the workspace.
        """
        self._database = database
        self._what = f"{what} in {folder}"
        self._again_at = 0.0
        self.trouble = ""
        """Why the index has not what came last, in words; empty where it has."""

    def goes_on(self) -> bool:
        """Whether the file is left alone for now."""
        return bool(self.trouble) and real_time.monotonic() < self._again_at

    def begin(self, error: BaseException) -> None:
        """Leave the file alone for a moment.

        Args:
            error: what SQLite said of the lock.
        """
        self._again_at = real_time.monotonic() + LOCKED_FOR
        if not self.trouble:
            self.trouble = f"another process holds a lock on it, so that what is new is not in it yet ({error})"
            self._database.wait_shortly()
            _logger.warning("%s is not brought up to date: %s", self._what, self.trouble)

    def end(self) -> None:
        """Tell that the file could be written to."""
        if self.trouble:
            self.trouble = ""
            self._database.wait_long()
            _logger.warning("%s is up to date again", self._what)
