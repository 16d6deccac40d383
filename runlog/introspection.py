"""What an object of another package says of itself, without importing that package.

Asked of the class first: an attribute of an instance may be code that answers to any name.
"""

from __future__ import annotations

import reprlib
import sys
from typing import Any

_SHOWN_TYPES = frozenset({int, float, complex, bool, str, bytes, bytearray, list, tuple, dict, set, frozenset, range})


def describe(value: object) -> str:
    """Name a value in an error: its content where its class is Python's own, else only its class."""
    kind = type(value)
    if kind in _SHOWN_TYPES:
        return f"the {kind.__name__} {_short_repr(value)}"
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def is_array(kind: type) -> bool:
    """Whether a class documents itself as an array or tensor (numpy, torch, jax, tensorflow, pandas ``Series``)."""
    return hasattr(kind, "dtype") and hasattr(kind, "shape") and (hasattr(kind, "item") or hasattr(kind, "numpy"))


def shape_of(value: Any) -> tuple[int, ...] | None:
    """The shape of an array, tensor or data frame; None for what has none, or can't tell it."""
    if not hasattr(type(value), "shape"):
        return None
    try:
        return tuple(int(size) for size in value.shape)
    except Exception:
        return None


def loaded(package: str) -> Any | None:
    """A package, where somebody has imported it: else no object can be of its classes."""
    return sys.modules.get(package)


def _short_repr(value: object) -> str:
    try:
        return reprlib.repr(value)
    except Exception:
        # A list may hold objects whose own repr raises.
        return "(not to be shown)"
