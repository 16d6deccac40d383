"""Times as the journal has them (UTC nanoseconds) and as Python has them (aware, UTC)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from runlog.errors import WrongTypeError

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def time_of(nanoseconds: int | None) -> datetime | None:
    """An aware UTC datetime, to the microsecond; None stays None."""
    return None if nanoseconds is None else moment(nanoseconds)


def moment(nanoseconds: int) -> datetime:
    """An aware UTC datetime, to the microsecond."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def nanoseconds_of(time: Any) -> int:
    """UTC nanoseconds of a moment.

    Args:
        time: a datetime (naive: local time), seconds since 1970, or anything with ``time_ns``, such as a point of a
            series or
            a record.

    Raises:
        WrongTypeError: it is none of these.
    """
    if hasattr(time, "time_ns"):
        return int(time.time_ns)
    if isinstance(time, datetime):
        gone = time.astimezone(timezone.utc) - _EPOCH
        return (gone.days * 86_400 + gone.seconds) * 1_000_000_000 + gone.microseconds * 1000
    if isinstance(time, int | float) and not isinstance(time, bool):
        return int(time * 1_000_000_000)
    raise WrongTypeError(
        f"a moment is a datetime, seconds since 1970, or a point of a series, not {type(time).__name__}: {time!r}"
    )
