"""Values in the forms that JSON has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from runlog.exact import is_long

DEPTH = 100
"""Levels of nesting that are read and written. What runlog keeps has fewer, and readers of JSON stop at a thousand."""
CUT = "..."
"""Stands for what is nested more deeply."""
_CONTAINERS = (Mapping, list, tuple)


def plain_json(value: Any, depth: int = DEPTH) -> Any:
    """A value with what JSON has no form for made text: ``"NaN"``, ``"Infinity"``, bytes in hex, others by ``str``.

    Args:
        value: of any type.
        depth: levels of nesting that are kept.
    """
    if isinstance(value, float):
        return value if value - value == 0 else {1: "Infinity", -1: "-Infinity"}.get((value > 0) - (value < 0), "NaN")
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return hex(value) if is_long(value) else value
    if isinstance(value, _CONTAINERS):
        return _plain_container(value, depth - 1) if depth else CUT
    if isinstance(value, date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def _plain_container(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {str(key): plain_json(one, depth) for key, one in value.items()}
    return [plain_json(one, depth) for one in value]


def is_nested_beyond(value: Any, depth: int = DEPTH) -> bool:
    """Whether decoded bytes are nested more deeply than this; keys count, since msgpack has arrays for keys, too."""
    level = [value] if isinstance(value, dict | list | tuple) else []
    for _ in range(depth + 1):
        level = [part for one in level for part in _parts(one) if isinstance(part, dict | list | tuple)]
        if not level:
            return False
    return True


def _parts(value: Any) -> list[Any]:
    return [*value, *value.values()] if isinstance(value, dict) else value
