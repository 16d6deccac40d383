"""Experiment logging that starts where Python's own logging starts.

A run keeps what a training script logs: native log records, metrics, rows, tables, images and files, all tagged
with the run's id and safe when the call returns.

    with runlog.start("diabetes") as run:
        run.log("loss", 0.5)
        logging.getLogger("train").info("it works")

Names are loaded when they are first used, so that ``import runlog`` stays cheap.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from runlog.journal import reserve
from runlog.levels import METRIC

if TYPE_CHECKING:
    from runlog import config, errors, handlers, sources, testing
    from runlog.context import bind, current, use
    from runlog.diagnosis.explanation import explain
    from runlog.experiment import Experiment
    from runlog.handlers.console import ConsoleHandler
    from runlog.handlers.duplicates import DuplicateFilter
    from runlog.handlers.filters import RunContextFilter
    from runlog.handlers.level_overrides import set_level
    from runlog.handlers.rate_limit import RateLimitFilter
    from runlog.handlers.redact_filter import RedactFilter
    from runlog.handlers.rotating import RotatingFileHandler
    from runlog.handlers.run_log import RunLogHandler
    from runlog.lifecycle.attaching import attach
    from runlog.lifecycle.captures import capture
    from runlog.lifecycle.start import start
    from runlog.models import Model
    from runlog.redaction.process import redact
    from runlog.run import Run
    from runlog.run.lookup import get_run
    from runlog.watching.in_process import watch
    from runlog.workspace import Workspace

__version__ = "0.1.0"
VERSION = __version__
"""The version, under Azure ML's name."""

__all__ = [
    "METRIC",
    "VERSION",
    "ConsoleHandler",
    "DuplicateFilter",
    "Experiment",
    "Model",
    "RateLimitFilter",
    "RedactFilter",
    "RotatingFileHandler",
    "Run",
    "RunContextFilter",
    "RunLogHandler",
    "Workspace",
    "attach",
    "bind",
    "capture",
    "config",
    "current",
    "errors",
    "explain",
    "get_run",
    "handlers",
    "redact",
    "set_level",
    "sources",
    "start",
    "testing",
    "use",
    "watch",
]

_HOMES = {
    "ConsoleHandler": "runlog.handlers.console",
    "DuplicateFilter": "runlog.handlers.duplicates",
    "Experiment": "runlog.experiment",
    "Model": "runlog.models",
    "RateLimitFilter": "runlog.handlers.rate_limit",
    "RedactFilter": "runlog.handlers.redact_filter",
    "RotatingFileHandler": "runlog.handlers.rotating",
    "Run": "runlog.run",
    "RunContextFilter": "runlog.handlers.filters",
    "RunLogHandler": "runlog.handlers.run_log",
    "Workspace": "runlog.workspace",
    "attach": "runlog.lifecycle.attaching",
    "bind": "runlog.context",
    "capture": "runlog.lifecycle.captures",
    "current": "runlog.context",
    "explain": "runlog.diagnosis.explanation",
    "get_run": "runlog.run.lookup",
    "redact": "runlog.redaction.process",
    "set_level": "runlog.handlers.level_overrides",
    "start": "runlog.lifecycle.start",
    "use": "runlog.context",
    "watch": "runlog.watching.in_process",
}
_MODULES = ("config", "errors", "handlers", "sources", "testing")


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return importlib.import_module(f"runlog.{name}")
    if name not in _HOMES:
        from runlog.azure_names import missing_from_module

        raise missing_from_module(name)
    value = getattr(reserve.with_reserve(lambda: importlib.import_module(_HOMES[name])), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


reserve.fill()  # before the program uses up all descriptors that it may have

if os.environ.get("RUNLOG_DEBUG", "0") not in {"", "0"}:
    importlib.import_module("runlog.diagnosis.debug").begin()
