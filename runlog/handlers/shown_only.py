"""Blocks whose output is shown and not captured, as it is a record already, or none that a run should have."""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Iterator
from contextlib import contextmanager

from runlog.journal import fork

blocks: dict[int, int] = {}
"""How many such blocks each thread is in; empty where none is, which costs nothing to see."""


@contextmanager
def shown_only() -> Iterator[None]:
    """What this thread prints in the block is shown where it usually is, and not captured."""
    thread = get_ident()
    blocks[thread] = blocks.get(thread, 0) + 1
    try:
        yield
    finally:
        left = blocks.pop(thread, 1) - 1
        if left:
            blocks[thread] = left


def is_shown_only() -> bool:
    """Whether this thread is in such a block."""
    return bool(blocks) and get_ident() in blocks


def _forget_other_threads() -> None:
    own = blocks.get(get_ident())
    blocks.clear()
    if own:
        blocks[get_ident()] = own


fork.in_child(_forget_other_threads)
