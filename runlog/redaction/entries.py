"""Names and values that are no item of a mapping: pairs such as headers, and entries of a list of settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_NAMES = ("name", "key", "keyName", "header", "field", "Name", "Key")
_VALUES = ("value", "Value", "val")
_OTHER_COLUMNS = frozenset(
    {"user", "username", "login", "name", "email", "host", "port", "id", "role", "label", "value", "text", "type"}
    | {"password", "token", "secret", "key", "api_key", "cookie", "headers", "date", "content-type", "accept"}
)
"""What stands behind the name of a secret in a list of names."""
LONGEST_NAME = 100
"""Characters of a name that is looked at."""


def name_of(given: Any) -> str | None:
    """The name that a key, or the first of a pair, is; None where it is none."""
    if isinstance(given, bytes):
        given = given.decode("latin-1")
    return given if isinstance(given, str) and len(given) <= LONGEST_NAME else None


def is_pair(items: Sequence[Any]) -> bool:
    """Whether two items may be a name and its value, as headers are, and not two names."""
    first, second = items
    name = name_of(first)
    if name is None or not name or any(map(str.isspace, name)):
        return False
    value = name_of(second) if isinstance(second, str | bytes) else None
    return value is None or value.lower() not in _OTHER_COLUMNS


def entry_of(mapping: Mapping[Any, Any]) -> tuple[str, str] | None:
    """The name of an entry such as ``{"name": "PASSWORD", "value": "..."}``, and the key of its value."""
    if not 2 <= len(mapping) <= 8:
        return None
    name = next((mapping[one] for one in _NAMES if isinstance(mapping.get(one), str)), None)
    key = next((one for one in _VALUES if one in mapping), None)
    return None if name is None or key is None else (name, key)
