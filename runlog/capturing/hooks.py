"""Hooks of the interpreter (``sys.excepthook`` and its kin) with observers that are told before the original runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

from runlog.handlers.replaced import AnyFunction, Replaced
from runlog.handlers.shown_only import shown_only

Observer = Callable[..., bool]
"""Gets the hook's arguments; true where it wrote a record, so that what the original prints is not captured again."""
_logger = logging.getLogger("runlog")


class ObservedHook:
    """One hook that several parts of runlog observe, replaced while any of them does.

    Args:
        owner: The module that has the hook.
        name: Of the hook in that module.
    """

    def __init__(self, owner: ModuleType, name: str) -> None:
        self._replaced = Replaced(owner, name, self._make)
        self._observers: tuple[Observer, ...] = ()

    def observe(self, observer: Observer) -> None:
        """Have ``observer`` told from now on."""
        self._observers = (*self._observers, observer)
        self._replaced.begin()

    def leave(self, observer: Observer) -> None:
        """Have ``observer`` told no more; with the last one the original is put back.

        Where somebody put a hook over ours since, that one stays, and ours does nothing but call the original.
        """
        self._observers = tuple(one for one in self._observers if one is not observer)
        if not self._observers:
            self._replaced.end()

    def _make(self, replaced: Replaced, original: AnyFunction) -> AnyFunction:
        def hook(*args: Any, **named: Any) -> Any:
            recorded = replaced.acts(hook) and self._tell(args, named)
            with shown_only() if recorded else nullcontext():
                return original(*args, **named)

        return hook

    def _tell(self, args: tuple[Any, ...], named: dict[str, Any]) -> bool:
        recorded = False
        for observer in self._observers:
            try:
                recorded = observer(*args, **named) or recorded
            except Exception:
                _logger.warning("an exception hook of runlog failed; the hooks after it go on", exc_info=True)
        return recorded
