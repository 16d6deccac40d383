"""A second reader of the journal, written from docs/journal-format.md alone, for tests of the writer.

It is strict where the package's reader is patient: a record that is damaged, misplaced or without a name is an error
here, as no writer may leave one behind. Only what a kill may leave is borne: a tail that is not finished.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

SLOT = np.dtype(
    [
        ("step", "<i8"),
        ("time", "<i8"),
        ("value", "<u8"),
        ("series", "<u4"),
        ("kind", "u1"),
        ("flags", "u1"),
        ("check", "<u2"),
    ]
)
FLOAT, INT, UINT, BOOL, DEFINE, CONTINUED, PAD, GAP = range(1, 9)
FRAME = struct.Struct("<IIHHI")


class Event(NamedTuple):
    kind: int
    flags: int
    payload: bytes


class Point(NamedTuple):
    name: str
    value: float | None
    step: int | None
    time: int
    kind: int


@dataclass
class Written:
    """All that one writer left behind."""

    points: list[Point] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    overflow: list[Event] = field(default_factory=list)
    state: list[Event] = field(default_factory=list)
    holes: int = 0
    lost: tuple[int, int] = (0, 0)
    flags: int = 0
    mode: int = 0
    pid: int = 0
    run_id: str = ""

    def values(self, name: str) -> list[float | None]:
        return [point.value for point in self.points if point.name == name]

    def payloads(self, kind: int | None = None) -> list[bytes]:
        return [event.payload for event in self.events if kind in (None, event.kind)]


def read_folder(folder: Path) -> dict[str, Written]:
    """What each writer left in a run's folder, by writer id."""
    while True:
        with suppress(FileNotFoundError):  # sealed, and so renamed, meanwhile
            return _read_folder(folder)


def _read_folder(folder: Path) -> dict[str, Written]:
    writers: dict[str, Written] = {}
    packed = {path.stem for path in folder.glob("*.pack")}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".pack":
            for image in _parts(path.read_bytes()):
                _read_segment(image, writers.setdefault(path.stem, Written()), sealed=True)
        elif path.suffix in (".open", ".seal") and path.name[:12] not in packed:
            image = _image(path)
            if image is not None:
                _read_segment(image, writers.setdefault(path.name[:12], Written()), sealed=path.suffix == ".seal")
    return writers


def read_only(folder: Path) -> Written:
    """What the only writer of a folder left."""
    (written,) = read_folder(folder).values()
    return written


def data_of_segments(folder: Path) -> dict[tuple[str, int, int], bytes]:
    """What was written to each segment, by writer, stream and number, whatever file it stands in by now."""
    while True:
        with suppress(FileNotFoundError):
            found = {}
            for path in folder.iterdir():
                images = _parts(path.read_bytes()) if path.suffix == ".pack" else (_image(path),)
                sealed = path.suffix in (".pack", ".seal")
                for image in images if sealed or path.suffix == ".open" else ():
                    if image is not None:
                        end, _ = _footer(image, sealed=sealed)
                        number = struct.unpack_from("<I", image, 20)[0]
                        found[path.name[:12], image[16], number] = image[512:end].rstrip(b"\0")
            return found


def _image(path: Path) -> bytes | None:
    """The bytes of a segment; None where its header was not written before a kill.

    The sparse end of a segment that was never sealed is left out.
    """
    image = path.read_bytes()  # never mapped: the writer may truncate the file meanwhile
    if path.suffix == ".seal":
        return image
    used = len(image.rstrip(b"\0"))
    return image[: max(512, used + 31 & -32)] if used else None


def _parts(data: bytes) -> Iterator[bytes]:
    magic, version, count = struct.unpack_from("<8sII", data)
    assert (magic, version) == (b"RLJPACK\n", 1)
    end = 16 + 16 * count
    assert struct.unpack_from("<I", data, end)[0] == zlib.crc32(data[:end])
    for at in range(16, end, 16):
        offset, length = struct.unpack_from("<QQ", data, at)
        assert offset % 8 == 0
        yield data[offset : offset + length]


def _read_segment(image: bytes, written: Written, *, sealed: bool) -> None:
    assert image[:8] == b"\x89RLJ\r\n\x1a\n"
    assert struct.unpack_from("<I", image, 380)[0] == zlib.crc32(image[:380])
    stream, written.mode, written.flags = struct.unpack_from("<BBH", image, 16)
    (written.pid,) = struct.unpack_from("<I", image, 48)
    written.run_id = image[144:272].rstrip(b"\0").decode()
    _read_losses(image, written)
    end, states = _footer(image, sealed=sealed)
    data = image[:end]
    if stream == 1:
        _read_points(data, image[128:140], written)
        return
    writer = image[128:140]
    events = dict(_frames(data, writer, overflow=stream == 3, written=written))
    (written.overflow if stream == 3 else written.events).extend(events.values())
    indexed = [events[at] for at in states] if sealed else [event for event in events.values() if event.flags & 1]
    assert indexed == [event for event in events.values() if event.flags & 1]
    written.state.extend(indexed)


def _read_losses(image: bytes, written: Written) -> None:
    slots = []
    for at in (384, 448):
        sequence, points, events, crc = struct.unpack_from("<QQQI", image, at)
        if sequence and crc == zlib.crc32(image[at : at + 24]):
            slots.append((sequence, points, events))
    if slots:
        _, points, events = max(slots)
        written.lost = max(written.lost, (points, events))


def _footer(image: bytes, *, sealed: bool) -> tuple[int, tuple[int, ...]]:
    """End of the data, and places of the state events. A writer killed while it sealed leaves a footer, too."""
    if image[-48:-40] != b"RLJSEAL\n" or struct.unpack_from("<I", image, len(image) - 4)[0] != zlib.crc32(
        image[-48:-4]
    ):
        assert not sealed, "a sealed segment without a footer"
        return len(image), ()
    block, count, states, _, end, header, tables_crc, _ = struct.unpack_from("<IIIIQIII", image, len(image) - 40)
    if not sealed:
        return end, ()
    tables = image[end:-48]
    assert (block, header, tables_crc) == (65_536, zlib.crc32(image[:380]), zlib.crc32(tables))
    numbers = struct.unpack(f"<{count + states}I", tables)
    assert numbers[:count] == tuple(zlib.crc32(image[at : min(at + block, end)]) for at in range(512, end, block))
    return end, numbers[count:]


def _read_points(data: bytes, writer: bytes, written: Written) -> None:
    count = (len(data) - 512) // 32
    slots = np.frombuffer(data, SLOT, count, 512)
    used = np.flatnonzero(slots["kind"])
    whole = np.flatnonzero(~np.isin(slots["kind"], (0, CONTINUED)))
    first = int(whole[-1]) + 1 if len(whole) else 0
    if first < count and slots["kind"][first] == 0:  # a definition whose first slot, written last, is not there
        used = used[used < first]
    if not len(used):
        return
    written.holes += int(used[-1]) + 1 - len(used)
    places = 512 + 32 * used
    slots = slots[used]
    checks = (slots["time"] ^ slots["series"] ^ places) % 65_521
    assert (checks == slots["check"]).all(), "a point whose check fails"
    names: dict[int, str] = {}
    is_value = np.isin(slots["kind"], (FLOAT, INT, UINT, BOOL, GAP))
    for at in np.flatnonzero(slots["kind"] == DEFINE):
        names[int(slots["series"][at])] = _name(slots, int(at), writer)
    values = slots[is_value]
    raw = values["value"]
    as_float, as_int = raw.view("<f8"), raw.view("<i8")
    for index, (series, kind) in enumerate(zip(values["series"].tolist(), values["kind"].tolist(), strict=True)):
        value = {FLOAT: as_float, INT: as_int}.get(kind, raw)[index].item() if kind != GAP else None
        step = values["step"][index].item() if values["flags"][index] & 1 else None
        written.points.append(Point(names[series], value, step, values["time"][index].item(), kind))


def _name(slots: np.ndarray, at: int, writer: bytes) -> str:
    first = slots[at].tobytes()
    length, crc = struct.unpack_from("<II", first)
    name, series = first[16:24], slots["series"][at]
    for rest in range(1, 1 + -(-max(0, length - 8) // 24)):
        slot = slots[at + rest]
        assert (slot["kind"], slot["series"]) == (CONTINUED, series)
        name += slot.tobytes()[:24]
    assert zlib.crc32(name[:length], zlib.crc32(writer)) == crc, "a definition whose checksum fails"
    return name[:length].decode()


def _frames(data: bytes, writer: bytes, *, overflow: bool, written: Written) -> Iterator[tuple[int, Event]]:
    at = 512
    while at + 16 <= len(data):
        length, crc, kind, flags, position = FRAME.unpack_from(data, at)
        if position == 0:
            ahead = _next_frame(data, at, writer)
            if ahead is None:  # the tail
                return
            written.holes += 1
            at = ahead
            continue
        assert position == (0xFFFFFFFF if overflow else at), "an event at another place than it was written to"
        payload = data[at + 16 : at + 16 + length].ljust(length, b"\0")  # zeros at the end were left out
        if overflow and at + 16 + length > len(data) and crc != _crc(writer, kind, flags, payload):
            return  # one write, cut short by a kill; elsewhere position is written last, so that a frame is whole or absent
        assert crc == _crc(writer, kind, flags, payload), "a damaged event"
        yield at, Event(kind, flags, payload)
        at += 16 + (length + 7 & -8)


def _next_frame(data: bytes, at: int, writer: bytes) -> int | None:
    for place in range(at + 8, len(data) - 15, 8):
        length, crc, kind, flags, position = FRAME.unpack_from(data, place)
        if position == place and crc == _crc(writer, kind, flags, data[place + 16 : place + 16 + length]):
            return place
    return None


def _crc(writer: bytes, kind: int, flags: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(writer + struct.pack("<HH", kind, flags)))
