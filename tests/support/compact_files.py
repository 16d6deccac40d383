"""A second reader of compacted segments, written from docs/journal-format.md alone, without NumPy."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import accumulate

import msgspec
import zstandard

HEADER, SLOT, ROW, FOOTER = 512, 32, 112, 116
NUMBERS = 1 << 64


def sealed_from(compact: bytes) -> bytes:
    """The sealed segment that a compacted one was made of."""
    fields = struct.unpack("<8sIIQQQII" + "QII" * 4 + "I", compact[-FOOTER:])
    magic, version, header_crc, slots, points, size, sealed_crc, zero = fields[:8]
    assert (magic, version, zero) == (b"RLJCOMP\n", 1, 0)
    assert header_crc == zlib.crc32(compact[:380])
    assert fields[-1] == zlib.crc32(compact[-FOOTER:-4])
    order, others, series, directory = (_part(compact, *fields[at : at + 3]) for at in range(8, 20, 3))
    table = msgspec.msgpack.decode(_plain(series), type=list[tuple[int, str | None, int]])
    width = 1 if len(table) < 256 else 2 if len(table) < 65_536 else 4
    by_series = [iter(_slots(compact, directory, place, one[0])) for place, one in enumerate(table)]
    rest = _plain(others)
    assert len(rest) == (slots - points) * SLOT
    by_series.append(iter([rest[at : at + SLOT] for at in range(0, len(rest), SLOT)]))
    data = bytearray(compact[:HEADER])
    for place in _numbers(_plain(order), width):
        data += _with_check(next(by_series[place]), len(data), is_point=place < len(table))
    sealed = bytes(data) + _seal(bytes(data))
    assert (len(sealed), zlib.crc32(sealed)) == (size, sealed_crc)
    return sealed


def _part(compact: bytes, offset: int, length: int, crc: int) -> bytes:
    part = compact[offset : offset + length]
    assert zlib.crc32(part) == crc
    return part


def _plain(frame: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(frame)


def _numbers(planes: bytes, width: int) -> list[int]:
    count = len(planes) // width
    return [int.from_bytes(planes[at::count], "little") for at in range(count)]


def _slots(compact: bytes, directory: bytes, place: int, series: int) -> Iterator[bytes]:
    """The slots of a series, with a check of 0."""
    for at in range(0, len(directory), ROW):
        offset, length, crc, own, count, _, _, codecs, mark, _ = struct.unpack_from("<QIIIIIIHHI", directory, at)
        if own != place:
            continue
        data = _plain(_part(compact, offset, length, crc))
        columns = []
        for shift in (0, 4, 8):
            column, data = _column(data, count, codecs >> shift & 15)
            columns.append(column)
        marks = [mark] * count if mark else _numbers(data, 2)
        for step, time, value, one in zip(*columns, marks, strict=True):
            yield struct.pack("<QQQIHH", step, time, value, series, one, 0)


def _column(data: bytes, count: int, codec: int) -> tuple[list[int], bytes]:
    if codec == 0:
        return [int.from_bytes(data[:8], "little")] * count, data[8:]
    heads = {1: 0, 2: 1, 3: 2, 4: 1}[codec]
    first = list(struct.unpack_from(f"<{heads}Q", data))
    rest = _numbers(data[8 * heads : 8 * count], 8)
    if codec in (2, 3):
        rest = [(one >> 1) ^ -(one & 1) for one in rest]
    if codec == 3:
        rest = list(accumulate([first.pop(), *rest], _sum))
    join: Callable[[int, int], int] = int.__xor__ if codec == 4 else _sum
    return (rest if codec == 1 else list(accumulate([*first, *rest], join))), data[8 * count :]


def _sum(one: int, two: int) -> int:
    return (one + two) % NUMBERS


def _with_check(slot: bytes, position: int, *, is_point: bool) -> bytes:
    if not is_point:
        return slot
    time, series = struct.unpack_from("<q", slot, 8)[0], struct.unpack_from("<I", slot, 24)[0]
    return slot[:30] + struct.pack("<H", (time ^ series ^ position) % 65_521)


def _seal(image: bytes) -> bytes:
    crcs = [zlib.crc32(image[at : min(at + 65_536, len(image))]) for at in range(HEADER, len(image), 65_536)]
    table = struct.pack(f"<{len(crcs)}I", *crcs)
    body = struct.pack(
        "<8sIIIIQIII", b"RLJSEAL\n", 65_536, len(crcs), 0, 0, len(image), zlib.crc32(image[:380]), zlib.crc32(table), 0
    )
    return table + body + struct.pack("<I", zlib.crc32(body))
