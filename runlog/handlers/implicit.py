"""The handlers that runs have on the root logger where nobody configured one: who has asked, and which take part.

They stand in no list (:mod:`runlog.handlers.unlisted`). Where a ``RunLogHandler`` of somebody's own is in root's list,
they stand by. When that one goes with the others, as a library puts handlers of its own in the place of all that are
there, they take part until it comes back. When it is the only one to go, somebody has taken it off, and they don't.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from runlog import context
from runlog.handlers import call_handlers, unlisted
from runlog.handlers.call_handlers import is_run_log_handler

if TYPE_CHECKING:
    from runlog.handlers.run_log import RunLogHandler

_installed: list[logging.Handler] = []
_USER = "handlers of runs"
_taken_off: set[logging.Handler] = set()
_configured: RunLogHandler | None = None
"""The one that others stand by for, also while it is not there."""
_beside: list[logging.Handler] = []
"""What was in root's list beside it."""


def install(handler: logging.Handler) -> None:
    """Have ``handler`` get the records of root, unless a ``RunLogHandler`` is configured there.

    May be called once for each run; as many calls of :func:`uninstall` undo it.
    """
    _installed.append(handler)
    call_handlers.begin(_USER)
    settle()
    if handler in unlisted.of(logging.root) and _installed.count(handler) == 1:
        unlisted.note_if_watched("handler added", logging.root, handler)


def uninstall(handler: logging.Handler) -> None:
    """Undo one :func:`install`."""
    if handler in _installed:
        _installed.remove(handler)
    if handler not in _installed:
        _taken_off.discard(handler)
        _take_part(handler, wanted=False)
    settle()
    if not _installed:
        call_handlers.end(_USER)


def installed() -> list[logging.Handler]:
    """The handlers that somebody has asked for, each once."""
    return list(dict.fromkeys(_installed))


def how_installed(handler: logging.Handler) -> str:
    """How an installed handler takes part, in words."""
    if handler in unlisted.of(logging.root):
        return "by the implicit handler"
    if _configured is not None and _configured in logging.root.handlers:
        return "by a RunLogHandler that was configured; the implicit handler stands by"
    return "by nobody: the handler was taken off"


def settle() -> None:
    """Decide which take part, after somebody has asked, or has configured ``logging``."""
    with call_handlers.guard:
        _follow(_found() or _configured)
        wanted = _found() is None
        for handler in installed():
            _take_part(handler, wanted=wanted and handler not in _taken_off)


def _look_again() -> None:
    """Decide anew in the middle of a log call, as the configured handler has gone or come back. Waits for nobody."""
    if not call_handlers.guard.acquire(blocking=False):
        return
    try:
        found = _found()
        wanted = found is None and _went_with_others()
        _follow(found or _configured)
        for handler in installed():
            _take_part(handler, wanted=wanted and handler not in _taken_off)
    finally:
        call_handlers.guard.release()


def _found() -> RunLogHandler | None:
    """The ``RunLogHandler`` that is in root's list."""
    handlers = list(logging.root.handlers)
    return next((one for one in handlers if is_run_log_handler(one) and one not in _installed), None)


def _went_with_others() -> bool:
    now = list(logging.root.handlers)
    return any(one not in now for one in _beside) if _beside else bool(now)


def _follow(handler: RunLogHandler | None) -> None:
    global _configured
    _configured = handler if _installed else None
    if _configured is None or _configured in logging.root.handlers:
        _beside[:] = [] if _configured is None else [one for one in logging.root.handlers if one is not _configured]
    call_handlers.watch(_configured, _look_again)
    is_ahead = _configured in logging.root.handlers and any(one._is_guest for one in context.open_targets())
    call_handlers.go_ahead(_configured if is_ahead else None)


def _take_part(handler: logging.Handler, *, wanted: bool) -> None:
    (unlisted.add if wanted else unlisted.remove)(logging.root, handler)
    if is_run_log_handler(handler):
        handler._take_part(wanted=wanted)


def _was_taken_off(logger: logging.Logger, handler: logging.Handler) -> None:
    if logger is logging.root and handler in _installed:
        _taken_off.add(handler)
        if is_run_log_handler(handler):
            handler._take_part(wanted=False)


unlisted.when_taken_off(_was_taken_off)
