"""Reasons in plain words, each with its fix and, where runlog saw it, the line that set it."""

from __future__ import annotations

import logging
from typing import NamedTuple

from runlog.handlers import provenance
from runlog.handlers.metrics_logger import OFF
from runlog.handlers.provenance import Change


class Reason(NamedTuple):
    """One thing that stands in a record's way."""

    text: str
    fix: str = ""
    place: str = ""
    """``FILE, line N``; empty where runlog did not see it set."""

    def __str__(self) -> str:
        return self.text


def level_name(level: int) -> str:
    """A level as people write it."""
    return "off" if level == OFF else str(logging.getLevelName(level))


def logger_name(logger: logging.Logger) -> str:
    """A logger as people name it."""
    return "the root logger" if logger is logging.root else f"logger {logger.name!r}"


def code_of(logger: logging.Logger) -> str:
    """The expression that gives a logger."""
    return "logging.getLogger()" if logger is logging.root else f'logging.getLogger("{logger.name}")'


def set_at(what: str, value: object, *, logger: str | None = None, handler: logging.Handler | None = None) -> str:
    """Where something was set, if the last change that was seen is the one in force."""
    change = provenance.last(what, logger=logger, handler=handler)
    return told(change, "set") if change is not None and change.value == value else ""


def told(change: Change | None, done: str) -> str:
    """Where a change was made, as a remark: ``set in FILE, line N, by dictConfig``."""
    if change is None:
        return ""
    by = (
        "" if change.by in {"assignment", "setLevel", "addHandler", "removeHandler", "disable"} else f", by {change.by}"
    )
    return f"{done} in {change.place}{by}"
