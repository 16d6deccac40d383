"""Times as the journal has them (UTC nanoseconds) and as Python has them (aware, UTC)."""

from __future__ import annotations

import numbers
import re
from datetime import datetime, timedelta, timezone
from typing import Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.journal import real_time

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*([smhdw])", re.ASCII)
_A_SECOND = 10**9
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def time_of(nanoseconds: int | None) -> datetime | None:
    """An aware UTC datetime, to the microsecond; None stays None."""
    return None if nanoseconds is None else moment(nanoseconds)


def moment(nanoseconds: int) -> datetime:
    """An aware UTC datetime, to the microsecond."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def nanoseconds_of(moment: Any) -> int:
    """UTC nanoseconds of a moment.

    Args:
        moment: a datetime (naive: local time), seconds since 1970, or anything with ``time_ns``, such as a point of a
            series or a record.

    Raises:
        WrongTypeError: it is none of these; pandas' ``NaT`` is none.
        WrongValueError: it is infinite or not-a-number.
    """
    if hasattr(moment, "time_ns"):
        return int(moment.time_ns)
    if isinstance(moment, datetime) and moment == moment:  # noqa: PLR0124 pandas has not-a-time for a datetime
        return _since_epoch(moment)
    if not isinstance(moment, bool) and isinstance(moment, numbers.Real):
        return nanoseconds_in(moment)
    raise WrongTypeError(
        f"a moment is a datetime, seconds since 1970, or a point of a series, not {type(moment).__name__}: {moment!r}"
    )


def nanoseconds_in(seconds: Any) -> int:
    """The nanoseconds in some seconds.

    Raises:
        WrongTypeError: it is no number.
        WrongValueError: it is not-a-number, or infinite.
    """
    if isinstance(seconds, numbers.Integral):
        return int(seconds) * _A_SECOND
    if not isinstance(seconds, numbers.Real):
        raise WrongTypeError(f"seconds must be a number, not {type(seconds).__name__}: {seconds!r}")
    try:
        return int(float(seconds) * _A_SECOND)
    except (ValueError, OverflowError):
        raise WrongValueError(f"seconds must be a finite number, not {seconds!r}") from None


def _since_epoch(moment: datetime) -> int:
    try:
        exact = moment.astimezone(timezone.utc)
    except (ValueError, OverflowError, OSError):  # the first or last day that a datetime can be
        exact = moment.replace(tzinfo=timezone.utc)
    gone = exact - _EPOCH
    return (gone.days * 86_400 + gone.seconds) * _A_SECOND + gone.microseconds * 1000


def nanoseconds_of_text(text: str) -> int:
    """UTC nanoseconds of a moment in words: an ISO 8601 time (local where it names no zone), or how long ago: ``90s``.

    Raises:
        WrongValueError: it is neither.
    """
    if match := _AGO.fullmatch(text):
        return real_time.wall_ns() - int(float(match[1]) * _UNITS[match[2]] * _A_SECOND)
    try:
        named = datetime.fromisoformat(text.replace("Z", "+00:00") if text.endswith("Z") else text)
    except ValueError:
        raise WrongValueError(
            f"{text!r} is no time: give 2026-01-31T13:05, 2026-01-31T12:05:00Z, or how long ago: 10m, 2h, 3d"
        ) from None
    return _since_epoch(named)
