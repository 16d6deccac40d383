"""Records of what was captured, written to the run log and to no other handler."""

from __future__ import annotations

import logging
from typing import Any

from runlog.handlers.call_handlers import handlers_of
from runlog.handlers.run_log import RunLogHandler

_handler: RunLogHandler | None = None


def write(record: logging.LogRecord) -> None:
    """Write a record to the run that is current here, or to the process's own journal. Never raises."""
    global _handler
    if _handler is None:
        handler = RunLogHandler()
        handler._take_part(wanted=False)  # no other handler ever sees these records
        _handler = handler
    _handler.handle(record)


def exception_record(
    logger: str, level: int, message: str, args: tuple[object, ...], error: BaseException
) -> logging.LogRecord:
    """A record of an exception, placed where it was raised."""
    path, line, function = place_of(error)
    info: Any = (type(error), error, error.__traceback__)
    return logging.LogRecord(logger, level, path, line, message, args, info, function)


def place_of(error: BaseException) -> tuple[str, int, str]:
    """File, line and function of the innermost frame of an exception's traceback."""
    traceback = error.__traceback__
    if traceback is None:
        return "", 0, ""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    return code.co_filename, traceback.tb_lineno, code.co_name


def reaches_run_log(logger: logging.Logger, level: int) -> bool:
    """Whether a record of this logger and level comes to a ``RunLogHandler`` by itself."""
    if not logger.isEnabledFor(level):
        return False
    one: logging.Logger | None = logger
    while one is not None:
        if any(isinstance(handler, RunLogHandler) and handler.level <= level for handler in handlers_of(one)):
            return True
        one = one.parent if one.propagate else None
    return False
