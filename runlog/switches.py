"""Environment variables that turn something on or off."""

from __future__ import annotations

import os

_NO = frozenset({"0", "false", "no", "off"})


def is_switched_on(variable: str, *, default: bool) -> bool:
    """Whether a variable says so: any text means yes but 0, false, no and off, in any case.

    Of Azure ML's switches any text means yes, "False" too.

    Args:
        variable: its name.
        default: what an unset or empty variable means.
    """
    value = os.environ.get(variable, "").strip().lower()
    return value not in _NO if value else default
