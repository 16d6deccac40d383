"""Paths of files inside a run: the one rule by which a client names them and a server takes them."""

from __future__ import annotations

import re

PATH_BYTES = 1024
PART_BYTES = 255
"""Bytes between two slashes: what file systems take."""
RULE = (
    f"use names of at most {PART_BYTES} bytes with / between, none of them empty, . or .., {PATH_BYTES} bytes in all, "
    "without control characters and backslashes"
)
_LONGEST = 4096
"""Bytes that the system takes."""
_UNKEPT = "[\x00-\x1f\x7f\ud800-\udfff]"


def is_part(text: str) -> bool:
    """Whether a text can be the name of a file in its folder."""
    if text in {"", ".", ".."} or "/" in text or "\\" in text or (not text.isprintable() and re.search(_UNKEPT, text)):
        return False
    return len(text.encode()) <= PART_BYTES


def is_path(text: str) -> bool:
    """Whether a text can be the path of a file in a run."""
    return all(map(is_part, text.split("/"))) and len(text.encode()) <= PATH_BYTES


def stays_inside(text: str) -> bool:
    """Whether a path leads to something below where it begins, on this machine; earlier versions took more than now."""
    if "\0" in text or "\\" in text or not {"", ".", ".."}.isdisjoint(text.split("/")):
        return False
    try:
        return len(text.encode(errors="surrogateescape")) <= _LONGEST
    except UnicodeEncodeError:
        return False


def written_out(text: str) -> str:
    """A path with control characters, and bytes that are no text, written as in a URI: ``%09`` for a tab."""
    return text if text.isprintable() else re.sub(_UNKEPT, _in_percent, text)


def _in_percent(found: re.Match[str]) -> str:
    """Python hands bytes of a file's name that are no UTF-8 over as U+DC80 and up."""
    one = found[0]
    data = one.encode("utf-8", "surrogateescape" if "\udc80" <= one <= "\udcff" else "surrogatepass")
    return "".join(f"%{byte:02X}" for byte in data)
