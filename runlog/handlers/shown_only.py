"""Blocks whose output is shown and not captured, as it is a record already, or none that a run should have."""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Iterator
from contextlib import contextmanager

from runlog.handlers.unusual import reasons
from runlog.journal import fork

blocks: dict[int, int] = {}
"""How many such blocks each thread is in."""
_REASON = "something is shown only"


@contextmanager
def shown_only() -> Iterator[None]:
    """What this thread prints in the block is shown where it usually is, and not captured."""
    thread = get_ident()
    blocks[thread] = blocks.get(thread, 0) + 1
    reasons.add((_REASON, thread))
    try:
        yield
    finally:
        left = blocks.pop(thread, 1) - 1
        if left:
            blocks[thread] = left
        else:
            reasons.discard((_REASON, thread))


def is_shown_only() -> bool:
    """Whether this thread is in such a block."""
    return bool(blocks) and get_ident() in blocks


def _forget_other_threads() -> None:
    for thread in [one for one in blocks if one != get_ident()]:
        del blocks[thread]
        reasons.discard((_REASON, thread))


fork.in_child(_forget_other_threads)
