"""The bytes of the journal, as ``docs/journal-format.md`` describes them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from msgspec import Struct

from runlog.errors import JournalError, JournalVersionError

VERSION = 1
MAGIC = b"\x89RLJ\r\n\x1a\n"
SEAL_MAGIC = b"RLJSEAL\n"
PACK_MAGIC = b"RLJPACK\n"
BYTE_ORDER_MARK = 0x01020304

HEADER_SIZE = 512
HEADER_CRC_AT = 380
LOSS_SLOTS_AT = (384, 448)
LOSS_SLOT_SIZE = 64
POINT_SIZE = 32
POINT_MARK_AT = 28
EVENT_HEADER_SIZE = 16
EVENT_POSITION_AT = 12
EVENT_MAX_PAYLOAD = 1 << 20
UNPLACED = 0xFFFFFFFF
BLOCK_SIZE = 65_536
FOOTER_SIZE = 48
PACK_LIMIT = 65_536
CHECK_MODULUS = 65_521
SERIES_LIMIT = 1 << 30
NAME_BYTES_IN_DEFINE = 8
NAME_BYTES_IN_CONTINUED = 24

POINT = struct.Struct("<qqdIHH")
"""step, time, value, series, kind | flags << 8, check. Other values take the place of the ``d``."""
POINT_INT = struct.Struct("<qqqIHH")
POINT_UINT = struct.Struct("<qqQIHH")
POINT_BYTES = struct.Struct("<Qq8sIHH")
EVENT_HEADER = struct.Struct("<IIHHI")
"""length, CRC, kind, flags, position."""
KEYED_EVENT_HEADER = struct.Struct("<IIII")
"""The same bytes with kind and flags as one number, ``kind | flags << 16``."""
POSITION = struct.Struct("<I")

_HEADER = struct.Struct("<8sHHIBBHIQqqIIQQ36s20x16s128s64s44x")
_LOSS = struct.Struct("<QQQ")
_FOOTER = struct.Struct("<8sIIIIQIII")
_PACK_HEADER = struct.Struct("<8sII")
_PACK_PART = struct.Struct("<QQ")
_KIND_FLAGS = struct.Struct("<HH")
_U32 = struct.Struct("<I")


class Stream(IntEnum):
    """Which of a writer's streams a segment belongs to."""

    POINTS = 1
    EVENTS = 2
    OVERFLOW = 3


class Mode(IntEnum):
    """How records reach the file."""

    MMAP = 1
    APPEND = 2


class PointKind(IntEnum):
    """What a slot of the points stream holds."""

    FLOAT = 1
    INT = 2
    UINT = 3
    BOOL = 4
    DEFINE = 5
    DEFINE_CONTINUED = 6
    PAD = 7
    GAP = 8


VALUE_KINDS = frozenset({PointKind.FLOAT, PointKind.INT, PointKind.UINT, PointKind.BOOL, PointKind.GAP})
HAS_STEP = 1
"""The one flag of a point: it has a step."""

OVERFLOWED_POINT = 16
"""The event kind that the journal itself writes: a point that had to go to the overflow stream."""


class EventFlag:
    """Flags of an event frame. Plain numbers: an ``IntFlag`` costs each program 2 ms, and each test of one 1 µs."""

    STATE: Final = 1
    PROLOGUE: Final = 2
    BLOB: Final = 4


class WriterFlag:
    """Flags of a segment header."""

    GUEST: Final = 1
    LATE: Final = 2


class Lost(NamedTuple):
    """How many points and events a writer could not keep."""

    points: int
    events: int


class Header(Struct, frozen=True):
    """The first 380 bytes of a segment."""

    stream: Stream
    segment: int
    base: int
    writer: str
    run_id: str
    mode: Mode = Mode.MMAP
    flags: int = 0
    wall_anchor: int = 0
    monotonic_anchor: int = 0
    pid: int = 0
    process_start: int = 0
    pid_namespace: int = 0
    boot_id: str = ""
    host: str = ""

    def pack(self) -> bytes:
        """The header's 512 bytes, with both loss slots empty."""
        host = self.host.encode("utf-8", "replace")[:64].decode("utf-8", "ignore").encode()
        body = _HEADER.pack(
            MAGIC,
            VERSION,
            HEADER_SIZE,
            BYTE_ORDER_MARK,
            self.stream,
            self.mode,
            self.flags,
            self.segment,
            self.base,
            self.wall_anchor,
            self.monotonic_anchor,
            self.pid,
            0,
            self.process_start,
            self.pid_namespace,
            self.boot_id.encode("ascii"),
            self.writer.encode("ascii"),
            self.run_id.encode("ascii"),
            host,
        )
        return (body + _U32.pack(zlib.crc32(body))).ljust(HEADER_SIZE, b"\0")

    @classmethod
    def unpack(cls, data: bytes | memoryview, where: str = "a journal file") -> Header:
        """Read a header.

        Args:
            data: at least the first 512 bytes of a segment.
            where: what to call the file in a message.

        Raises:
            JournalVersionError: the format is newer, or of another byte order.
            JournalError: this is no segment, or its header is damaged.
        """
        data = bytes(data[:HEADER_SIZE])
        if len(data) < HEADER_SIZE:
            raise JournalError(f"{where} has {len(data)} bytes, too few for a journal header of {HEADER_SIZE}")
        if data[:8] != MAGIC:
            raise JournalError(f"{where} is no journal file: it begins with {data[:8]!r}")
        fields = _HEADER.unpack_from(data)
        if fields[1:4] != (VERSION, HEADER_SIZE, BYTE_ORDER_MARK):
            raise JournalVersionError(
                f"{where} is in journal format version {fields[1]} (header of {fields[2]} bytes, byte order mark "
                f"{fields[3]:#010x}); this runlog reads version {VERSION}: install a newer runlog-ml to read it"
            )
        if _U32.unpack_from(data, HEADER_CRC_AT)[0] != zlib.crc32(data[:HEADER_CRC_AT]):
            raise JournalError(f"{where} has a damaged header: its checksum does not fit")
        try:
            return cls(
                stream=Stream(fields[4]),
                mode=Mode(fields[5]),
                flags=fields[6],
                segment=fields[7],
                base=fields[8],
                wall_anchor=fields[9],
                monotonic_anchor=fields[10],
                pid=fields[11],
                process_start=fields[13],
                pid_namespace=fields[14],
                boot_id=_text(fields[15]),
                writer=_text(fields[16]),
                run_id=_text(fields[17]),
                host=_text(fields[18]),
            )
        except ValueError as error:
            raise JournalError(f"{where} has a header with a field that can't be: {error}") from error


def _text(field: bytes) -> str:
    return field.rstrip(b"\0").decode("utf-8")


def pack_loss(sequence: int, lost: Lost) -> bytes:
    """A loss slot: the counts of what could not be kept."""
    body = _LOSS.pack(sequence, lost.points, lost.events)
    return (body + _U32.pack(zlib.crc32(body))).ljust(LOSS_SLOT_SIZE, b"\0")


def unpack_loss(header: bytes | memoryview) -> Lost:
    """The newest valid count in the two loss slots of a header."""
    return newest_loss(header)[1]


def newest_loss(header: bytes | memoryview) -> tuple[int, Lost]:
    """The newest valid count in the two loss slots of a header, after its sequence number (0: none was written)."""
    best, lost = 0, Lost(0, 0)
    for at in LOSS_SLOTS_AT:
        body = bytes(header[at : at + _LOSS.size])
        sequence, points, events = _LOSS.unpack(body)
        valid = _U32.unpack_from(header, at + _LOSS.size)[0] == zlib.crc32(body)
        if valid and sequence > best:
            best, lost = sequence, Lost(points, events)
    return best, lost


def check(time: int, series: int, position: int) -> int:
    """The check of a point: ties it to its place, its series and its time."""
    return (time ^ series ^ position) % CHECK_MODULUS


def definition_size(name: bytes) -> int:
    """Bytes that the definition of a name takes in the points stream."""
    rest = max(0, len(name) - NAME_BYTES_IN_DEFINE)
    return POINT_SIZE * (1 + -(-rest // NAME_BYTES_IN_CONTINUED))


def definition_crc(writer: str, name: bytes) -> int:
    """The checksum of a definition: of the writer, then the name, so that another writer's definition is none here."""
    return zlib.crc32(name, zlib.crc32(writer.encode("ascii")))


def pack_definition(writer: str, name: bytes, series: int, time: int, position: int) -> bytes:
    """The slots that define a series' name, for the place ``position`` of a segment."""
    head = name[:NAME_BYTES_IN_DEFINE]
    slots = [
        POINT_BYTES.pack(
            len(name) | definition_crc(writer, name) << 32,
            time,
            head,
            series,
            PointKind.DEFINE,
            check(time, series, position),
        )
    ]
    for start in range(NAME_BYTES_IN_DEFINE, len(name), NAME_BYTES_IN_CONTINUED):
        position += POINT_SIZE
        part = name[start : start + NAME_BYTES_IN_CONTINUED].ljust(NAME_BYTES_IN_CONTINUED, b"\0")
        as_time = int.from_bytes(part[8:16], "little", signed=True)
        tail = POINT_BYTES.pack(0, 0, b"", series, PointKind.DEFINE_CONTINUED, check(as_time, series, position))
        slots.append(part + tail[NAME_BYTES_IN_CONTINUED:])
    return b"".join(slots)


def event_seed(writer: str, kind: int, flags: int) -> int:
    """What the CRC of an event's payload starts from: its writer, kind and flags."""
    return zlib.crc32(writer.encode("ascii") + _KIND_FLAGS.pack(kind, flags))


def pack_event(writer: str, kind: int, flags: int, payload: bytes, position: int) -> bytes:
    """A whole event frame, padded, with its position set."""
    crc = zlib.crc32(payload, event_seed(writer, kind, flags))
    frame = EVENT_HEADER.pack(len(payload), crc, kind, flags, position) + payload
    return frame.ljust(event_size(len(payload)), b"\0")


def event_size(payload_length: int) -> int:
    """Bytes that an event with a payload of this length takes."""
    return EVENT_HEADER_SIZE + (payload_length + 7 & ~7)


class Footer(Struct, frozen=True):
    """What sealing put behind the data of a segment."""

    data_end: int
    block_crcs: tuple[int, ...]
    state_offsets: tuple[int, ...]

    def blocks(self) -> Iterator[tuple[int, int, int]]:
        """The byte range of each block of the data, and its checksum."""
        for number, crc in enumerate(self.block_crcs):
            low = HEADER_SIZE + number * BLOCK_SIZE
            yield low, min(low + BLOCK_SIZE, self.data_end), crc

    def pack(self, header: bytes) -> bytes:
        """The bytes that follow the data: tables, then the footer proper."""
        count, states = len(self.block_crcs), len(self.state_offsets)
        tables = struct.pack(f"<{count + states}I", *self.block_crcs, *self.state_offsets)
        body = _FOOTER.pack(
            SEAL_MAGIC,
            BLOCK_SIZE,
            count,
            states,
            0,
            self.data_end,
            zlib.crc32(header[:HEADER_CRC_AT]),
            zlib.crc32(tables),
            0,
        )
        return tables + body + _U32.pack(zlib.crc32(body))

    @classmethod
    def unpack(cls, image: bytes | memoryview, where: str = "a journal file") -> Footer:
        """Read the footer of a whole sealed segment.

        Raises:
            JournalError: it has none, or the footer is damaged.
        """
        size = len(image)
        if size < HEADER_SIZE + FOOTER_SIZE:
            raise JournalError(f"{where} has {size} bytes, too few for a sealed segment")
        body = bytes(image[size - FOOTER_SIZE :])
        magic, block, count, states, _, data_end, header_crc, tables_crc, _ = _FOOTER.unpack_from(body)
        if magic != SEAL_MAGIC or block != BLOCK_SIZE or _U32.unpack_from(body, 44)[0] != zlib.crc32(body[:44]):
            raise JournalError(f"{where} is sealed, and its footer is damaged")
        tables = bytes(image[size - FOOTER_SIZE - 4 * (count + states) : size - FOOTER_SIZE])
        if len(tables) != 4 * (count + states) or zlib.crc32(tables) != tables_crc:
            raise JournalError(f"{where} is sealed, and its table of checksums is damaged")
        if not HEADER_SIZE <= data_end <= size - FOOTER_SIZE - len(tables):
            raise JournalError(f"{where} is sealed, and its footer names an end of data ({data_end}) outside the file")
        if zlib.crc32(bytes(image[:HEADER_CRC_AT])) != header_crc:
            raise JournalError(f"{where} is sealed, and its header is not the one it was sealed with")
        numbers = struct.unpack(f"<{count + states}I", tables)
        return cls(data_end, numbers[:count], numbers[count:])


def block_crcs(data: bytes | memoryview) -> tuple[int, ...]:
    """CRCs of a segment's data (without its header), block by block."""
    return tuple(zlib.crc32(data[at : at + BLOCK_SIZE]) for at in range(0, len(data), BLOCK_SIZE))


def pack_parts(images: list[bytes]) -> bytes:
    """One file of several sealed segments."""
    head = _PACK_HEADER.size + _PACK_PART.size * len(images) + 8
    offsets, at = [], head
    for image in images:
        offsets.append(at)
        at += len(image) + 7 & ~7
    body = _PACK_HEADER.pack(PACK_MAGIC, VERSION, len(images))
    body += b"".join(_PACK_PART.pack(offset, len(image)) for offset, image in zip(offsets, images, strict=True))
    body += _U32.pack(zlib.crc32(body)) + bytes(4)
    return body + b"".join(image.ljust(len(image) + 7 & ~7, b"\0") for image in images)


def unpack_parts(data: bytes | memoryview, where: str = "a journal file") -> list[tuple[int, int]]:
    """Where the parts of a pack stand.

    Returns:
        offset and length of each part, in bytes.

    Raises:
        JournalVersionError: the pack is of a newer version.
        JournalError: this is no pack, or its table is damaged.
    """
    if len(data) < _PACK_HEADER.size + 8 or bytes(data[:8]) != PACK_MAGIC:
        raise JournalError(f"{where} is no pack of journal segments")
    _, version, count = _PACK_HEADER.unpack_from(data)
    if version != VERSION:
        raise JournalVersionError(
            f"{where} is a pack of version {version}; this runlog reads version {VERSION}: install a newer runlog-ml"
        )
    end = _PACK_HEADER.size + _PACK_PART.size * count
    if len(data) < end + 8 or _U32.unpack_from(data, end)[0] != zlib.crc32(bytes(data[:end])):
        raise JournalError(f"{where} is a pack with a damaged table")
    parts = [_PACK_PART.unpack_from(data, _PACK_HEADER.size + _PACK_PART.size * index) for index in range(count)]
    if any(offset + length > len(data) for offset, length in parts):
        raise JournalError(f"{where} is a pack that was cut short")
    return [(offset, length) for offset, length in parts]
