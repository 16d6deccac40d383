"""Handlers that are not seen: what ``logging`` prints where nobody configured a handler is printed beside them."""

from __future__ import annotations

import logging
from typing import Any

from runlog.handlers.lowered_levels import was_let_through
from runlog.handlers.redacted_records import without_secrets
from runlog.handlers.run_log import RunLogHandler
from runlog.handlers.shown_records import harmless


class UnseenRunLogHandler(RunLogHandler):
    """A handler that runlog attached by itself.

    Where such handlers are the only ones, :mod:`logging` would no longer print warnings through ``logging.lastResort``;
    so the last one that a record comes to still prints them.
    """

    def handle(self, record: logging.LogRecord) -> Any:
        """Write a record, and print it where nothing else would."""
        passed = super().handle(record)
        last = logging.lastResort
        if (
            last is not None
            and record.levelno >= last.level
            and self._is_last_alone(record)
            and was_let_through(record)
        ):
            last.handle(harmless(without_secrets(record)))
        return passed

    def _is_last_alone(self, record: logging.LogRecord) -> bool:
        logger: logging.Logger | None = logging.getLogger(record.name)
        found: logging.Handler | None = None
        while logger is not None:
            for handler in logger.handlers:
                if not isinstance(handler, UnseenRunLogHandler):
                    return False
                found = handler
            logger = logger.parent if logger.propagate else None
        return found is self
