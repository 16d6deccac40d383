"""The state of Python's `logging`, kept and put back around a test."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


def _state(logger: logging.Logger) -> tuple[int, list[logging.Handler], list[logging.Filter], bool, bool]:
    return logger.level, list(logger.handlers), list(logger.filters), logger.propagate, logger.disabled


def _loggers() -> dict[str, logging.Logger]:
    named = {n: lg for n, lg in logging.Logger.manager.loggerDict.items() if isinstance(lg, logging.Logger)}
    return {"": logging.getLogger(), **named}


@contextmanager
def kept_logging_state() -> Iterator[None]:
    """Put levels, handlers, filters and switches of every logger back at the end; close the handlers that were added.

    A logger that was made meanwhile can't be unmade (others hold it): it becomes as new.
    """
    before = {name: _state(logger) for name, logger in _loggers().items()}
    disabled, factory, raising = logging.root.manager.disable, logging.getLogRecordFactory(), logging.raiseExceptions
    try:
        yield
    finally:
        kept = {id(handler) for _, handlers, *_ in before.values() for handler in handlers}
        for name, logger in _loggers().items():
            level, handlers, filters, propagate, off = before.get(name, (logging.NOTSET, [], [], True, False))
            for handler in logger.handlers:
                if id(handler) not in kept:
                    handler.close()
            logger.setLevel(level)
            logger.handlers, logger.filters = handlers, filters
            logger.propagate, logger.disabled = propagate, off
        logging.captureWarnings(False)
        logging.disable(disabled)
        logging.setLogRecordFactory(factory)
        logging.raiseExceptions = raising


class Heard(logging.Handler):
    """Keeps every record it gets, for a test that asks what was logged."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def messages(self) -> list[str]:
        return [record.getMessage() for record in self.records]
