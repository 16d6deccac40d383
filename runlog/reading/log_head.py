"""The few fields of a log record that filters, counts and searches ask for, so that the others need no decoding."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec


class Origin(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """What the logging module set, in the order of :mod:`runlog.log_record`; raw fields are skipped over."""

    levelno: int
    level: str
    logger: str
    path: msgspec.Raw = msgspec.Raw()
    line: msgspec.Raw = msgspec.Raw()
    function: msgspec.Raw = msgspec.Raw()
    process: msgspec.Raw = msgspec.Raw()
    process_name: msgspec.Raw = msgspec.Raw()
    thread: msgspec.Raw = msgspec.Raw()
    thread_name: msgspec.Raw = msgspec.Raw()
    created: msgspec.Raw = msgspec.Raw()
    template: str | None = None
    args: msgspec.Raw = msgspec.Raw()
    exception: list[Any] | None = None


class Head(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """The fields of a log record's payload that filters ask for."""

    time: int
    message: str | None
    origin: Origin


H = TypeVar("H", bound=Head)


def head_decoder(shape: type[H]) -> Callable[[bytes], H]:
    """What reads the payload of a LOG event, of one made by hand too. It raises MsgspecError where it is no record."""
    strictly = msgspec.msgpack.Decoder(shape).decode

    def decode(payload: bytes) -> H:
        try:
            return strictly(payload)
        except msgspec.ValidationError:
            return strictly(by_their_types(payload))

    return decode


decode_quickly = msgspec.msgpack.Decoder(Head).decode
"""Read the payload of a LOG event as a :class:`Head`, where its fields have their types; else raises what it raises."""
decode_head = head_decoder(Head)
"""Read the payload of a LOG event as a :class:`Head`."""


def by_their_types(payload: bytes) -> bytes:
    """The payload of a record that was made by hand, with the fields that are asked for by their types.

    Raises:
        msgspec.MsgspecError: it is no log record.
    """
    time, message, fields, *more = _loosely(payload)
    level, name, logger, *rest = fields
    rest += [None] * (_LAST_ASKED - 2 - len(rest))
    template, exception = rest[_TEMPLATE - 3], rest[_EXCEPTION - 3]
    rest[_TEMPLATE - 3] = None if template is None else str(template)
    rest[_EXCEPTION - 3] = exception if isinstance(exception, list) else None
    if more and isinstance(more[0], dict):
        more[0] = {str(name): value for name, value in more[0].items()}
    level = int(level) if isinstance(level, int | float) and math.isfinite(level) else 0
    return _encode([time, message, [level, *("" if one is None else str(one) for one in (name, logger)), *rest], *more])


_TEMPLATE, _EXCEPTION = 11, 13
_LAST_ASKED = _EXCEPTION
_loosely = msgspec.msgpack.Decoder(list[Any], strict=False).decode
_encode = msgspec.msgpack.Encoder().encode
