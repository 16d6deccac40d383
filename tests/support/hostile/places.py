"""Places in decoded data: every leaf, container and name, found by walking it, and other bytes in their stead."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from support.hostile.values import Hostile

MARK = "\ue000here\ue001"
"""Stands where a value's own bytes go once the rest is encoded."""

MEMBERS = 40
"""Members of a map that are looked at: more than any has that is no list of names."""


class Place(NamedTuple):
    """Where something stands in decoded data: keys and numbers from the outside in."""

    path: tuple[Any, ...]
    is_name: bool = False
    """Whether the name of the member is meant, rather than its value."""

    def __repr__(self) -> str:
        return "/".join(map(str, self.path)) + (" (its name)" if self.is_name else "") or "the whole"


def places(value: Any, path: tuple[Any, ...] = (), most: int = 8) -> Iterator[Place]:
    """All places in data; of long lists and maps the first only, which stand for the others."""
    yield Place(path)
    if isinstance(value, dict):
        for name, member in list(value.items())[:MEMBERS]:
            yield Place((*path, name), is_name=True)
            yield from places(member, (*path, name), most)
    elif isinstance(value, list | tuple):
        for number, item in list(enumerate(value))[:most]:
            yield from places(item, (*path, number), most)


def replaced(value: Any, place: Place, by: Any) -> Any:
    """A copy of data with something else at a place."""
    if not place.path:
        return by
    first, *rest = place.path
    inner = Place(tuple(rest), place.is_name)
    if isinstance(value, dict):
        if not rest and place.is_name:
            return {(by if name == first else name): member for name, member in value.items()}
        return {name: replaced(member, inner, by) if name == first else member for name, member in value.items()}
    return [replaced(item, inner, by) if number == first else item for number, item in enumerate(value)]


def json_with(value: Any, place: Place, hostile: Hostile) -> bytes:
    """Data as JSON, with the hostile value at a place."""
    return _with(value, place, hostile.json, lambda some: json.dumps(some).encode(), json.dumps(MARK).encode())


def msgpack_with(value: Any, place: Place, hostile: Hostile) -> bytes:
    """Data as msgpack, with the hostile value at a place."""
    return _with(value, place, hostile.msgpack, msgspec.msgpack.encode, msgspec.msgpack.encode(MARK))


def _with(value: Any, place: Place, raw: bytes, encode: Callable[[Any], bytes], mark: bytes) -> bytes:
    whole = encode(replaced(value, place, MARK))
    assert whole.count(mark) == 1, (place, whole.count(mark))
    return whole.replace(mark, raw)
