"""Records whose message is an event of structlog: a mapping that a formatter was to render.

structlog's own way through ``logging`` (``ProcessorFormatter.wrap_for_formatter``) logs the event's mapping itself.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

from runlog.handlers.record_message import text_of

_OF_STRUCTLOG = frozenset({"_logger", "_name", "_record", "_from_structlog"})
"""What structlog adds to a record, or to an event, for its own formatter."""
_TAKEN = frozenset({*logging.LogRecord("", 0, "", 0, "", (), None).__dict__, "message", "asctime", "taskName"})


def is_event(record: logging.LogRecord) -> bool:
    """Whether a record's message is such a mapping."""
    try:
        if not isinstance(record.msg, Mapping) or record.args:
            return False
        return isinstance(record.msg.get("event"), str) or {"_logger", "_name"} <= record.__dict__.keys()
    except Exception:  # a mapping that raises is a message like any
        return False


def as_logged(record: logging.LogRecord) -> logging.LogRecord:
    """The record that :func:`runlog.integrations.structlog.configure` would have made of an event.

    Args:
        record: has the event as its message; left as it is.
    """
    given: Any = record.msg
    event = {name: value for name, value in dict(given).items() if name not in _OF_STRUCTLOG}
    logged = logging.LogRecord.__new__(logging.LogRecord)
    logged.__dict__.update((name, one) for name, one in record.__dict__.items() if name not in _OF_STRUCTLOG)
    logged.msg, logged.args = text_of(event.pop("event", "")), tuple(event.pop("positional_args", ()))
    raised = _exc_info(event.pop("exc_info", None))
    logged.exc_info = logged.exc_info or raised
    event.pop("stack_info", None)  # asks a processor for the stack, which then stands in `stack`
    for name, attribute in (("exception", "exc_text"), ("stack", "stack_info")):
        if isinstance(event.get(name), str):
            logged.__dict__[attribute] = event.pop(name)
    for name, known in (("level", record.levelname), ("logger", record.name)):
        if name in event and text_of(event[name]).lower() == text_of(known).lower():
            del event[name]  # a processor's word for what every record has
    logged.__dict__.update((f"{name}_" if name in _TAKEN else name, value) for name, value in event.items())
    return logged


def _exc_info(value: Any) -> Any:
    """What an event says of its exception, in the form that ``logging`` has."""
    if isinstance(value, BaseException):
        return type(value), value, value.__traceback__
    return value if isinstance(value, tuple) else sys.exc_info() if value else None
