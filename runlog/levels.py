"""Logging levels: METRIC, and levels as users name them."""

from __future__ import annotations

import logging

from runlog.errors import WrongTypeError, WrongValueError

METRIC = 15
"""Between DEBUG and INFO: a metric is also a log record for whoever wants to see it."""

_NAMES = ("DEBUG", "METRIC", "INFO", "WARNING", "ERROR", "CRITICAL")


def _name_metric() -> None:
    """Have ``logging`` know METRIC, beside whatever name somebody else has given to its number."""
    if isinstance(logging.getLevelName("METRIC"), int):
        return
    earlier = logging.getLevelName(METRIC)
    logging.addLevelName(METRIC, "METRIC")
    if earlier != f"Level {METRIC}":
        logging.addLevelName(METRIC, earlier)


_name_metric()


def level_number(level: int | str | None) -> int | None:
    """A logging level by number or name.

    Raises:
        WrongTypeError: it is neither.
        WrongValueError: there is no level of this name.
    """
    if level is None:
        return None
    if isinstance(level, bool) or not isinstance(level, int | str):
        raise WrongTypeError(f"a level is a level's name or number, not {type(level).__name__}: {level!r}")
    number = logging.getLevelName(level.upper()) if isinstance(level, str) else level
    if not isinstance(number, int):
        from runlog.names import did_you_mean

        hint = did_you_mean(str(level), _NAMES) or "use DEBUG, INFO, WARNING, ERROR, CRITICAL or a number"
        raise WrongValueError(f"unknown logging level {level!r}: {hint}")
    return number


def typed_level(text: str) -> int:
    """A logging level as people type it: a name, or a number of up to nine digits.

    Raises:
        WrongValueError: there is no such level.
    """
    plain = text.strip()
    return int(plain) if plain.isdecimal() and len(plain) < 10 else level_number(plain) or logging.NOTSET
