"""Packs in a copy: made of the segments of a small writer that is closed, and undone where more comes."""

from __future__ import annotations

import os
from pathlib import Path

from runlog.errors import JournalError
from runlog.journal.files import pack_name, segment_name
from runlog.journal.format import HEADER_SIZE, Footer, Header, Stream, pack_parts, unpack_parts
from runlog.journal.open_file import OpenFile, open_regular, read_regular, write_at
from runlog.journal.segment import fits_pack

_PACKED = (Stream.EVENTS, Stream.POINTS)


def length_in_pack(pack: Path, stream: Stream, segment: int) -> int | None:
    """The length of a segment in a pack; None where it is not in it.

    Raises:
        JournalError: the pack is damaged.
        OSError: it can't be read.
    """
    lengths = {(header.stream, header.segment): len(image) for header, image in _parts(pack)}
    return lengths.get((stream, segment))


def unpack_copy(pack: Path) -> None:
    """Put the segments of a pack into files of their own again. As long as both are there, the pack counts.

    Raises:
        JournalError: the pack is damaged.
        OSError: they can't be written; the pack stays.
    """
    for header, image in _parts(pack):
        _write_synced(pack.with_name(segment_name(header.writer, header.stream, header.segment, sealed=True)), image)
    pack.unlink()


def pack_copy(folder: Path, writer: str) -> None:
    """Put the sealed segments of a writer that closed into one file, where they are small together.

    Segments stay as they are where one is still open, or there are several of a stream.

    Raises:
        OSError: the pack can't be written; the segments stay.
    """
    with os.scandir(folder) as entries:
        names = {entry.name for entry in entries if entry.name.startswith(f"{writer}-")}
    paths = [folder / segment_name(writer, stream, 0, sealed=True) for stream in _PACKED]
    here = [path for path in paths if path.name in names]
    overflow = segment_name(writer, Stream.OVERFLOW, 0, sealed=False)
    if not here or {name for name in names if name.endswith((".open", ".seal", ".compact"))} - {overflow} != {
        path.name for path in here
    }:
        return
    if not fits_pack(sum(path.stat().st_size for path in here)):
        return
    images = [read_regular(path) for path in here]
    try:
        for image, path in zip(images, here, strict=True):
            Footer.unpack(image, path.name)
    except JournalError:  # damaged where it was written, and kept as it is
        return
    _write_synced(folder / pack_name(writer), pack_parts(images))
    for path in here:
        path.unlink()


def _parts(pack: Path) -> list[tuple[Header, bytes]]:
    data = read_regular(pack)
    images = [data[offset : offset + length] for offset, length in unpack_parts(data, pack.name)]
    return [(Header.unpack(image[:HEADER_SIZE], pack.name), image) for image in images]


def _write_synced(path: Path, data: bytes) -> None:
    """Write a file under a passing name, sync it, and give it its own."""
    draft = path.with_name(path.name + ".tmp")
    try:
        with OpenFile(open_regular(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC)) as file:
            write_at(file.number, data, 0)
            getattr(os, "fdatasync", os.fsync)(file.number)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
