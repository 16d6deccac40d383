"""Blocks: stretches of a stream, and what the index has of the records in each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from runlog.errors import JournalError
from runlog.journal.format import EventFlag, Header, event_size
from runlog.journal.reader import Event, event_of
from runlog.journal.scan import Frame
from runlog.records import UNREADABLE, EventKind, RunOpened, decode
from runlog.store.search.asked import logger_entries
from runlog.store.search.record_text import SearchedRecord, decode_searched, message_of, texts_of
from runlog.store.search.words import index_text

RECORDS = 512
"""Events in a stretch. More make the index smaller, and the check of what it finds slower."""
BYTES = 1 << 20
"""A stretch that is as long has fewer."""
KINDS = frozenset({int(EventKind.LOG), int(EventKind.RUN), int(EventKind.SOURCE)})
"""What the index is made from: records, the ranks of their processes, source lines beside exceptions."""
ASCII, VALUES = 1, 2
"""Flags of a block: its texts are ASCII; some of its records have extra fields, which need not be texts."""
_BANDS = (20, 30, 40)
_BLOB = EventFlag.BLOB
_LOG, _RUN, _SOURCE = int(EventKind.LOG), int(EventKind.RUN), int(EventKind.SOURCE)
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1


def band_of(level: int) -> int:
    """Below INFO, below WARNING, below ERROR, or above: records of a stretch are indexed by these bands."""
    return bisect_right(_BANDS, level)


def in_range(number: int) -> int:
    """A number as near as SQLite can hold it."""
    return max(_LOWEST, min(_HIGHEST, number))


class Block(NamedTuple):
    """The records of one band in a stretch."""

    segment: int
    begin: int
    """The offset of the first record in its segment."""
    end: int
    """The offset behind the last one."""
    first: int
    """The earliest time, UTC ns."""
    last: int
    """The latest."""
    band: int
    top: int
    """The highest level."""
    flags: int
    text: str
    """What the index is given."""


@dataclass
class Taken:
    """What a stretch holds."""

    blocks: list[Block] = field(default_factory=list)
    sources: list[tuple[int, int, int]] = field(default_factory=list)
    """Segment, begin and end of each event with source lines."""
    opened: RunOpened | None = None


@dataclass
class _Band:
    records: list[SearchedRecord] = field(default_factory=list)
    begin: int = 0
    end: int = 0


def take(frames: Sequence[tuple[Header, Frame]], resolve: Callable[[Event], Event | None]) -> Taken:
    """Make blocks of a stretch.

    Args:
        frames: of one segment, each with the segment's header.
        resolve: reads an event whose payload is kept in a blob.
    """
    taken, bands = Taken(), [_Band(), _Band(), _Band(), _Band()]
    for header, frame in frames:
        kind, flags, payload, begin = frame
        if kind == _LOG:
            if flags & _BLOB:
                event = resolve(event_of(frame, header))
                payload = b"" if event is None else event.payload
            try:
                record = decode_searched(payload)
            except UNREADABLE:  # another version's form, which can't be read either
                continue
            band = bands[bisect_right(_BANDS, record.origin.levelno)]
            band.records.append(record)
            band.begin, band.end = band.begin or begin, begin + event_size(len(frame.payload))
        elif kind == _SOURCE:
            taken.sources.append((header.segment, begin, begin + event_size(len(payload))))
        elif kind == _RUN and taken.opened is None:
            taken.opened = _opened(payload)
    segment = frames[0][0].segment
    taken.blocks = [_block(segment, number, band) for number, band in enumerate(bands) if band.records]
    return taken


def block_of(payloads: Iterable[bytes], segment: int) -> list[Block]:
    """Blocks of records that stand in no stream, such as those of crashes."""
    bands = [_Band(), _Band(), _Band(), _Band()]
    for payload in payloads:
        record = decode_searched(payload)
        bands[band_of(record.origin.levelno)].records.append(record)
    return [_block(segment, number, band) for number, band in enumerate(bands) if band.records]


def _opened(payload: bytes) -> RunOpened | None:
    try:
        return decode(RunOpened, payload)
    except JournalError:
        return None


def _block(segment: int, number: int, band: _Band) -> Block:
    texts, has_values = [], False
    for record in band.records:
        if record.extra or record.origin.exception:
            has_values = has_values or bool(record.extra)
            texts += texts_of(record)
        else:
            texts.append(message_of(record))
    text = index_text(texts)
    times = [record.time for record in band.records]
    loggers = {record.origin.logger for record in band.records}
    entries = {entry for logger in loggers for entry in logger_entries(logger)}
    flags = (ASCII if text.isascii() else 0) | (VALUES if has_values else 0)
    return Block(
        segment,
        band.begin,
        band.end,
        in_range(min(times)),
        in_range(max(times)),
        number,
        in_range(max(record.origin.levelno for record in band.records)),
        flags,
        "\n".join([text, *entries]),
    )
