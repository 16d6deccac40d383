"""Fields of formats that are spelt almost as one that ``logging`` knows: a record would fail on each of them."""

from __future__ import annotations

import logging
import re
import string
from collections.abc import Iterator

from runlog.handlers.filters import RUN_FIELDS

_KNOWN = {*logging.makeLogRecord({}).__dict__, *("message", "asctime", "taskName"), *RUN_FIELDS}
_SHORTEST = 5
"""Characters of a field: shorter ones are too much alike to tell a slip from a name of somebody's own."""


def misspelt(text: str, style: str) -> Iterator[tuple[str, str]]:
    """Fields of a format that look like slips, each with what was meant.

    Fields that are nothing like a known one are left alone: filters and ``extra`` add any.
    """
    for name in dict.fromkeys(_fields(text, style)):
        if name not in _KNOWN and len(name) >= _SHORTEST:
            meant = next((known for known in sorted(_KNOWN) if _is_slip(name, known)), None)
            if meant is not None:
                yield name, meant


def _fields(text: str, style: str) -> list[str]:
    if style == "{":
        try:
            return [re.split(r"[.\[]", name)[0] for _, name, _, _ in string.Formatter().parse(text) if name]
        except ValueError:  # told when the formatter is made
            return []
    if style == "$":
        return [found["named"] or found["braced"] or "" for found in string.Template.pattern.finditer(text)]
    return re.findall(r"%\((\w+)\)", text)


def _is_slip(name: str, known: str) -> bool:
    """Whether one letter is missing, added, changed, or in the other's place; case and underscores aside."""
    a, b = (one.replace("_", "").lower() for one in (name, known))
    if a == b:
        return True
    if len(known) < _SHORTEST or abs(len(a) - len(b)) > 1:
        return False
    start = next((at for at, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))  # noqa: B905
    rest_a, rest_b = a[start:], b[start:]
    swapped = rest_b[1:2] + rest_b[:1] + rest_b[2:]
    return rest_a[1:] in {rest_b, rest_b[1:]} or rest_a == rest_b[1:] or rest_a == swapped
