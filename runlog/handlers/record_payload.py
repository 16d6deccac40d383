"""The payload of a log record, made from what the logging module hands on.

:mod:`runlog.log_record` says how it is laid out and reads it back. This half is all that logging itself needs.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from operator import itemgetter
from types import TracebackType
from typing import Any

import msgspec

from runlog.handlers.extra_fields import STANDARD_COUNT, STANDARD_FIELDS, extra_fields
from runlog.handlers.record_message import makes_own_message, said_by, text_of, unformattable
from runlog.journal import clock

LOG_EVENT = 1
"""The event kind of a log record."""
SOURCE_EVENT = 14
"""The event kind of source lines: a map of time, path and lines (text by line number)."""
METRICS_LOGGER = "runlog.metrics"
"""The logger of the records that ``run.log`` makes where somebody asked for them: their points are kept already."""
MAX_REPR = 4096
"""Characters kept of the repr of an argument or extra field that has no form in msgpack."""
MAX_DEPTH = 32
_ORIGIN = (
    *("levelno", "levelname", "name", "pathname", "lineno", "funcName"),
    *("process", "processName", "thread", "threadName", "created"),
)
ORIGIN_COUNT = len(_ORIGIN)
"""How many of the payload's third field say where a record came from; they are the first."""
_TASK = ("taskName",) if "taskName" in STANDARD_FIELDS else ()
_origin = itemgetter(*_ORIGIN)
set_fields = itemgetter(*_ORIGIN, "msg", "args", "exc_info", "stack_info", *_TASK)
"""What the logging module set in a record's ``__dict__``, in the order of the payload's third field."""

ExceptionFields = list[Any]
"""What :func:`runlog.handlers.tracebacks.exception_fields` makes of an exception, for the payload."""
LogValues = tuple[int, str | None, tuple[Any, ...], dict[str, Any] | None]


def encode_log(record: logging.LogRecord, exception: ExceptionFields | None) -> bytes:
    """The payload of a record. Never raises: what has no form of its own is kept as its repr.

    The record itself is left as it is: other handlers see it after us.
    """
    values = log_values(record, exception)
    try:
        return encode_value(values)
    except Exception:
        return encode_plainly(values)


def log_values(record: logging.LogRecord, exception: ExceptionFields | None) -> LogValues:
    """Time, message, fields and extra of a record, in the order of the payload. Never raises."""
    fields, args, template = record.__dict__, record.args or None, record.msg
    if type(template) is str and (args is None or type(args) is tuple) and not makes_own_message(record):
        message = None if args is None else _joined(template, args)
    else:
        message, template, args = said_by(record)
    extra = None if len(fields) == STANDARD_COUNT else extra_fields(fields)
    stack = None if record.stack_info is None else text_of(record.stack_info)
    made_of = (template, args, exception, stack, fields.get("taskName"))
    return clock.now(), message, (*_origin(fields), *made_of), extra


def _joined(template: str, args: tuple[object, ...]) -> str:
    try:
        return template % args
    except Exception as error:
        return unformattable(template, error)


def encode_plainly(values: LogValues) -> bytes:
    """The payload of values that msgpack can't hold as they are. Never raises."""
    return encode_value(_plain(values, ()))


def _repr(value: object) -> str:
    try:
        text = repr(value)
    except Exception as error:
        return f"<{type(value).__name__} whose repr raised {type(error).__name__}>"
    return text if len(text) <= MAX_REPR else text[:MAX_REPR] + f"... [{len(text)} characters]"


def _foreign(value: Any) -> Any:
    """What msgpack has no form for: the number in a NumPy scalar, the text in a class of texts, else the repr."""
    if isinstance(value, str):
        return str.__str__(value)
    if hasattr(value, "dtype") and getattr(value, "shape", None) == ():
        return value.item()
    return _repr(value)


def _foreign_but_exceptions(value: Any) -> Any:
    """The same, but an exception is for the caller to take apart."""
    if isinstance(value, type | BaseException | TracebackType):
        raise TypeError("an exception")
    return _foreign(value)


def _plain(value: Any, around: tuple[int, ...]) -> Any:
    """A copy of a value that msgpack can surely hold: lone surrogates escaped, big ints as text, cycles cut.

    Args:
        value: any.
        around: the ids of what it stands in.
    """
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return int(value) if -(1 << 63) <= value < 1 << 64 else _repr(value)
    if isinstance(value, str):
        return str.__str__(value).encode("utf-8", "backslashreplace").decode()
    if isinstance(value, Mapping | list | tuple | set | frozenset) and id(value) in around:
        return "[itself]"
    if len(around) < MAX_DEPTH:
        try:
            if isinstance(value, Mapping):
                return {_key(key): _plain(one, (*around, id(value))) for key, one in value.items()}
            if isinstance(value, list | tuple | set | frozenset):
                return [_plain(one, (*around, id(value))) for one in value]
        except Exception:  # what it has can't be asked for: its repr says what can be said
            return _plain(_repr(value), around)
    return _plain(_repr(value), around)


def _key(key: object) -> str:
    text = key if isinstance(key, str) else _repr(key)
    return text.encode("utf-8", "backslashreplace").decode()


encode_values = msgspec.msgpack.Encoder(enc_hook=_foreign_but_exceptions).encode
"""Encode (time, message, :data:`set_fields`) of a record without extra fields. Raises where it has an exception."""
encode_value = msgspec.msgpack.Encoder(enc_hook=_foreign).encode
"""Encode a value, with the repr of what has no form in msgpack."""
