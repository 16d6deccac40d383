"""Imports that a fork cut off: another thread of the parent was in the middle of them.

A forked child inherits the lock of a module that another thread was importing, and nobody to release it: the child's
own import of that module, which may be one of ours in the middle of a log call, would wait for ever. CPython does not
repair this (bpo-38884). So the child forgets such a lock and the half-made module, and imports it anew.
"""

from __future__ import annotations

import _frozen_importlib
import sys
from threading import get_ident
from typing import Any


def forget() -> None:
    """In a forked child: let modules be imported again whose import never ends. Does nothing where none is."""
    locks: dict[str, Any] = getattr(_frozen_importlib, "_module_locks", {})
    for name, reference in list(locks.items()):
        lock = reference()
        if lock is None or getattr(lock, "owner", None) in {None, get_ident()}:
            continue
        locks.pop(name, None)
        if _is_half_made(name):
            del sys.modules[name]


def _is_half_made(name: str) -> bool:
    specification = getattr(sys.modules.get(name), "__spec__", None)
    return bool(getattr(specification, "_initializing", False))
