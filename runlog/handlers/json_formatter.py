"""Records as JSON lines, by python-json-logger."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pythonjsonlogger import json as base

from runlog.handlers.filters import NO_RUN, RUN_FIELDS, run_fields
from runlog.handlers.text_formatter import rfc3339, safe_text, unformattable

_STANDARD = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"}
_NOT_EXTRA = {*_STANDARD, *RUN_FIELDS}

# Lone surrogates can't be encoded; the other three are line ends to str.splitlines, though not to JSON.
_TO_ESCAPE = re.compile("[\ud800-\udfff\u0085\u2028\u2029]")
_DEEPEST = 20


class JsonFormatter(base.JsonFormatter):
    """One JSON object a line, valid for any record.

    Fields: ``time`` (RFC 3339, UTC, microseconds), ``level``, ``logger``, ``message``; inside a run ``run_id``,
    ``run_name``, ``experiment``, ``run_step``, ``rank``; ``file``, ``line``, ``function``, ``process``, ``thread``,
    ``task``; the record's ``extra`` fields; ``exception`` and ``stack`` as text. An ``extra`` field that bears one of
    these names gets an underscore at its end. A dict logged as message gives its items as fields.

    NaN and infinities become the strings ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``, which JSON has no numbers
    for; what JSON does not know is written by python-json-logger's rules, in the end by ``str``. Formatting never
    raises: a record that can't be formatted gives a line that says so in ``format_error``.

    Args:
        fmt: Field names as python-json-logger takes them. With a format, the layout is python-json-logger's own.
        datefmt, style, validate: As for ``logging.Formatter``.
        options: The other arguments of ``pythonjsonlogger.json.JsonFormatter``, such as ``rename_fields``,
            ``static_fields``, ``defaults`` and ``json_default``.
    """

    def __init__(
        self,
        fmt: str | Sequence[str] | None = None,
        datefmt: str | None = None,
        style: str = "%",
        validate: bool = True,
        **options: Any,
    ) -> None:
        custom = {"json_default", "json_encoder", "json_serializer", "json_indent", "json_ensure_ascii"} & set(options)
        self._own_layout = fmt is None
        super().__init__(fmt, datefmt, style, validate, **options)
        self._encode = None if custom else _Encoder(ensure_ascii=False, allow_nan=False).encode

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        try:
            return super().format(record)
        except Exception as error:
            return self._fallback(record, error)

    def _fallback(self, record: logging.LogRecord, error: Exception) -> str:
        problem = f"{type(error).__name__}: {safe_text(error)}"
        told = {"msg": unformattable(record, error), "args": None, "format_error": problem}
        try:
            return super().format(logging.makeLogRecord({**record.__dict__, **told}))
        except Exception:  # more than the message is at fault
            return _least(record, told)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Fill ``log_data`` with the fields of ``record``."""
        if not self._own_layout:
            super().add_fields(log_data, record, message_dict)
            return
        message = dict(message_dict)
        exception, stack = message.pop("exc_info", None), message.pop("stack_info", None)
        fields = _head(record)
        if message:
            fields["message"] = message.pop("message", message.get("event", ""))
        fields.update(_run(record))
        fields.update(_origin(record))
        _add_apart(fields, message)
        _add_apart(fields, {k: v for k, v in record.__dict__.items() if k not in _NOT_EXTRA and not _is_private(k)})
        if exception:
            fields["exception"] = exception
        if stack:
            fields["stack"] = stack
        log_data.update({**self.defaults, **fields, **self.static_fields})
        self._rename(log_data)

    def _rename(self, log_data: dict[str, Any]) -> None:
        if not self.rename_fields:
            return
        items = list(log_data.items())
        log_data.clear()
        for name, value in items:
            log_data[self.rename_fields.get(name, name)] = value

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """``log_data`` as JSON text."""
        if self._encode is None:
            return str(super().jsonify_log_record(log_data))
        try:
            text = self._encode(log_data)
        except Exception:  # NaN, a key that is no string, a loop, a broken __str__: made plain, which can't fail
            text = self._encode(_plain(log_data, _DEEPEST))
        return text if text.isascii() else _TO_ESCAPE.sub(_escaped, text)


class _Encoder(base.JsonEncoder):
    def default(self, o: Any) -> Any:
        if getattr(o, "shape", None) == () and hasattr(o, "item"):  # a NumPy or tensor scalar
            return o.item()
        return super().default(o)


def _head(record: logging.LogRecord) -> dict[str, Any]:
    return {
        "time": rfc3339(record.created),
        "level": record.levelname,
        "logger": record.name,
        "message": record.message,
    }


def _run(record: logging.LogRecord) -> dict[str, Any]:
    values = record.__dict__
    fields = values if "run_id" in values else {**run_fields(), **values}
    return {name: fields[name] for name in RUN_FIELDS if fields.get(name, NO_RUN) != NO_RUN}


def _origin(record: logging.LogRecord) -> dict[str, Any]:
    fields = {
        "file": record.pathname,
        "line": record.lineno,
        "function": record.funcName,
        "process": record.process,
        "thread": record.threadName,
    }
    task = getattr(record, "taskName", None)
    if task is not None:
        fields["task"] = task
    return fields


def _is_private(name: object) -> bool:
    return isinstance(name, str) and name.startswith("_")


def _add_apart(fields: dict[str, Any], more: Mapping[Any, Any]) -> None:
    for name, value in more.items():
        free = name
        while free in fields:
            free = f"{free}_"
        fields[free] = value


def _plain(value: Any, depth: int) -> Any:
    """``value`` with nothing in it that JSON can't say."""
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else _named(value)
    if isinstance(value, int):
        return int(value) if value.bit_length() < 4096 else hex(value)  # Python refuses to print longer ones
    if depth and isinstance(value, Mapping):
        return {safe_text(name): _plain(item, depth - 1) for name, item in value.items()}
    if depth and isinstance(value, (list, tuple)):
        return [_plain(item, depth - 1) for item in value]
    return _plain_object(value, depth)


def _plain_object(value: Any, depth: int) -> Any:
    try:
        simpler = _Encoder().default(value)
    except Exception:
        return safe_text(value)
    return _plain(simpler, depth - 1) if depth else safe_text(simpler)


def _named(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _least(record: logging.LogRecord, told: Mapping[str, Any]) -> str:
    line = {
        "time": rfc3339(record.created),
        "level": safe_text(record.levelname),
        "logger": safe_text(record.name),
        "message": told["msg"],
        "format_error": told["format_error"],
    }
    return json.dumps(line)
