"""Fields of a document: found, checked, and brought to the cells that are kept. Errors name the place of a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from runlog.errors import WrongTypeError, WrongValueError
from runlog.introspection import describe, is_array
from runlog.limits import INT64_MIN, UINT64_MAX
from runlog.values import convert_cell, decode_cell

_EXACT_NUMBERS = frozenset({"int", "decimal", "fraction", "longdouble"})
_DEEPEST = 32
_SHOWN_FIELDS = 8


@dataclass(frozen=True)
class Place:
    """Where a field stands, as an error names it: ``run.log_residuals('r'): data.bin_edges[2]``."""

    call: str
    path: str = ""

    def field(self, name: str) -> Place:
        """A field of the object that stands here."""
        return Place(self.call, f"{self.path}.{name}" if self.path else name)

    def element(self, at: int) -> Place:
        """An element of the list that stands here."""
        return Place(self.call, f"{self.path}[{at}]")

    def __str__(self) -> str:
        return f"{self.call}: {self.path}" if self.path else self.call


class Length(NamedTuple):
    """How many elements a list has, and why."""

    elements: int
    reason: str


def required(place: Place, fields: Mapping[str, Any], name: str) -> Any:
    """A field that must be there.

    Raises:
        WrongValueError: it is not.
    """
    if name not in fields:
        given = ", ".join(map(repr, list(fields)[:_SHOWN_FIELDS])) or "none"
        raise WrongValueError(f"{place.field(name)}: this field is missing; the fields given are {given}")
    return fields[name]


def as_object(place: Place, value: object) -> Mapping[str, Any]:
    """A JSON object: a mapping with text keys.

    Raises:
        WrongTypeError: it is none.
        WrongValueError: its keys are those of a kept cell, as which it would be read back.
    """
    if not isinstance(value, Mapping):
        raise WrongTypeError(f"{place}: {describe(value)} is no JSON object; use a dict")
    for key in value:
        if not isinstance(key, str):
            raise WrongTypeError(f"{place}: the key {key!r} is {describe(key)}; the keys of a JSON object are texts")
    if value.keys() == {"$", "v"}:
        raise WrongValueError(f"{place}: an object of just '$' and 'v' stands for an exact number; rename one of them")
    return value


def as_key(place: Place, key: str) -> str:
    """A field's name as it is kept: lone surrogates as escapes."""
    return str(convert_cell(str(place), key))


def as_list(place: Place, value: object, length: Length | None = None) -> list[Any]:
    """A JSON array: a list, tuple, range, or array of numpy or the like.

    Raises:
        WrongTypeError: it is none.
        WrongValueError: it has another length.
    """
    items = _listed(place, value)
    if not isinstance(items, list):
        raise WrongTypeError(f"{place}: {describe(value)} is no list; use a list or an array")
    if length is not None and len(items) != length.elements:
        raise WrongValueError(f"{place}: {len(items)} elements, but {length.elements} are needed, {length.reason}")
    return items


def as_numbers(place: Place, value: object, *lengths: Length | None) -> list[Any]:
    """Numbers in a list, or in lists of lists: one dimension for each length. None and not-a-number are gaps.

    Raises:
        WrongTypeError: something in it is no list or no number.
        WrongValueError: a list has another length.
    """
    length, *inner = lengths or (None,)
    items = as_list(place, value, length)
    if inner:
        return [as_numbers(place.element(at), item, *inner) for at, item in enumerate(items)]
    if _are_plain(items):
        return items
    return [_number(place.element(at), item) for at, item in enumerate(items)]


def as_labels(place: Place, value: object) -> list[Any]:
    """Names of classes: texts, numbers or bools.

    Raises:
        WrongTypeError: it is no list, or something in it is no label.
    """
    labels = []
    for at, item in enumerate(as_list(place, value)):
        label = convert_cell(str(place.element(at)), item)
        if label is None:
            raise WrongTypeError(f"{place.element(at)}: None is no label; use a text or a number")
        labels.append(label)
    return labels


def as_plain(place: Place, value: object, depth: int = 0) -> Any:
    """Anything that JSON can say, in maps, lists and cells.

    Raises:
        WrongTypeError: something in it has no form in JSON.
        WrongValueError: it is nested too deeply, or contains itself.
    """
    if depth > _DEEPEST:
        raise WrongValueError(f"{place}: nested more than {_DEEPEST} deep, or it contains itself; flatten it")
    if isinstance(value, Mapping):
        return {
            as_key(place, key): as_plain(place.field(key), item, depth + 1)
            for key, item in as_object(place, value).items()
        }
    items = _listed(place, value)
    if isinstance(items, list):
        return [as_plain(place.element(at), item, depth + 1) for at, item in enumerate(items)]
    return convert_cell(str(place), value)


def _listed(place: Place, value: Any) -> Any:
    """A list of what a sequence or an array of at least one dimension holds; anything else as it is."""
    if isinstance(value, list | tuple | range):
        return list(value)
    kind = type(value)
    if not is_array(kind):
        return value
    try:
        return value.tolist() if hasattr(kind, "tolist") else value.numpy().tolist()
    except Exception as error:
        raise WrongTypeError(
            f"{place}: {describe(value)} can't be read as a list ({type(error).__name__}: {error}); pass value.tolist()"
        ) from error


def _are_plain(items: Sequence[Any]) -> bool:
    """Whether all are Python's own numbers in 64 bits, as they are where an array was given."""
    kinds = set(map(type, items))
    return kinds <= {float} or (kinds == {int} and min(items) >= INT64_MIN and max(items) <= UINT64_MAX)


def _number(place: Place, item: object) -> int | float | None:
    cell = convert_cell(str(place), item)
    if cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)):
        return cell
    if isinstance(cell, dict) and cell["$"] in _EXACT_NUMBERS:
        return _nearest(decode_cell(cell))
    raise WrongTypeError(f"{place}: {describe(item)} is no number")


def _nearest(number: Any) -> float:
    """The nearest float64: JSON has no exact number of another size."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
