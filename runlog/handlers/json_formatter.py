"""Records as JSON lines, by python-json-logger."""

from __future__ import annotations

import copy
import functools
import json
import logging
import re
import string
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from pythonjsonlogger import json as base

from runlog.control_characters import in_json
from runlog.errors import WrongTypeError
from runlog.handlers.extra_fields import GIVEN, added_names, are_from_filter, free_name
from runlog.handlers.filters import NO_RUN, RUN_FIELDS, run_fields
from runlog.handlers.json_encoding import Encoder, plain
from runlog.handlers.record_message import with_message
from runlog.handlers.text_formatter import rfc3339, safe_text, unformattable

_OWN_NAMES = {
    "asctime": "time",
    "levelname": "level",
    "name": "logger",
    "pathname": "file",
    "lineno": "line",
    "funcName": "function",
    "threadName": "thread",
    "taskName": "task",
    "exc_info": "exception",
    "exc_text": "exception",
    "stack_info": "stack",
}
"""What the own layout calls attributes of a record."""
_STANDARD = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"}
_UNSAID = _STANDARD - {*_OWN_NAMES, "message", "process", "thread"}
"""Attributes of a record that the own layout has only where they are asked for."""
_AT_THE_END = {"exception", "stack"}
"""Fields that are added last; no other field takes their names."""
_CUSTOM = {"json_default", "json_encoder", "json_serializer", "json_indent", "json_ensure_ascii"}


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
        fmt: The fields, as a format or a sequence of names. Names are those of a record's attributes, and the layout
            is python-json-logger's own then.
        datefmt: The ``strftime`` format of ``time``, in UTC; with ``fmt``, of ``asctime``.
        style: The style of ``fmt``: ``%``, ``{``, ``$``, or ``,`` for names between commas.
        validate: Whether to check ``fmt`` against ``style``.
        defaults: Fields for records that lack them.
        exc_info_as_array: Write an exception as a list of lines.
        stack_info_as_array: Write a stack as a list of lines.
        options: The other arguments of ``pythonjsonlogger.json.JsonFormatter``. ``rename_fields`` may name fields as
            here or as python-json-logger does (``levelname``, ``exc_info``); an attribute that is no field here, as
            ``levelno``, becomes one. ``rename_fields_keep_missing`` writes null for fields that a record lacks;
            ``static_fields`` are added to each record; ``timestamp`` adds a field with the time; ``reserved_attrs`` are
            the attributes that are no extra fields; ``prefix`` stands before the JSON. ``json_default``,
            ``json_encoder``, ``json_serializer``, ``json_indent`` and ``json_ensure_ascii`` decide how JSON is made.

    Raises:
        WrongTypeError: One of the three that make JSON can't be called.
        TypeError: There is no such option.
        ValueError: ``fmt`` does not fit ``style``.
    """

    def __init__(
        self,
        fmt: str | Sequence[str] | None = None,
        datefmt: str | None = None,
        style: str = "%",
        validate: bool = True,
        *,
        defaults: Mapping[str, Any] | None = None,
        exc_info_as_array: bool = False,
        stack_info_as_array: bool = False,
        **options: Any,
    ) -> None:
        custom = _CUSTOM & options.keys()
        self._own_layout = fmt is None
        self._fields = _fields_of(fmt, style, validate=validate)
        if self._fields is not None:  # said by python-json-logger from version 4.0 on
            fmt, style = None, "%"
        super().__init__(fmt, datefmt, style, validate, **_checked(options))
        self.defaults = dict(defaults or {})
        self.exc_info_as_array, self.stack_info_as_array = exc_info_as_array, stack_info_as_array
        self._renames = {_OWN_NAMES.get(name, name): new for name, new in self.rename_fields.items()}
        reserved = options.get("reserved_attrs")
        self._reserved = _STANDARD if reserved is None else {*self.reserved_attrs, *_OWN_NAMES, "message", "process"}
        self._encode = None if custom else Encoder(ensure_ascii=False, allow_nan=False).encode

    def parse(self) -> list[str]:
        """The names of the fields in the format."""
        return super().parse() if self._fields is None else self._fields

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        message: Any = record.msg
        try:
            if isinstance(message, dict):  # to which python-json-logger adds the traceback, before version 4.2
                record = copy.copy(record)
                record.msg = message.copy()
            return super().format(record)
        except Exception as error:
            return self._fallback(record, error)

    def _fallback(self, record: logging.LogRecord, error: Exception) -> str:
        problem = f"{type(error).__name__}: {safe_text(error)}"
        told = {"msg": unformattable(record, error), "format_error": problem}
        try:
            plain_record = with_message(record, told["msg"], None)
            plain_record.__dict__["format_error"] = problem
            return super().format(plain_record)
        except Exception:  # more than the message is at fault
            return in_json(_least(record, told))

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Fill ``log_data`` with the fields of ``record``."""
        message = dict(message_dict)
        for name, wanted in (("exc_info", self.exc_info_as_array), ("stack_info", self.stack_info_as_array)):
            if wanted and isinstance(message.get(name), str):
                message[name] = message[name].splitlines()
        if self._own_layout:
            log_data.update(self._own_fields(record, message))
        else:
            self._add_named(log_data, record, message)

    def _add_named(self, log_data: dict[str, Any], record: logging.LogRecord, message: dict[str, Any]) -> None:
        """Fill ``log_data`` with the fields that the format names."""
        absent = {**run_fields(), **self.defaults}
        log_data.update((self._get_rename(name), value) for name, value in self.defaults.items())
        super().add_fields(log_data, record, message)
        for name in self._required_fields:
            if name in absent and name not in record.__dict__ and name not in message:
                log_data[self._get_rename(name)] = absent[name]

    def _own_fields(self, record: logging.LogRecord, message: dict[str, Any]) -> dict[str, Any]:
        exception, stack = message.pop("exc_info", None), message.pop("stack_info", None)
        fields = _head(record)
        if self.datefmt:
            fields["time"] = time.strftime(self.datefmt, time.gmtime(record.created))
        if message:
            fields["message"] = message.pop("message", message.get("event", ""))
        fields.update(_run(record))
        fields.update(_origin(record))
        taken = {*_AT_THE_END, *self.static_fields}
        if self.timestamp:
            taken.add(self.timestamp if isinstance(self.timestamp, str) else "timestamp")
        _add_apart(fields, message, taken)
        _add_apart(fields, {name: record.__dict__[name] for name in self._extra_names(record)}, taken)
        if exception:
            fields["exception"] = exception
        if stack:
            fields["stack"] = stack
        fields = {**self.defaults, **fields, **self.static_fields}
        if self.timestamp:
            name = self.timestamp if isinstance(self.timestamp, str) else "timestamp"
            fields[name] = datetime.fromtimestamp(record.created, timezone.utc)
        return self._renamed(fields, record) if self.rename_fields else fields

    def _extra_names(self, record: logging.LogRecord) -> list[Any]:
        """The names of attributes that are fields, in their order."""
        added = added_names(record.__dict__)
        if self._reserved is _STANDARD:
            return added
        given = {*added, *(record.__dict__.keys() & _STANDARD)}
        return [name for name in record.__dict__ if name in given and name not in self._reserved]

    def _renamed(self, fields: dict[str, Any], record: logging.LogRecord) -> dict[str, Any]:
        for name in self.rename_fields:
            if name in _UNSAID and name not in fields:
                fields[name] = record.__dict__.get(name)
        chosen = {new for name, new in self._renames.items() if name in fields}
        renamed: dict[str, Any] = {}
        for name, value in fields.items():
            free = self._renames.get(name)
            if free is None:
                free = _free(name, chosen | renamed.keys())
            renamed[free] = value
        missing = self.rename_fields.values() if self.rename_fields_keep_missing else ()
        return {**renamed, **{new: None for new in missing if new not in renamed}}

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """``log_data`` as JSON text."""
        encode = self._encode or self._encode_by_options
        try:
            text = encode(log_data)
        except Exception:  # NaN, a key that is no string, a loop, a broken __str__: made plain, which can't fail
            text = encode(plain(log_data, self._simpler))
        return in_json(text)

    def _encode_by_options(self, log_data: dict[str, Any]) -> str:
        text: str | bytes = super().jsonify_log_record(log_data)
        return text.decode() if isinstance(text, bytes) else text

    def _simpler(self, value: Any) -> Any:
        """What stands in JSON for a value that it has no form for."""
        if self.json_default is not None:
            return self.json_default(value)
        assert self.json_encoder is not None
        return self.json_encoder().default(value)


def _head(record: logging.LogRecord) -> dict[str, Any]:
    return {
        "time": rfc3339(record.created),
        "level": record.levelname,
        "logger": record.name,
        "message": record.message,
    }


def _run(record: logging.LogRecord) -> dict[str, Any]:
    """The fields that name the run: those that a filter has set, else those of the run that is current here."""
    values = record.__dict__
    fields = run_fields()
    if are_from_filter(values):
        fields = {**values, **{name: fields[name] for name in values.get(GIVEN, ())}}
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


def _add_apart(fields: dict[str, Any], more: Mapping[Any, Any], taken: Collection[str]) -> None:
    """Add fields, each under a name that no other has."""
    for name, value in more.items():
        fields[free_name(name if isinstance(name, str) else safe_text(name), fields, taken)] = value


def _free(name: Any, taken: Collection[Any]) -> Any:
    """A name, with underscores at its end where it is taken."""
    while name in taken:
        name = f"{name}_"
    return name


def _fields_of(fmt: str | Sequence[str] | None, style: str, *, validate: bool) -> list[str] | None:
    """The names of fields in a format; None where python-json-logger finds them, in whatever version."""
    if fmt is None or (isinstance(fmt, str) and style not in {",", "$", "{"}):
        return None
    if not isinstance(fmt, str):
        return [*map(str, fmt)]
    if style == ",":
        return [name for one in fmt.split(",") if (name := one.strip())]
    if validate:
        logging.Formatter(fmt, style=style)  # type: ignore[arg-type]  # one of two that it knows
    if style == "$":
        found = string.Template.pattern.finditer(fmt)
        return [name for one in found if (name := one["named"] or one["braced"])]
    return [re.split(r"[.\[]", name)[0] for _, name, _, _ in string.Formatter().parse(fmt) if name]


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    """The options for python-json-logger, with what makes JSON of any value where the user chose nothing else."""
    for name in ("json_default", "json_encoder", "json_serializer"):
        chosen = options.get(name)
        if chosen is not None and not callable(chosen):
            raise WrongTypeError(
                f"{name} must be a function or a class, not {chosen!r}: write ext://{chosen} in a file"
            )
    if options.get("json_default") is None and options.get("json_encoder") is None:
        options["json_encoder"] = Encoder
    if options.get("json_serializer") in (None, json.dumps):
        options["json_serializer"] = functools.partial(json.dumps, allow_nan=False)
    return {"json_ensure_ascii": False, **options}


def _least(record: logging.LogRecord, told: Mapping[str, Any]) -> str:
    line = {
        "time": rfc3339(record.created),
        "level": safe_text(record.levelname),
        "logger": safe_text(record.name),
        "message": told["msg"],
        "format_error": told["format_error"],
    }
    return json.dumps(line)
