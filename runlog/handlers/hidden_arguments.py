"""The arguments of a record without their secrets, in the shape that they had: formatters take them apart.

Formatters of access logs read single arguments of a record, by their place (uvicorn) or by their name (gunicorn).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from runlog.handlers.record_message import text_of
from runlog.redaction.entries import is_pair
from runlog.redaction.names import HIDDEN, Likely
from runlog.redaction.redactor import Redactor


def hidden(redactor: Redactor, args: Any) -> Any:
    """Arguments, each without its secrets; the very object where there are none.

    Args:
        redactor: hides them.
        args: of a record: a tuple or a mapping, as a rule.
    """
    if isinstance(args, Mapping):
        return with_items(args, {key: _under(redactor, key, one) for key, one in items_of(args)})
    if isinstance(args, tuple):
        items = tuple(_item(redactor, one) for one in args)
        if len(args) == 2 and is_pair(args):
            items = (items[0], _under(redactor, args[0], items[1]))
        return args if all(new is one for new, one in zip(items, args, strict=True)) else items
    return _item(redactor, args)


def without_pieces(args: Any, kept: str) -> Any:
    """Arguments without the pieces that make a secret together with the template, or with each other.

    Args:
        args: of a record.
        kept: the message without the secret. What does not stand there any more was part of it.
    """
    if isinstance(args, Mapping):
        return with_items(args, {key: _unless_in(kept, one) for key, one in items_of(args)})
    if isinstance(args, tuple):
        return tuple(_unless_in(kept, one) for one in args)
    return _unless_in(kept, args)


def items_of(args: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    """The items of a mapping, whose class may be anybody's."""
    try:
        return list(args.items())
    except Exception:  # a mapping that can't be looked through: whoever asks it for an item gets what it gives
        return []


def with_items(args: Mapping[Any, Any], items: dict[Any, Any]) -> Any:
    """A mapping with other items, of its class where that can be copied; the very object where none is another."""
    changes = {key: new for key, new in items.items() if new is not args[key]}
    if not changes:
        return args
    try:
        changed: Any = copy.copy(args)
        if changed is not args:
            for key, new in changes.items():
                changed[key] = new
            return changed
    except Exception:  # it can't be copied, or not be changed
        return items
    return items


def _under(redactor: Redactor, key: Any, value: Any) -> Any:
    kept = _item(redactor, value)
    likely = redactor.names.likely(key) if isinstance(key, str) else Likely.NO
    return redactor.under_name(likely, kept, name=key) if likely else kept


def _item(redactor: Redactor, value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | dict | list | tuple):
        return redactor.value(value)
    text = text_of(value)
    kept = redactor.text(text)
    return value if kept is text else kept


def _unless_in(kept: str, value: Any) -> Any:
    text = text_of(value)
    if not text or text in kept or value is None:
        return value
    return type(value)(0) if type(value) in (int, float) else HIDDEN
