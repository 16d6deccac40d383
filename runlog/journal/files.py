"""Names of the files in a run's folder that belong to its journal."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from runlog.journal import real_time
from runlog.journal.format import Stream

ALPHABET = "0123456789abcdefghijklmnopqrstuv"
_NAMES = {Stream.POINTS: "points", Stream.EVENTS: "events", Stream.OVERFLOW: "overflow"}
_STREAMS = {name: stream for stream, name in _NAMES.items()}
# Compiled, and kept by `re`, when somebody asks: who only writes does not.
_SEGMENT = r"([0-9a-z]{12})-(points|events)-(\d{6})\.(open|seal|compact)"
_OVERFLOW = r"([0-9a-z]{12})-overflow\.open"
_WHOLE = r"([0-9a-z]{12})\.(pack|lock|lease)"
_WRITER = r"[0-9a-z]{12}"


class SegmentName(NamedTuple):
    """What a segment's file name says."""

    writer: str
    stream: Stream
    number: int
    sealed: bool
    """It never changes again; compacted ones are sealed, too."""


def encode_number(number: int, digits: int) -> str:
    """A number in base 32, in lower-case digits that sort as the number does."""
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (digits - 1), -1, -5))


def new_writer_id() -> str:
    """12 characters: 8 of time (2^40 steps of 8 ms, 278 years), then 4 of chance."""
    return encode_number(real_time.wall_ns() >> 23, 8) + encode_number(int.from_bytes(os.urandom(3), "big"), 4)


def is_writer_id(text: str) -> bool:
    """Whether a text may be a writer's id: nothing else may become part of a file's name."""
    return re.fullmatch(_WRITER, text) is not None


def stream_of(word: str) -> Stream | None:
    """The stream that files' names call by this word; None where there is none."""
    return next((stream for stream, name in _NAMES.items() if name == word), None)


def segment_name(writer: str, stream: Stream, number: int, *, sealed: bool) -> str:
    """The file name of a segment."""
    if stream is Stream.OVERFLOW:
        return f"{writer}-overflow.open"
    return f"{writer}-{_NAMES[stream]}-{number:06d}.{'seal' if sealed else 'open'}"


def parse_segment_name(name: str) -> SegmentName | None:
    """Read a segment's file name; None where it is none."""
    if match := re.fullmatch(_SEGMENT, name):
        return SegmentName(match[1], _STREAMS[match[2]], int(match[3]), match[4] != "open")
    if match := re.fullmatch(_OVERFLOW, name):
        return SegmentName(match[1], Stream.OVERFLOW, 0, False)
    return None


def pack_name(writer: str) -> str:
    """The file name of a small writer's pack."""
    return f"{writer}.pack"


def lock_name(writer: str) -> str:
    """The file name of a writer's lock."""
    return f"{writer}.lock"


def lease_name(writer: str) -> str:
    """The file name of the lease of a writer whose files are a copy."""
    return f"{writer}.lease"


def parse_whole_name(name: str) -> tuple[str, str] | None:
    """Writer and suffix (``pack``, ``lock`` or ``lease``) of a file that is no segment; None where it is neither."""
    match = re.fullmatch(_WHOLE, name)
    return (match[1], match[2]) if match else None


def writer_of(name: str) -> str:
    """The writer that a file of a run's journal belongs to; empty where it is no such file."""
    if segment := parse_segment_name(name):
        return segment.writer
    whole = parse_whole_name(name)
    return whole[0] if whole else ""
