"""What keeps an index usable: its file, made anew where it is damaged, or one in memory until it can be used again."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from runlog.journal import real_time
from runlog.store.derived_database import DerivedDatabase

AGAIN_AFTER = 60.0
"""Seconds after which a file that could not be used is tried again."""
_logger = logging.getLogger("runlog")
_OF_CONTENT = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.NotSupportedError,
    sqlite3.ProgrammingError,
)
"""What SQLite says of values that it can't keep, whatever file they were for."""


class DamagedIndexError(sqlite3.DatabaseError):
    """What stands in an index is nothing that was written there."""


def is_of_the_file(error: BaseException) -> bool:
    """Whether an error is about the index's file, not about what was to be kept in it."""
    return isinstance(error, OSError | sqlite3.Error) and not isinstance(error, _OF_CONTENT)


def is_locked(error: BaseException) -> bool:
    """Whether another process holds a lock on the file."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _is_damage(error: BaseException) -> bool:
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)


class Parts(Protocol):
    """What works with one database."""

    @property
    def database(self) -> DerivedDatabase:
        """It."""


P = TypeVar("P", bound=Parts)
T = TypeVar("T")


class IndexFile(Generic[P]):
    """The parts of an index over its file, or over a database in memory."""

    def __init__(
        self,
        path: Path | None,
        open_database: Callable[[Path | None], DerivedDatabase],
        make: Callable[[DerivedDatabase], P],
    ) -> None:
        """Nothing is opened here.

        Args:
            path: of the file; None for an index in memory.
            open_database: gives the database in a file, or in memory.
            make: gives the parts that work with one.
        """
        self._path = path
        self._open = open_database
        self._make = make
        self._lock = threading.Lock()
        self._again_at = 0.0
        self.trouble = ""
        """Why the file is not used, in words; empty where it is."""
        self.parts = make(open_database(path))

    def use(self, work: Callable[[P], T]) -> T:
        """Do something with the index; once more on a new file where it is damaged, in memory where it can't be used.

        Raises:
            sqlite3.Error: it can be done nowhere.
        """
        self._return()
        for _ in range(2):
            parts = self.parts
            try:
                return work(parts)
            except (sqlite3.Error, OSError) as error:
                if not is_of_the_file(error):
                    raise
                self._replace(parts, error)
        return work(self.parts)

    def renew(self) -> None:
        """Remove the file, and begin with a new one.

        Raises:
            OSError: it can't be removed.
        """
        with self._lock:
            self._begin(self._path, "")

    def close(self) -> None:
        """Close what is open; it is opened again when it is needed."""
        self.parts.database.close()

    def _replace(self, parts: P, error: Exception) -> None:
        """Have other parts in the place of those that failed, unless another thread has seen to it."""
        with self._lock:
            if self.parts is not parts:
                return
            if _is_damage(error) and not self.trouble:
                _logger.warning("the index %s is damaged, and made anew: %s", self._path, error)
                try:
                    self._begin(self._path, "")
                    return
                except (OSError, sqlite3.Error) as second:
                    error = second
            _logger.warning(
                "the index %s can't be used (%s): the journals are read into memory instead, and the file is tried "
                "again each minute",
                self._path,
                error,
            )
            self._again_at = real_time.monotonic() + AGAIN_AFTER
            self._begin(None, f"{self._path and self._path.name} can't be used: {error}")

    def _begin(self, path: Path | None, trouble: str) -> None:
        if path is not None:
            self.parts.database.remove()
        else:
            self.parts.database.close()
        self.parts, self.trouble = self._make(self._open(path)), trouble

    def _return(self) -> None:
        """Go back to the file, where it was left long ago and can be used again."""
        if not self.trouble or real_time.monotonic() < self._again_at or not self._lock.acquire(blocking=False):
            return
        try:
            self._again_at = real_time.monotonic() + AGAIN_AFTER
            if self.trouble and self._can_be_used():
                _logger.warning("the index %s can be used again", self._path)
                self._begin_again()
        finally:
            self._lock.release()

    def _begin_again(self) -> None:
        self.parts.database.close()
        self.parts, self.trouble = self._make(self._open(self._path)), ""

    def _can_be_used(self) -> bool:
        probe = self._open(self._path)
        probe.wait_shortly()
        try:
            probe.try_out()
        except (OSError, sqlite3.Error):
            return False
        finally:
            probe.close()
        return True
