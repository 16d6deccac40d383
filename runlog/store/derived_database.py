"""An SQLite file that is made from the journals: made anew where it can't be used, shared by threads and processes."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

from runlog import own_log
from runlog.store.sharing import share_file
from runlog.workspace_folder import read_settings

try:
    import fcntl
except ImportError:  # Windows: files that are open can't be removed there, so that nothing is made anew meanwhile
    fcntl = None  # type: ignore[assignment]

PATIENCE = 30.0
"""Seconds that another process's transaction is waited for; one takes a fraction of a second."""
SHORT_PATIENCE = 0.5
"""The same while one is known to take longer."""

_of_parents: list[sqlite3.Connection] = []


class DerivedDatabase:
    """Connections to the file. A private one in memory stands in where there can't be a file."""

    def __init__(self, path: Path | None, version: int, tables: str) -> None:
        """Nothing is opened here.

        Args:
            path: of the file; None for one in memory.
            version: of the tables and of what is written to them. A file of another version is made anew.
            tables: SQL that makes them.
        """
        self._path = path
        self._version = version
        self._tables = tables
        self._patience = PATIENCE
        self._idle = self._new_idle()
        self._lock = threading.Lock()
        self._memory = threading.Lock()
        self._pid = os.getpid()
        self._is_open = False
        self._inode: tuple[int, int] | None = None
        self.generation = 0
        """Counts the files that were opened: what is known of one's content holds for it alone."""

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees the file as it stands now, whatever is written meanwhile.

        Raises:
            sqlite3.Error: the file can't be used.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in the one transaction that writes; it is committed at the end, and undone by an exception.

        Raises:
            sqlite3.Error: the file can't be used.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._memory if self._path is None else contextlib.nullcontext():
            generation, connection = self._connection()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # undone already where the file failed
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._give_back(generation, connection)

    def _give_back(self, generation: int, connection: sqlite3.Connection) -> None:
        with self._lock:
            if generation == self.generation:
                self._idle.append(connection)
                return
        connection.close()

    def _connection(self) -> tuple[int, sqlite3.Connection]:
        with self._lock:
            if self._pid != os.getpid():  # a connection is its process's: a forked child neither uses nor closes it
                _of_parents.extend(self._idle)
                self._idle, self._pid, self._is_open = self._new_idle(), os.getpid(), False
            inode = _inode_of(self._path)
            if not self._is_open or inode != self._inode:
                self._close_idle()
                connection = self._open()
                self._is_open, self._inode = True, _inode_of(self._path)
                self.generation += 1
                return self.generation, connection
            if self._idle:
                return self.generation, self._idle.pop()
            return self.generation, self._connect()

    def _connect(self) -> sqlite3.Connection:
        return _connect(self._path, self._patience)

    def _open(self) -> sqlite3.Connection:
        if self._path is None:
            return self._prepared(self._connect())
        with _opening(self._path):
            connection = self._connect()
            try:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                if version == self._version:
                    return connection
                connection.close()
                if not tables:
                    return self._made()
                own_log.tell_in_particular("the index %s is of version %d: it is made anew", self._path, version)
            except sqlite3.OperationalError:
                connection.close()
                raise
            except sqlite3.DatabaseError as error:
                connection.close()
                own_log.tell_in_particular("the index %s is damaged, and made anew: %s", self._path, error)
            _remove(self._path)
            return self._made()

    def _made(self) -> sqlite3.Connection:
        assert self._path is not None
        connection = self._prepared(self._connect())
        if read_settings(self._path.parent).get("shared"):
            with contextlib.suppress(OSError):
                share_file(self._path)
                share_file(self._path.with_suffix(".lock"))
        return connection

    def _prepared(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Make the tables."""
        try:
            connection.execute("PRAGMA page_size = 8192")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {self._tables} PRAGMA user_version = {self._version}; COMMIT;")
        except BaseException:
            connection.close()
            raise
        return connection

    def remove(self) -> None:
        """Remove the file; it is made anew when it is next used. Processes that have it open turn to the new one.

        Raises:
            OSError: it can't be removed.
        """
        with self._lock:
            self._close_idle()
            self._is_open = False
            self.generation += 1
            if self._path is not None and self._path.parent.is_dir():
                with _opening(self._path):
                    _remove(self._path)

    def wait_shortly(self) -> None:
        """Have connections wait for other processes for a moment only, as one of them is known to hold a lock."""
        self._wait(SHORT_PATIENCE)

    def wait_long(self) -> None:
        """Have them wait as usual again."""
        self._wait(PATIENCE)

    def _wait(self, seconds: float) -> None:
        self._patience = seconds
        self.close()

    def try_out(self) -> None:
        """See whether the file can be written to.

        Raises:
            OSError: its lock file can't be opened.
            sqlite3.Error: the file can't be used.
        """
        with self.writing() as connection:
            connection.execute(f"PRAGMA user_version = {self._version}")

    def close(self) -> None:
        """Close what is open. It is opened again when it is next used."""
        with self._lock:
            self._close_idle()
            if self._path is None:  # what was in memory is gone with it
                self._is_open = False

    def _new_idle(self) -> list[sqlite3.Connection]:
        """A list whose connections are closed when nobody has this object any more."""
        idle: list[sqlite3.Connection] = []
        weakref.finalize(self, _close_own, idle, os.getpid())
        return idle

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _close_own(idle: list[sqlite3.Connection], pid: int) -> None:
    if pid == os.getpid():
        while idle:
            idle.pop().close()


def _connect(path: Path | None, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path or ":memory:", timeout=patience, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _opening(path: Path) -> Iterator[None]:
    """Let nobody else open the file, make or remove it: its journal stands in files of their own."""
    fd = os.open(path.with_suffix(".lock"), os.O_RDONLY | os.O_CREAT, 0o666)
    try:
        if fcntl is not None:
            with contextlib.suppress(OSError):  # no such locks there
                fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def _inode_of(path: Path | None) -> tuple[int, int] | None:
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
