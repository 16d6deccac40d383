"""``Logger.callHandlers`` while runlog takes part in it: what is done with a record before its handlers get it.

Every record comes by here that its logger's level and filters let pass, whatever is done to the lists of handlers
meanwhile. So handlers of runlog that nobody configured stand in no list (:mod:`runlog.handlers.unlisted`); records that
exist only because a level was lowered for the run log go to nobody else (:mod:`runlog.handlers.lowered_levels`); and
records that a stream makes of what a handler writes to it go round no second time (:mod:`runlog.handlers.echoes`).
"""

from __future__ import annotations

import logging
import sys
import threading
from _thread import get_ident
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeGuard

from runlog.handlers import echoes, lowered_levels
from runlog.handlers.redacted_records import without_secrets
from runlog.handlers.replaced import AnyFunction, Replaced
from runlog.handlers.shown_only import blocks, is_shown_only
from runlog.handlers.shown_records import harmless
from runlog.handlers.unusual import reasons
from runlog.journal import fork

if TYPE_CHECKING:
    from runlog.handlers.run_log import RunLogHandler


class Printing:
    """A text that is being written to a captured stream."""

    __slots__ = ("logged", "stream")

    def __init__(self, stream: object) -> None:
        self.stream = stream
        """The outermost one, where one hands on to another."""
        self.logged: tuple[tuple[logging.Logger, logging.LogRecord], ...] = ()
        """What was logged meanwhile."""


unlisted: dict[logging.Logger, tuple[logging.Handler, ...]] = {}
"""Handlers that get the records of a logger first; of several loggers on a record's way, the nearest one's."""
printing: dict[int, Printing] = {}
"""What threads print just now to a stream that is captured."""
guard = threading.RLock()
"""Held while handlers come and go. No code of others runs under it, so that a log call may try to take it."""
_users: set[object] = set()
_root = logging.root
_watched: logging.Handler | None = None
_is_there = False
_ahead: logging.Handler | None = None
_AHEAD = "a listed handler goes before the others"
_changed: Callable[[], None]
_busy = False
"""Whether handlers are at work, in whichever thread. It may be true too long, where one has raised."""


def begin(user: object) -> None:
    """Take part from now on, until :func:`end` was called for every user."""
    with guard:
        _users.add(user)
        _replaced.begin()


def end(user: object) -> None:
    """Undo a :func:`begin`."""
    with guard:
        _users.discard(user)
        if not _users:
            _replaced.end()


def watch(handler: logging.Handler | None, changed: Callable[[], None]) -> None:
    """Have a function called, before the next record goes on, when this handler is in root's list no more, or again."""
    global _watched, _is_there, _changed
    _is_there, _changed = handler in _root.handlers, changed
    _watched = handler


def go_ahead(handler: logging.Handler | None) -> None:
    """Have a handler that stands in root's list get a record before all others there; None: none does.

    So what it marks in a record is there when a ``QueueHandler`` before it sends the record to another process.
    """
    global _ahead
    _ahead = handler
    (reasons.discard if handler is None else reasons.add)(_AHEAD)


def look_at_watched() -> None:
    """Notice now whether the watched handler has gone or come back, as the next record would."""
    if _watched is not None and (_watched in _root.handlers) is not _is_there:
        _changed()


def handlers_of(logger: logging.Logger) -> list[logging.Handler]:
    """Every handler that a logger's records come to: those that stand in no list, and those that do."""
    return [*unlisted.get(logger, ()), *logger.handlers]


def is_run_log_handler(handler: logging.Handler) -> TypeGuard[RunLogHandler]:
    """Whether a handler writes to the run log by itself."""
    module = sys.modules.get("runlog.handlers.run_log")  # nobody has an instance where it was not imported
    return module is not None and isinstance(handler, module.RunLogHandler)


def _make(replaced: Replaced, original: AnyFunction) -> AnyFunction:
    if replaced.acting is not None or replaced.has_made_any:
        reasons.add("there may be several of these functions in a row")

    def callHandlers(logger: logging.Logger, record: logging.LogRecord) -> None:
        global _busy
        if _busy or reasons or printing or (_watched is not None and _watched not in _root.handlers):
            _call_carefully(callHandlers, original, logger, record)
            return
        _busy = True
        original(logger, _call_unlisted(logger, record) if unlisted else record)
        _busy = False

    return callHandlers


def _call_carefully(
    made: AnyFunction, original: AnyFunction, logger: logging.Logger, record: logging.LogRecord
) -> None:
    """Have a record handled where something is to be seen to first."""
    global _busy
    if not _replaced.acts(made):
        original(logger, record)
        return
    if _busy or blocks:
        origin = echoes.origin_of_record(_codes)
        if origin.stream is not None:
            if echoes.tells_something_else(record, origin.text):  # what the stream has to say of itself
                _call_unlisted(logger, record)
            echoes.show(record, origin.stream)
            return
        _busy = origin.is_nested
    if echoes.is_written_line(record):
        return
    before, _busy = _busy, True
    look_at_watched()
    if is_shown_only():  # a stream makes records of what is one already
        record.__dict__["_runlog_written"] = True
    if unlisted:
        record = _call_unlisted(logger, record)
    if _ahead is not None and record.levelno >= _ahead.level and _reaches_root(logger):
        _ahead.handle(record)
    if lowered_levels.in_force and not lowered_levels.was_let_through(logger, record.levelno):
        _call_run_log_handlers(logger, record)
    else:
        original(logger, record)
    _busy = before
    if (own := printing.get(get_ident())) is not None:
        own.logged = (*own.logged, (logger, record))


def _call_unlisted(logger: logging.Logger, record: logging.LogRecord) -> logging.LogRecord:
    """Give a record to the unlisted handlers; returns what goes on to the listed ones.

    Where there are none, ``logging`` prints it: without its secrets, and without what acts on a terminal.
    """
    one: logging.Logger | None = logger
    while one is not None:
        found = unlisted.get(one)
        if found is not None:
            for handler in found:
                if record.levelno >= handler.level:
                    handler.handle(record)
            break
        one = one.parent if one.propagate else None
    last = logging.lastResort
    if last is not None and record.levelno >= last.level and not logger.hasHandlers():
        return harmless(without_secrets(record))
    return record


def _reaches_root(logger: logging.Logger) -> bool:
    one: logging.Logger | None = logger
    while one is not None and one is not _root:
        one = one.parent if one.propagate else None
    return one is not None


def _call_run_log_handlers(logger: logging.Logger, record: logging.LogRecord) -> None:
    """Give a record to the handlers in the lists of loggers that are for the run log."""
    one: logging.Logger | None = logger
    while one is not None:
        for handler in one.handlers:
            if is_run_log_handler(handler) and record.levelno >= handler.level:
                handler.handle(record)
        one = one.parent if one.propagate else None


_replaced = Replaced(logging.Logger, "callHandlers", _make)
_codes = (_make(_replaced, logging.Logger.callHandlers).__code__, _call_carefully.__code__)


def _in_forked_child() -> None:
    """Other threads of the parent held the lock, or were printing."""
    global guard
    guard = threading.RLock()
    printing.clear()


fork.in_child(_in_forked_child)
