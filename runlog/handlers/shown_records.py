"""Log records for a terminal, or a text file: nothing in a record acts on a terminal, or passes for another record.

What a formatter adds is kept: its colours, and the lines of its format. So it is not the line that is changed but a
copy of the record, piece by piece. The record itself, which others get too, stays as it is.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from runlog.control_characters import INDENT, but_colours, in_a_traceback, in_lines, in_one_line, indented, is_harmless
from runlog.handlers.extra_fields import STANDARD_FIELDS, added_names
from runlog.handlers.hidden_arguments import items_of, with_items
from runlog.handlers.record_message import Said, text_of, with_message
from runlog.handlers.redacted_records import line_without_secrets, without_secrets
from runlog.redaction import process as redaction

_NAMES = ("name", "levelname", "threadName", "processName", "taskName", "funcName", "module", "filename", "pathname")
_USUAL_FIELDS = len(STANDARD_FIELDS | {"message", "asctime"})
"""Attributes that a record has without an extra field."""
_LONGEST_CHAIN = 100
_formatter = logging.Formatter()
_NOT_INDENTED = rf"\n(?!{INDENT}|\n|\Z)"


def shown_line(record: logging.LogRecord, render: Callable[[logging.LogRecord], str]) -> str:
    """A record's line as a terminal may show it, without its secrets.

    Args:
        record: to be shown.
        render: makes its line.
    """
    line = line_without_secrets(record, render)
    if is_harmless(line) or _is_plain(record) or harmless(record) is record:
        return line
    # Secrets go first: once something in them is written out, nobody finds them any more.
    return redaction.text(but_colours(render(harmless(without_secrets(record)))))


def _is_plain(record: logging.LogRecord) -> bool:
    """Whether a record is one of the many that have nothing but printable text in one line."""
    if record.exc_info or record.exc_text or record.stack_info or len(record.__dict__) > _USUAL_FIELDS:
        return False
    if not f"{record.name}{record.levelname}{record.threadName}{record.processName}{record.pathname}".isprintable():
        return False
    try:
        return record.getMessage().isprintable()
    except Exception:  # told of by the formatter
        return False


def harmless(record: logging.LogRecord) -> logging.LogRecord:
    """A copy of a record with everything harmful in it written out; the record itself where there is nothing."""
    fields = record.__dict__
    changes: dict[str, Any] = {name: _one_line(fields[name]) for name in _NAMES if name in fields}
    changes.update((name, _shown(fields[name])) for name in added_names(fields))
    changes["msg"] = _shown_message(record.msg)
    changes["args"] = _shown_args(record.args)
    changes["exc_text"] = shown_traceback(_traceback(record), record.exc_info)
    if record.stack_info:
        changes["stack_info"] = INDENT + _lines(record.stack_info)
    changes = {name: value for name, value in changes.items() if value is not fields[name]}
    changed = record
    if changes:
        changed = copy.copy(record)
        changed.__dict__.update(changes)
    return _with_harmless_message(changed)


def _with_harmless_message(record: logging.LogRecord) -> logging.LogRecord:
    """The record, or a copy with another message where template and arguments make something harmful together."""
    try:
        message = record.getMessage()
    except Exception:  # the formatter meets this, too, and says what it says of such records
        return record
    if in_lines(message) == message and ("\n" not in message or re.search(_NOT_INDENTED, message) is None):
        return record
    return with_message(record, _lines(message), record.args)


def _shown_message(message: Any) -> Any:
    if isinstance(message, dict):
        return message
    shown = _shown(message)
    return Said(shown) if isinstance(message, Said) and shown is not message else shown


def _traceback(record: logging.LogRecord) -> str | None:
    """The traceback as text, which most formatters take from the record where it is there."""
    info = record.exc_info
    if record.exc_text or not isinstance(info, tuple) or info[1] is None:
        return record.exc_text
    try:
        return _formatter.formatException(info)
    except Exception as error:
        return f"<a traceback that can't be shown: {text_of(error)}>"


def shown_traceback(text: str | None, exc_info: Any) -> str | None:
    """A traceback as a terminal may show it. Where its exception is not known, all of it is indented."""
    if not text:
        return text
    error = exc_info[1] if isinstance(exc_info, tuple) else None
    if error is None:
        return INDENT + _lines(text)
    errors = list(_chain(error))
    notes = [text_of(note) for one in errors for note in getattr(one, "__notes__", None) or ()]
    return in_a_traceback(text, map(text_of, errors), notes)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that it was raised from. (Members of a group are printed behind a margin.)"""
    seen: set[int] = set()
    waiting = [error]
    while waiting and len(seen) < _LONGEST_CHAIN:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            waiting += [other for other in (one.__cause__, one.__context__) if other is not None]
            yield one


def _one_line(value: Any) -> Any:
    return in_one_line(value) if isinstance(value, str) else value


def _lines(text: str) -> str:
    return indented(in_lines(text))


def _shown_args(args: Any) -> Any:
    if isinstance(args, Mapping):
        return with_items(args, {name: _shown(value) for name, value in items_of(args)})
    if isinstance(args, tuple):
        items = tuple(map(_shown, args))
        return items if any(new is not old for new, old in zip(items, args, strict=True)) else args
    return args


def _shown(value: Any) -> Any:
    """A value whose text is harmless: the value itself, a changed text, or what stands for the value."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return _lines(value)
    return value if is_harmless(text_of(value)) else _Shown(value)


class _Shown:
    """Stands for a value whose text is harmful; all else is the value's."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __str__(self) -> str:
        return _lines(str(self._value))

    def __repr__(self) -> str:
        return _lines(repr(self._value))

    def __format__(self, format_spec: str) -> str:
        return _lines(format(self._value, format_spec))

    def __getattr__(self, name: str) -> Any:
        return _shown(getattr(self._value, name))

    def __getitem__(self, key: Any) -> Any:
        return _shown(self._value[key])
