"""Letting more records through the root logger without showing more of them on the console."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator


class _LoweredLevel(int):
    """A root level that runlog set. Whoever sets the level anew, even to the same number, sets a plain int."""


class _AsBefore(logging.Filter):
    """Lets through what the loggers would have let through with root at its former level.

    A level on the handlers would not do: a logger with a level of its own brings its records past root's level, and
    they were shown before.
    """

    def __init__(self, former: int) -> None:
        super().__init__()
        self.former = former

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= self.former or not _takes_level_from_root(record.name)


def is_lowered(one: object) -> bool:
    """Whether a filter is the one that keeps a handler showing what it did before root's level was lowered."""
    return isinstance(one, _AsBefore)


_wanted: list[tuple[object, int]] = []
_former = logging.WARNING


def lower_root_level(level: int, *, keep: Callable[[logging.Handler], bool]) -> Callable[[], None]:
    """Lower the root level; every handler that gets records by it goes on showing what it did.

    Does nothing where root lets ``level`` through already. Several lowerings may be in force, and end in any order.

    Args:
        level: The level that root is to let through.
        keep: Tells the handlers that are meant to get the additional records.

    Returns:
        A function that undoes it, unless somebody has set another root level since.
    """
    global _former
    token = object()
    with logging._lock:  # type: ignore[attr-defined]
        if not _wanted:
            _former = logging.root.level
        _wanted.append((token, level))
        _apply(keep)

    def restore() -> None:
        with logging._lock:  # type: ignore[attr-defined]
            _wanted[:] = [entry for entry in _wanted if entry[0] is not token]
            settle(keep)

    return restore


def settle(keep: Callable[[logging.Handler], bool]) -> None:
    """Bring levels and handlers in line after a configuration, which may have set root's level or brought handlers."""
    global _former
    with logging._lock:  # type: ignore[attr-defined]
        if not isinstance(logging.root.level, _LoweredLevel):
            _former = logging.root.level
        _apply(keep)


def _apply(keep: Callable[[logging.Handler], bool]) -> None:
    level = min((level for _, level in _wanted), default=_former)
    lowered = level < _former
    if lowered:
        logging.root.setLevel(_LoweredLevel(level))
    elif isinstance(logging.root.level, _LoweredLevel):
        logging.root.setLevel(_former)
    for handler in _handlers_fed_by_root():
        _restrict(handler, _former if lowered and not keep(handler) else None)


def _restrict(handler: logging.Handler, former: int | None) -> None:
    filters = [one for one in handler.filters if not isinstance(one, _AsBefore)]
    if former is not None:
        filters.append(_AsBefore(former))
    if filters != handler.filters:
        handler.filters = filters


def _handlers_fed_by_root() -> Iterator[logging.Handler]:
    """Root's handlers, and those of loggers that may have root's level."""
    yield from logging.root.handlers
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            yield from logger.handlers


def _takes_level_from_root(name: str) -> bool:
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None and logger.parent is not None:
        if logger.level:
            return False
        logger = logger.parent
    return True
