"""The rotating file handler: JSON lines or text, by size and time, for several processes at once."""

from __future__ import annotations

import codecs
import logging
import logging.handlers
import os
import weakref
from collections import deque
from pathlib import Path

from runlog.errors import WrongTypeError, WrongValueError
from runlog.handlers.archives import move
from runlog.handlers.complaints import CountedErrors
from runlog.handlers.log_file import LogFile
from runlog.handlers.own_layout import OwnLayout
from runlog.handlers.redacted_records import line_without_secrets
from runlog.handlers.rotation import Rotation, Schedule
from runlog.handlers.shown_records import shown_line
from runlog.handlers.text_formatter import Style, TextFormatter


class RotatingFileHandler(CountedErrors, OwnLayout, logging.handlers.RotatingFileHandler):
    """Writes records to a file that is put away when it is full or its time is over.

    A drop-in for ``logging.handlers.RotatingFileHandler`` (same arguments in the same order) which several processes
    may use on one file: every record is written once, whole, and in the order of its thread, and the file is rotated
    once. Like ``WatchedFileHandler`` it follows a file that logrotate moves. It writes nothing to disk before its first
    record, makes missing folders, works on after ``close`` (a foreign ``dictConfig`` closes every handler), and never
    raises: what could not be written is counted in ``dropped``. Each record is with the operating system when the call
    returns and outlives the process.

    A new file gets the mode, owner and group of the one before. A link is followed: the file behind it is rotated in
    its own folder. A pipe, a device and ``/dev/stdout`` are written to and never rotated. No archive is ever
    overwritten: where a ``namer`` gives a name that something bears, a number is added to it. And an archive is deleted
    only where its name says that it is one of this log, or this handler put it there.

    Args:
        filename: The file; a relative name is taken from the current folder of this moment.
        mode: ``"a"``, or ``"w"`` to empty the file before the first record. With rotation always ``"a"``.
        maxBytes: The most bytes in a file; 0 for any size. A longer record gets a file of its own.
        backupCount: How many files that were put away are kept. Without ``when`` they are ``NAME.1``, the newest, to
            ``NAME.N``, and 0 means no rotation, as in the standard library. With ``when`` they are
            ``NAME.2026-11-24``, for the start of their period, then ``NAME.2026-11-24.1`` and so on where ``maxBytes``
            made several, and 0 keeps all.
        encoding: ``utf-8``, or another in which a line end is the byte 10.
        delay: Whether the file is made by the first record (the default here) or at once.
        errors: What becomes of characters that can't be encoded.
        level: The least level written.
        when: The unit of time after which the file is put away, or None: :class:`runlog.handlers.rotation.Schedule`.
        interval: How many of these units.
        utc: Whether days and midnights are UTC's rather than local.
        format: ``"json"`` for lines of :class:`JsonFormatter`, or a format for :class:`TextFormatter`. Without one, the
            handler writes JSON lines, and with ``"text"`` those of :class:`TextFormatter`, until a formatter is set: by
            ``setFormatter``, by a configuration, or by ``logging.basicConfig(format=...)``.
        datefmt: The ``strftime`` format of times, which are in UTC.
        style: The style of a format of one's own: ``%``, ``{`` or ``$``.
        lock_timeout: Seconds to wait for another process that holds the file, which may have been stopped.

    Raises:
        WrongValueError: for a mode, format, encoding, ``errors`` or ``when`` that does not exist, or a negative number.
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
        format: str | None = None,  # noqa: A002 - what logging calls it
        datefmt: str | None = None,
        style: Style = "%",
        lock_timeout: float = 5.0,
    ) -> None:
        encoding, errors = encoding or "utf-8", errors or "backslashreplace"
        _check(mode, maxBytes, backupCount, encoding, errors)
        self._schedule = None if when is None else Schedule(when, interval, utc)
        self._format_text, self._datefmt = format, datefmt
        self._layout = self._make_layout(None)
        super().__init__(filename, "a", maxBytes, backupCount, encoding, delay=True, errors=errors)
        self.setLevel(level)
        if format == "json":
            self.setFormatter(self._layout)
        elif format not in {None, "text"}:
            self.setFormatter(_text_formatter(format, datefmt, style))
        truncate = mode == "w" and not (maxBytes > 0 or when)
        self._file = LogFile(Path(self.baseFilename), self._rotation(), truncate=truncate, lock_timeout=lock_timeout)
        self._codec = (encoding, errors)
        self._writing = False
        self._waiting: deque[bytes] = deque()
        _handlers.add(self)
        if not delay:
            self._open_now()

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
        """The line of ``record``, without its secrets.

        A :class:`TextFormatter` writes text that is safe to show on a terminal, where no record passes for another.
        """
        if isinstance(self.layout, TextFormatter):
            return shown_line(record, self._format)
        return line_without_secrets(record, self._format)

    @property
    def suffix(self) -> str:
        """The ``strftime`` format of dates in names of archives, as of ``TimedRotatingFileHandler``; it may be set."""
        return "" if self._schedule is None else self._schedule.suffix

    @suffix.setter
    def suffix(self, suffix: str) -> None:
        if self._schedule is None:
            raise WrongValueError("archives have no dates without when: give when='midnight', for instance")
        self._schedule.suffix = suffix

    def rotate(self, source: str, dest: str) -> None:
        """Put ``source`` away as ``dest``, by ``rotator`` where one is set."""
        if callable(self.rotator):
            self.rotator(source, dest)
        else:
            move(source, dest)

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

    def _make_layout(self, datefmt: str | None) -> logging.Formatter:
        datefmt = self._datefmt or datefmt
        if self._format_text == "text":
            return TextFormatter(datefmt=datefmt)
        from runlog.handlers.json_formatter import JsonFormatter

        return JsonFormatter(datefmt=datefmt)

    def _rotation(self) -> Rotation:
        return Rotation(
            self.maxBytes,
            self.backupCount,
            self._schedule,
            self.rotation_filename,
            self.rotate,
            lambda: callable(self.rotator) or type(self).rotate is not RotatingFileHandler.rotate,
            self._other_logs,
        )

    def _other_logs(self) -> set[Path]:
        """Files that other handlers of this process write to, one of which may be called like an archive of ours."""
        handlers = {*_handlers, *(reference() for reference in logging._handlerList)}  # type: ignore[attr-defined]
        files = (one.baseFilename for one in handlers if isinstance(one, logging.FileHandler))
        return {Path(name) for name in files if name != self.baseFilename}

    def _open_now(self) -> None:
        try:
            self._file.open()
        except OSError as error:
            self.complain(None, error, f"could not open {self.baseFilename} yet")

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


def _check(mode: str, max_bytes: int, backup_count: int, encoding: str, errors: str) -> None:
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
    try:
        codecs.lookup_error(errors)
    except LookupError:
        raise WrongValueError(f"errors={errors!r} is unknown; use 'backslashreplace', 'replace' or 'strict'") from None


def _text_formatter(format_text: str | None, datefmt: str | None, style: Style) -> logging.Formatter:
    try:
        return TextFormatter(format_text, datefmt, style)
    except (TypeError, ValueError) as error:
        raise WrongValueError(
            f"format must be 'json', 'text' or a format such as '%(message)s', not {format_text!r}: {error}"
        ) from error
