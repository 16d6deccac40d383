"""Letting more records through a logger without showing more of them: for the run log alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator


class _LoweredLevel(int):
    """A level that runlog set. Whoever sets the level anew, even to the same number, sets a plain int."""

    former: int

    @classmethod
    def over(cls, former: int, level: int) -> _LoweredLevel:
        lowered = cls(level)
        lowered.former = former
        return lowered


class _AsBefore(logging.Filter):
    """Lets through what the loggers would have let through with their former levels.

    A level on the handlers would not do: a logger with a level of its own brings its records past its parents' levels,
    and they were shown before.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return was_let_through(record)


def is_lowered(one: object) -> bool:
    """Whether a filter is the one that keeps a handler showing what it did before a level was lowered."""
    return isinstance(one, _AsBefore)


_as_before = _AsBefore()
_wanted: dict[logging.Logger, list[tuple[object, int]]] = {}


def was_let_through(record: logging.LogRecord) -> bool:
    """Whether a record would have been made with the levels that were set before any was lowered."""
    lowered = False
    logger: logging.Logger | None = logging.getLogger(record.name)
    while logger is not None:
        level = logger.level
        if isinstance(level, _LoweredLevel):
            lowered, level = True, level.former
        if level:
            return not lowered or record.levelno >= level
        logger = logger.parent
    return True


def lower_level(logger: logging.Logger, level: int, *, keep: Callable[[logging.Handler], bool]) -> Callable[[], None]:
    """Lower a logger's level; every handler that gets records by it goes on showing what it did.

    Does nothing where the logger lets ``level`` through already. Several lowerings may be in force, and end in any
    order.

    Args:
        logger: The logger, or root.
        level: The level that it is to let through.
        keep: Tells the handlers that are meant to get the additional records.

    Returns:
        A function that undoes it, unless somebody has set another level since.
    """
    entry = (object(), level)
    with logging._lock:  # type: ignore[attr-defined]
        _wanted.setdefault(logger, []).append(entry)
        settle(keep)

    def restore() -> None:
        with logging._lock:  # type: ignore[attr-defined]
            if entry in _wanted.get(logger, ()):
                _wanted[logger].remove(entry)
            settle(keep)

    return restore


def settle(keep: Callable[[logging.Handler], bool]) -> None:
    """Bring levels and handlers in line after a configuration, which may have set levels or brought handlers."""
    with logging._lock:  # type: ignore[attr-defined]
        for logger, entries in list(_wanted.items()):
            _apply(logger, min((level for _, level in entries), default=None))
            if not entries:
                del _wanted[logger]
        lowered = any(isinstance(logger.level, _LoweredLevel) for logger in _wanted)
        for handler in _all_handlers():
            _restrict(handler, wanted=lowered and not keep(handler))


def _apply(logger: logging.Logger, level: int | None) -> None:
    former = logger.level.former if isinstance(logger.level, _LoweredLevel) else logger.level
    if level is not None and level < _former_effective(logger):
        logger.setLevel(_LoweredLevel.over(former, level))
    elif isinstance(logger.level, _LoweredLevel):
        logger.setLevel(former)


def _former_effective(logger: logging.Logger) -> int:
    one: logging.Logger | None = logger
    while one is not None:
        level = one.level.former if isinstance(one.level, _LoweredLevel) else one.level
        if level:
            return level
        one = one.parent
    return logging.NOTSET


def _restrict(handler: logging.Handler, *, wanted: bool) -> None:
    if wanted != (_as_before in handler.filters):
        others = [one for one in handler.filters if one is not _as_before]
        handler.filters = [*others, _as_before] if wanted else others


def _all_handlers() -> Iterator[logging.Handler]:
    """Root's handlers, and those of every other logger: each may get records by a lowered one."""
    yield from logging.root.handlers
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            yield from logger.handlers
