"""Parameters and tags: what ``run.log_params`` and ``run.tag`` take.

A parameter keeps its type where it is a scalar, so that runs can be filtered and sorted by it. Configurations are
seldom flat: mappings inside become keys with dots, lists become JSON text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.exact import int_text
from runlog.introspection import describe, shape_of
from runlog.names import normalise_key, normalise_value
from runlog.values import Cell, convert_cell


def convert_params(params: Mapping[str, object], *, changes: list[str] | None = None) -> dict[str, Cell]:
    """Convert the parameters of ``run.log_params``.

    Args:
        params: each value a scalar, a path, a list, tuple, set or array of such (kept as JSON text), or a mapping of
            such, whose keys follow the outer one behind a dot: ``{"opt": {"lr": 0.1}}`` gives ``opt.lr``.
        changes: told of keys and texts that could not be kept as given.

    Raises:
        WrongTypeError: it is no mapping, a key is no text, or a value is none of these.
        WrongValueError: a key is empty, or something contains itself.
    """
    if not isinstance(params, Mapping):
        raise WrongTypeError(f"run.log_params takes a mapping, not {describe(params)}; use vars(...) or a dict")
    converted: dict[str, Cell] = {}
    try:
        _add(converted, "", params, changes)
    except RecursionError as error:
        raise WrongValueError(
            "run.log_params: the parameters contain themselves; pass the part that matters"
        ) from error
    return converted


def convert_tag(key: object, value: object = None, *, changes: list[str] | None = None) -> tuple[str, str | None]:
    """Convert what ``run.tag`` takes.

    As with Azure ML, a value that is no text becomes one.

    Args:
        key: the tag.
        value: a scalar; None for a tag without a value.
        changes: told of what could not be kept as given.

    Raises:
        WrongTypeError: the key is no text or the value no scalar.
        WrongValueError: the key is empty.
    """
    kept_key = normalise_key(key)
    _tell(changes, "tag key", kept_key.name, kept_key.changed)
    if value is None:
        return kept_key.name, None
    text = _text(convert_cell(f"the value of tag {kept_key.name!r}", value))
    kept = normalise_value(text)
    _tell(changes, "tag", kept_key.name, kept.changed)
    return kept_key.name, kept.name


def _add(converted: dict[str, Cell], prefix: str, params: Mapping[Any, object], changes: list[str] | None) -> None:
    for key, value in params.items():
        # Keys inside a configuration may be numbers, as in {"layers": {0: 128}}; the outermost are names by intent.
        text = _text(convert_cell(f"a key inside parameter {prefix!r}", key)) if prefix else key
        kept = normalise_key(f"{prefix}{text}" if prefix else text, "parameter name")
        _tell(changes, "parameter name", kept.name, kept.changed)
        if isinstance(value, Mapping) and value:
            _add(converted, f"{kept.name}.", value, changes)
        else:
            converted[kept.name] = _param(kept.name, value, changes)


def _param(name: str, value: object, changes: list[str] | None) -> Cell:
    if isinstance(value, os.PathLike):
        value = os.fsdecode(value)
    if _is_nested(value):
        value = json.dumps(_nested(name, value), ensure_ascii=False, separators=(",", ":"))
    cell = convert_cell(f"the value of parameter {name!r}", value)
    if isinstance(cell, str):
        kept = normalise_value(cell, "parameter")
        _tell(changes, "parameter", name, kept.changed)
        return kept.name
    return cell


def _is_nested(value: Any) -> bool:
    shape = shape_of(value)
    return isinstance(value, list | tuple | set | frozenset | Mapping) or (
        shape is not None and shape != () and hasattr(type(value), "tolist")
    )


def _nested(name: str, value: Any) -> Any:
    """The value in JSON's own terms."""
    if isinstance(value, Mapping):
        where = f"a key inside parameter {name!r}"
        return {_text(convert_cell(where, key)): _nested(name, item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        # Text order, so that equal sets give equal parameters in each process.
        return sorted((_nested(name, item) for item in value), key=lambda item: (str(type(item)), str(item)))
    if isinstance(value, list | tuple):
        return [_nested(name, item) for item in value]
    if _is_nested(value):
        return _nested(name, value.tolist())
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    cell = convert_cell(f"an element of parameter {name!r}", value)
    return cell["v"] if isinstance(cell, dict) else cell


def _text(cell: Cell) -> str:
    if isinstance(cell, dict):
        return cell["v"]
    return int_text(cell).text if type(cell) is int else str(cell)


def _tell(changes: list[str] | None, what: str, name: str, changed: str | None) -> None:
    if changes is not None and changed is not None:
        changes.append(f"{what} {name!r}: {changed}")
