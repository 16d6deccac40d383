"""Single loggers at levels of their own, whether their records reach root or not, and whatever root lets through."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from runlog.handlers import unlisted, wrapping
from runlog.handlers.run_log import RunLogHandler, mark


class CapturedLoggerHandler(RunLogHandler):
    """On one logger: decides for the run log which of its records, and of those of the loggers below it, are kept.

    It gets a record first, and marks it, so that no other ``RunLogHandler`` that the record comes to later keeps it
    again, or keeps what is below the level that was asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        self._take_part(wanted=False)  # others need not look for marks where nobody marks
        self._is_direct = True  # no other can have seen the record before
        self.threshold = logging.NOTSET

    def handle(self, record: logging.LogRecord) -> Any:
        """Write a record that is not below the threshold."""
        passed: Any = False
        if record.levelno >= self.threshold:
            passed = super().handle(record)
        mark(record)
        return passed


_captured: dict[str, tuple[CapturedLoggerHandler, list[int]]] = {}


def begin(levels: Mapping[str, int]) -> Callable[[], None]:
    """Keep the records of these loggers, each from its level on; returns what undoes it."""
    undone = [_begin(name, level) for name, level in levels.items()]

    def undo() -> None:
        while undone:
            undone.pop()()

    return undo


def _begin(name: str, level: int) -> Callable[[], None]:
    logger = logging.getLogger(name)
    handler, levels = _captured.setdefault(name, (CapturedLoggerHandler(), []))
    levels.append(level)
    handler.threshold = min(levels)
    if len(levels) == 1:
        unlisted.add(logger, handler)
    restore: Any = wrapping.lower_level(logger, level)

    def undo() -> None:
        restore()
        levels.remove(level)
        if levels:
            handler.threshold = min(levels)
            return
        _captured.pop(name, None)
        unlisted.remove(logger, handler)

    return undo
