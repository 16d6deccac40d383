"""Something to do to a module once somebody imports it, without loading it before.

``logging.config`` takes several milliseconds to load, which a program that never configures logging by it need not wait
for at the start of its run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec


class _Finder:
    """Stands before all finders until its module is looked for."""

    def __init__(self, name: str, then: Callable[[], object]) -> None:
        self._name = name
        self._then: Callable[[], object] | None = then

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """The module's spec as the others find it, with a loader that does what is wanted after it has loaded."""
        if name != self._name or self._then is None:
            return None
        from importlib.util import find_spec

        self.leave()
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self.do)  # type: ignore[assignment]
        return spec

    def do(self) -> None:
        """Do what is wanted, once."""
        then, self._then = self._then, None
        if then is not None:
            then()

    def leave(self) -> None:
        """Stand there no more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def give_up(self) -> None:
        """Stand there no more, and do nothing should somebody put it back."""
        self._then = None
        self.leave()


class _Loader:
    """The module's own loader, which takes its place again when the module is loaded."""

    def __init__(self, loader: Any, then: Callable[[], object]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the module's own loader does."""
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """As the module's own loader does, and what is wanted then."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._then()


def when_imported(name: str, then: Callable[[], object]) -> Callable[[], None]:
    """Have a function called when a module has been imported: now, where it is there, else by whoever imports it.

    Args:
        name: of the module; the package that it is in has been imported.
        then: takes nothing; called once, before the import returns to whoever asked for it.

    Returns:
        A function that gives up waiting.
    """
    finder = _Finder(name, then)
    if name not in sys.modules:
        sys.meta_path.insert(0, finder)
    if name in sys.modules:  # looked at after the finder stands there: another thread may be importing it
        from importlib import import_module

        finder.leave()
        import_module(name)  # to the end, where another thread is in the middle of it
        finder.do()
    return finder.give_up
