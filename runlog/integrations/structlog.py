"""structlog and runlog: one way for both.

structlog's events become records of :mod:`logging` with their fields, so that every handler, level and filter of
``logging`` applies to them, and a run keeps the fields as such. Nothing is rendered to text on the way.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from types import FrameType
from typing import Any

import structlog
from structlog.types import Processor

from runlog.handlers.filters import run_fields

_TAKEN = frozenset({*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"})
"""Attributes of a record, which ``extra`` must not name."""
_OF_THE_CALL = ("exc_info", "stack_info", "stacklevel")

EventDict = MutableMapping[str, Any]


def configure(*processors: Processor, cache_logger_on_first_use: bool = True) -> None:
    """Let structlog's loggers log through :mod:`logging`.

    ``structlog.get_logger("train").info("batch done", rows=32)`` is then a record of the logger ``train`` with the
    message ``batch done`` and the extra field ``rows``, made where it was called. ``metrics={...}`` and ``step=`` log
    metrics, as in ``extra``. Bound fields and structlog's context variables are extra fields too.

    Args:
        processors: structlog's, to run over each event before it becomes a record.
        cache_logger_on_first_use: structlog's argument; False where the configuration changes later on.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            *processors,
            to_record,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=cache_logger_on_first_use,
    )


def to_record(logger: Any, method: str, event_dict: EventDict) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The last processor: an event as the arguments of a call to :mod:`logging`.

    The event is the message, positional arguments stay arguments, and all other items become ``extra``. An item that
    bears the name of a record's attribute (``name``, ``args``, ``message``, ...) gets an underscore at its end.
    """
    fields = dict(event_dict)
    event = fields.pop("event", "")
    arguments = tuple(fields.pop("positional_args", ()))
    call: dict[str, Any] = {name: fields.pop(name) for name in _OF_THE_CALL if name in fields}
    if method == "exception":
        call.setdefault("exc_info", True)
    fields.pop("_record", None)
    call["extra"] = {_free(name): value for name, value in fields.items()}
    if getattr(type(logger), "findCaller", None) is logging.Logger.findCaller:
        # A logger that was there before structlog made its own class of loggers, which passes its frames over.
        call["stacklevel"] = _frames_of_structlog(sys._getframe(1)) + int(call.get("stacklevel", 1)) - 1
    return (event, *arguments), call


def add_run(logger: Any, method: str, event_dict: EventDict) -> EventDict:
    """A processor that adds the current run, for configurations that render events themselves.

    It sets ``run_id``, ``run_name``, ``experiment``, ``run_step`` and ``rank`` where the event has none; ``-`` outside
    a run.
    """
    for name, value in run_fields().items():
        event_dict.setdefault(name, value)
    return event_dict


def copy_to_logging(logger: Any, method: str, event_dict: EventDict) -> EventDict:
    """A processor that hands a copy of each event to :mod:`logging`, where the run keeps it.

    It is for configurations that print events themselves, by structlog's own loggers; the event goes on unchanged. The
    record goes to the logger that the event names in ``logger``, else to ``structlog``. Put it before processors
    that turn fields into text.
    """
    name = str(event_dict.get("logger", "structlog"))
    target = logging.getLogger(name)
    level = _level(method)
    if target.isEnabledFor(level):
        arguments, call = to_record(None, method, {key: event_dict[key] for key in event_dict if key != "logger"})
        outside = 2 + _frames_of_structlog(sys._getframe(1))  # the first frame is this function's
        call["stacklevel"] = outside + int(call.get("stacklevel", 1)) - 1
        target.log(level, *arguments, **call)
    return event_dict


def _frames_of_structlog(frame: FrameType | None) -> int:
    """How many frames from this one outwards are structlog's."""
    count = 0
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "structlog":
        frame, count = frame.f_back, count + 1
    return count


def _level(method: str) -> int:
    number = logging.getLevelName({"warn": "WARNING", "exception": "ERROR", "msg": "INFO"}.get(method, method.upper()))
    return number if isinstance(number, int) else logging.INFO


def _free(name: str) -> str:
    return f"{name}_" if name in _TAKEN else name
