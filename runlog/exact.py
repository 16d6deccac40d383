"""Exact texts for values that no 64-bit number holds, and the way back.

Integers outside 64 bits, ``Decimal``, ``Fraction``, dates and times, numpy's ``longdouble`` and ``datetime64`` are kept
as a text that gives the very value back, beside a float64 for charts where the value is a number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from runlog.limits import DECIMAL_DIGITS_BITS

if TYPE_CHECKING:
    from fractions import Fraction
    from numbers import Rational

_BEYOND_MICROSECONDS = r"(\.\d{6})\d+"
_NANOSECONDS_A_SECOND = 10**9


class LongInt(int):
    """An integer so long that Python refuses to write it in digits; its text is hexadecimal, so it can be printed."""

    def __repr__(self) -> str:
        return hex(self)

    def __format__(self, spec: str) -> str:
        return int.__format__(self, spec) if spec else hex(self)

    def __reduce__(self) -> tuple[type[int], tuple[str, int]]:
        return int, (hex(self), 16)

    __str__ = __repr__


class ScalarText(NamedTuple):
    """A value kept as text.

    Attributes:
        text: the value, exactly.
        approx: the nearest float64, for charts; None where the value is no number, or is finite and beyond float64.
        type: what the text stands for: "str", "int", "decimal", "fraction", "longdouble", "datetime", "date", "time"
            or "timedelta".
    """

    text: str
    approx: float | None
    type: str


def int_text(value: int) -> ScalarText:
    """Write an integer of any size: decimal, or hexadecimal where that would be very long."""
    return ScalarText(_digits(value), _approximate(value), "int")


def decimal_text(value: Decimal) -> ScalarText:
    """Write a ``Decimal`` with all its digits, trailing zeros included."""
    approx = math.nan if value.is_nan() else _approximate(value)
    return ScalarText(Decimal.__str__(value), approx, "decimal")


def fraction_text(value: Fraction) -> ScalarText:
    """Write a ``Fraction`` as ``numerator/denominator``."""
    return ScalarText(f"{_digits(value.numerator)}/{_digits(value.denominator)}", _approximate(value), "fraction")


def rational_text(value: Rational) -> ScalarText:
    """Write a rational number of another class as the ``Fraction`` that it is."""
    from fractions import Fraction

    return fraction_text(Fraction(int(value.numerator), int(value.denominator)))


def datetime_text(value: datetime) -> ScalarText:
    """Write a moment in ISO 8601: a naive one stays naive, an aware one keeps its offset from UTC."""
    return ScalarText(value.isoformat(), None, "datetime")


def date_text(value: date) -> ScalarText:
    """Write a day in ISO 8601."""
    return ScalarText(value.isoformat(), None, "date")


def time_text(value: time) -> ScalarText:
    """Write a time of day in ISO 8601."""
    return ScalarText(value.isoformat(), None, "time")


def timedelta_text(value: timedelta) -> ScalarText:
    """Write a duration in ISO 8601, with its seconds as the float; pandas' nanoseconds are kept."""
    nanoseconds = getattr(value, "nanoseconds", 0)
    if nanoseconds:
        microseconds = (value.days * 86_400 + value.seconds) * 10**6 + value.microseconds
        return nanosecond_duration_text(microseconds * 1_000 + nanoseconds)
    exact = timedelta(value.days, value.seconds, value.microseconds)
    return ScalarText(msgspec.to_builtins(exact), exact.total_seconds(), "timedelta")


def nanosecond_duration_text(nanoseconds: int) -> ScalarText:
    """Write a duration of so many nanoseconds in ISO 8601, with its seconds as the float."""
    seconds, rest = divmod(abs(nanoseconds), _NANOSECONDS_A_SECOND)
    sign = "-" if nanoseconds < 0 else ""
    return ScalarText(f"{sign}PT{seconds}.{rest:09d}S", nanoseconds / _NANOSECONDS_A_SECOND, "timedelta")


def longdouble_text(value: Any) -> ScalarText:
    """Write a ``numpy.longdouble`` with as many digits as give the same longdouble back.

    Always text, even where a float64 would do, so that one metric is not half points and half texts.
    """
    text = str(value)
    approx = float(value)
    overflowed = math.isinf(approx) and "inf" not in text
    return ScalarText(text, None if overflowed else approx, "longdouble")


def from_text(type_: str, text: str) -> Any:
    """Turn an exact text back into the value it stands for.

    Moments finer than a microsecond, which only numpy and pandas have, come back at the microsecond, and a signalling
    NaN as a quiet one, since even comparing the other fails. A text that Python's own type can't hold (a year above
    9999) or print (a fraction of thousands of digits), or of a type that this version does not know, comes back as it
    is.

    Args:
        type_: the type as :class:`ScalarText` has it.
        text: the text.
    """
    parse = _PARSERS.get(type_)
    if parse is None:
        return text
    try:
        return parse(text)
    except (ValueError, ArithmeticError, msgspec.ValidationError):
        return text


def is_long(value: int) -> bool:
    """Whether an integer is written in hexadecimal, as Python may refuse to write it in digits."""
    return value.bit_length() > DECIMAL_DIGITS_BITS


def _digits(value: int) -> str:
    return hex(value) if is_long(value) else str(value)


def _parse_int(text: str) -> int:
    return LongInt(text, 16) if "x" in text else int(text)


def _approximate(value: int | Decimal | Fraction) -> float | None:
    try:
        approx = float(value)
    except OverflowError:
        return None
    truly_infinite = isinstance(value, Decimal) and value.is_infinite()
    return None if math.isinf(approx) and not truly_infinite else approx


def _parse_decimal(text: str) -> Decimal:
    value = Decimal(text)
    return Decimal("NaN") if value.is_snan() else value


def _parse_fraction(text: str) -> Fraction:
    from fractions import Fraction

    numerator, _, denominator = text.partition("/")
    return Fraction(int(numerator), int(denominator))  # a hexadecimal one is no number here, as nothing could print it


def _parse_datetime(text: str) -> datetime:
    return datetime.fromisoformat(re.sub(_BEYOND_MICROSECONDS, r"\1", text))


def _parse_timedelta(text: str) -> timedelta:
    return msgspec.convert(re.sub(_BEYOND_MICROSECONDS, r"\1", text), timedelta)


def _parse_longdouble(text: str) -> Any:
    try:
        import numpy as np
    except ImportError:
        return Decimal(text)
    return np.longdouble(text)


_PARSERS: dict[str, Callable[[str], Any]] = {
    "int": _parse_int,
    "decimal": _parse_decimal,
    "fraction": _parse_fraction,
    "longdouble": _parse_longdouble,
    "datetime": _parse_datetime,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": _parse_timedelta,
}
