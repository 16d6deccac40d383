"""Attributes of somebody else's module or class that runlog replaces while it needs to.

Others do the same, before and after, and put back what they found in an order of their own. So a replacement acts only
while it is wanted, and of several in a row only the newest does; every other one calls what it replaced. One that
somebody puts back in place of a newer one acts in its place.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

AnyFunction = Callable[..., Any]
_MISSING = object()


class Replaced:
    """One attribute, replaced between :meth:`begin` and :meth:`end`.

    Args:
        owner: The module or class that has it.
        name: Of the attribute.
        make: Makes the replacement of what stands there, which is its second argument. The replacement asks
            :meth:`acts` whether it is to do anything of its own.
    """

    def __init__(self, owner: Any, name: str, make: Callable[[Replaced, AnyFunction], AnyFunction]) -> None:
        self._owner = owner
        self._name = name
        self._make = make
        self._made: WeakSet[AnyFunction] = WeakSet()
        self.acting: AnyFunction | None = None
        """The replacement that acts now."""

    def begin(self) -> None:
        """Have it replaced."""
        found = self._found()
        if not self._is_ours(found):  # else somebody put it back after an earlier end
            made = functools.update_wrapper(self._make(self, found), found)
            self._made.add(made)
            setattr(self._owner, self._name, made)
            found = made
        self.acting = found

    def end(self) -> None:
        """Put back what was replaced, unless somebody has put something else there meanwhile."""
        acting, self.acting = self.acting, None
        if acting is not None and self._found() is acting:
            setattr(self._owner, self._name, acting.__wrapped__)  # type: ignore[attr-defined]

    def acts(self, made: AnyFunction) -> bool:
        """Whether a replacement is the one that does something: it may have been put back in place of a newer one."""
        if self.acting is not made and self.acting is not None and self._found() is made:
            self.acting = made
        return self.acting is made

    def _found(self) -> Any:
        found = vars(self._owner).get(self._name, _MISSING)
        return getattr(self._owner, self._name) if found is _MISSING else found

    def _is_ours(self, found: Any) -> bool:
        return any(one is found for one in self._made)
