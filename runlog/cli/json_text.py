"""Values as JSON, in which what a terminal would obey is escaped: the same values."""

from __future__ import annotations

from typing import Any

import msgspec

from runlog.control_characters import in_json
from runlog.json_values import plain_json

__all__ = ["json_line", "json_text", "plain_json"]


def json_line(value: Any) -> str:
    """A value as one line of JSON, ending in a newline."""
    return in_json(msgspec.json.encode(plain_json(value)).decode()) + "\n"


def json_text(value: Any) -> str:
    """A value as indented JSON, ending in a newline."""
    return in_json(msgspec.json.format(msgspec.json.encode(plain_json(value)), indent=2).decode()) + "\n"
