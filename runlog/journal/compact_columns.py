"""Columns of 64-bit numbers as bytes that compress well, and back, bit for bit.

A column is turned into small numbers where its neighbours are alike, and these are split into planes: all first bytes,
all second bytes, and so on. Each plane becomes a block of its own in the zstd frame, with its own statistics: a plane
of zeros takes 4 bytes, a plane of noise is stored as it is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any

from runlog.errors import JournalError
from runlog.journal.compact_format import numpy_and_zstandard

_LEVEL = 3
_of_thread = threading.local()


class Codec(IntEnum):
    """How a column's numbers are turned into others before they are split into planes."""

    CONSTANT = 0
    """All are the same: the first one stands for all."""
    PLAIN = 1
    """As they are."""
    DELTA = 2
    """Differences, signs in the lowest bit."""
    SECOND_DELTA = 3
    """Differences of differences, likewise."""
    XOR = 4
    """Each with the one before."""


_HEADS = {Codec.CONSTANT: 1, Codec.PLAIN: 0, Codec.DELTA: 1, Codec.SECOND_DELTA: 2, Codec.XOR: 1}
"""How many numbers stand before the planes as they are."""


def best_codec(column: Any) -> Codec:
    """The codec that makes a column, or the beginning of one, smallest.

    Args:
        column: an int64 array, not empty.
    """
    candidates = [codec for codec in Codec if codec is not Codec.CONSTANT and len(column) >= _HEADS[codec]]
    return min(candidates, key=lambda codec: len(compressed(pieces(column, codec))))


def is_constant(column: Any) -> bool:
    """Whether all numbers of a column are the same."""
    return bool((column == column[0]).all())


def pieces(column: Any, codec: Codec) -> list[bytes]:
    """A column as the blocks of a frame: its heads, then its planes.

    Args:
        column: an int64 array of at least as many numbers as the codec has heads.
        codec: how to turn its numbers.
    """
    numbers = column.view("<u8")
    heads = _HEADS[codec]
    if codec is Codec.CONSTANT:
        return [numbers[:1].tobytes()]
    if codec is Codec.PLAIN:
        return planes(numbers)
    if codec is Codec.XOR:
        return [numbers[:1].tobytes(), *planes(numbers[1:] ^ numbers[:-1])]
    head, rest = [numbers[:1]], numbers[1:] - numbers[:-1]
    if heads == 2:
        head, rest = [*head, rest[:1]], rest[1:] - rest[:-1]
    signed = rest.view("<i8")
    return [b"".join(one.tobytes() for one in head), *planes(((signed << 1) ^ (signed >> 63)).view("<u8"))]


def planes(numbers: Any) -> list[bytes]:
    """An array's bytes by place: the first byte of each number, the second of each, and so on."""
    width = numbers.dtype.itemsize
    return [plane.tobytes() for plane in numbers.view("u1").reshape(len(numbers), width).T] if len(numbers) else []


def compressed(blocks: Sequence[bytes]) -> bytes:
    """One zstd frame, each of the given stretches a block of it."""
    _, zstandard = numpy_and_zstandard()
    frame = zstandard.ZstdCompressor(level=_LEVEL).compressobj(size=sum(map(len, blocks)))
    made = []
    for block in blocks:
        made += [frame.compress(block), frame.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)]
    return b"".join([*made, frame.flush()])


def decompressed(frame: Any, size: int, what: str) -> bytes:
    """What a zstd frame holds.

    Args:
        frame: its bytes.
        size: how much it must hold.
        what: what to call it in a message.

    Raises:
        JournalError: this is no frame of that size.
    """
    _, zstandard = numpy_and_zstandard()
    try:
        found = zstandard.frame_content_size(frame)
        data: bytes = _decompressor(zstandard).decompress(frame) if found == size else b""
    except zstandard.ZstdError as error:
        raise JournalError(f"{what} can't be decompressed: {error}") from error
    if found != size:
        raise JournalError(f"{what} holds {found} bytes, not {size}")
    return data


def _decompressor(zstandard: Any) -> Any:
    """The thread's own: it costs more to make than a frame to decompress, and is for one thread at a time."""
    found = getattr(_of_thread, "decompressor", None)
    if found is None:
        found = _of_thread.decompressor = zstandard.ZstdDecompressor()
    return found


def size_of(count: int, codec: Codec) -> int:
    """Bytes that a column of so many numbers takes in a frame."""
    return 8 if codec is Codec.CONSTANT else 8 * count


def columns_of(
    frames: Sequence[bytes], count: int, codecs: Sequence[Codec], wanted: Sequence[bool] = (True, True, True)
) -> Iterator[Any]:
    """Read columns back, one after the other, as int64 arrays: each through all frames.

    Args:
        frames: what each frame held; of each as many bytes are read as :func:`size_of` says of its columns.
        count: numbers in each column of a frame.
        codecs: how the columns were turned.
        wanted: which are read; None is given for the others.
    """
    np, _ = numpy_and_zstandard()
    table = np.frombuffer(b"".join(frames), "u1").reshape(len(frames), -1)
    at = 0
    for codec, is_wanted in zip(codecs, wanted, strict=False):
        end = at + size_of(count, codec)
        yield _column(np, table[:, at:end], count, codec).reshape(-1).view("<i8") if is_wanted else None
        at = end


def from_planes(planes: Any, kind: str) -> Any:
    """Numbers from their planes.

    Args:
        planes: rows of bytes; the planes of a row's numbers, one after the other.
        kind: the type of the numbers, as NumPy calls it.

    Returns:
        for each row, a row of its numbers.
    """
    np, _ = numpy_and_zstandard()
    width = np.dtype(kind).itemsize
    rows, count = len(planes), planes.shape[1] // width
    by_place = planes.reshape(rows, width, count).transpose(0, 2, 1)
    return np.ascontiguousarray(by_place).reshape(rows, count * width).view(kind)


def _column(np: Any, table: Any, count: int, codec: Codec) -> Any:
    """One column of several frames, a row each."""
    size = 8 * _HEADS[codec]
    heads = np.ascontiguousarray(table[:, :size]).view("<u8")
    if codec is Codec.CONSTANT:
        return np.repeat(heads, count, axis=1)
    rest = from_planes(table[:, size:], "<u8")
    if codec is Codec.PLAIN:
        return rest
    if codec is Codec.XOR:
        return np.bitwise_xor.accumulate(np.concatenate([heads, rest], axis=1), axis=1)
    differences = (rest >> np.uint64(1)) ^ (np.uint64(0) - (rest & np.uint64(1)))
    if codec is Codec.SECOND_DELTA:
        differences = np.cumsum(np.concatenate([heads[:, 1:], differences], axis=1), axis=1, dtype="<u8")
    return np.cumsum(np.concatenate([heads[:, :1], differences], axis=1), axis=1, dtype="<u8")
