"""What an object of another package says of itself, without importing that package.

Asked of the class first: an attribute of an instance may be code that answers to any name.
"""

from __future__ import annotations

import functools
import re
import reprlib
import sys
from types import ModuleType
from typing import Any

_SHOWN_TYPES = frozenset({int, float, complex, bool, str, bytes, bytearray, list, tuple, dict, set, frozenset, range})

_ADDRESS = r" at 0x[0-9a-fA-F]+"


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


def is_arrow(kind: type) -> bool:
    """Whether a class is one of pyarrow's arrays, which have neither ``dtype`` nor ``shape``."""
    return hasattr(kind, "to_pylist") and not hasattr(kind, "columns")


def shape_of(value: Any) -> tuple[int, ...] | None:
    """The shape of an array, tensor or data frame; None for what has none, or can't tell it."""
    if not hasattr(type(value), "shape"):
        return None
    try:
        return tuple(int(size) for size in value.shape)
    except Exception:
        return None


def text_of(value: Any) -> str:
    """The text of any value, without places in memory, which would differ from run to run; never raises.

    Classes, functions and modules are named; bytes are read as UTF-8; all else says itself by ``str``.
    """
    try:
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value).decode("utf-8", "backslashreplace")
        text = _name_of(value) or str(value)
    except Exception as error:  # its own code, a list nested too deeply, an integer that is too long
        return hex(value) if type(value) is int else f"<{type(value).__qualname__}, whose text raises {_kind(error)}>"
    return re.sub(_ADDRESS, "", text)


def _name_of(value: Any) -> str | None:
    """How a class, a function, a module or a regular expression is called in code."""
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, re.Pattern):
        return str(value.pattern)
    if isinstance(value, functools.partial):
        given = [*map(text_of, value.args), *(f"{name}={text_of(one)}" for name, one in value.keywords.items())]
        return f"{text_of(value.func)}({', '.join(given)})"
    name = getattr(value, "__qualname__", None) if isinstance(value, type) or callable(value) else None
    if not isinstance(name, str):
        return None
    module = getattr(value, "__module__", None)
    return name if module in {None, "builtins"} else f"{module}.{name}"


def _kind(error: Exception) -> str:
    return type(error).__name__


def loaded(package: str) -> Any | None:
    """A package, where somebody has imported it: else no object can be of its classes."""
    return sys.modules.get(package)


def _short_repr(value: object) -> str:
    try:
        return reprlib.repr(value)
    except Exception:
        # A list may hold objects whose own repr raises.
        return "(not to be shown)"
