"""What a record says: its message as a formatter would show it, and what of its arguments belongs to that."""

from __future__ import annotations

import contextlib
import copy
import logging
import re
import string
from collections.abc import Callable, Mapping
from typing import Any

_MOST_TEMPLATES = 2_000
usual_message = logging.LogRecord.getMessage
"""How ``logging`` makes a message; None where somebody had replaced it before."""
if usual_message.__code__.co_filename != logging.Logger.info.__code__.co_filename:
    usual_message = None  # type: ignore[assignment]
_WHOLE = frozenset({""})
"""In place of the names that a template has where it shows a mapping as a whole."""
_names_of: dict[tuple[str, bool], frozenset[str]] = {}


class Said(str):
    """A message that stays as it is, whatever arguments stand beside it for formatters that read these."""

    __slots__ = ()

    def __str__(self) -> str:
        return self

    def __mod__(self, _arguments: object) -> str:
        return str.__str__(self)

    def format(self, *_arguments: object, **_named: object) -> str:
        """The message."""
        return str.__str__(self)


def text_of(value: object) -> str:
    """``str`` of a value whose ``__str__`` may raise."""
    try:
        text = str(value)
        return text if type(text) is str else str.__str__(text)
    except Exception as error:
        return f"<{type(value).__name__} whose text raised {type(error).__name__}>"


def makes_own_message(record: logging.LogRecord) -> bool:
    """Whether the record's class, or the record itself, has a ``getMessage`` that is not that of ``logging``."""
    if type(record).getMessage is not usual_message:
        return True
    return "getMessage" in record.__dict__ and callable(record.__dict__["getMessage"])


def message_of(record: logging.LogRecord, unformattable: Callable[[Exception], str]) -> str:
    """The message of a record. Never raises.

    Args:
        record: any.
        unformattable: makes a message where the record can't.
    """
    try:
        is_field = "getMessage" in record.__dict__ and not callable(record.__dict__["getMessage"])
        return text_of(type(record).getMessage(record) if is_field else record.getMessage())
    except Exception as error:
        return unformattable(error)


def unformattable(template: str, error: Exception) -> str:
    """A message in place of one that could not be made."""
    return f"{template} [could not be formatted: {text_of(error)}]"


def said_by(record: logging.LogRecord) -> tuple[str | None, str, Any]:
    """What any record says: its message, which is None where it is the template; the template; its arguments.

    Never raises.
    """
    template, args, is_own = text_of(record.msg), record.args or None, makes_own_message(record)
    message = None
    if args is not None or is_own:
        message = message_of(record, lambda error: unformattable(template, error))
    if isinstance(record.msg, Said):
        return None, template if message is None else message, None
    if args is not None and type(args) is not tuple:
        args = shown_of(template, args, by_braces=is_own)
    return (None if message == template and not args else message), template, args


def with_message(record: logging.LogRecord, message: str, args: Any) -> logging.LogRecord:
    """A copy of a record with another message. Its arguments are for formatters that read them.

    Args:
        record: left as it is.
        message: what the copy says.
        args: of the copy; in the shape that the record's have.
    """
    if makes_own_message(record):
        changed = logging.LogRecord.__new__(logging.LogRecord)
        changed.__dict__.update(record.__dict__)
        changed.__dict__.pop("getMessage", None)
    else:
        changed = copy.copy(record)
    changed.msg, changed.args = Said(message) if args else message, args
    if "message" in changed.__dict__:
        changed.message = message
    return changed


def shown_of(template: str, args: Any, *, by_braces: bool = False) -> Any:
    """What of a record's arguments its template shows: of a mapping the items that it names.

    gunicorn gives a mapping of all headers, cookies included, to a line that names five of them.

    Args:
        template: of the message.
        args: of the record.
        by_braces: it may name items in braces, too, as the record makes its message in a way of its own.
    """
    if not isinstance(args, Mapping):
        return args
    known = _names_of.get((template, by_braces))
    if known is None:
        if len(_names_of) >= _MOST_TEMPLATES:
            _names_of.clear()
        known = _names_of[template, by_braces] = _find_names(template, by_braces=by_braces)
    return args if known is _WHOLE else _items(args, known) or None


def _items(mapping: Mapping[Any, Any], names: frozenset[str]) -> dict[str, Any]:
    found = {}
    for name in sorted(names):
        with contextlib.suppress(Exception):  # it has none of the name, or raises, as the message then says
            found[name] = mapping[name]
    return found


def _find_names(template: str, *, by_braces: bool) -> frozenset[str]:
    rest = template.replace("%%", "")
    if re.search(r"%[#0\- +]*[\d*]*(?:\.[\d*]+)?[hlL]?[a-zA-Z]", rest):
        return _WHOLE
    names = frozenset(_percent_names(rest))
    if names or not by_braces:
        return names
    braced = _braced_names(template)
    return _WHOLE if any(not name or name.isdigit() for name in braced) else frozenset(braced)


def _percent_names(template: str) -> list[str]:
    """``name`` of each ``%(name)``; parentheses within the name are counted, as Python does."""
    names, at = [], template.find("%(")
    while at >= 0:
        depth, end = 1, at + 2
        while end < len(template) and depth:
            depth += {"(": 1, ")": -1}.get(template[end], 0)
            end += 1
        names.append(template[at + 2 : end - 1])
        at = template.find("%(", end)
    return names


def _braced_names(template: str) -> set[str]:
    try:
        found = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError:  # no format of this kind
        return set()
    return {re.split(r"[.\[]", name)[0] for name in found}
