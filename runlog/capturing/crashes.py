"""``faulthandler`` writing into the run: what a process did when it died of a signal such as SIGSEGV or SIGABRT.

The interpreter has one such handler. Where somebody enabled it before, it is theirs and stays as it is.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
from collections.abc import Callable
from typing import Any, BinaryIO

from runlog.handlers.replaced import AnyFunction, Replaced
from runlog.journal import background
from runlog.journal.crash_file import CrashFile

_logger = logging.getLogger("runlog")
_files: list[BinaryIO] = []
"""The files of those who asked, the newest last: that one is written to."""
_is_ours = False


def begin(file: BinaryIO) -> Callable[[], None]:
    """Have a crash written to ``file``; returns what undoes it and closes the file."""
    if not _is_ours and faulthandler.is_enabled():
        _logger.info("faulthandler was enabled before the run: a crash is told where it was then, and not in the run")
        file.close()
        return _nothing
    _replaced.begin()
    _files.append(file)
    _enable()

    def undo() -> None:
        _files.remove(file)
        if _is_ours:
            _enable()
        if not _files:
            _replaced.end()
        file.close()

    return undo


def _enable() -> None:
    """Have it write to the newest file that is still ours to write to, or to none."""
    global _is_ours
    held = [one for one in _files if not isinstance(one, CrashFile) or one.is_held]
    if held:
        faulthandler.enable(file=held[-1], all_threads=True)
    else:
        faulthandler.disable()
    _is_ours = bool(held)


def _look() -> None:
    """Where a program has closed the descriptor, write to the file by another, and never to what has the number now."""
    newest = _files[-1] if _files and _is_ours else None
    if isinstance(newest, CrashFile) and not newest.closed and not newest.is_held:
        with contextlib.suppress(OSError):
            newest.reopen()
        _enable()


def _make(replaced: Replaced, original: AnyFunction) -> AnyFunction:
    def enable(*args: Any, **named: Any) -> None:
        """Enable it for somebody else, who then owns it."""
        global _is_ours
        original(*args, **named)
        _is_ours = False

    return enable


def _nothing() -> None:
    """What undoes nothing."""


_replaced = Replaced(faulthandler, "enable", _make)
background.look_each_second(_look)
