"""Values in the forms that JSON has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any


def plain_json(value: Any) -> Any:
    """A value with what JSON has no form for made text: ``"NaN"``, ``"Infinity"``, bytes in hex, others by ``str``."""
    if isinstance(value, float):
        return value if value - value == 0 else {1: "Infinity", -1: "-Infinity"}.get((value > 0) - (value < 0), "NaN")
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(one) for one in value]
    if isinstance(value, date | time):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
