"""Found by the interpreter as it starts: modules that a variable names can't be imported (:mod:`support.absent`)."""

from __future__ import annotations

import os
import sys

ABSENT = frozenset(filter(None, os.environ.get("MODULES_MADE_ABSENT", "").split(",")))


class NotThere:
    """A finder that comes first."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, NotThere)
