"""Handlers for ``logging``: ``runlog.handlers(console="INFO", file="DEBUG", run="DEBUG")`` makes a set of them.

For ``logging.basicConfig(level=logging.DEBUG, handlers=runlog.handlers(...))``. Each is chosen by a level, by True (its
default), by a mapping of its arguments, or left out by None:

* ``console``: a :class:`ConsoleHandler`; True is INFO, which it is if nothing is said. ``{"level": "INFO", "metrics":
  True}`` shows metrics too.
* ``file``: a :class:`RotatingFileHandler` of JSON lines. A level writes to ``logs/run.jsonl``; any other text or path
  is the file's. None if nothing is said.
* ``run``: a :class:`RunLogHandler`, which writes to the current run; every level if nothing is said.

The root logger's own level is not set: it decides first. This is also the package of these classes and of the filters
and formatters beside them: ``from runlog.handlers import ConsoleHandler``. Names are imported when first used.
"""

from __future__ import annotations

import importlib
import logging
import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runlog.handlers.configure import FileChoice, HandlerChoice
    from runlog.handlers.console import ConsoleHandler
    from runlog.handlers.console_formatter import ConsoleFormatter
    from runlog.handlers.duplicates import DuplicateFilter
    from runlog.handlers.filters import RunContextFilter
    from runlog.handlers.json_formatter import JsonFormatter
    from runlog.handlers.rate_limit import RateLimitFilter
    from runlog.handlers.redact_filter import RedactFilter
    from runlog.handlers.rotating import RotatingFileHandler
    from runlog.handlers.run_log import RunLogHandler
    from runlog.handlers.text_formatter import TextFormatter

__all__ = [
    "ConsoleFormatter",
    "ConsoleHandler",
    "DuplicateFilter",
    "JsonFormatter",
    "RateLimitFilter",
    "RedactFilter",
    "RotatingFileHandler",
    "RunContextFilter",
    "RunLogHandler",
    "TextFormatter",
]

_HOMES = {
    "ConsoleFormatter": "console_formatter",
    "ConsoleHandler": "console",
    "DuplicateFilter": "duplicates",
    "JsonFormatter": "json_formatter",
    "RateLimitFilter": "rate_limit",
    "RedactFilter": "redact_filter",
    "RotatingFileHandler": "rotating",
    "RunContextFilter": "filters",
    "RunLogHandler": "run_log",
    "TextFormatter": "text_formatter",
}


def __getattr__(name: str) -> object:
    if name == "__signature__":  # of the function that this package is, too
        from inspect import signature

        from runlog.handlers.configure import handlers

        return signature(handlers)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _CallablePackage(ModuleType):
    """A package that can be called; see :func:`runlog.handlers.configure.handlers` for the arguments."""

    if TYPE_CHECKING:

        def __call__(
            self, *, console: HandlerChoice = "INFO", file: FileChoice = None, run: HandlerChoice = True
        ) -> list[logging.Handler]: ...

    else:

        def __call__(self, *given: object, **choices: object) -> list[logging.Handler]:
            from runlog.handlers.configure import call

            return call(given, choices)


sys.modules[__name__].__class__ = _CallablePackage
