"""Letting more records through a logger without showing more of them: for the run log alone."""

from __future__ import annotations

import logging
from collections.abc import Callable

from runlog.handlers.unusual import reasons


class _LoweredLevel(int):
    """A level that runlog set. Whoever sets the level anew, even to the same number, sets a plain int."""

    former: int

    @classmethod
    def over(cls, former: int, level: int) -> _LoweredLevel:
        lowered = cls(level)
        lowered.former = former
        return lowered


in_force = False
"""Whether any level is lowered."""
_wanted: dict[logging.Logger, list[tuple[object, int]]] = {}


def was_let_through(logger: logging.Logger, level: int) -> bool:
    """Whether a record would have been made with the levels that were set before any was lowered."""
    lowered = False
    one: logging.Logger | None = logger
    while one is not None:
        of_logger = one.level
        if isinstance(of_logger, _LoweredLevel):
            lowered, of_logger = True, of_logger.former
        if of_logger:
            return not lowered or level >= of_logger
        one = one.parent
    return True


def lower_level(logger: logging.Logger, level: int) -> Callable[[], None]:
    """Lower a logger's level; nothing but the run log gets the records that come of it.

    Does nothing where the logger lets ``level`` through already. Several lowerings may be in force, and end in any
    order.

    Args:
        logger: The logger, or root.
        level: The level that it is to let through.

    Returns:
        A function that undoes it, unless somebody has set another level since.
    """
    entry = (object(), level)
    with logging._lock:  # type: ignore[attr-defined]
        _wanted.setdefault(logger, []).append(entry)
        settle()

    def restore() -> None:
        with logging._lock:  # type: ignore[attr-defined]
            if entry in _wanted.get(logger, ()):
                _wanted[logger].remove(entry)
            settle()

    return restore


def settle() -> None:
    """Lower again what a configuration has set meanwhile."""
    global in_force
    with logging._lock:  # type: ignore[attr-defined]
        for logger, entries in list(_wanted.items()):
            _apply(logger, min((level for _, level in entries), default=None))
            if not entries:
                del _wanted[logger]
        in_force = any(isinstance(logger.level, _LoweredLevel) for logger in _wanted)
        (reasons.add if in_force else reasons.discard)("levels are lowered")


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
