"""The state of Python's ``logging``, kept and put back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class _State(NamedTuple):
    """What is put back of one logger."""

    level: int
    handlers: list[logging.Handler]
    filters: list[logging._FilterType]
    propagate: bool
    disabled: bool


_NEW = _State(logging.NOTSET, [], [], propagate=True, disabled=False)


@contextmanager
def kept_logging_state() -> Iterator[None]:
    """Put levels, handlers, filters and switches of every logger back at the end; close the handlers that were added.

    A logger that was made meanwhile can't be unmade (others hold it): it becomes as new.
    """
    before = {name: _state(logger) for name, logger in _loggers().items()}
    disabled, factory, raising = logging.root.manager.disable, logging.getLogRecordFactory(), logging.raiseExceptions
    captured = _captures_warnings()
    try:
        yield
    finally:
        kept = {id(handler) for state in before.values() for handler in state.handlers}
        for name, logger in _loggers().items():
            for handler in logger.handlers:
                if id(handler) not in kept:
                    handler.close()
            _put_back(logger, before.get(name, _NEW))
        if _captures_warnings() != captured:
            logging.captureWarnings(captured)
        logging.disable(disabled)
        logging.setLogRecordFactory(factory)
        logging.raiseExceptions = raising


def _loggers() -> dict[str, logging.Logger]:
    named = {n: lg for n, lg in logging.Logger.manager.loggerDict.items() if isinstance(lg, logging.Logger)}
    return {"": logging.getLogger(), **named}


def _state(logger: logging.Logger) -> _State:
    return _State(logger.level, list(logger.handlers), list(logger.filters), logger.propagate, logger.disabled)


def _put_back(logger: logging.Logger, state: _State) -> None:
    logger.setLevel(state.level)
    logger.handlers, logger.filters = list(state.handlers), list(state.filters)
    logger.propagate, logger.disabled = state.propagate, state.disabled


def _captures_warnings() -> bool:
    """Whether ``logging.captureWarnings(True)`` was the last call of it."""
    return getattr(logging, "_warnings_showwarning", None) is not None
