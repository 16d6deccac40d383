"""Values that a file, a request or an answer might hold and should not, each as JSON, msgpack, text and a cell of SQLite has it."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

encode = msgspec.msgpack.encode
NAMES = 1_000_000 if "RUNLOG_TEST_FUZZ" in os.environ else 20_000
"""Members of the widest containers; the suite's are smaller."""
HUGE = 1 << 20


class Hostile(NamedTuple):
    """A value, ready to take another one's place."""

    label: str
    json: bytes
    msgpack: bytes
    text: str
    """What a path, a header or a key has of it."""
    cell: Any
    """What SQLite has of it."""

    def __repr__(self) -> str:
        return self.label


def text(label: str, value: str) -> Hostile:
    raw = value.encode("utf-8", "surrogatepass")
    size = len(raw)
    head = bytes([0xA0 | size]) if size < 32 else b"\xdb" + size.to_bytes(4, "big")
    cell = raw.decode("utf-8", "replace")
    return Hostile(label, json.dumps(value).encode(), head + raw, value, cell)


def number(label: str, value: float) -> Hostile:
    fits = isinstance(value, float) or -(1 << 63) <= value < 1 << 64
    packed = encode(value if fits else float(value) if abs(value) < 1 << 1000 else math.inf)
    cell = value if isinstance(value, float) or -(1 << 63) <= value < 1 << 63 else str(value)
    written = json.dumps(value).encode()
    return Hostile(label, written, packed, written.decode(), cell)


def plain(label: str, value: Any) -> Hostile:
    written = json.dumps(value)
    return Hostile(label, written.encode(), encode(value), written, written)


def raw(label: str, json_bytes: bytes, packed: bytes) -> Hostile:
    return Hostile(label, json_bytes, packed, json_bytes[:200].decode("latin-1"), packed)


def deep(depth: int) -> list[Hostile]:
    """A list in a list, and a map in a map."""
    return [
        raw(f"lists {depth} deep", b"[" * depth + b"null" + b"]" * depth, b"\x91" * depth + b"\xc0"),
        raw(f"maps {depth} deep", b'{"a":' * depth + b"null" + b"}" * depth, b"\x81\xa1a" * depth + b"\xc0"),
    ]


def wide(count: int) -> list[Hostile]:
    """A map of many names, and a list of many items."""
    return [
        plain(f"{count} names", {f"name {one}": one for one in range(count)}),
        plain(f"{count} items", [0] * count),
    ]


def paths_to(target: Path) -> list[Hostile]:
    """Names that lead from anywhere to a file, or to the folder of it."""
    upwards = "../" * 24
    found = {
        "an absolute path": str(target),
        "a path upwards": upwards + str(target).lstrip("/"),
        "a path upwards below a name": "a/" + upwards + str(target).lstrip("/"),
        "an absolute folder": str(target.parent),
        "an absolute path that is not there": str(target.with_name("new")),
        "a path upwards that is not there": upwards + str(target.with_name("new")).lstrip("/"),
        "a file's address": f"file://{target.parent}",
    }
    return [text(label, path) for label, path in found.items()]


TEXTS = {
    "no text": "",
    "a dot": ".",
    "two dots": "..",
    "a slash": "/",
    "a terminal": "/dev/ptmx",
    "endless zeros": "/dev/zero",
    "the standard input": "/dev/stdin",
    "a NUL": "a\0b",
    "a lone surrogate": "\ud800",
    "letters of a terminal": "\x1b]52;c;aGk=\x07\x1b[2J\u202e",
    "lines": "one\ntwo\r\nthree",
    "a formula": "=cmd|' /C calc'!A0",
    "a home": "~root",
    "many digits": "9" * 6_000,
    "a hash of nothing": "0" * 64,
    "a huge text": "x" * HUGE,
    "a template": "%s %n {0.__class__} $HOME",
    "no number": "NaN",
    "another's run": "victim-0",
    "a long name": "n" * 300,
}
NUMBERS = {
    "zero": 0,
    "minus one": -1,
    "2^31": 1 << 31,
    "2^63 - 1": (1 << 63) - 1,
    "2^63": 1 << 63,
    "2^64 - 1": (1 << 64) - 1,
    "-2^63": -(1 << 63),
    "-2^63 - 1": -(1 << 63) - 1,
    "10^400": 10**400,
    "a fraction": 0.5,
    "1e308": 1e308,
    "no number (float)": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
}
OTHERS = {"null": None, "true": True, "an empty list": [], "an empty map": {}, "a list of lists": [[1], [[2]]]}
MAPS = {
    "a map of anything": {"": None, "a": {"b": [1, {"c": 2.5}]}},
    "a map that says its type": {"$": "int", "v": "x"},
}


def hostile_values(target: Path) -> list[Hostile]:
    """All values; some lead to a file."""
    return [
        *paths_to(target),
        *(text(label, value) for label, value in TEXTS.items()),
        *(number(label, value) for label, value in NUMBERS.items()),
        *(plain(label, value) for label, value in {**OTHERS, **MAPS}.items()),
        raw("bytes", b'"\\u0000"', b"\xc4\x03\xff\x00\xfe"),
        raw("another kind of bytes", b"[0]", b"\xc7\x01\x2a\x00"),
        raw("a moment", b'"2026-01-31T13:05:00Z"', b"\xd6\xff\xff\xff\xff\xff"),
        raw("nothing", b"", b""),
        raw("what is no code", b"\xff\xfe", b"\xc1"),
        *deep(900),
        *deep(5_000),
        *wide(NAMES),
    ]


def drawn_values(target: Path) -> st.SearchStrategy[Hostile]:
    """One of them, or anything at all."""
    return st.one_of(
        st.sampled_from(hostile_values(target)),
        st.text(max_size=80).map(lambda value: text(f"the text {value!r}", value)),
        st.integers(-(1 << 70), 1 << 70).map(lambda value: number(f"the number {value}", value)),
        st.floats().map(lambda value: number(f"the number {value}", value)),
        st.binary(max_size=80).map(lambda value: raw(f"the bytes {value!r}", value, value)),
    )
