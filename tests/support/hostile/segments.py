"""Segments whose own fields are hostile: of the header, of points, of definitions of names, of event frames."""

from __future__ import annotations

import itertools
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from runlog.journal.format import (
    EVENT_HEADER,
    HEADER_CRC_AT,
    HEADER_SIZE,
    POINT,
    POINT_SIZE,
    Header,
    PointKind,
    Stream,
    check,
    definition_size,
    pack_definition,
)
from support.hostile.events import seal
from support.hostile.values import Hostile

WRITER = "x" * 12
NUMBERS = {
    1: (0, 1, 3, 77, 255),
    2: (0, 1, 0xFFFF),
    4: (0, 1, 0x7FFFFFFF, 0xFFFFFFFF),
    8: (0, 1, (1 << 63) - 1, (1 << 64) - 1),
}
"""By bytes: what a field of that size may hold at worst."""
HEADER_FIELDS = {"stream": (16, 1), "mode": (17, 1), "flags": (18, 2), "segment": (20, 4), "base": (24, 8)}
HEADER_FIELDS |= {"wall": (32, 8), "monotonic": (40, 8), "pid": (48, 4), "start": (56, 8), "namespace": (64, 8)}
POINT_FIELDS = {"step": (0, 8), "time": (8, 8), "value": (16, 8), "series": (24, 4), "kind": (28, 1), "flags": (29, 1)}
EVENT_FIELDS = {"length": (0, 4), "checksum": (4, 4), "kind": (8, 2), "flags": (10, 2), "position": (12, 4)}


class OddSegment(NamedTuple):
    """A segment that no writer would write."""

    label: str
    stream: str
    make: Callable[[str], bytes]
    """Of the run's id, its bytes."""

    def __repr__(self) -> str:
        return self.label


def header(run_id: str, stream: Stream) -> bytes:
    return Header(stream, 0, 0, WRITER, run_id, boot_id="0" * 36, host="h", pid=1).pack()


def odd_segments(texts: list[Hostile]) -> list[OddSegment]:
    """All of them; names are among some texts."""
    return [*odd_headers(), *odd_points(), *odd_names(texts), *odd_frames()]


def odd_headers() -> Iterator[OddSegment]:
    for (field, (at, size)), stream in itertools.product(HEADER_FIELDS.items(), ("points", "events")):
        for value in NUMBERS[size]:
            yield OddSegment(
                f"a header of {stream} whose {field} is {value}",
                stream,
                lambda run_id, at=at, size=size, value=value, stream=stream: sealed(
                    with_header_field(header(run_id, Stream[stream.upper()]), at, value.to_bytes(size, "little")), b""
                ),
            )


def with_header_field(head: bytes, at: int, raw: bytes) -> bytes:
    """A header with other bytes and a checksum that fits."""
    body = bytearray(head)
    body[at : at + len(raw)] = raw
    struct.pack_into("<I", body, HEADER_CRC_AT, zlib.crc32(body[:HEADER_CRC_AT]))
    return bytes(body)


def odd_points() -> Iterator[OddSegment]:
    for field, (at, size) in POINT_FIELDS.items():
        for value in (
            *NUMBERS[size],
            *((struct.unpack("<Q", struct.pack("<d", one))[0] for one in FLOATS) if field == "value" else ()),
        ):
            yield OddSegment(
                f"a point whose {field} is {value:#x}",
                "points",
                lambda run_id, at=at, size=size, value=value: points_with(
                    run_id, b"loss", at, value.to_bytes(size, "little")
                ),
            )


FLOATS = (float("nan"), float("inf"), -float("inf"), 1e308)


def odd_names(texts: list[Hostile]) -> Iterator[OddSegment]:
    for one in texts:
        name = one.text.encode("utf-8", "surrogatepass")[:60_000]
        yield OddSegment(
            f"a metric's name that is {one.label}",
            "points",
            lambda run_id, name=name: points_with(run_id, name, 0, b""),
        )
    yield OddSegment(
        "a metric's name that is no text", "points", lambda run_id: points_with(run_id, b"\xff\xfe\xff", 0, b"")
    )


def points_with(run_id: str, name: bytes, at: int, raw: bytes) -> bytes:
    """A series of some points; the second has other bytes at an offset, and a check that fits."""
    image = bytearray(header(run_id, Stream.POINTS))
    image += pack_definition(WRITER, name, 0, 1_700_000_000 * 10**9, len(image))
    assert len(image) == HEADER_SIZE + definition_size(name)
    for number in range(4):
        time = 1_700_000_000 * 10**9 + number
        slot = bytearray(POINT.pack(number, time, 0.5, 0, PointKind.FLOAT | 1 << 8, 0))
        if number == 1:
            slot[at : at + len(raw)] = raw
        moment, series = struct.unpack_from("<Q", slot, 8)[0], struct.unpack_from("<I", slot, 24)[0]
        struct.pack_into("<H", slot, POINT_SIZE - 2, check(moment, series, len(image)))
        image += slot
    return sealed(bytes(image[:HEADER_SIZE]), bytes(image[HEADER_SIZE:]))


def odd_frames() -> Iterator[OddSegment]:
    for field, (at, size) in EVENT_FIELDS.items():
        for value in NUMBERS[size]:
            yield OddSegment(
                f"an event whose {field} is {value:#x}",
                "events",
                lambda run_id, at=at, size=size, value=value: frames_with(run_id, at, value.to_bytes(size, "little")),
            )


def frames_with(run_id: str, at: int, raw: bytes) -> bytes:
    """Three frames, the second with other bytes at an offset."""
    body = bytearray()
    for number in range(3):
        frame = bytearray(EVENT_HEADER.pack(8, 0, 1, 0, HEADER_SIZE + len(body)) + b"\x91\x91\x91\x91\x91\x91\x91\xc0")
        kind, flags = struct.unpack_from("<HH", frame, 8)
        if number == 1:
            frame[at : at + len(raw)] = raw
            kind, flags = struct.unpack_from("<HH", frame, 8)
        if not (number == 1 and at == EVENT_FIELDS["checksum"][0]):
            seed = zlib.crc32(WRITER.encode() + struct.pack("<HH", kind, flags))
            struct.pack_into("<I", frame, 4, zlib.crc32(frame[16:], seed))
        body += frame
    return sealed(header(run_id, Stream.EVENTS), bytes(body))


def sealed(head: bytes, body: bytes) -> bytes:
    """A segment with its footer."""
    image = head + body
    return image + seal(head, image, [])
