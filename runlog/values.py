"""What may be logged as a value, and the form in which it is kept.

A wrong type raises at once, with the call to use instead. A value never does: not-a-number, infinity, integers and
decimals of any size are kept, in 64 bits where these hold them exactly and else as exact text.

No package is imported for this. An object of numpy, torch, pandas, jax or the like is known by what its class documents
(``dtype``, ``shape`` and ``item()``), and read by that. Reading a tensor that lives on an accelerator waits until the
accelerator has computed it.
"""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

from runlog import exact
from runlog.arrays import UnfitError, element_of, elements_of, is_missing, is_span
from runlog.errors import WrongTypeError, WrongValueError
from runlog.exact import ScalarText
from runlog.introspection import describe, is_array, is_arrow, loaded, shape_of
from runlog.journal.format import PointKind
from runlog.limits import INT64_MAX, INT64_MIN, STEP_MAX, STEP_MIN, UINT64_MAX

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = [
    "Cell",
    "ScalarPoint",
    "ScalarText",
    "convert_cell",
    "convert_items",
    "convert_list",
    "convert_scalar",
    "convert_step",
    "decode_cell",
    "decode_cells",
]

Cell = None | bool | int | float | str | dict[str, str]
"""An element of a list, row or table as it is written: a msgpack scalar, or ``{"$": type, "v": exact text}``."""

Plain = None | bool | int | float | str | ScalarText
"""A value in Python's own terms; integers among these lie between -2**63 and 2**64-1."""

_NATIVE = frozenset({float, bool, NoneType})


class ScalarPoint(NamedTuple):
    """A value that the journal keeps as a point of 64 bits."""

    kind: PointKind
    value: float | int | bool | None


def convert_scalar(name: str, value: object) -> ScalarPoint | ScalarText:
    """Convert the value of ``run.log``.

    Azure ML stores ``numpy.int64``, arrays, dates and decimals as the text of their ``repr`` and says nothing; here
    each keeps its type.

    Args:
        name: the metric, for the message of an error.
        value: a number, bool, text, None (a gap), date or time, an enumeration's member (by its value), or an array or
            tensor with one element.

    Raises:
        WrongTypeError: it is no scalar; the message names the call that takes it.
    """
    try:
        plain = _plain(value)
    except UnfitError as unfit:
        where = f"run.log({name!r})"
        raise WrongTypeError(f"{where} takes one value, not {unfit}; {_remedy(value)}") from unfit.__cause__
    return _point(plain)


def convert_cell(where: str, value: object) -> Cell:
    """Convert one element of a list, row or table.

    Args:
        where: the call and the place in it, for the message of an error.
        value: what :func:`convert_scalar` takes.

    Raises:
        WrongTypeError: it is no scalar.
    """
    try:
        return _cell(_plain(value))
    except UnfitError as unfit:
        raise WrongTypeError(f"{where} is {unfit}; {_CELL_REMEDY}") from unfit.__cause__


def decode_cell(cell: Any) -> Any:
    """Turn a cell as :func:`convert_cell` makes it back into the Python value it stands for.

    A map that stands for none is nobody's value: it is given back as a text, which any reader can show and compare.
    """
    if not isinstance(cell, dict):
        return cell
    if is_exact(cell):
        return exact.from_text(cell["$"], cell["v"])
    return str(cell)


def is_exact(cell: dict[Any, Any]) -> bool:
    """Whether a map is a cell that has a value's exact text."""
    return cell.keys() == {"$", "v"} and isinstance(cell["$"], str) and isinstance(cell["v"], str)


def decode_cells(value: Any) -> Any:
    """Maps and lists, however deep, with the values that the cells in them stand for."""
    if isinstance(value, list):
        return [decode_cells(one) for one in value]
    if isinstance(value, dict) and not is_exact(value):
        return {name: decode_cells(one) for name, one in value.items()}
    return decode_cell(value)


def convert_list(name: str, value: object) -> list[Cell]:
    """Convert the values of ``run.log_list``.

    Args:
        name: the metric, for the message of an error.
        value: any iterable of scalars, read to its end: list, tuple, range, generator, set, array or tensor of one
            dimension, pandas ``Series``. Exceptions of the caller's own generator pass through.

    Raises:
        WrongTypeError: it is a text or a mapping (which Azure ML takes apart into characters and keys), has no
            elements or more than one dimension, or an element is no scalar.
    """
    return convert_items(f"run.log_list({name!r})", value)


def convert_items(where: str, value: object) -> list[Cell]:
    """Convert the elements of an iterable; ``where`` names the call for the message of an error.

    Raises:
        WrongTypeError: as :func:`convert_list`.
    """
    cells: list[Cell] = []
    items = _items(where, value)
    if type(items) is list and _all_native(items):
        return items
    try:
        for item in items:
            cells.append(_cell(_plain(item)))  # noqa: PERF401 an error tells how many came before
    except UnfitError as unfit:
        raise WrongTypeError(f"{where}: element {len(cells)} is {unfit}; {_CELL_REMEDY}") from unfit.__cause__
    return cells


def convert_step(step: object) -> int | None:
    """Convert the step of a metric.

    Args:
        step: None, or a whole number in 64 bits: int, float such as 2.0, numpy's, or a tensor with one element.

    Raises:
        WrongTypeError: it is no number (True and False are none here).
        WrongValueError: it is not whole, or outside -2**63 to 2**63-1.
    """
    if step is None:
        return None
    try:
        plain = _plain(step)
    except UnfitError as unfit:
        raise WrongTypeError(f"step is {unfit}; {_STEP_REMEDY}") from unfit.__cause__
    if plain is None:
        return None
    number = _number(plain)
    if number is None:
        raise WrongTypeError(f"step is {describe(step)}; {_STEP_REMEDY}")
    # The range first: int() of a Decimal such as 1e999999999 would take all memory.
    if not STEP_MIN <= number <= STEP_MAX:
        raise WrongValueError(f"step is {describe(step)}, outside of -2**63 to 2**63-1; {_STEP_REMEDY}")
    if number != int(number):
        raise WrongValueError(f"step is {describe(step)}, which is no whole number; {_STEP_REMEDY}")
    return int(number)


def _point(plain: Plain) -> ScalarPoint | ScalarText:
    if isinstance(plain, ScalarText):
        return plain
    if isinstance(plain, str):
        return ScalarText(plain, None, "str")
    if plain is None:
        return ScalarPoint(PointKind.GAP, None)
    if isinstance(plain, bool):
        return ScalarPoint(PointKind.BOOL, plain)
    if isinstance(plain, float):
        return ScalarPoint(PointKind.FLOAT, plain)
    return ScalarPoint(PointKind.INT if plain <= INT64_MAX else PointKind.UINT, plain)


def _number(plain: Plain) -> int | float | Decimal | Fraction | None:
    """The exact number a value is; None where it is none, infinity where it is not finite."""
    number: Any
    if isinstance(plain, ScalarText):
        type_ = "decimal" if plain.type == "longdouble" else plain.type
        number = exact.from_text(type_, plain.text)
    else:
        number = plain
    if not _is_real(number):
        return None
    if isinstance(number, Decimal):
        return number if number.is_finite() else math.inf
    return math.inf if isinstance(number, float) and math.isnan(number) else number


def _is_real(value: Any) -> bool:
    return isinstance(value, float | Decimal | numbers.Rational) and not isinstance(value, bool)


def _cell(plain: Plain) -> Cell:
    return {"$": plain.type, "v": plain.text} if isinstance(plain, ScalarText) else plain


def _plain(value: Any) -> Plain:
    """The value in Python's own terms.

    Raises:
        UnfitError: it is no scalar, or reading it raised.
    """
    kind = type(value)
    if kind in _NATIVE:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return _from_int(value)
    if kind is str:
        return _from_str(value)
    try:
        return _from_object(value, kind)
    except UnfitError:
        raise
    except Exception as error:
        raise UnfitError(f"{describe(value)} that can't be read ({type(error).__name__}: {error})") from error


def _from_object(value: Any, kind: type) -> Plain:
    if issubclass(kind, Enum):
        return _plain(value.value)
    if is_missing(kind):
        return None
    if kind is ScalarText:
        return value  # type: ignore[no-any-return]
    for base, convert in _CONVERTERS:
        if issubclass(kind, base):
            return convert(value)
    fractions = loaded("fractions")
    if fractions is not None and issubclass(kind, fractions.Fraction):
        return exact.fraction_text(value)
    if is_array(kind):
        return _plain(element_of(value, kind))
    if hasattr(kind, "as_py"):
        return _plain(value.as_py())
    if is_span(kind):
        return str(value)
    if issubclass(kind, numbers.Integral):
        return _from_int(operator.index(value))
    if issubclass(kind, numbers.Rational):
        return exact.rational_text(value)
    if issubclass(kind, numbers.Real):
        return float(value)
    raise UnfitError(describe(value))


def _from_int(value: int) -> int | ScalarText:
    return value if INT64_MIN <= value <= UINT64_MAX else exact.int_text(value)


def _from_str(value: str) -> str:
    text = str.__str__(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Lone surrogates (file names in no known encoding) have no UTF-8; their escapes can be read at least.
        return text.encode("utf-8", "backslashreplace").decode()
    return text


# Methods of the base class itself, so that a subclass can't answer for its value with code of its own. datetime stands
# before date, whose subclass it is.
_CONVERTERS: tuple[tuple[type, Callable[[Any], Plain]], ...] = (
    (int, lambda value: _from_int(int.__int__(value))),
    (float, float.__float__),
    (str, _from_str),
    (Decimal, exact.decimal_text),
    (datetime, exact.datetime_text),
    (date, exact.date_text),
    (time, exact.time_text),
    (timedelta, exact.timedelta_text),
)


def _items(where: str, value: Any) -> Iterable[Any]:
    """What to iterate over for a list.

    Raises:
        WrongTypeError: it is no iterable, or one that falls apart into something else than its values.
    """
    kind = type(value)
    if issubclass(kind, str | bytes | bytearray | memoryview):
        raise WrongTypeError(f"{where} takes a list of values, not {describe(value)}; put it into a list: [value]")
    if issubclass(kind, Mapping):
        raise WrongTypeError(
            f"{where} takes a list of values, not {describe(value)}; use run.log_row for one value a column, "
            "run.log_table for a list a column, or list(value.items()) in two lists"
        )
    shape = shape_of(value)
    if shape is not None and len(shape) != 1:
        remedy = "run.log for one value" if not shape else "run.log_table for a table, run.log_image for a picture"
        raise WrongTypeError(f"{where} takes one dimension, not {describe(value)} of shape {shape}; use {remedy}")
    if is_array(kind) or is_arrow(kind):
        return _array_items(where, value)
    if not (hasattr(kind, "__iter__") or hasattr(kind, "__len__")):  # it has items, and does not give them one by one
        raise WrongTypeError(f"{where} takes a list of values, not {describe(value)}; use run.log for one value")
    try:
        items: Iterable[Any] = iter(value)
    except TypeError as error:
        raise WrongTypeError(
            f"{where} takes a list of values, not {describe(value)}; use run.log for one value"
        ) from error
    return items


def _array_items(where: str, value: Any) -> Iterable[Any]:
    try:
        items: Iterable[Any] = elements_of(value)
    except Exception as error:
        raise WrongTypeError(
            f"{where}: {describe(value)} can't be read ({type(error).__name__}: {error}); pass a list of numbers"
        ) from error
    return items


def _all_native(items: list[Any]) -> bool:
    return _NATIVE.issuperset(map(type, items))


_CELL_REMEDY = "use numbers, bools, texts, dates or None"
_STEP_REMEDY = "use a whole number such as 3, or leave step out"


def _remedy(value: Any) -> str:
    """The call that takes what ``run.log`` does not."""
    kind = type(value)
    shape = shape_of(value)
    if issubclass(kind, numbers.Complex):
        return "log its parts: value.real and value.imag under two names"
    if shape is not None and hasattr(kind, "columns"):
        return "use run.log_table(name, value)"
    if shape is not None and math.prod(shape) != 1:
        if len(shape) > 1:
            return "use run.log_table for a table, run.log_image for a picture, or log one element"
        return "use run.log_list(name, value)"
    if issubclass(kind, Mapping):
        return "use run.log_row(name, **value) for a row, run.log_table(name, value) for a table of lists"
    if issubclass(kind, bytes | bytearray | memoryview):
        return "decode it to a text, or keep it with run.upload_file"
    if hasattr(kind, "savefig") or kind.__module__.startswith("PIL."):
        return "use run.log_image"
    if isinstance(value, Iterable) and not is_array(kind):
        return "use run.log_list(name, value)"
    return "convert it first, as in float(value) or str(value)"
