"""The payload of a record in parts: only what differs from call to call is searched for secrets."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from runlog.handlers.record_payload import (
    ORIGIN_COUNT,
    ExceptionFields,
    encode_plainly,
    encode_value,
    log_values,
)
from runlog.handlers.tracebacks import FrameFields, without_frames

_texts_of_origin = itemgetter(1, 2, 3, 5, 7, 9)
_numbers_of_origin = itemgetter(0, 4, 6, 8, 10)
_only_numbers = frozenset({int, float, type(None)}).issuperset
_FOUR = b"\x94"
"""The header of an array of four items; one of fewer than 16 takes a byte."""
_UINT64 = 0xCF
"""The mark of a number of eight bytes."""


class RecordParts(NamedTuple):
    """A record as it is written, and as it is searched."""

    payload: bytes
    varying: bytes
    """What has to be searched each time; all of the payload where the record has something unusual in it."""
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
    time, message, fields, extra = values
    origin = fields[:ORIGIN_COUNT]
    template, args, _, stack, task = fields[ORIGIN_COUNT:]
    try:
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
    except Exception:
        payload = encode_plainly(values)
        return RecordParts(payload, payload, ())


_HEADER = encode_value((None,) * (ORIGIN_COUNT + 5))[: -(ORIGIN_COUNT + 5)]
