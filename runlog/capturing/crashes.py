"""``faulthandler`` writing into the run: what a process did when it died of a signal such as SIGSEGV or SIGABRT.

The interpreter has one such handler. Where somebody enabled it before, it is theirs and stays as it is.
"""

from __future__ import annotations

import faulthandler
import logging
from collections.abc import Callable
from typing import Any, BinaryIO

_logger = logging.getLogger("runlog")
_files: list[BinaryIO] = []
"""The files of those who asked, the newest last: that one is written to."""
_is_ours = False
_original: Any = None
_wrapper: Any = None


def begin(file: BinaryIO) -> Callable[[], None]:
    """Have a crash written to ``file``; returns what undoes it and closes the file."""
    if not _is_ours and faulthandler.is_enabled():
        _logger.info("faulthandler was enabled before the run: a crash is told where it was then, and not in the run")
        file.close()
        return _nothing
    _files.append(file)
    _enable()

    def undo() -> None:
        _files.remove(file)
        if _is_ours and _files:
            _enable()
        elif _is_ours:
            _release()
            faulthandler.disable()
        elif not _files:
            _release()
        file.close()

    return undo


def _enable() -> None:
    global _is_ours, _original, _wrapper
    if _wrapper is None:
        _original = original = faulthandler.enable

        def enable(*args: Any, **named: Any) -> None:
            """Enable it for somebody else, who then owns it."""
            global _is_ours
            original(*args, **named)
            _is_ours = False

        _wrapper = faulthandler.enable = enable
    _original(file=_files[-1], all_threads=True)
    _is_ours = True


def _release() -> None:
    global _is_ours, _original, _wrapper
    if faulthandler.enable is _wrapper:
        faulthandler.enable = _original
    _original = _wrapper = None
    _is_ours = False


def _nothing() -> None:
    """What undoes nothing."""
