"""What ``run.log_params`` takes: configurations of any make, as names with dots and plain values.

A parameter keeps its type where it is a scalar, so that runs can be filtered and sorted by it. Mappings and
configuration objects become names with dots, lists become JSON, and whatever else stands in a configuration becomes its
text: paths, types, functions, estimators.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

from runlog.arrays import elements_of
from runlog.configurations import fields_of
from runlog.errors import WrongTypeError
from runlog.introspection import describe, is_array, is_arrow, shape_of, text_of
from runlog.json_values import CUT, plain_json
from runlog.limits import PARAMETER_DEPTH, PARAMETER_ITEMS
from runlog.names import normalise_key
from runlog.values import Cell, convert_cell


def plain_params(params: object, changes: list[str]) -> dict[str, Cell]:
    """The parameters of ``run.log_params`` by their names.

    Args:
        params: a mapping or a configuration object (dataclass, ``Namespace``, pydantic, attrs, OmegaConf...). Each
            value is a scalar; a list, tuple, set, range or array (kept as JSON); again a mapping or configuration
            object, whose names follow the outer one behind a dot: ``{"opt": {"lr": 0.1}}`` gives ``opt.lr``; or
            anything else, which is kept as its text.
        changes: told of what could not be kept as it was given.

    Raises:
        WrongTypeError: it is neither mapping nor configuration object, or one of the outermost names is no text.
        WrongValueError: one of the outermost names is empty.
    """
    fields = fields_of(params)
    if fields is None:
        raise WrongTypeError(
            f"run.log_params takes a mapping of names to values or a configuration object, not {describe(params)}; "
            "use vars(...) or a dict"
        )
    taken = _Params(changes)
    for key, value in fields:
        taken.add(_part_of_name(key, changes), value, [params])
    return taken.cells


class _Params:
    """Parameters on their way from the nested form to the flat one."""

    def __init__(self, changes: list[str]) -> None:
        self.cells: dict[str, Cell] = {}
        self._changes = changes
        self._left = PARAMETER_ITEMS

    def add(self, name: str, value: object, above: list[object]) -> None:
        """Take a value in, with all that is nested in it.

        Args:
            name: its name, with those of what it is nested in.
            value: of any type.
            above: what it is nested in.
        """
        if _is_sequence(value):
            kept = self._json(name, value, above)
            self._keep(name, kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False))
            return
        fields = fields_of(value)
        if fields is None:
            self._keep(name, _leaf(value))
            return
        instead = self._instead_of(name, value, above)
        inner = [] if instead is not None else list(fields)
        if not inner:
            self._keep(name, instead or "{}")
        for key, one in inner:
            self.add(f"{name}.{_part_of_inner_name(key, self._changes)}", one, [*above, value])

    def _keep(self, name: str, cell: Cell) -> None:
        if name in self.cells:
            self._changes.append(f"two parameters of one call are called {name!r}: the later one is kept")
        self.cells[name] = cell

    def _json(self, name: str, value: Any, above: list[object]) -> Any:
        """A value in JSON's own terms; a text where a list is not gone into."""
        is_sequence = _is_sequence(value)
        fields = None if is_sequence else fields_of(value)
        if fields is None and not is_sequence:
            cell = _leaf(value)
            return cell["v"] if isinstance(cell, dict) else plain_json(cell)
        instead = self._instead_of(name, value, above)
        if instead is not None:
            return instead
        beneath = [*above, value]
        if fields is not None:
            return {_text_of_key(key): self._json(name, one, beneath) for key, one in fields}
        return [self._json(name, one, beneath) for one in _items(value)]

    def _instead_of(self, name: str, value: Any, above: list[object]) -> str | None:
        """What is kept in the place of a list or mapping that must not be gone into, which is told of; else None."""
        size = _size(value)
        if any(one is value for one in above):
            why, instead = "it contains itself", CUT
        elif len(above) > PARAMETER_DEPTH:
            why, instead = f"what is nested in it more deeply than {PARAMETER_DEPTH} levels was left out", CUT
        elif size > self._left:
            why = (
                f"the parameters of one call have more than {PARAMETER_ITEMS:,} items; of these only the type was kept"
            )
            shape = shape_of(value)
            amount = f"shape {shape}" if shape is not None else f"{size:,} items"
            instead = str(value) if isinstance(value, range) else f"{text_of(type(value))} of {amount}"
        else:
            self._left -= size
            return None
        self._changes.append(f"the parameter {name[:80]!r}: {why}")
        return instead


def _part_of_name(key: object, changes: list[str]) -> str:
    kept = normalise_key(key, "parameter name")
    if kept.changed is not None:
        changes.append(f"the parameter name {kept.name!r}: {kept.changed}")
    return kept.name


def _part_of_inner_name(key: object, changes: list[str]) -> str:
    """The key of an inner mapping as a part of a name: it may be a number, as in ``{"layers": {0: 128}}``, or empty."""
    text = _text_of_key(key)
    return _part_of_name(text, changes) if text.strip() else text


def _text_of_key(key: object) -> str:
    cell = _leaf(key)
    return cell["v"] if isinstance(cell, dict) else str(cell)


def _is_sequence(value: Any) -> bool:
    """Whether a value is kept as a list."""
    kind = type(value)
    if isinstance(value, str | bytes | bytearray | memoryview | Mapping) or hasattr(kind, "_fields"):
        return False
    if isinstance(value, Sequence | AbstractSet) or hasattr(kind, "typecode"):  # the latter of array.array
        return True
    shape = shape_of(value)
    return is_arrow(kind) or (is_array(kind) and shape is not None and math.prod(shape) != 1)


def _size(value: Any) -> int:
    shape = shape_of(value)
    if shape is not None:
        return math.prod(shape)
    try:
        return len(value)
    except Exception:  # a configuration object, or a list whose own code fails
        return 1


def _items(value: Any) -> Iterable[Any]:
    """The items of what is kept as a list."""
    if isinstance(value, AbstractSet):
        # Text order, so that equal sets give equal parameters in each process.
        return sorted(value, key=lambda item: (str(type(item)), text_of(item)))
    kind, shape = type(value), shape_of(value)
    if not (is_array(kind) or is_arrow(kind)):
        return _read(value)
    try:
        return list(elements_of(value) if shape is None or len(shape) == 1 else value)
    except Exception:  # an array of objects, or of another package: what it says of itself is kept
        return [text_of(value)]


def _read(value: Iterable[Any]) -> Iterator[Any]:
    """The items of a list, as far as it gives them: those of OmegaConf raise where a reference leads nowhere."""
    items = iter(value)
    while True:
        try:
            yield next(items)
        except StopIteration:
            return
        except Exception as error:
            yield f"[can't be read: {type(error).__name__}]"
            return


def _leaf(value: Any) -> Cell:
    """A value that nothing is nested in: a scalar with its type, all else as its text."""
    if isinstance(value, os.PathLike):
        value = os.fsdecode(value)
    try:
        return convert_cell("a parameter", value)
    except WrongTypeError:
        text = value.name if isinstance(value, Enum) else text_of(value)
        return convert_cell("a parameter", text)
