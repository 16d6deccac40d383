"""Points of a segment as columns: by NumPy where it is installed, else in plain Python."""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from runlog.journal.damage import Damage, Fault
from runlog.journal.format import (
    BLOCK_SIZE,
    CHECK_MODULUS,
    HAS_STEP,
    HEADER_SIZE,
    NAME_BYTES_IN_CONTINUED,
    NAME_BYTES_IN_DEFINE,
    POINT_INT,
    POINT_SIZE,
    Footer,
    PointKind,
    check,
    definition_crc,
)

VALUE_KINDS = (PointKind.FLOAT, PointKind.INT, PointKind.UINT, PointKind.BOOL, PointKind.GAP)
_DOUBLE = struct.Struct("<d")
_INT64 = struct.Struct("<q")
_UINT64 = struct.Struct("<Q")
_FIELDS = [
    ("step", "<i8"),
    ("time", "<i8"),
    ("raw", "<i8"),
    ("series", "<u4"),
    ("kind", "u1"),
    ("flags", "u1"),
    ("check", "<u2"),
]
_LUT_LIMIT = 1 << 24


def numpy_or_none() -> Any:
    """NumPy, or None where it is not installed."""
    try:
        import numpy as np
    except ImportError:
        return None
    return np


@dataclass
class PointColumns:
    """The points of one writer, in the order they were logged.

    The columns are NumPy arrays where NumPy is installed, else arrays of the ``array`` module, all of one length.
    """

    writer: str
    names: list[str]
    """Names, in the order they were defined; ``series`` counts in it."""
    series: Any
    times: Any
    """UTC nanoseconds since 1970."""
    steps: Any
    has_step: Any
    kinds: Any
    raw: Any
    """The values' bits, as int64."""

    def __len__(self) -> int:
        return len(self.series)

    def values(self) -> list[Any]:
        """The values as Python has them: float, int, bool, or None for a gap."""
        kinds, raw = _list(self.kinds), _list(self.raw)
        if all(kind == PointKind.FLOAT for kind in kinds):
            return list(struct.unpack(f"<{len(raw)}d", struct.pack(f"<{len(raw)}q", *raw)))
        return [value_of(kind, bits) for kind, bits in zip(kinds, raw, strict=True)]


def value_of(kind: int, bits: int) -> Any:
    """A value from its kind and bits."""
    if kind == PointKind.FLOAT:
        return _DOUBLE.unpack(_INT64.pack(bits))[0]
    if kind == PointKind.INT:
        return bits
    if kind == PointKind.UINT:
        return bits & 0xFFFF_FFFF_FFFF_FFFF
    return bool(bits) if kind == PointKind.BOOL else None


def bits_of(kind: int, value: Any) -> int:
    """The bits of a value as int64: the opposite of :func:`value_of`."""
    if kind == PointKind.FLOAT:
        return int(_INT64.unpack(_DOUBLE.pack(value))[0])
    if kind == PointKind.UINT:
        return int(_INT64.unpack(_UINT64.pack(value))[0])
    return int(value or 0)


@dataclass
class PointDecoder:
    """Decodes the segments of one writer, one after the other, and remembers its names."""

    writer: str
    damage: Damage
    names: list[str] = field(default_factory=list)
    _places: dict[int, int] = field(default_factory=dict)
    _parts: list[tuple[Any, ...]] = field(default_factory=list)

    def add(
        self, image: Any, where: str, *, footer: Footer | None, live: bool = False, start: int = HEADER_SIZE
    ) -> int:
        """Decode the points of a segment from byte ``start`` on.

        Args:
            image: the segment's bytes from its header on.
            where: its name, for the damage report.
            footer: of a sealed segment, whose block checksums are then verified.
            live: its writer may still write: what is not there yet is no damage.
            start: a byte offset, a multiple of 32.

        Returns:
            the offset behind the last point that is there; of a live writer, behind the last one before a hole.
        """
        end = footer.data_end if footer is not None else start + (len(image) - start) // POINT_SIZE * POINT_SIZE
        bad = list(bad_blocks(image, footer)) if footer is not None else []
        numpy = numpy_or_none()
        decode = self._decode_plain if numpy is None else self._decode_numpy
        return decode(memoryview(image), where, start, end, bad, live)

    def add_overflowed(self, points: Iterable[tuple[str, int, Any, int | None, int]]) -> None:
        """Add points that went to the overflow stream: name, kind, value, step, time."""
        rows = [
            (self._place_of(name), time, step or 0, step is not None, kind, bits_of(kind, value))
            for name, kind, value, step, time in points
        ]
        if rows:
            self._parts.append(tuple(list(column) for column in zip(*rows, strict=True)))

    def columns(self) -> PointColumns:
        """Everything that was added so far; what is added later begins anew."""
        parts, self._parts = self._parts, []
        numpy = numpy_or_none()
        codes = ("q", "q", "q", "b", "B", "q")
        if numpy is not None:
            types = (numpy.int64, numpy.int64, numpy.int64, numpy.bool_, numpy.uint8, numpy.int64)
            joined = [
                numpy.concatenate([numpy.asarray(part[place], dtype=kind) for part in parts])
                if parts
                else numpy.empty(0, dtype=kind)
                for place, kind in enumerate(types)
            ]
        else:
            joined = [array(code, (one for part in parts for one in part[place])) for place, code in enumerate(codes)]
        return PointColumns(self.writer, list(self.names), *joined)

    def _place_of(self, name: str) -> int:
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def _define(self, view: memoryview, position: int, series: int) -> bool:
        """Read the definition at ``position``; false where it is damaged."""
        name = read_definition(self.writer, view, position)
        if name is None:
            return False
        if series not in self._places:
            self._places[series] = self._place_of(name)
        return True

    def _decode_numpy(
        self, view: memoryview, where: str, start: int, end: int, bad: list[tuple[int, int]], live: bool
    ) -> int:
        import numpy as np

        count = max(0, (end - start) // POINT_SIZE)
        table = np.frombuffer(view, dtype=np.dtype(_FIELDS), count=count, offset=start)
        kind = np.ascontiguousarray(table["kind"])
        there = np.flatnonzero(kind)
        if not len(there):
            return start
        if live:
            gaps = np.flatnonzero(kind == 0)
            count = int(gaps[0]) if len(gaps) else count
        else:
            count = int(there[-1]) + 1
        table, kind = table[:count], kind[:count]
        position = np.arange(start, start + count * POINT_SIZE, POINT_SIZE, dtype=np.int64)
        time, series = np.ascontiguousarray(table["time"]), table["series"].astype(np.int64)
        mixed = time ^ series ^ position
        mixed %= CHECK_MODULUS
        good = mixed == table["check"]
        full = kind != 0
        for low, high in bad:
            good &= (position < low) | (position >= high)
        known = np.isin(kind, VALUE_KINDS)
        for place in np.flatnonzero(good & (kind == PointKind.DEFINE)).tolist():
            good[place] = self._define(view, start + place * POINT_SIZE, int(series[place]))
        odd = full & (~good | ~(known | np.isin(kind, (PointKind.DEFINE, PointKind.DEFINE_CONTINUED, PointKind.PAD))))
        wanted = good & known
        dense = self._dense(np, series)
        undefined = wanted & (dense < 0)
        wanted &= dense >= 0
        self._note(where, start, int((~full).sum()), int(odd.sum()), int(undefined.sum()))
        if not wanted.all():
            table, time, dense, kind = table[wanted], time[wanted], dense[wanted], kind[wanted]
        flags = table["flags"] & HAS_STEP
        step, raw = np.ascontiguousarray(table["step"]), np.ascontiguousarray(table["raw"])
        self._parts.append((dense, time, step, flags.astype(bool), kind, raw))
        return start + count * POINT_SIZE

    def _dense(self, np: Any, series: Any) -> Any:
        if not self._places:
            return np.full(len(series), -1, dtype=np.int64)
        ids = np.array(list(self._places), dtype=np.int64)
        low, high = int(ids.min()), int(ids.max())
        if high - low >= _LUT_LIMIT:
            return np.array([self._places.get(one, -1) for one in series.tolist()], dtype=np.int64)
        table = np.full(high - low + 2, -1, dtype=np.int64)
        table[ids - low] = list(self._places.values())
        return table[np.where((series >= low) & (series <= high), series - low, high - low + 1)]

    def _decode_plain(
        self, view: memoryview, where: str, start: int, end: int, bad: list[tuple[int, int]], live: bool
    ) -> int:
        rows: list[tuple[int, int, int, bool, int, int]] = []
        holes = damaged = undefined = 0
        position = last = start
        pending = 0
        for step, time, raw, series, kind_flags, found in POINT_INT.iter_unpack(view[start:end]):
            at, position = position, position + POINT_SIZE
            kind = kind_flags & 0xFF
            if kind == 0:
                if live:
                    break
                pending += 1
                continue
            holes, pending, last = holes + pending, 0, position
            good = check(time, series, at) == found and not any(low <= at < high for low, high in bad)
            if good and kind == PointKind.DEFINE:
                good = self._define(view, at, series)
            if not good or kind > PointKind.GAP:
                damaged += 1
            elif kind in VALUE_KINDS:
                place = self._places.get(series)
                if place is None:
                    undefined += 1
                else:
                    rows.append((place, time, step, bool(kind_flags >> 8 & HAS_STEP), kind, raw))
        self._note(where, start, holes, damaged, undefined)
        if rows:
            self._parts.append(tuple(list(column) for column in zip(*rows, strict=True)))
        return last

    def _note(self, where: str, start: int, holes: int, damaged: int, undefined: int) -> None:
        place = where if start == HEADER_SIZE else f"{where} from byte {start}"
        self.damage.note(place, Fault.HOLE, holes, "slots that were reserved and hold no point")
        self.damage.note(place, Fault.POINT, damaged, "slots whose checks fail")
        self.damage.note(place, Fault.UNDEFINED, undefined, "points whose name is not defined")


def read_definition(writer: str, view: memoryview, position: int) -> str | None:
    """The name that the slots from ``position`` on define; None where its checksum fails."""
    head = int.from_bytes(view[position : position + 8], "little")
    length, crc = head & 0xFFFF_FFFF, head >> 32
    name = bytes(view[position + 16 : position + 16 + min(length, NAME_BYTES_IN_DEFINE)])
    at = position + POINT_SIZE
    while len(name) < length and at + POINT_SIZE <= len(view):
        if view[at + 28] != PointKind.DEFINE_CONTINUED:
            return None
        name += bytes(view[at : at + min(NAME_BYTES_IN_CONTINUED, length - len(name))])
        at += POINT_SIZE
    if len(name) != length or definition_crc(writer, name) != crc:
        return None
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return None


def bad_blocks(image: Any, footer: Footer) -> Iterator[tuple[int, int]]:
    """Byte ranges of the blocks of a sealed segment whose checksum fails."""
    view = memoryview(image)
    for number, crc in enumerate(footer.block_crcs):
        low = HEADER_SIZE + number * BLOCK_SIZE
        high = min(low + BLOCK_SIZE, footer.data_end)
        if zlib.crc32(view[low:high]) != crc:
            yield low, high


def _list(column: Any) -> Any:
    return column.tolist() if hasattr(column, "tolist") else column
