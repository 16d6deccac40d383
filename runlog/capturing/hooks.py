"""Hooks of the interpreter (``sys.excepthook`` and its kin) with observers that are told before the original runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

from runlog.handlers.shown_only import shown_only

Observer = Callable[..., bool]
"""Gets the hook's arguments; true where it wrote a record, so that what the original prints is not captured again."""
_logger = logging.getLogger("runlog")


class _Replacement:
    """What stands in the hook's place: tells the observers, then calls what stood there before."""

    def __init__(self, original: Callable[..., Any]) -> None:
        self.original = original
        self.observers: tuple[Observer, ...] = ()

    def __call__(self, *args: Any, **named: Any) -> Any:
        recorded = False
        for observer in self.observers:
            try:
                recorded = observer(*args, **named) or recorded
            except Exception:
                _logger.warning("an exception hook of runlog failed; the hooks after it go on", exc_info=True)
        with shown_only() if recorded else nullcontext():
            return self.original(*args, **named)


class ObservedHook:
    """One hook that several parts of runlog observe, replaced while any of them does.

    Args:
        owner: The module that has the hook.
        name: Of the hook in that module.
    """

    def __init__(self, owner: ModuleType, name: str) -> None:
        self._owner = owner
        self._name = name
        self._replacement: _Replacement | None = None

    def observe(self, observer: Observer) -> None:
        """Have ``observer`` told from now on."""
        if self._replacement is None:
            self._replacement = _Replacement(getattr(self._owner, self._name))
            setattr(self._owner, self._name, self._replacement)
        self._replacement.observers = (*self._replacement.observers, observer)

    def leave(self, observer: Observer) -> None:
        """Have ``observer`` told no more; with the last one the original is put back.

        Where somebody put a hook over ours since, that one stays, and ours does nothing but call the original.
        """
        replacement = self._replacement
        if replacement is None:
            return
        replacement.observers = tuple(one for one in replacement.observers if one is not observer)
        if not replacement.observers:
            self._replacement = None
            if getattr(self._owner, self._name) is replacement:
                setattr(self._owner, self._name, replacement.original)
