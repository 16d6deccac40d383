"""Who set what in ``logging``, as far as runlog saw it: each change with the file and line it came from.

What the configuration functions change is noted while a run captures, as they are wrapped then anyway and rare. Single
calls and assignments are noted only while :mod:`runlog.diagnosis.observe` watches.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from runlog.current_folder import current_folder

MOST_CHANGES = 10_000
"""The newest are kept."""
_LOGGING = ("logging", "logging.config")
_PASSED_OVER = ("runlog", "contextlib", "functools", "importlib")


def relative(path: str) -> str:
    """A path as it is shown: without the current folder, where it is beneath it."""
    return path.removeprefix(f"{current_folder()}{os.sep}")


class Place(Struct, frozen=True):
    """Where in somebody's code something was done."""

    path: str
    line: int
    function: str
    module: str

    @property
    def package(self) -> str:
        """The top-level package; ``__main__`` for the program itself."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{relative(self.path)}, line {self.line}"


class Change(Struct, frozen=True):
    """One change of a logger, a handler, or of all of logging."""

    what: str
    """``level``, ``propagate``, ``disabled``, ``handler added``, ``handler removed``, ``handler level``,
    ``handler closed``, ``disable`` (:func:`logging.disable`) or ``call`` (of a configuration function)."""
    logger: str
    """Name of the logger; empty where there is none."""
    value: object
    """The new value; of a handler its class; of a call what there is to say about it."""
    by: str
    """The function of ``logging`` that did it, or ``assignment``."""
    place: Place
    handler: weakref.ref[logging.Handler] | None = None


_changes: deque[Change] = deque(maxlen=MOST_CHANGES)
_observers: list[Callable[[Change], None]] = []
_calls = threading.local()
each_change_is_seen = False
"""Whether single calls and assignments are noted, so that a configuration's effect need not be compared."""


def tell(observer: Callable[[Change], None]) -> None:
    """Have ``observer`` told of every change from now on."""
    _observers.append(observer)


def tell_no_more(observer: Callable[[Change], None]) -> None:
    """Undo :func:`tell`. Of one that is not told, nothing."""
    if observer in _observers:
        _observers.remove(observer)


def changes() -> list[Change]:
    """What was noted, the oldest first."""
    return list(_changes)


def note(what: str, logger: str, value: object, *, handler: logging.Handler | None = None) -> None:
    """Note a change that the code calling this was called for."""
    by, place = caller()
    if place.module in _LOGGING:  # the interpreter ends
        return
    _enter(Change(what, logger, value, by, place, None if handler is None else weakref.ref(handler)))


def note_if_watched(what: str, logger: str, handler: logging.Handler) -> None:
    """Note that a handler came or went, where each change is noted."""
    if each_change_is_seen:
        note(what, logger, type(handler).__name__, handler=handler)


def _enter(change: Change) -> None:
    _changes.append(change)
    for observer in tuple(_observers):
        observer(change)


def caller() -> tuple[str, Place]:
    """The function of ``logging`` that was called, and the code outside of it and of runlog that called it."""
    frame = sys._getframe(1)
    by = "assignment"
    while frame.f_back is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module in _LOGGING:
            by = frame.f_code.co_name
        elif module.partition(".")[0] not in _PASSED_OVER:
            break
        frame = frame.f_back
    code = frame.f_code
    return by, Place(code.co_filename, frame.f_lineno, code.co_name, str(frame.f_globals.get("__name__", "")))


def last(what: str, *, logger: str | None = None, handler: logging.Handler | None = None) -> Change | None:
    """The newest change of this kind.

    Args:
        what: see :class:`Change`.
        logger: only of this logger.
        handler: only of this handler.
    """
    for change in reversed(_changes):
        if (
            change.what == what
            and (logger is None or change.logger == logger)
            and (handler is None or (change.handler is not None and change.handler() is handler))
        ):
            return change
    return None


class _LoggerState(Struct, frozen=True):
    level: int
    propagate: bool
    disabled: bool
    handlers: tuple[logging.Handler, ...]


def _snapshot() -> dict[str, _LoggerState]:
    loggers = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    return {
        one.name: _LoggerState(one.level, one.propagate, one.disabled, tuple(one.handlers))
        for one in (logging.root, *loggers)
    }


@contextmanager
def called(name: str, *, force: bool = False) -> Iterator[None]:
    """Call a configuration function in this block; what it changes is noted. Those that it calls itself don't count.

    Args:
        name: of the function.
        force: what ``basicConfig`` was given.
    """
    if getattr(_calls, "inside", False):
        yield
        return
    _calls.inside = True
    _, place = caller()
    before = None if each_change_is_seen else _snapshot()
    open_before = {handler for state in (before or {}).values() for handler in state.handlers if not is_closed(handler)}
    is_idle = name == "basicConfig" and not force and len(logging.root.handlers) > 0
    _enter(Change("call", "", "did nothing: root had handlers" if is_idle else "", name, place))
    try:
        yield
    finally:
        _calls.inside = False
        if before is not None:
            for change in _differences(before, open_before, name, place):
                _enter(change)


def _differences(
    before: dict[str, _LoggerState], open_before: set[logging.Handler], by: str, place: Place
) -> Iterator[Change]:
    new = _LoggerState(logging.NOTSET, propagate=True, disabled=False, handlers=())
    for name, now in _snapshot().items():
        then = before.get(name, new)
        if now == then:
            continue
        for what in ("level", "propagate", "disabled"):
            if getattr(now, what) != getattr(then, what):
                yield Change(what, name, getattr(now, what), by, place)
        for handler in now.handlers:
            if handler not in then.handlers:
                yield Change("handler added", name, type(handler).__name__, by, place, weakref.ref(handler))
        for handler in then.handlers:
            if handler not in now.handlers:
                yield Change("handler removed", name, type(handler).__name__, by, place, weakref.ref(handler))
    for handler in open_before:
        if is_closed(handler):
            yield Change("handler closed", "", type(handler).__name__, by, place, weakref.ref(handler))


def is_closed(handler: logging.Handler) -> bool:
    """Whether ``close`` was called on a handler."""
    return bool(getattr(handler, "_closed", False))
