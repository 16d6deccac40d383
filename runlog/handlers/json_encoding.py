"""Values as JSON has them: NaN, keys that are no text, loops and objects get a form, too."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from pythonjsonlogger import json as base

from runlog.handlers.text_formatter import safe_text

_DEEPEST = 20


class Encoder(base.JsonEncoder):
    """python-json-logger's, for which a scalar of NumPy or a tensor is a number."""

    def default(self, o: Any) -> Any:
        """Something that stands in JSON for what has no form in it."""
        if getattr(o, "shape", None) == () and hasattr(o, "item"):  # a NumPy or tensor scalar
            return o.item()
        return super().default(o)


def plain(value: Any, simpler: Callable[[Any], Any], around: tuple[int, ...] = ()) -> Any:
    """A value with nothing in it that JSON can't say.

    Args:
        value: anything.
        simpler: makes something simpler of an object; it may raise.
        around: the ids of what it stands in: what holds itself is cut, and what is too deep becomes text.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _named(value)
    if isinstance(value, int):
        return int(value) if value.bit_length() < 4096 else hex(value)  # Python refuses to print longer ones
    if id(value) in around:
        return "[itself]"
    if len(around) >= _DEEPEST:
        return safe_text(value)
    try:
        return _plain_container(value, simpler, (*around, id(value)))
    except Exception:  # it raises when it is asked for what it holds
        return safe_text(value)


def _plain_container(value: Any, simpler: Callable[[Any], Any], around: tuple[int, ...]) -> Any:
    if isinstance(value, Mapping):
        return {safe_text(name): plain(item, simpler, around) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, simpler, around) for item in value]
    return plain(simpler(value), simpler, around)


def _named(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
