"""The rotating file handler: JSON lines or text, by size and time, for several processes at once."""

from __future__ import annotations

import logging
import logging.handlers
import os
import weakref
from collections import deque
from pathlib import Path

from runlog.errors import WrongTypeError, WrongValueError
from runlog.handlers.complaints import CountedErrors
from runlog.handlers.log_file import LogFile
from runlog.handlers.redacted_records import line_without_secrets
from runlog.handlers.rotation import Rotation, Schedule


class RotatingFileHandler(CountedErrors, logging.handlers.RotatingFileHandler):
    """Writes records to a file that is put away when it is full or its time is over.

    A drop-in for ``logging.handlers.RotatingFileHandler`` (same arguments in the same order) which several processes
    may use on one file: every record is written once, whole, and in the order of its thread, and the file is rotated
    once. Like ``WatchedFileHandler`` it follows a file that logrotate moves. It writes nothing to disk before its first
    record, makes missing folders, works on after ``close`` (a foreign ``dictConfig`` closes every handler), and never
    raises: what could not be written is counted in ``dropped``. Each record is with the operating system when the call
    returns and outlives the process.

    Args:
        filename: The file; a relative name is taken from the current folder of this moment.
        mode: ``"a"``, or ``"w"`` to empty the file before the first record. With rotation always ``"a"``.
        maxBytes: The most bytes in a file; 0 for any size. A longer record gets a file of its own.
        backupCount: How many files that were put away are kept. Without ``when`` they are ``NAME.1``, the newest, to
            ``NAME.N``, and 0 means no rotation, as in the standard library. With ``when`` they are
            ``NAME.2026-11-24``, for the start of their period, then ``NAME.2026-11-24.1`` and so on where ``maxBytes``
            made several, and 0 keeps all.
        encoding: ``utf-8``, or another in which a line end is the byte 10.
        delay: Accepted for compatibility; the file is always opened at the first record.
        errors: What becomes of characters that can't be encoded.
        level: The least level written.
        when: The unit of time after which the file is put away, or None: :class:`runlog.handlers.rotation.Schedule`.
        interval: How many of these units.
        utc: Whether days and midnights are UTC's rather than local.
        format: ``"json"`` (:class:`JsonFormatter`) or ``"text"`` (:class:`TextFormatter`), until a formatter is set.
        lock_timeout: Seconds to wait for another process that holds the file, which may have been stopped.

    Raises:
        WrongValueError: for a mode, format, encoding or ``when`` that does not exist, or a negative number.
    """

    def __init__(
        self,
        filename: str | os.PathLike[str],
        mode: str = "a",
        maxBytes: int = 0,  # noqa: N803 - the standard library's name
        backupCount: int = 0,  # noqa: N803
        encoding: str | None = "utf-8",
        delay: bool = True,
        errors: str | None = "backslashreplace",
        *,
        level: int | str = logging.NOTSET,
        when: str | None = None,
        interval: int = 1,
        utc: bool = False,
        format: str = "json",  # noqa: A002 - what logging calls it
        lock_timeout: float = 5.0,
    ) -> None:
        encoding, errors = encoding or "utf-8", errors or "backslashreplace"
        _check(mode, maxBytes, backupCount, encoding)
        schedule = None if when is None else Schedule(when, interval, utc)
        super().__init__(filename, "a", maxBytes, backupCount, encoding, delay=True, errors=errors)
        self.setLevel(level)
        self.setFormatter(_formatter(format))
        rotation = Rotation(maxBytes, backupCount, schedule, self.rotation_filename, self.rotate)
        truncate = mode == "w" and not (maxBytes > 0 or when)
        self._file = LogFile(Path(self.baseFilename), rotation, truncate=truncate, lock_timeout=lock_timeout)
        self._codec = (encoding, errors)
        self._writing = False
        self._waiting: deque[bytes] = deque()
        _handlers.add(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Write ``record``, after rotating the file where it is time to."""
        try:
            line = self._line(record)
            if self._writing:
                # A __del__ or signal handler logs on this thread within a write, which takes the line along.
                self._waiting.append(line)
                return
            self._append(line)
            self._tell_of_failed_rotation(record)
        except Exception:
            self.handleError(record)

    def format(self, record: logging.LogRecord) -> str:
        """The line of ``record``, without its secrets."""
        return line_without_secrets(record, super().format)

    def shouldRollover(self, record: logging.LogRecord | None) -> int:
        """Whether the file is put away before ``record`` is written; None asks for an empty one."""
        return int(self._file.is_due(0 if record is None else len(self._line(record))))

    def doRollover(self) -> None:
        """Put the file away now."""
        self.acquire()
        try:
            self._file.rotate()
        finally:
            self.release()

    def flush(self) -> None:
        """Nothing to do: each record is written at once."""

    def close(self) -> None:
        """Close the file; the next record opens it again."""
        self.acquire()
        try:
            self._file.close()
        finally:
            self.release()
        super().close()

    def _line(self, record: logging.LogRecord) -> bytes:
        return (self.format(record) + self.terminator).encode(*self._codec)

    def _append(self, line: bytes) -> None:
        next_line: bytes | None = line
        may_rotate = True
        while next_line is not None:  # asked again once nobody writes: an interruption may have left a line till then
            self._writing = True
            try:
                while next_line is not None:
                    self._file.append(next_line, may_rotate=may_rotate)
                    may_rotate = False  # a rotator that logs would go on for ever
                    next_line = self._next_waiting()
            finally:
                self._writing = False
            next_line = self._next_waiting()

    def _next_waiting(self) -> bytes | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _tell_of_failed_rotation(self, record: logging.LogRecord) -> None:
        error, self._file.rotation_error = self._file.rotation_error, None
        if error is not None:
            self.complain(record, error, f"could not rotate {self.baseFilename}, which grows on")

    def _forget_after_fork(self) -> None:
        self._writing = False
        self._waiting.clear()
        self._file.forget_after_fork()


_handlers: weakref.WeakSet[RotatingFileHandler] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for handler in list(_handlers):
        handler._forget_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _check(mode: str, max_bytes: int, backup_count: int, encoding: str) -> None:
    if mode not in ("a", "w"):
        raise WrongValueError(f"mode must be 'a' (append) or 'w' (empty the file first), not {mode!r}")
    for name, number in (("maxBytes", max_bytes), ("backupCount", backup_count)):
        if not isinstance(number, int):
            raise WrongTypeError(f"{name} must be a whole number, not {number!r}")
        if number < 0:
            raise WrongValueError(f"{name} must be at least 0, not {number!r}")
    try:
        line_end = "\n".encode(encoding)
    except LookupError:
        raise WrongValueError(f"encoding {encoding!r} is unknown; use 'utf-8'") from None
    if line_end != b"\n":
        raise WrongValueError(f"encoding {encoding!r} writes a line end as {line_end!r}; use 'utf-8'")


def _formatter(kind: str) -> logging.Formatter:
    if kind == "json":
        from runlog.handlers.json_formatter import JsonFormatter

        return JsonFormatter()
    if kind == "text":
        from runlog.handlers.text_formatter import TextFormatter

        return TextFormatter()
    raise WrongValueError(f"format must be 'json' or 'text', not {kind!r}; for a format of your own set a formatter")
