"""Sizes as people write them."""

from __future__ import annotations

import re
from typing import Any

_SIZE = re.compile(r"\s*(\d{1,20}(?:\.\d{1,20})?)\s*([kmgt]?)(i?)b?\s*", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
SIZE_OPTIONS = frozenset({"maxBytes", "max_bytes"})
"""Options that are numbers of bytes."""


def bytes_of(size: Any) -> Any:
    """A number of bytes: ``10MB`` is 10,000,000, ``10MiB`` is 10,485,760. What is no text stays as it is.

    Raises:
        ValueError: the text is no size.
    """
    if not isinstance(size, str):
        return size
    found = _SIZE.fullmatch(size)
    if found is None:
        raise ValueError(f"{size!r} is no size: write 500000, 10MB or 10MiB")
    number, prefix, binary = found.groups()
    return round(float(number) * (1024 if binary else 1000) ** _POWERS[prefix.lower()])
