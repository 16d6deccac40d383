"""Attributes of somebody else's module, class or object that runlog replaces while it needs to.

Others do the same, before and after, and put back what they found in an order of their own. So a replacement acts only
while it is wanted, and of several in a row only the newest does; every other one calls what it replaced. One that
somebody puts back in place of a newer one acts in its place.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any
from weakref import WeakSet

AnyFunction = Callable[..., Any]
_INHERITED = "_runlog_replaces_inherited"
"""Stands in a replacement, and says whether its owner had no attribute of its own."""


class Replaced:
    """One attribute, replaced between :meth:`begin` and :meth:`end`.

    Args:
        owner: The module, class or object that has it.
        name: Of the attribute.
        make: Makes the replacement of what stands there, which is its second argument. The replacement asks
            :meth:`acts` whether it is to do anything of its own.
    """

    def __init__(self, owner: Any, name: str, make: Callable[[Replaced, AnyFunction], AnyFunction]) -> None:
        self.owner = owner
        self.name = name
        self._make = make
        self._made: WeakSet[AnyFunction] = WeakSet()
        self.acting: AnyFunction | None = None
        """The replacement that acts now."""

    def begin(self) -> None:
        """Have it replaced.

        Raises:
            AttributeError, TypeError: the owner has no such attribute, or takes none.
        """
        found = vars(self.owner).get(self.name)
        if not self.has_made(found):  # else somebody put it back after an earlier end
            original = getattr(self.owner, self.name) if found is None else found
            made = functools.update_wrapper(self._make(self, original), original)
            made.__dict__[_INHERITED] = found is None
            self._made.add(made)
            self._put(made)
            found = made
        self.acting = found

    def end(self) -> None:
        """Put back what was replaced, unless somebody has put something else there meanwhile."""
        acting, self.acting = self.acting, None
        if acting is None or vars(self.owner).get(self.name) is not acting:
            return
        if acting.__dict__[_INHERITED]:
            self._remove()
        else:
            self._put(acting.__wrapped__)  # type: ignore[attr-defined]

    def acts(self, made: AnyFunction) -> bool:
        """Whether a replacement is the one that does something: it may have been put back in place of a newer one."""
        if self.acting is not made and self.acting is not None and vars(self.owner).get(self.name) is made:
            self.acting = made
        return self.acting is made

    @property
    def has_made_any(self) -> bool:
        """Whether there is a replacement still, be it in somebody else's hands."""
        return bool(self._made)

    def has_made(self, found: Any) -> bool:
        """Whether something is a replacement that this has made."""
        return any(one is found for one in self._made)

    def _put(self, value: Any) -> None:
        if isinstance(self.owner, type | ModuleType):
            setattr(self.owner, self.name, value)
        else:  # an object may hand on to another what it is given as an attribute
            object.__setattr__(self.owner, self.name, value)

    def _remove(self) -> None:
        if isinstance(self.owner, type | ModuleType):
            delattr(self.owner, self.name)
        else:
            object.__delattr__(self.owner, self.name)
