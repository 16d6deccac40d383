"""Blocks whose output is shown and not captured, as it is a record already."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Depth(threading.local):
    shown_only = 0


_depth = _Depth()


@contextmanager
def shown_only() -> Iterator[None]:
    """What this thread prints in the block is shown where it usually is, and not captured."""
    _depth.shown_only += 1
    try:
        yield
    finally:
        _depth.shown_only -= 1


def is_shown_only() -> bool:
    """Whether this thread is in such a block."""
    return _depth.shown_only > 0
