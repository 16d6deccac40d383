"""Log records without their secrets, for handlers that write text. The record itself, which others get too, stays."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping
from typing import Any

from runlog.handlers.extra_fields import STANDARD_COUNT, added_names
from runlog.handlers.hidden_arguments import hidden, without_pieces
from runlog.handlers.record_message import message_of, text_of, with_message
from runlog.redaction import process as redaction
from runlog.redaction.entries import LONGEST_NAME
from runlog.redaction.names import Likely
from runlog.redaction.redactor import Redactor

Format = Callable[[logging.LogRecord], str]
_traceback_of = logging.Formatter().formatException


def line_without_secrets(record: logging.LogRecord, render: Format) -> str:
    """A record's line; where it holds a secret, that of a copy without it.

    Args:
        record: to be written.
        render: makes its line.
    """
    line = render(record)
    redactor = redaction.current
    if redactor is None:
        return line
    if redactor.text(line) is line:
        kept = without_secrets(record) if "\\" in line or _has_named(redactor, record) else record
        if kept is record:
            return line  # what is escaped in it was looked at as it was
        return redactor.text(render(kept))
    return redactor.text(render(without_secrets(record)))


def without_secrets(record: logging.LogRecord) -> logging.LogRecord:
    """A copy of a record without its secrets; the record itself where it has none, or redaction is off.

    Looked at are template, arguments, message, the extra fields, the exception and the stack. The arguments keep their
    shape, since formatters take them apart. Never raises.
    """
    redactor = redaction.current
    if redactor is None:
        return record
    said = _without_secrets_in_message(redactor, record)
    changes = {**_extra(redactor, record), **_traces(redactor, record)}
    if not changes:
        return said
    changed = copy.copy(record) if said is record else said
    changed.__dict__.update(changes)
    return changed


def _has_named(redactor: Redactor, record: logging.LogRecord) -> bool:
    """Whether an argument or extra field stands under the name of a secret, which the line need not show."""
    names: list[Any] = []
    try:
        if isinstance(record.args, Mapping):
            names += record.args
        elif record.args and len(record.args) == 2:
            names.append(record.args[0])
    except Exception:  # arguments that can't be looked through
        return True
    if len(record.__dict__) > STANDARD_COUNT:
        names += added_names(record.__dict__)
    return any(redactor.names.likely(name) for name in names if isinstance(name, str) and len(name) <= LONGEST_NAME)


def _without_secrets_in_message(redactor: Redactor, record: logging.LogRecord) -> logging.LogRecord:
    if isinstance(record.msg, dict) and not record.args:  # which formatters of JSON take apart
        return _with(record, redactor.value(record.msg), record.args)
    template = record.msg if isinstance(record.msg, str) else text_of(record.msg)
    message = message_of(record, lambda error: _unformattable(record, template, error))
    new_template, args = redactor.text(template), hidden(redactor, record.args)
    changed = _with(record, record.msg, args)
    new_message = message if changed is record else message_of(changed, lambda _error: message)
    kept = redactor.text(new_message)
    if kept is new_message and new_template is template:
        if changed is not record and "message" in record.__dict__:
            changed.message = new_message
        return changed
    return with_message(record, kept, without_pieces(args, kept))


def _with(record: logging.LogRecord, message: Any, args: Any) -> logging.LogRecord:
    if message is record.msg and args is record.args:
        return record
    changed = copy.copy(record)
    changed.msg, changed.args = message, args
    return changed


def _unformattable(record: logging.LogRecord, template: str, error: Exception) -> str:
    return f"{template} {text_of(record.args)} [could not be formatted: {text_of(error)}]"


def _extra(redactor: Redactor, record: logging.LogRecord) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    fields = record.__dict__
    for name in added_names(fields):
        called = name if isinstance(name, str) else text_of(name)
        value, likely = fields[name], redactor.names.likely(called)
        kept = redactor.value(value if _is_plain(value) else text_of(value))
        if likely is not Likely.NO:
            kept = redactor.under_name(likely, kept, name=called)
        if kept is not value and (_is_plain(value) or kept != text_of(value)):
            changes[name] = kept
    return changes


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | bytes | bytearray | int | float | Mapping | list | tuple)


def _traces(redactor: Redactor, record: logging.LogRecord) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if (
        record.exc_info
        and not record.exc_text
        and isinstance(record.exc_info, tuple)
        and record.exc_info[1] is not None
    ):
        try:
            record.exc_text = _traceback_of(record.exc_info)  # kept there by every formatter
        except Exception as error:
            record.exc_text = f"<a traceback that can't be shown: {text_of(error)}>"
    if record.exc_text and (kept := redactor.text(record.exc_text)) is not record.exc_text:
        changes |= {"exc_text": kept, "exc_info": None}
    if record.stack_info and (kept := redactor.text(record.stack_info)) is not record.stack_info:
        changes["stack_info"] = kept
    return changes
