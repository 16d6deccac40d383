"""Bodies of a server's answers as objects, and pages of them: a server may be of another make, broken, or hostile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from runlog.json_values import DEPTH, is_nested_beyond
from runlog.records import UNREADABLE

ODD = (*UNREADABLE, LookupError, AttributeError)
"""What taking an answer apart may raise that is of another form."""
MOST_PAGES = 100_000
"""Of one list: more is no list that anybody waits for."""


def json_of(body: bytes) -> Any:
    """The JSON in a body.

    Raises:
        One of :data:`ODD`: there is none, or it is nested too deeply.
    """
    return _within_depth(json.loads(body))


def msgpack_of(body: bytes) -> Any:
    """The msgpack in a body.

    Raises:
        One of :data:`ODD`: there is none, or it is nested too deeply.
    """
    return _within_depth(msgspec.msgpack.decode(body))


def _within_depth(content: Any) -> Any:
    if is_nested_beyond(content):
        raise ValueError(f"it is nested more than {DEPTH} levels deep")
    return content


def texts_of(value: Any) -> list[str]:
    """A list of texts.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError("a list of texts is needed")
    return value


def moment_of(value: Any) -> int:
    """Nanoseconds since 1970; 0 where an answer has none."""
    return value if type(value) is int else 0


def all_pages(ask: Callable[[str], dict[str, Any]], *lists: str) -> Iterator[dict[str, Any]]:
    """Pages, each asked for with the cursor of the one before, until there is none.

    Args:
        ask: takes a cursor, empty for the first page, and gives the page.
        lists: names of the fields that have what is asked for.

    Raises:
        ValueError: they have no end: a page says that another follows, and is empty, or was there before.
        TypeError: a cursor is no text.
    """
    cursor, known = "", set[str]()
    for _ in range(MOST_PAGES):
        page = ask(cursor)
        following = page.get("cursor") or ""
        if not isinstance(following, str):
            raise TypeError("a cursor is no text")
        yield page
        cursor = following
        if not cursor:
            return
        if cursor in known or not any(page.get(name) for name in lists):
            raise ValueError("its pages have no end")
        known.add(cursor)
    raise ValueError(f"it has more than {MOST_PAGES} pages")
