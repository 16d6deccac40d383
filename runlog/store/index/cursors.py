"""Where a page of runs ended, as a text that is handed back for the next one."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from runlog.errors import WrongValueError

KEPT = 8
"""Runs of a page that its cursor names: should the last be deleted, the next page goes on behind one before it."""


class Cursor(NamedTuple):
    """The last runs of a page, and how many stood before and on it."""

    query: int
    """A checksum of the query's text."""
    run_ids: list[str]
    reached: int


def write_cursor(query: str, page: Sequence[str], reached: int) -> str:
    """A cursor's text.

    Args:
        query: the query.
        page: ids of the page's runs.
        reached: how many runs stood before and on it.
    """
    data = msgspec.msgpack.encode(Cursor(_sum(query), list(page[-KEPT:]), reached))
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def read_cursor(text: str, query: str) -> Cursor:
    """A cursor from its text.

    Raises:
        WrongValueError: it is none, or that of another query.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)
        cursor = msgspec.msgpack.decode(data, type=Cursor)
    except (ValueError, msgspec.MsgspecError) as error:
        raise WrongValueError(f"cursor={text[:80]!r} is none that was given: ask for the first page") from error
    if cursor.query != _sum(query):
        raise WrongValueError(f"cursor={text[:80]!r} belongs to another query: ask for the first page of this one")
    return cursor


def place_after(cursor: Cursor, run_ids: Sequence[str]) -> int:
    """Where the next page begins: behind the last run of the page that is still there.

    Where none is, so much before where it was that no run is left out; some may come again.
    """
    places = {run_id: place for place, run_id in enumerate(run_ids)}
    for run_id in reversed(cursor.run_ids):
        if run_id in places:
            return places[run_id] + 1
    return min(max(0, cursor.reached - len(cursor.run_ids)), len(run_ids))


def _sum(query: str) -> int:
    return zlib.crc32(query.encode("utf-8", "surrogatepass"))
