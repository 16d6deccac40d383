"""Secrets in the payloads of events, which are msgpack: the one gate that everything passes on its way to a journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from runlog.redaction.messages import without_hidden_arguments
from runlog.redaction.names import Likely
from runlog.redaction.redactor import Redactor

LOG = 1
TEMPLATE, ARGS = 11, 12
"""Places in the third field of a log record's payload: see :mod:`runlog.log_record`."""
_IDENTITIES = frozenset({"run_id", "run_ids", "experiment", "parent", "group", "sha256", "status", "time"})
"""Fields by which things find each other: they stay, as names of experiments and runs are no place for a secret."""
_VALUES = ("text", "values", "document")
"""Fields that have what was logged under the payload's ``name``."""

_decode = msgspec.msgpack.Decoder(strict=False).decode
_encode = msgspec.msgpack.Encoder().encode


def clean(redactor: Redactor, kind: int, payload: bytes) -> bytes:
    """A payload without its secrets; the very object where there are none.

    Args:
        redactor: what hides them.
        kind: of the event.
        payload: as it would be written.
    """
    return _cleaned(redactor, kind, payload) if redactor.suspects_bytes(payload) else payload


def clean_log(redactor: Redactor, payload: bytes, varying: bytes | str, recurring: Sequence[Any]) -> bytes:
    """The payload of a log record without its secrets; the very object where there are none.

    Texts are cleaned one by one, so they may be searched apart, too.

    Args:
        redactor: what hides them.
        payload: as it would be written.
        varying: all texts of the payload, but those of ``recurring``; or bytes that have them in UTF-8.
        recurring: texts, and tuples of texts and numbers, that come again and again.
    """
    if redactor.clean_texts.has_all(recurring):
        suspects = redactor.suspects_text(varying) if isinstance(varying, str) else redactor.suspects_bytes(varying)
        if not suspects:
            return payload
    return _cleaned(redactor, LOG, payload)


def _cleaned(redactor: Redactor, kind: int, payload: bytes) -> bytes:
    before = _decode(payload)
    after = _log(redactor, before) if kind == LOG else _event(redactor, before)
    return payload if after is before else _encode(after)


def _event(redactor: Redactor, fields: Any) -> Any:
    if not isinstance(fields, dict):
        return redactor.value(fields)
    open_fields = {name: value for name, value in fields.items() if name not in _IDENTITIES}
    kept = redactor.value(open_fields)
    name = fields.get("name")
    if isinstance(name, str) and (likely := redactor.names.likely(name)):
        kept = {**kept, **_under(redactor, likely, kept)}
    changed = any(kept[one] is not value for one, value in open_fields.items() if one in kept) or kept.keys() != (
        open_fields.keys()
    )
    return {**fields, **kept} if changed else fields


def _under(redactor: Redactor, likely: Likely, fields: dict[str, Any]) -> dict[str, Any]:
    """What was logged under the name of a secret: a text, a list."""
    if fields.get("type", "str") != "str":  # an exact number or a date
        return {}
    return {one: redactor.under_name(likely, fields[one]) for one in _VALUES if one in fields}


def _log(redactor: Redactor, values: Any) -> Any:
    """A log record: template and arguments are kept only where neither they nor the joined text had a secret."""
    time, message, fields, *more = values
    joined = fields[TEMPLATE] if message is None else message
    new_args = redactor.value(fields[ARGS])
    new_joined = redactor.text(without_hidden_arguments(fields[TEMPLATE], fields[ARGS], new_args, joined))
    new_template = redactor.text(fields[TEMPLATE])
    new_fields, new_more = redactor.value(fields), redactor.value(more)
    if new_joined is not joined or new_args is not fields[ARGS] or new_template is not fields[TEMPLATE]:
        message = None
        new_fields = list(new_fields)
        new_fields[TEMPLATE], new_fields[ARGS] = new_joined, None
    elif new_fields is fields and new_more is more:
        return values
    return [time, message, new_fields, *new_more]
