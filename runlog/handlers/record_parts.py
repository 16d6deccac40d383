"""The payload of a record in parts: only what differs from call to call is searched for secrets."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from runlog.handlers.record_payload import (
    ORIGIN_COUNT,
    ExceptionFields,
    LogValues,
    encode_plainly,
    encode_value,
    log_values,
)
from runlog.handlers.tracebacks import FrameFields, without_frames

_texts_of_origin = itemgetter(1, 2, 3, 5, 7, 9)
_numbers_of_origin = itemgetter(0, 4, 6, 8, 10)
_only_numbers = frozenset({int, float, type(None)}).issuperset
_TEXTS_AND_NUMBERS = frozenset({str, int, float, bool, type(None)})
_FOUR = b"\x94"
"""The header of an array of four items; one of fewer than 16 takes a byte."""
_UINT64 = 0xCF
"""The mark of a number of eight bytes."""


class RecordParts(NamedTuple):
    """A record as it is written, and as it is searched."""

    payload: bytes
    varying: bytes | str
    """What has to be searched each time: texts, or bytes with texts in UTF-8. It is all of the payload where the record
    has something unusual in it."""
    recurring: Sequence[Any]
    """Texts, and frames, that come again and again. The payload has no other texts than these two have."""


def encode_parts(
    record: logging.LogRecord, exception: ExceptionFields | None, frames: Sequence[FrameFields]
) -> RecordParts:
    """The payload of a record as :func:`runlog.handlers.record_payload.encode_log` makes it. Never raises.

    Args:
        record: left as it is.
        exception: that was logged with it.
        frames: all of the exception's.
    """
    values = log_values(record, exception)
    try:
        texts = _plain_texts(values)
        if texts is None:
            return _encode_apart(values, frames)
        return RecordParts(encode_value(values), "\n".join(texts), (*_texts_of_origin(values[2]), *frames))
    except Exception:
        payload = encode_plainly(values)
        return RecordParts(payload, payload, ())


def _plain_texts(values: LogValues) -> list[str] | None:
    """The texts of a record, but those of its origin and frames; None where it holds more than texts and numbers."""
    _, message, fields, extra = values
    template, args, exception, stack, task = fields[ORIGIN_COUNT:]
    if extra is not None or stack is not None or type(template) is not str:
        return None
    if not _only_numbers(map(type, _numbers_of_origin(fields))) or not (args is None or type(args) is tuple):
        return None
    given = [template, message, task, *(args or ())]
    if exception is not None:
        kind, said, _, notes, cause, context, _, members, *others = exception
        if notes or cause is not None or context is not None or members or others:
            return None
        given += (kind, said)
    return [one for one in given if type(one) is str] if _TEXTS_AND_NUMBERS.issuperset(map(type, given)) else None


def _encode_apart(values: LogValues, frames: Sequence[FrameFields]) -> RecordParts:
    """The parts of a record with anything in it."""
    time, message, fields, extra = values
    origin = fields[:ORIGIN_COUNT]
    template, args, exception, stack, task = fields[ORIGIN_COUNT:]
    # Each once, as a repr may be another one the next time: what is searched is what is written.
    said = encode_value((time, message))
    place, made_of = encode_value(origin), encode_value((template, args))
    raised, rest = encode_value(exception), encode_value((stack, task, extra))
    # An array in msgpack is its header and then its items, which here come from several.
    payload = b"".join((_FOUR, said[1:], _HEADER, place[1:], made_of[1:], raised, rest[1:]))
    if not _only_numbers(map(type, _numbers_of_origin(origin))):
        return RecordParts(payload, payload, ())
    searched = encode_value(without_frames(exception)) if frames else raised
    told = said[10:] if said[1] == _UINT64 else said  # bytes of a time may look like letters of any script
    return RecordParts(payload, b"".join((told, made_of, searched, rest)), (*_texts_of_origin(origin), *frames))


_HEADER = encode_value((None,) * (ORIGIN_COUNT + 5))[: -(ORIGIN_COUNT + 5)]
