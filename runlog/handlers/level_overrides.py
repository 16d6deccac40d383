"""Levels of loggers that are other ones for a while."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from msgspec import Struct

from runlog import context
from runlog.errors import WrongTypeError
from runlog.handlers.record_payload import LOG_EVENT, encode_log
from runlog.journal import background, fork, real_time
from runlog.levels import level_number

ROOT = "root"
Tell = Callable[[str], object]
"""Takes a sentence on what became of a level."""


class Override(Struct, frozen=True):
    """A level that a logger has for a while."""

    level: int
    before: int
    """The level that it had."""
    until: float | None
    """By the monotonic clock; None: to the end of the process."""
    tell: Tell


class _Expiry:
    """Puts levels back whose time is over; looked at each second by a thread."""

    def tick(self) -> None:
        """Put back what is due."""
        now = real_time.monotonic()
        with _guard:
            due = [name for name, one in _overrides.items() if one.until is not None and one.until <= now]
        for name in due:
            put_back(name, "its time is over")


_overrides: dict[str, Override] = {}
_guard = threading.RLock()
_expiry = _Expiry()


def set_level(logger: str, level: int | str | None, seconds: float | None = None) -> None:
    """Give a logger another level, for a while; then it gets back the level that it had.

    A level that somebody else sets meanwhile stays as that set it. That a level changes, and that it is put back, are
    records of the current run.

    Args:
        logger: its name; ``"root"`` or an empty text for the root logger.
        level: by name or number; None puts back the level that it had before the first such call.
        seconds: for how long; None: until it is put back, or the process ends.

    Raises:
        WrongTypeError: one of them is of another type.
        WrongValueError: there is no such level, or seconds is not above 0.
    """
    if not isinstance(logger, str):
        raise WrongTypeError(f"a logger is given by its name, not {type(logger).__name__}: {logger!r}")
    from runlog.handlers.held_back import positive

    name = logger or ROOT
    number = level_number(level)
    span = None if seconds is None else positive("seconds", seconds)
    if number is None:
        put_back(name, "asked for in the process")
        return
    apply(name, number, span, _tell_current_run, "asked for in the process")


def apply(name: str, level: int, seconds: float | None, tell: Tell, why: str) -> Override:
    """Give a logger a level, and say so.

    Args:
        name: of the logger.
        level: its new level.
        seconds: for how long; None: until it is put back.
        tell: takes a sentence on it now, and another one when the level is put back.
        why: for these sentences.
    """
    logger = _logger(name)
    with _guard:
        earlier = _overrides.get(name)
        before = earlier.before if earlier is not None and logger.level == earlier.level else logger.level
        override = Override(level, before, None if seconds is None else real_time.monotonic() + seconds, tell)
        _overrides[name] = override
        logger.setLevel(level)
    watch()
    span = "" if seconds is None else f" for {seconds:.0f} s"
    tell(f"the level of logger {name!r} is {_text(level)}{span}, and was {_text(before)}: {why}")
    return override


def put_back(name: str, why: str, only: Override | None = None) -> None:
    """Give a logger the level back that it had, unless somebody else has changed it since.

    Args:
        name: of the logger.
        why: for the sentence that tells it.
        only: do so only where this is still what holds.
    """
    with _guard:
        override = _overrides.get(name)
        if override is None or (only is not None and override is not only):
            return
        del _overrides[name]
        logger = _logger(name)
        if ours := logger.level == override.level:
            logger.setLevel(override.before)
        if all(one.until is None for one in _overrides.values()):
            background.unwatch(_expiry)
    if ours:
        override.tell(f"the level of logger {name!r} is {_text(override.before)} again: {why}")
    else:
        override.tell(f"the level of logger {name!r} stays {_text(logger.level)}, which was set meanwhile: {why}")


def watch() -> None:
    """Have levels put back in time; in a forked child to be called anew, as threads stay with the parent."""
    if any(one.until is not None for one in _overrides.values()):
        background.watch(_expiry)


def as_record(sentence: str) -> bytes:
    """The payload of a log record that says this, as ``runlog`` would log it."""
    return encode_log(logging.LogRecord("runlog", logging.INFO, __file__, 0, sentence, None, None), None)


def _tell_current_run(sentence: str) -> None:
    target = context.current()
    if target is not None:
        target.write_event(LOG_EVENT, as_record(sentence))


def _logger(name: str) -> logging.Logger:
    return logging.getLogger() if name == ROOT else logging.getLogger(name)


def _text(level: int) -> str:
    return "not set" if level == logging.NOTSET else logging.getLevelName(level)


def _in_forked_child() -> None:
    global _guard
    _guard = threading.RLock()


fork.in_child(_in_forked_child)  # the levels stay, as loggers do; the first record of the child has them watched again
