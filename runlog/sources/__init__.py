"""Logs that come from elsewhere, as records of a run: a container's, a file's, a command's output.

Each line becomes a record of the logger ``runlog.sources.<name>``. It is kept in the run whatever that logger's level;
the console and other handlers show it where levels let them. Nothing is imported before it is called.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runlog.sources.command import subprocess
    from runlog.sources.container import docker
    from runlog.sources.log_file import file

__all__ = ["docker", "file", "subprocess"]

_HOMES = {"docker": "container", "file": "log_file", "subprocess": "command"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
