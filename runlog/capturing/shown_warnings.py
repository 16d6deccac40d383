"""Warnings of the ``warnings`` module as records, while they are shown as before.

Where somebody called ``logging.captureWarnings(True)``, they are records of ``logging`` already, and nothing is done.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

from runlog.capturing import record
from runlog.capturing.hooks import ObservedHook

LOGGER = "py.warnings"
"""The logger that ``logging.captureWarnings`` uses, too."""
_HOOK = ObservedHook(warnings, "showwarning")
_wanted = 0


def begin() -> None:
    """Record warnings from now on; each call is undone by one of :func:`end`."""
    global _wanted
    _wanted += 1
    if _wanted == 1:
        _HOOK.observe(_record)


def end() -> None:
    """Undo one :func:`begin`."""
    global _wanted
    _wanted -= 1
    if _wanted == 0:
        _HOOK.leave(_record)


def _record(message: Any, category: type[Warning], filename: str, lineno: int, file: Any = None, *_: Any) -> bool:
    if file is not None:  # somebody wants it written there and nowhere else
        return False
    if getattr(logging, "_warnings_showwarning", None) is not None and record.reaches_run_log(
        logging.getLogger(LOGGER), logging.WARNING
    ):
        return False
    record.write(
        logging.LogRecord(LOGGER, logging.WARNING, filename, lineno, "%s: %s", (category.__name__, str(message)), None)
    )
    return True
