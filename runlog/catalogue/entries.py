"""Entries of the catalogue: JSON objects that are changed as a whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from runlog import own_log
from runlog.backend import Backend
from runlog.errors import ConfigurationError
from runlog.records import UNREADABLE
from runlog.whole_files import sha256_of

T = TypeVar("T")
NAME_BYTES = 200
"""Bytes of a name that are a file's name, too: file systems take 255, and a number or an ending may follow."""


def file_name(name: str) -> str:
    """What an entry for a name is called: the name, or where it is too long for a file, its beginning and its hash."""
    raw = name.encode()
    if len(raw) <= NAME_BYTES:
        return name
    return f"{raw[: NAME_BYTES - 34].decode(errors='ignore')}~{sha256_of(raw)[:32]}"


def read_entry(backend: Backend, name: str) -> dict[str, Any] | None:
    """An entry; None where there is none.

    Raises:
        ConfigurationError: it is no JSON object.
    """
    entry = backend.read_entry(name)
    return None if entry is None else _decode(backend, name, entry.data)


def readable(read: Callable[[str], T | None], names: Iterable[str]) -> Iterator[T]:
    """What can be read of several entries; one that can't is told of and left out, so that it does not hide the others.

    Args:
        read: reads one; None where there is none.
        names: of the entries.
    """
    for name in names:
        try:
            found = read(name)
        except ConfigurationError as error:
            own_log.tell("an entry is left out: %s", error)
            continue
        if found is not None:
            yield found


def faults(read: Callable[[str], object], names: Iterable[str]) -> Iterator[str]:
    """What is wrong with the entries that can't be read, in words."""
    for name in names:
        try:
            read(name)
        except ConfigurationError as error:
            yield str(error)


def make_entry(backend: Backend, name: str, content: dict[str, Any]) -> bool:
    """Make an entry; False where there is one of this name.

    Raises:
        OSError: it can't be written.
    """
    return backend.put_entry(name, _encode(content), None)


def change_entry(backend: Backend, name: str, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Change an entry, or make it; where another process changes it meanwhile, the change is made to what that wrote.

    Args:
        backend: keeps it.
        name: of the entry.
        change: changes its fields in place; called again where another process was first. Fields of other versions
            stay.

    Returns:
        the entry as it is now.

    Raises:
        OSError: it can't be written.
    """
    while True:
        entry = backend.read_entry(name)
        content = {} if entry is None else _decode(backend, name, entry.data)
        change(content)
        data = _encode(content)
        if entry is not None and data == entry.data:
            return content
        if backend.put_entry(name, data, None if entry is None else entry.revision):
            return content


def _encode(content: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _decode(backend: Backend, name: str, data: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except UNREADABLE as error:
        raise ConfigurationError(
            f"{name} in {backend.location} can't be read ({error}): mend it, or remove it, and it is made anew"
        ) from error
