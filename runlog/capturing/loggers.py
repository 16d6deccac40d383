"""Single loggers at levels of their own, whether their records reach root or not, and whatever root lets through."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from runlog.handlers import wrapping
from runlog.handlers.last_resort import UnseenRunLogHandler
from runlog.handlers.run_log import PASSED, RunLogHandler, mark_passed


class CapturedLoggerHandler(UnseenRunLogHandler):
    """On one logger: decides for the run log which of its records, and of those of the loggers below it, are kept.

    It marks what it has seen, so that no other ``RunLogHandler`` that the record comes to later keeps it again, or
    keeps what is below the level that was asked for.
    """

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__()
        self._take_part(wanted=False)  # others need not look for marks where nobody marks
        self._logger = logger
        self.threshold = logging.NOTSET

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record that is neither written nor below the threshold."""
        if "_runlog_written" in record.__dict__:
            return
        if record.levelno >= self.threshold and not self._was_written_below(record):
            super().emit(record)
        record.__dict__["_runlog_written"] = True

    def _was_written_below(self, record: logging.LogRecord) -> bool:
        """Whether a handler of somebody's own, on a logger below this one, has written the record."""
        logger: logging.Logger | None = logging.getLogger(record.name)
        while logger is not None and logger is not self._logger:
            if any(_wrote(one, record) for one in logger.handlers if wrapping.is_run_log_handler(one)):
                return True
            logger = logger.parent
        return False


def _wrote(handler: RunLogHandler, record: logging.LogRecord) -> bool:
    """Whether a handler that the record came to has written it; of several with filters, whether one of them has."""
    return handler.level <= record.levelno and (not handler.filters or PASSED in record.__dict__)


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
    handler, levels = _captured.setdefault(name, (CapturedLoggerHandler(logger), []))
    levels.append(level)
    handler.threshold = min(levels)
    if len(levels) == 1:
        wrapping.install_on(logger, handler)
        mark_passed(wanted=True)
    restore: Any = wrapping.lower_level(logger, level)

    def undo() -> None:
        restore()
        levels.remove(level)
        if levels:
            handler.threshold = min(levels)
            return
        _captured.pop(name, None)
        mark_passed(wanted=bool(_captured))
        wrapping.uninstall_from(logger, handler)

    return undo
