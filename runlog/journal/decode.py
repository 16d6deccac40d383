"""Points of a segment as columns: by NumPy where it is installed, else in plain Python."""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

import msgspec

from runlog.journal.damage import Damage, Fault
from runlog.journal.format import (
    CHECK_MODULUS,
    HAS_STEP,
    HEADER_SIZE,
    NAME_BYTES_IN_CONTINUED,
    NAME_BYTES_IN_DEFINE,
    POINT_INT,
    POINT_MARK_AT,
    POINT_SIZE,
    Footer,
    PointKind,
    check,
    definition_crc,
)

Step = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
VALUE_KINDS = (PointKind.FLOAT, PointKind.INT, PointKind.UINT, PointKind.BOOL, PointKind.GAP)
_DOUBLE = struct.Struct("<d")
_INT64 = struct.Struct("<q")
_UINT64 = struct.Struct("<Q")
SLOT_FIELDS = [
    ("step", "<i8"),
    ("time", "<i8"),
    ("raw", "<i8"),
    ("series", "<u4"),
    ("kind", "u1"),
    ("flags", "u1"),
    ("check", "<u2"),
]
_LUT_LIMIT = 1 << 24
_CONTINUED = bytes([PointKind.DEFINE_CONTINUED])


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
    """The bits of a value as int64: the opposite of :func:`value_of`.

    Raises:
        struct.error, OverflowError: the value is not one of this kind.
    """
    if kind == PointKind.FLOAT:
        return int(_INT64.unpack(_DOUBLE.pack(value))[0])
    if kind == PointKind.UINT:
        return int(_INT64.unpack(_UINT64.pack(value))[0])
    return int(_INT64.unpack(_INT64.pack(value or 0))[0])


class OverflowedPoint(NamedTuple):
    """A point that went to the overflow stream."""

    name: str
    kind: int
    bits: int
    """The value's, as int64."""
    step: int | None
    time: int

    @classmethod
    def unpack(cls, payload: bytes) -> OverflowedPoint | None:
        """Read the payload of an overflowed point; None where it is none that a writer makes."""
        try:
            name, kind, value, step, time = msgspec.msgpack.decode(
                payload, type=tuple[str, int, float | int | bool | None, Step | None, Step]
            )
            return cls(name, kind, bits_of(kind, value), step, time) if kind in VALUE_KINDS else None
        except (msgspec.DecodeError, struct.error, TypeError, OverflowError):
            return None


@dataclass
class PointDecoder:
    """Decodes the segments of one writer, one after the other, and remembers its names."""

    writer: str
    damage: Damage
    _names: dict[str, int] = field(default_factory=dict)
    _places: dict[int, int] = field(default_factory=dict)
    _parts: list[tuple[Any, ...]] = field(default_factory=list)

    def add(
        self, image: Any, where: str, *, footer: Footer | None, start: int = HEADER_SIZE, stop: int | None = None
    ) -> int:
        """Decode the points of a segment.

        Args:
            image: the segment's bytes from its header on.
            where: its name, for the damage report.
            footer: of a sealed segment, whose block checksums are then verified.
            start: the offset of the first slot to decode; those before it were decoded by another call.
            stop: of a sealed segment, the offset of the first slot to leave to another call; None: all are decoded.

        Returns:
            the offset behind the last slot that was decoded.
        """
        limit = len(image) if footer is None else min(footer.data_end, stop or footer.data_end)
        data = memoryview(image)[start:limit]
        count = len(data) // POINT_SIZE if footer is not None else slots_in_use(data)
        if not count:
            return start
        bad = list(bad_blocks(image, footer, start, limit)) if footer is not None else []
        decode = self._decode_plain if numpy_or_none() is None else self._decode_numpy
        end = start + count * POINT_SIZE
        decode(memoryview(image), where, start, end, bad)
        return end

    def add_overflowed(self, points: Iterable[OverflowedPoint]) -> None:
        """Add points that went to the overflow stream."""
        rows = [
            (self._place_of(name), time, step or 0, step is not None, kind, bits)
            for name, kind, bits, step, time in points
        ]
        if rows:
            self._parts.append(tuple(list(column) for column in zip(*rows, strict=True)))

    def known(self) -> list[tuple[int, str]]:
        """The series whose names are known so far."""
        names = list(self._names)
        return [(series, names[place]) for series, place in self._places.items()]

    def learn(self, known: Iterable[tuple[int, str]]) -> None:
        """Take over what another decoder knew of the same writer's series."""
        for series, name in known:
            self._places[series] = self._place_of(name)

    def columns(self) -> PointColumns:
        """Everything that was added so far; what is added later begins anew."""
        parts, self._parts = self._parts, []
        numpy = numpy_or_none()
        codes = ("q", "q", "q", "b", "B", "q")
        if numpy is not None:
            types = (numpy.int64, numpy.int64, numpy.int64, numpy.bool_, numpy.uint8, numpy.int64)
            columns = [[numpy.asarray(part[place], dtype=kind) for part in parts] for place, kind in enumerate(types)]
            joined = [
                column[0] if len(column) == 1 else numpy.concatenate([*column, numpy.empty(0, dtype=kind)])
                for column, kind in zip(columns, types, strict=True)
            ]
        else:
            joined = [array(code, (one for part in parts for one in part[place])) for place, code in enumerate(codes)]
        return PointColumns(self.writer, list(self._names), *joined)

    def _place_of(self, name: str) -> int:
        return self._names.setdefault(name, len(self._names))

    def _define(self, view: memoryview, position: int, series: int) -> bool:
        """Read the definition at ``position``; false where it is damaged."""
        name = read_definition(self.writer, view, position)
        if name is None:
            return False
        if series not in self._places:
            self._places[series] = self._place_of(name)
        return True

    def _decode_numpy(self, view: memoryview, where: str, start: int, end: int, bad: list[tuple[int, int]]) -> None:
        import numpy as np

        table = np.frombuffer(view[start:end], dtype=np.dtype(SLOT_FIELDS))
        kind = np.ascontiguousarray(table["kind"])
        position = np.arange(start, end, POINT_SIZE, dtype=np.int64)
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
        self._note(where, int((~full).sum()), int(odd.sum()), int(undefined.sum()))
        which = slice(None) if wanted.all() else wanted
        step, raw = (np.ascontiguousarray(table[name][which]) for name in ("step", "raw"))
        has_step = (table["flags"][which] & HAS_STEP).astype(bool)
        self._parts.append((dense[which], time[which], step, has_step, kind[which], raw))

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

    def _decode_plain(self, view: memoryview, where: str, start: int, end: int, bad: list[tuple[int, int]]) -> None:
        rows: list[tuple[int, int, int, bool, int, int]] = []
        holes = damaged = undefined = 0
        wrong_definitions = {
            at
            for at, is_good, (_, _, _, series, kind_flags, _) in _checked_slots(view, start, end, bad)
            if is_good and kind_flags & 0xFF == PointKind.DEFINE and not self._define(view, at, series)
        }
        for at, is_good, (step, time, raw, series, kind_flags, _) in _checked_slots(view, start, end, bad):
            kind, place = kind_flags & 0xFF, self._places.get(series)
            if kind == 0:
                holes += 1
            elif not is_good or kind > PointKind.GAP or at in wrong_definitions:
                damaged += 1
            elif kind in VALUE_KINDS and place is None:
                undefined += 1
            elif kind in VALUE_KINDS and place is not None:
                rows.append((place, time, step, bool(kind_flags >> 8 & HAS_STEP), kind, raw))
        self._note(where, holes, damaged, undefined)
        if rows:
            self._parts.append(tuple(list(column) for column in zip(*rows, strict=True)))

    def _note(self, where: str, holes: int, damaged: int, undefined: int) -> None:
        self.damage.note(where, Fault.HOLE, holes, "slots that were reserved and hold no point")
        self.damage.note(where, Fault.POINT, damaged, "slots whose checks fail")
        self.damage.note(where, Fault.UNDEFINED, undefined, "points whose name is not defined")


def _checked_slots(
    view: memoryview, start: int, end: int, bad: list[tuple[int, int]]
) -> Iterator[tuple[int, bool, tuple[int, int, int, int, int, int]]]:
    """Place of each slot in a range, whether its check holds and its block is not ``bad``, and its fields."""
    at = start
    for slot in POINT_INT.iter_unpack(view[start:end]):
        _, time, _, series, _, found = slot
        yield at, check(time, series, at) == found and not any(low <= at < high for low, high in bad), slot
        at += POINT_SIZE


def slots_in_use(data: memoryview | bytes) -> int:
    """How many slots of an open segment's data hold something, or stand before one that does.

    A definition that its killed writer did not finish lacks its first slot, and does not count at the end.
    """
    kinds = _kinds(data).rstrip(b"\0")
    before = kinds.rstrip(_CONTINUED)
    return len(before.rstrip(b"\0")) if before.endswith(b"\0") else len(kinds)


def first_hole(data: memoryview | bytes) -> int | None:
    """The byte offset in ``data`` of the first empty slot that stands before a full one."""
    place = _kinds(data).rstrip(b"\0").find(b"\0")
    return None if place < 0 else place * POINT_SIZE


def _kinds(data: memoryview | bytes) -> bytes:
    whole = len(data) // POINT_SIZE * POINT_SIZE
    return bytes(data[POINT_MARK_AT:whole:POINT_SIZE])


def read_definition(writer: str, view: memoryview, position: int) -> str | None:
    """The name that the slots from ``position`` on define; None where its checksum fails."""
    head = int.from_bytes(view[position : position + 8], "little")
    length, crc = head & 0xFFFF_FFFF, head >> 32
    end = position + POINT_SIZE * (1 + -(-max(0, length - NAME_BYTES_IN_DEFINE) // NAME_BYTES_IN_CONTINUED))
    if end > len(view):
        return None
    starts = range(position + POINT_SIZE, end, POINT_SIZE)
    if any(view[at + POINT_MARK_AT] != PointKind.DEFINE_CONTINUED for at in starts):
        return None
    name = bytes(view[position + 16 : position + 16 + NAME_BYTES_IN_DEFINE])
    name = b"".join([name, *(view[at : at + NAME_BYTES_IN_CONTINUED] for at in starts)])[:length]
    if definition_crc(writer, name) != crc:
        return None
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return None


def bad_blocks(image: Any, footer: Footer, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, int]]:
    """Byte ranges of the blocks of a sealed segment whose checksum fails; of those that touch a range."""
    view = memoryview(image)
    for low, high, crc in footer.blocks():
        if high > start and (stop is None or low < stop) and zlib.crc32(view[low:high]) != crc:
            yield low, high


def _list(column: Any) -> Any:
    return column.tolist() if hasattr(column, "tolist") else column
