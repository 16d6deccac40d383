"""Segments that no writer makes: each is built so that a reader would work on it for hours, or fill its memory."""

from __future__ import annotations

from array import array
from pathlib import Path

from runlog.journal.format import (
    EVENT_HEADER,
    EVENT_HEADER_SIZE,
    EVENT_MAX_PAYLOAD,
    HEADER_SIZE,
    UNPLACED,
    Footer,
    Header,
    Stream,
    block_crcs,
    pack_event,
)
from runlog.journal.lease import held_lease
from runlog.journal.liveness import Liveness

WRITER = "0123456789ab"
STATE = 1


def header(stream: Stream = Stream.EVENTS, segment: int = 0, *, writer: str = WRITER, run_id: str = "run") -> bytes:
    return Header(stream, segment, 0, writer, run_id).pack()


def claims(size: int, *, stream: Stream = Stream.EVENTS, every: int = EVENT_HEADER_SIZE) -> bytes:
    """Headers, one every so many bytes, that each claim a payload of 1 MiB, of which none is valid."""
    data = bytearray(header(stream))
    while len(data) < size:
        position = UNPLACED if stream is Stream.OVERFLOW else len(data)
        data += EVENT_HEADER.pack(EVENT_MAX_PAYLOAD, 0, 2, 1, position).ljust(every, b"\x01")
    return bytes(data)


def claims_between_events(size: int) -> bytes:
    """The same, each with a small valid event behind it: whoever looks for the next one finds it at once."""
    data = bytearray(header())
    while len(data) < size:
        data += EVENT_HEADER.pack(EVENT_MAX_PAYLOAD, 0, 2, 1, len(data))
        data += pack_event(WRITER, 1, 0, b"x", len(data))
    return bytes(data)


def noise(size: int) -> bytes:
    """Bytes that look like nothing, and none of them zero."""
    return header() + (b"\x01\x02\x03\x04\x05\x06\x07\x08" * (size // 8 + 1))[: size - HEADER_SIZE & -8]


def sealed(data: bytes, states: tuple[int, ...] = ()) -> bytes:
    return data + Footer(len(data), block_crcs(memoryview(data)[HEADER_SIZE:]), states).pack(data)


def one_event_named_often(times: int) -> bytes:
    """A sealed segment whose index names one state event of 1 MiB again and again."""
    data = header() + pack_event(WRITER, 2, STATE, bytes(EVENT_MAX_PAYLOAD), HEADER_SIZE)
    data = data + bytes(16 * times)  # room for as many as are named
    return sealed(data, (HEADER_SIZE,) * times)


def too_many_names(names: int) -> bytes:
    """A sealed segment without an event, with an index of so many."""
    return sealed(header(), tuple(range(HEADER_SIZE, HEADER_SIZE + 8 * names, 8)))


def nested_claims(size: int) -> bytes:
    """Headers every 8 bytes: the flags of each are the length of the next, its position is that one's checksum."""
    words = array("I", bytes(size - HEADER_SIZE & -8))
    for place in range(0, len(words) - 3, 2):
        words[place] = 1
        words[place + 3] = HEADER_SIZE + 4 * place
    return header() + words.tobytes()


def put(
    folder: Path, data: bytes, *, stream: str = "events", number: int = 0, suffix: str = "open", writer: str = WRITER
) -> Path:
    """Have a segment in a run's folder, of a writer that has ended."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{writer}-overflow.open" if stream == "overflow" else f"{writer}-{stream}-{number:06d}.{suffix}"
    (folder / name).write_bytes(data)
    return folder / name


def let_live(folder: Path, writer: str = WRITER) -> None:
    """Let the writer be one that lives on another machine."""
    with held_lease(folder, writer) as lease:
        lease.sign(Liveness.ALIVE.value)
