"""What a forked child does with its parent's writers: one hook for all of them.

The hook never logs and takes no lock of the parent: another thread may have held it at the fork.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol
from weakref import WeakSet

from runlog.journal import unfinished_imports


class Forgetful(Protocol):
    """Something that must let go of its parent's files."""

    def forget(self) -> None:
        """Drop what belongs to the parent."""


_watched: WeakSet[Forgetful] = WeakSet()
_actions: list[Callable[[], None]] = []


def watch(thing: Forgetful) -> None:
    """Have ``thing.forget()`` called in forked children, as long as it lives."""
    _watched.add(thing)


def in_child(action: Callable[[], None]) -> None:
    """Have a function called in forked children, before the things are told."""
    _actions.append(action)


def _after_in_child() -> None:
    unfinished_imports.forget()
    for action in _actions:
        action()
    for thing in list(_watched):
        thing.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_in_child)
