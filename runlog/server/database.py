"""What the server keeps beside the runs: ``server.sqlite`` in the workspace's folder."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runlog.errors import ConfigurationError

FILE = "server.sqlite"
PATIENCE = 3.0
"""Seconds that somebody else's transaction is waited for; one takes milliseconds."""
MIGRATIONS = (
    """
    CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        created INTEGER NOT NULL,
        expires INTEGER,
        used INTEGER
    ) STRICT;
    CREATE TABLE attempts (
        run TEXT PRIMARY KEY,
        holder TEXT NOT NULL,
        until INTEGER NOT NULL
    ) STRICT;
    """,
)
"""One step for each version of the file; a step that was released never changes."""


class Database:
    """The file, for all threads of a process. Several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Open it, or make it.

        Args:
            folder: of the workspace.

        Raises:
            ConfigurationError: a newer runlog made it.
            OSError: it can't be made.
        """
        self.path = folder / FILE
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # nobody else reads it, whatever the umask is
        self._lock = threading.Lock()
        # Statements are short, and the lock lets one thread at a time use the connection.
        self._connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._migrate()
        except BaseException:
            self._connection.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for statements that change nothing."""
        with self._alone():
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection in a transaction, which an exception takes back."""
        with self._alone():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait for other threads no longer than for other processes: of many that wait, none may wait for all."""
        if not self._lock.acquire(timeout=PATIENCE):
            raise sqlite3.OperationalError("database is locked")
        try:
            yield
        finally:
            self._lock.release()

    def close(self) -> None:
        """Let the file go."""
        with self._alone():
            self._connection.close()

    def _migrate(self) -> None:
        with self.writing() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > len(MIGRATIONS):
                raise ConfigurationError(
                    f"{self.path} is of version {version}, which a newer runlog made; this one knows "
                    f"{len(MIGRATIONS)}: install a newer runlog-ml"
                )
            for step in MIGRATIONS[version:]:
                for statement in filter(str.strip, step.split(";")):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
