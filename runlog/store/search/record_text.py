"""The texts of a log record that a search looks into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runlog.exception_info import exception_lines
from runlog.json_values import DEPTH
from runlog.reading.log_head import Head, head_decoder
from runlog.records import UNREADABLE


class SearchedRecord(Head, frozen=True, gc=False, array_like=True):
    """The fields of a log record's payload that a search asks for."""

    extra: dict[str, Any] | None = None


decode_searched = head_decoder(SearchedRecord)
"""Read the payload of a LOG event as a :class:`SearchedRecord`."""


def message_of(record: SearchedRecord) -> str:
    """The message as it reads."""
    return (record.origin.template or "") if record.message is None else record.message


def texts_of(record: SearchedRecord) -> list[str]:
    """The message, the lines ``Type: message`` and the notes of an exception, and each extra field with its name."""
    texts = [message_of(record)]
    if record.origin.exception:
        try:
            texts += filter(_is_text, exception_lines(record.origin.exception))
        except UNREADABLE:  # another version's form of an exception
            return texts
    if record.extra:
        texts += (" ".join([name, *_leaves(value)]) for name, value in record.extra.items())
    return texts


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _leaves(value: Any, depth: int = DEPTH) -> Iterator[str]:
    if not depth:
        return
    if isinstance(value, dict):
        for name, one in value.items():
            yield str(name)
            yield from _leaves(one, depth - 1)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, depth - 1)
    elif not isinstance(value, bytes):
        yield str(value)
